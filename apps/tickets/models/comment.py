"""What people say on a ticket."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.tickets.models.ticket import Ticket
from apps.tickets.states import (
    Visibility,
)


class TicketComment(models.Model):
    """What somebody said on a ticket; edited versions are kept, nothing is deleted."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="comments")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author")
    )
    body = models.TextField(_("comment"))
    visibility = models.CharField(
        _("visible to"), max_length=10, choices=Visibility, default=Visibility.EVERYBODY
    )
    created_at = models.DateTimeField(_("written at"), db_default=Now(), editable=False)
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True, editable=False)

    history = HistoricalRecords(table_name="ticket_comments_history")

    class Meta:
        db_table = "ticket_comments"
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ("pk",)
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(condition=~Q(body=""), name="ticket_comment_has_body"),
            models.CheckConstraint(
                condition=Q(visibility__in=Visibility.values), name="ticket_comment_has_visibility"
            ),
        )

    def __str__(self) -> str:
        return self.body[:60]
