"""One asset on a ticket."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.assets.states import Condition
from apps.common.errors import MoveNotAllowed
from apps.tickets.errors import LineNotAllowed
from apps.tickets.models.ticket import Ticket
from apps.tickets.states import (
    LINE_LIFECYCLE,
    LineAction,
    LineStatus,
)

if TYPE_CHECKING:
    from apps.accounts.models import User

# Each kit before its parts, in the order in which lines were added.
KITS_FIRST = (Coalesce("kit_line", "pk"), F("kit_line").asc(nulls_first=True), "pk")


class LineQuerySet(models.QuerySet["TicketLine"]):
    """Questions about lines."""

    def visible_to(self, person: "User") -> "LineQuerySet":
        """Keep those that the person may see: all by a role, else what they borrow or lend."""
        if not person.is_active:
            return self.none()
        if person.has_perm("tickets.view_ticket"):
            return self
        return self.filter(Q(ticket__borrower=person) | Q(lender=person))


class TicketLine(models.Model):
    """One asset on a ticket, with its prices and what became of it; amounts in minor units."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="lines")
    asset = models.ForeignKey(
        "assets.Asset", models.PROTECT, related_name="ticket_lines", verbose_name=_("asset")
    )
    lender = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("lender"),
        help_text=_("who owned the asset when it was asked for, and is paid for it"),
    )
    kit_line = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="part_lines",
        verbose_name=_("line of the kit"),
        help_text=_("the line that is paid for; this one goes along as its part"),
    )
    due_at = models.DateTimeField(
        _("due back"), editable=False, help_text=_("the end of the ticket, or of an extension")
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=LineStatus,
        default=LineStatus.REQUESTED,
        editable=False,
    )
    fee = models.BigIntegerField(_("fee"), default=0, editable=False)
    deposit = models.BigIntegerField(_("deposit"), default=0, editable=False)
    commission = models.BigIntegerField(
        _("commission"), default=0, editable=False, help_text=_("the part of the fee that we keep")
    )
    reservation = models.OneToOneField(
        "assets.Reservation",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="ticket_line",
    )
    hold = models.OneToOneField(
        "wallets.Hold",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="ticket_line",
    )
    handed_over_at = models.DateTimeField(_("handed over at"), null=True, editable=False)
    handed_over_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    condition_out = models.CharField(
        _("condition at hand-over"), max_length=8, choices=Condition, blank=True, editable=False
    )
    note_out = models.TextField(_("note at hand-over"), blank=True, editable=False)
    returned_at = models.DateTimeField(_("returned at"), null=True, editable=False)
    returned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    condition_in = models.CharField(
        _("condition at return"), max_length=8, choices=Condition, blank=True, editable=False
    )
    note_in = models.TextField(_("note at return"), blank=True, editable=False)
    late_fee = models.BigIntegerField(_("late fee"), default=0, editable=False)
    inspected_at = models.DateTimeField(_("inspected at"), null=True, editable=False)
    inspected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    damage = models.BigIntegerField(_("damage"), default=0, editable=False)
    damage_note = models.TextField(_("what is damaged"), blank=True, editable=False)

    objects = LineQuerySet.as_manager()
    history = HistoricalRecords(table_name="ticket_lines_history")

    class Meta:
        db_table = "ticket_lines"
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering = ("pk",)
        default_permissions = ("add", "change", "delete", "view")
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=LineStatus.values), name="ticket_line_has_status"
            ),
            models.UniqueConstraint(
                fields=("ticket", "asset"),
                name="ticket_line_asset_is_unique",
                violation_error_message=_("This asset is on the ticket already."),
            ),
            models.CheckConstraint(
                condition=Q(fee__gte=0, deposit__gte=0, late_fee__gte=0, damage__gte=0)
                & Q(commission__gte=0, commission__lte=F("fee")),
                name="ticket_line_amounts_are_positive",
            ),
            models.CheckConstraint(
                condition=Q(kit_line__isnull=True)
                | Q(fee=0, deposit=0, commission=0, late_fee=0, hold__isnull=True),
                name="ticket_line_part_costs_nothing",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("requested", "released")) | Q(reservation__isnull=False),
                name="ticket_line_reserved_has_reservation",
            ),
            models.CheckConstraint(
                condition=Q(damage=0) | ~Q(damage_note=""), name="ticket_line_damage_has_note"
            ),
        )
        indexes = (
            models.Index(fields=("due_at",), condition=Q(status="on_loan"), name="ticket_line_due"),
            models.Index(
                fields=("ticket",), condition=Q(status="returned"), name="ticket_line_to_inspect"
            ),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id}/{self.asset}"

    @property
    def price(self) -> int:
        """What is held and then taken into escrow for it: fee and deposit."""
        return self.fee + self.deposit

    def move(self, action: LineAction) -> None:
        """Set the status that follows `action`.

        Raises:
            LineNotAllowed: the table has no such move; the sentence names the asset.
        """
        try:
            self.status = LINE_LIFECYCLE.after(action, LineStatus(self.status))
        except MoveNotAllowed as refusal:
            raise LineNotAllowed(asset=self.asset, **refusal.facts) from None
