"""Files of a ticket: photos, signatures, receipts, and what people attach."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.tickets.models.comment import TicketComment
from apps.tickets.models.line import TicketLine
from apps.tickets.models.ticket import Ticket
from apps.tickets.states import FilePurpose, Visibility

if TYPE_CHECKING:
    from apps.accounts.models import User


class FileQuerySet(models.QuerySet["TicketFile"]):
    """Questions about files."""

    def visible_to(self, person: "User") -> "FileQuerySet":
        """Keep those that the person may have: all by a role, else what concerns them.

        Borrowers have all of their ticket but what staff said among themselves; lenders what was
        said to everybody, and what shows their own assets: receipts and signatures stand for all
        lines, also those of other lenders.
        """
        if not person.is_active:
            return self.none()
        if person.has_perm("tickets.view_ticketfile"):
            return self
        to_all = Q(comment__visibility=Visibility.EVERYBODY)
        return self.filter(
            (Q(ticket__borrower=person) & (Q(comment=None) | to_all))
            | Q(line__lender=person)
            | (to_all & Q(ticket__in=Ticket.objects.concerning(person).values("pk")))
        )


class TicketFile(models.Model):
    """A file of a ticket, of one of its lines, or of a comment on it; append-only."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="files")
    line = models.ForeignKey(
        TicketLine, models.PROTECT, null=True, blank=True, related_name="files"
    )
    comment = models.ForeignKey(
        TicketComment, models.PROTECT, null=True, blank=True, related_name="files"
    )
    purpose = models.CharField(_("purpose"), max_length=20, choices=FilePurpose)
    file = models.FileField(_("file"), upload_to="tickets/%Y/%m/")
    name = models.CharField(_("name"), max_length=150)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size"), help_text=_("bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("added by")
    )
    added_at = models.DateTimeField(_("added at"), db_default=Now(), editable=False)

    objects = FileQuerySet.as_manager()

    class Meta:
        db_table = "ticket_files"
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering = ("pk",)
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(
                condition=Q(purpose__in=FilePurpose.values), name="ticket_file_has_purpose"
            ),
            models.CheckConstraint(
                condition=Q(purpose="comment", comment__isnull=False)
                | (~Q(purpose="comment") & Q(comment__isnull=True)),
                name="ticket_file_of_comment_has_comment",
            ),
        )

    def __str__(self) -> str:
        return self.name
