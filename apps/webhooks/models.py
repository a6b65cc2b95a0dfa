"""Subscriptions of programs to events, the messages that follow, and each attempt to deliver."""

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.common.secret_text import SecretTextField
from apps.webhooks.states import (
    LIFECYCLE,
    MESSAGE_LIFECYCLE,
    OVER,
    Action,
    MessageAction,
    MessageStatus,
    Status,
)
from apps.webhooks.waiting import BUSY, LONGEST

if TYPE_CHECKING:
    from apps.accounts.models import User

URL_LENGTH = 500
LONGEST_SECONDS = int(LONGEST.total_seconds())
# A name by TLS; in the clear only to this machine itself, where a developer looks.
_SAFE_URL = r"^(https://|http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?(/|$))"


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Questions about subscriptions."""

    def kept(self) -> "SubscriptionQuerySet":
        """Leave out those that were removed."""
        return self.exclude(status=Status.REMOVED)

    def of(self, person: "User") -> "SubscriptionQuerySet":
        """Keep those in the name of this person."""
        return self.filter(person=person)

    def visible_to(self, person: "User") -> "SubscriptionQuerySet":
        """Keep those in the person’s name, or all for those who may view them."""
        if person.is_active and person.has_perm("webhooks.view_subscription"):
            return self
        return self.of(person)

    def locked(self) -> "SubscriptionQuerySet":
        """Lock the rows, by primary key; deeds that write messages for them do not wait."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Subscription(models.Model):
    """Which events a program is told of, where, and in whose name: what that person may see."""

    program = models.ForeignKey(
        "programs.Program",
        models.PROTECT,
        related_name="webhook_subscriptions",
        verbose_name=_("program"),
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="webhook_subscriptions",
        verbose_name=_("in the name of"),
        help_text=_("only what this person may see is told"),
    )
    url = models.CharField(_("URL"), max_length=URL_LENGTH)
    description = models.CharField(_("description"), max_length=254, blank=True)
    events = ArrayField(models.CharField(max_length=60), verbose_name=_("events"))
    secret = SecretTextField(_("secret"))
    previous_secret = SecretTextField(_("previous secret"), blank=True, default="")
    previous_secret_until = models.DateTimeField(
        _("previous secret signs until"), null=True, blank=True
    )
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.ACTIVE)
    status_reason = models.CharField(_("reason"), max_length=254, blank=True, default="")
    failing_since = models.DateTimeField(
        _("failing since"), null=True, blank=True, help_text=_("nothing has arrived since then")
    )
    failure_count = models.PositiveIntegerField(_("failures in a row"), default=0)
    rests_until = models.DateTimeField(
        _("rests until"), null=True, blank=True, help_text=_("so that others are not held up")
    )
    version = models.PositiveIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        db_table = "webhook_subscriptions"
        verbose_name = _("webhook subscription")
        verbose_name_plural = _("webhook subscriptions")
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = (("manage_subscription", "Can keep the webhook subscriptions of programs"),)
        constraints: ClassVar = (
            models.CheckConstraint(
                condition=Q(status__in=Status.values), name="webhook_subscription_has_status"
            ),
            models.CheckConstraint(condition=~Q(events=[]), name="webhook_subscription_has_events"),
            models.CheckConstraint(
                condition=Q(url__regex=_SAFE_URL), name="webhook_subscription_is_encrypted"
            ),
            models.CheckConstraint(condition=~Q(secret=""), name="webhook_subscription_has_secret"),
            models.CheckConstraint(
                condition=Q(previous_secret="", previous_secret_until__isnull=True)
                | (~Q(previous_secret="") & Q(previous_secret_until__isnull=False)),
                name="webhook_subscription_old_secret_ends",
            ),
            models.CheckConstraint(
                condition=~Q(status="disabled") | ~Q(status_reason=""),
                name="webhook_subscription_disabled_says_why",
            ),
            models.CheckConstraint(
                condition=Q(failure_count=0, failing_since__isnull=True)
                | Q(failure_count__gt=0, failing_since__isnull=False),
                name="webhook_subscription_fails_since",
            ),
        )
        indexes = (models.Index(fields=("program", "-id"), name="webhook_subscription_by_prog"),)

    def __str__(self) -> str:
        return f"WS-{self.pk}"

    def move(self, action: Action) -> None:
        """Set the status that follows `action`."""
        self.status = LIFECYCLE.after(action, Status(self.status))


