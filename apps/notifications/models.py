"""What somebody is told: written with the deed, delivered after the commit, once."""

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.notifications.states import LIFECYCLE, Action, Channel, Status


class Notice(models.Model):
    """One message to one person over one channel."""

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="notices",
        verbose_name=_("recipient"),
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    kind = models.CharField(_("kind"), max_length=80, help_text=_("app.past_tense"))
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"), blank=True)
    about_type = models.ForeignKey(
        "contenttypes.ContentType", models.PROTECT, null=True, blank=True, related_name="+"
    )
    about_id = models.BigIntegerField(null=True, blank=True)
    about = GenericForeignKey("about_type", "about_id")
    attachment = models.FileField(_("attachment"), blank=True, editable=False)
    attachment_name = models.CharField(max_length=150, blank=True, editable=False)
    attachment_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    anchor = models.CharField(
        _("place on the page"), max_length=60, blank=True, default="", db_default="", editable=False
    )
    key = models.CharField(
        max_length=200, unique=True, editable=False, help_text=_("one notice for each key, ever")
    )
    status = models.CharField(
        _("status"), max_length=8, choices=Status, default=Status.WAITING, editable=False
    )
    attempt_count = models.PositiveSmallIntegerField(_("attempts"), default=0, editable=False)
    attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now, editable=False)
    failure = models.CharField(_("failure"), max_length=254, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True, editable=False)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True, editable=False)

    class Meta:
        db_table = "notices"
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = (("retry_notice", "Can send a failed notice again"),)
        constraints = (
            models.CheckConstraint(condition=Q(status__in=Status.values), name="notice_has_status"),
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values), name="notice_has_channel"
            ),
            models.CheckConstraint(
                condition=Q(status=Status.SENT, sent_at__isnull=False)
                | (~Q(status=Status.SENT) & Q(sent_at__isnull=True)),
                name="notice_sent_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(attachment="", attachment_name="", attachment_sha256="")
                | (~Q(attachment="") & ~Q(attachment_name="") & ~Q(attachment_sha256="")),
                name="notice_attachment_is_whole",
            ),
        )
        indexes = (
            models.Index(
                fields=("attempt_at",),
                condition=Q(status__in=("waiting", "sending")),
                name="notice_to_deliver",
            ),
            models.Index(
                fields=("recipient", "-id"),
                condition=Q(channel="admin", read_at__isnull=True),
                name="notice_unread",
            ),
        )

    def __str__(self) -> str:
        return self.subject

    def move(self, action: Action) -> None:
        """Set the status that follows `action`."""
        self.status = LIFECYCLE.after(action, Status(self.status))
