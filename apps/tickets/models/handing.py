"""What both parties stood by when assets went out or came back."""

import hashlib
import json
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.assets.states import Condition
from apps.tickets.models.file import TicketFile
from apps.tickets.models.line import TicketLine
from apps.tickets.models.ticket import Ticket
from apps.tickets.states import Direction, Signing

if TYPE_CHECKING:
    from apps.accounts.models import User


class HandingQuerySet(models.QuerySet["Handing"]):
    """Questions about hand-overs and returns."""

    def visible_to(self, person: "User") -> "HandingQuerySet":
        """Keep those that the person may see: all by a role, else where they borrow."""
        if not person.is_active:
            return self.none()
        if person.has_perm("tickets.view_ticketfile"):
            return self
        return self.filter(ticket__borrower=person)


def digest_of(statement: str) -> str:
    """Return the SHA-256 of the statement’s text in UTF-8; the database computes the same."""
    return hashlib.sha256(statement.encode()).hexdigest()


class Handing(models.Model):
    """One hand-over or return at the desk, with the statement that was signed; append-only.

    `statement` is the text whose digest `sha256` is: JSON with sorted keys, which names the ticket,
    the people, every line with its condition, answers and digests of photos, and the digests of the
    signatures. Neither a word nor a picture changes without the digest changing.
    """

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="handings")
    direction = models.CharField(_("direction"), max_length=3, choices=Direction)
    at = models.DateTimeField(_("at"))
    clerk = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("clerk")
    )
    representative = models.CharField(
        _("for the borrower"), max_length=150, help_text=_("the name of the person at the desk")
    )
    signing = models.CharField(_("signed"), max_length=5, choices=Signing)
    borrower_signature = models.OneToOneField(
        TicketFile, models.PROTECT, null=True, blank=True, related_name="+"
    )
    clerk_signature = models.OneToOneField(
        TicketFile, models.PROTECT, null=True, blank=True, related_name="+"
    )
    paper = models.OneToOneField(
        TicketFile, models.PROTECT, null=True, blank=True, related_name="+"
    )
    statement = models.TextField(_("statement"))
    sha256 = models.CharField(_("SHA-256"), max_length=64, help_text=_("of the statement"))
    kept_at = models.DateTimeField(_("kept at"), db_default=Now(), editable=False)

    objects = HandingQuerySet.as_manager()

    class Meta:
        db_table = "ticket_handings"
        verbose_name = _("hand-over or return")
        verbose_name_plural = _("hand-overs and returns")
        ordering = ("pk",)
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(
                condition=Q(direction__in=Direction.values), name="ticket_handing_has_direction"
            ),
            models.CheckConstraint(
                condition=~Q(representative=""), name="ticket_handing_has_representative"
            ),
            models.CheckConstraint(
                condition=Q(
                    signing=Signing.NONE,
                    borrower_signature__isnull=True,
                    clerk_signature__isnull=True,
                    paper__isnull=True,
                )
                | Q(
                    signing=Signing.DRAWN,
                    borrower_signature__isnull=False,
                    clerk_signature__isnull=False,
                    paper__isnull=True,
                )
                | Q(
                    signing=Signing.PAPER,
                    borrower_signature__isnull=True,
                    clerk_signature__isnull=True,
                    paper__isnull=False,
                ),
                name="ticket_handing_is_signed_by_both",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_direction_display()} TK-{self.ticket_id}"

    @property
    def stated(self) -> dict[str, Any]:
        """The statement, to be read by name."""
        facts: dict[str, Any] = json.loads(self.statement)
        return facts


class HandingLine(models.Model):
    """A line that went out or came back with a handing; once each way."""

    handing = models.ForeignKey(Handing, models.PROTECT, related_name="lines")
    direction = models.CharField(_("direction"), max_length=3, choices=Direction)
    line = models.ForeignKey(TicketLine, models.PROTECT, related_name="handings")
    condition = models.CharField(_("condition"), max_length=8, choices=Condition)
    note = models.TextField(_("note"), blank=True)
    answers = models.JSONField(
        _("checklist"), default=list, help_text=_("each with its text, whether it is so, a note")
    )

    class Meta:
        db_table = "ticket_handing_lines"
        verbose_name = _("line handed over or returned")
        verbose_name_plural = _("lines handed over or returned")
        ordering = ("pk",)
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(
                fields=("line", "direction"), name="ticket_line_is_handed_once_each_way"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_direction_display()} {self.line}"


class Receipt(models.Model):
    """The receipt of a handing, made once; a handing without one is found by the sweep."""

    handing = models.OneToOneField(
        Handing, models.PROTECT, primary_key=True, related_name="receipt"
    )
    file = models.OneToOneField(TicketFile, models.PROTECT, related_name="receipt")

    class Meta:
        db_table = "ticket_receipts"
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        default_permissions = ()

    def __str__(self) -> str:
        return self.file.name
