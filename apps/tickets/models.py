"""Tickets, their lines and what people say on them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.assets.states import Condition
from apps.common.errors import MoveNotAllowed
from apps.tickets.errors import LineNotAllowed
from apps.tickets.states import (
    LIFECYCLE,
    LINE_LIFECYCLE,
    Action,
    LineAction,
    LineStatus,
    Status,
    Visibility,
)


class TicketQuerySet(models.QuerySet["Ticket"]):
    """Questions about tickets."""

    def on_loan(self) -> "TicketQuerySet":
        """Keep those of which something is out."""
        return self.filter(status=Status.ON_LOAN)

    def locked(self) -> "TicketQuerySet":
        """Lock the rows, by primary key."""
        return self.order_by("pk").select_for_update(of=("self",))


class Ticket(models.Model):
    """A request to borrow assets for a period, from the first draft to the settlement."""

    borrower = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="tickets",
        verbose_name=_("borrower"),
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    purpose = models.CharField(_("purpose"), max_length=254)
    currency = models.CharField(_("currency"), max_length=3, editable=False)
    # Only deeds write these; they are “editable” because the history shows no other fields.
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.DRAFT)
    ending_reason = models.TextField(
        _("reason"), blank=True, help_text=_("of a rejection or cancellation")
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    settlement = models.OneToOneField(
        "wallets.LedgerTransaction",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="settled_ticket",
        verbose_name=_("settlement"),
    )
    quote = models.JSONField(
        _("quote"),
        default=dict,
        editable=False,
        help_text=_("the arithmetic of each line, fixed at submission"),
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    objects = TicketQuerySet.as_manager()
    history = HistoricalRecords(
        table_name="tickets_history", history_change_reason_field=models.TextField(null=True)
    )

    class Meta:
        db_table = "tickets"
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ("-id",)
        default_permissions = ("add", "change", "view")
        permissions = (
            ("submit_ticket", "Can submit tickets, also for others"),
            ("approve_ticket", "Can decide on tickets"),
            ("cancel_ticket", "Can cancel tickets"),
            ("hand_over_ticket", "Can hand over"),
            ("take_back_ticket", "Can take back"),
            ("inspect_ticket", "Can inspect returned assets and close"),
            ("comment_ticket", "Can comment on tickets"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(status__in=Status.values), name="ticket_has_status"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="ticket_period_is_forward",
                violation_error_message=_("“Until” must be after “from”."),
            ),
            models.CheckConstraint(
                condition=~Q(status="closed") | Q(closed_at__isnull=False),
                name="ticket_closed_has_moment",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("rejected", "cancelled")) | ~Q(ending_reason=""),
                name="ticket_refusal_has_reason",
            ),
        )
        indexes = (
            models.Index(fields=("status", "starts_at"), name="ticket_by_status_and_start"),
            models.Index(fields=("borrower", "-id"), name="ticket_by_borrower"),
        )

    def __str__(self) -> str:
        return f"TK-{self.pk}"

    @property
    def price(self) -> int:
        """What the borrower needs for it: fees and deposits, in minor units."""
        return int(self.quote.get("fee", 0)) + int(self.quote.get("deposit", 0))

    def move(self, action: Action) -> None:
        """Set the status that follows `action`."""
        self.status = LIFECYCLE.after(action, Status(self.status))


class TicketLine(models.Model):
    """One asset on a ticket, with its prices and what became of it; amounts in minor units."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="lines")
    asset = models.ForeignKey(
        "assets.Asset", models.PROTECT, related_name="ticket_lines", verbose_name=_("asset")
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
                condition=Q(status__in=("requested", "released")) | Q(reservation__isnull=False),
                name="ticket_line_reserved_has_reservation",
            ),
            models.CheckConstraint(
                condition=Q(damage=0) | ~Q(damage_note=""), name="ticket_line_damage_has_note"
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
