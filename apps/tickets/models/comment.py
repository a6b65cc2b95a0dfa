"""What people say on a ticket, and whom they mention in it."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.tickets.models.ticket import Ticket
from apps.tickets.states import (
    Visibility,
)

if TYPE_CHECKING:
    from apps.accounts.models import User


class CommentQuerySet(models.QuerySet["TicketComment"]):
    """Questions about comments."""

    def visible_to(self, person: "User") -> "CommentQuerySet":
        """Keep those that the person may read: all by a role, else what is for their ticket."""
        if person.is_active and person.has_perm("tickets.view_ticketcomment"):
            return self
        # No role over all tickets: whoever only sees everybody’s tickets reads no comments.
        theirs = Ticket.objects.concerning(person).values("pk")
        return self.filter(visibility=Visibility.EVERYBODY, ticket__in=theirs)

    def with_parts(self) -> "CommentQuerySet":
        """Read along who wrote them, whom they mention, and their files."""
        rows = self.select_related("author", "on_behalf_of")
        return rows.prefetch_related("mentions__person", "files__added_by")

    def locked(self) -> "CommentQuerySet":
        """Lock the rows, by primary key."""
        return self.order_by("pk").select_for_update(of=("self",))


class TicketComment(models.Model):
    """What somebody said on a ticket; edited versions are kept, nothing is deleted."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="comments")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author")
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("on behalf of"),
        help_text=_("whose words the author wrote down, on the phone or at the desk"),
    )
    body = models.TextField(_("comment"))
    visibility = models.CharField(
        _("visible to"), max_length=10, choices=Visibility, default=Visibility.EVERYBODY
    )
    created_at = models.DateTimeField(_("written at"), db_default=Now(), editable=False)
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True, editable=False)

    objects = CommentQuerySet.as_manager()
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
            models.CheckConstraint(
                condition=Q(on_behalf_of__isnull=True)
                | (Q(visibility="everybody") & ~Q(on_behalf_of=F("author"))),
                name="ticket_comment_of_another_is_for_everybody",
            ),
        )

    def __str__(self) -> str:
        return self.body[:60]


class CommentMention(models.Model):
    """Somebody whom a comment names, and who may read it; append-only, as they have been told."""

    comment = models.ForeignKey(TicketComment, models.PROTECT, related_name="mentions")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person")
    )
    mentioned_at = models.DateTimeField(_("mentioned at"), db_default=Now(), editable=False)

    class Meta:
        db_table = "ticket_comment_mentions"
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        ordering = ("pk",)
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=("comment", "person"), name="ticket_comment_mentions_once"
            ),
        )

    def __str__(self) -> str:
        return str(self.person)