class Message(models.Model):
    """One event for one subscription, as it is sent: written with the deed, in its transaction."""

    subscription = models.ForeignKey(
        Subscription, models.PROTECT, related_name="messages", verbose_name=_("subscription")
    )
    webhook_id = models.CharField(
        _("webhook id"), max_length=40, unique=True, help_text=_("the same in each attempt")
    )
    event = models.CharField(_("event"), max_length=60)
    object_id = models.CharField(_("object"), max_length=64, blank=True)
    body = models.TextField(_("body"))
    status = models.CharField(
        _("status"), max_length=9, choices=MessageStatus, default=MessageStatus.WAITING
    )
    attempt_count = models.PositiveSmallIntegerField(
        _("attempts"), default=0, help_text=_("since it was written, or replayed")
    )
    attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        db_table = "webhook_messages"
        verbose_name = _("webhook message")
        verbose_name_plural = _("webhook messages")
        ordering = ("-id",)
        default_permissions = ()
        constraints: ClassVar = (
            models.CheckConstraint(
                condition=Q(status__in=MessageStatus.values), name="webhook_message_has_status"
            ),
            models.CheckConstraint(
                condition=Q(status__in=OVER, finished_at__isnull=False)
                | (~Q(status__in=OVER) & Q(finished_at__isnull=True)),
                name="webhook_message_over_has_moment",
            ),
            models.UniqueConstraint(
                fields=("subscription",),
                condition=Q(status="sending"),
                name="webhook_message_one_at_a_time",
            ),
        )
        indexes = (
            models.Index(
                fields=("subscription", "id"),
                condition=Q(status="waiting"),
                name="webhook_message_queue",
            ),
            models.Index(
                fields=("subscription", "attempt_at"),
                condition=Q(status="waiting"),
                name="webhook_message_due",
            ),
            models.Index(fields=("subscription", "-id"), name="webhook_message_by_subscript"),
            models.Index(fields=("created_at",), name="webhook_message_by_age"),
        )

    def __str__(self) -> str:
        return self.webhook_id

    def move(self, action: MessageAction) -> None:
        """Set the status that follows `action`, and when it was over."""
        self.status = MESSAGE_LIFECYCLE.after(action, MessageStatus(self.status))
        self.finished_at = timezone.now() if self.status in OVER else None


class Attempt(models.Model):
    """One try to deliver a message and what became of it; never changed."""

    message = models.ForeignKey(
        Message, models.PROTECT, related_name="attempts", verbose_name=_("message")
    )
    at = models.DateTimeField(_("at"))
    url = models.CharField(_("URL"), max_length=URL_LENGTH)
    status_code = models.PositiveSmallIntegerField(_("status code"), null=True, blank=True)
    duration_ms = models.PositiveIntegerField(_("milliseconds"))
    error = models.CharField(_("failure"), max_length=254, blank=True)
    response = models.TextField(_("beginning of the answer"), blank=True)
    retry_after = models.PositiveIntegerField(
        _("asked to wait"), null=True, blank=True, help_text=_("seconds, by the receiver")
    )

    class Meta:
        db_table = "webhook_attempts"
        verbose_name = _("webhook attempt")
        verbose_name_plural = _("webhook attempts")
        ordering = ("-id",)
        default_permissions = ()
        constraints: ClassVar = (
            models.CheckConstraint(
                condition=Q(status_code__isnull=False) | ~Q(error=""),
                name="webhook_attempt_has_outcome",
            ),
            models.CheckConstraint(
                condition=Q(retry_after=None)
                | Q(
                    retry_after__lte=LONGEST_SECONDS,
                    status_code__isnull=False,
                    status_code__in=sorted(BUSY),
                ),
                name="webhook_attempt_waits_a_day_at_most",
            ),
        )

    def __str__(self) -> str:
        return f"{self.message_id}: {self.status_code or self.error}"

    @property
    def is_success(self) -> bool:
        """Whether the receiver has taken the message."""
        return not self.error

    @property
    def asked_to_wait(self) -> timedelta:
        """For how long the receiver asked us not to call again."""
        return timedelta(seconds=self.retry_after or 0)
