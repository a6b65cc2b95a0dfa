"""A request to borrow, from the first draft to the settlement."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.tickets.states import (
    LIFECYCLE,
    Action,
    Status,
    Way,
)

if TYPE_CHECKING:
    from apps.accounts.models import User


class TicketQuerySet(models.QuerySet["Ticket"]):
    """Questions about tickets."""

    def on_loan(self) -> "TicketQuerySet":
        """Keep those of which something is out."""
        return self.filter(status=Status.ON_LOAN)

    def visible_to(self, person: "User") -> "TicketQuerySet":
        """Keep those that the person may see: all by a role, else what they borrow or lend."""
        if not person.is_active:
            return self.none()
        if person.has_perm("tickets.view_ticket"):
            return self
        return self.concerning(person)

    def concerning(self, person: "User") -> "TicketQuerySet":
        """Keep those on which an active person borrows or lends."""
        if not person.is_active:
            return self.none()
        lends = self.model.lines.rel.related_model._default_manager.filter(lender=person)
        # Two short lists by index, and not a look at every ticket.
        return self.filter(Q(borrower=person) | Q(pk__in=lends.values("ticket")))

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
    came_by = models.CharField(
        _("how it came"),
        max_length=10,
        choices=Way,
        blank=True,
        default="",
        db_default="",
        help_text=_("empty when the borrower entered it"),
    )
    asked_by = models.CharField(
        _("asked by"),
        max_length=120,
        blank=True,
        default="",
        db_default="",
        help_text=_("who spoke for the borrower, if it was somebody else"),
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
            ("reprice_ticket", "Can price approved tickets anew"),
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
            models.CheckConstraint(
                condition=Q(came_by="") | Q(came_by__in=Way.values), name="ticket_came_by_a_way"
            ),
            models.CheckConstraint(
                condition=Q(asked_by="") | ~Q(came_by=""), name="ticket_asked_by_came_by_a_way"
            ),
        )
        indexes = (
            models.Index(fields=("status", "starts_at"), name="ticket_by_status_and_start"),
            models.Index(fields=("borrower", "-id"), name="ticket_by_borrower"),
            models.Index(fields=("entered_by", "-id"), name="ticket_by_clerk"),
            # One for each queue that may be long, in its order; those that wait for nothing any
            # more are only in that of the closed ones.
            models.Index(
                fields=("-id",),
                condition=Q(status__in=("draft", "changes_requested")),
                name="ticket_drafts",
            ),
            models.Index(
                fields=("submitted_at", "id"),
                condition=Q(status="submitted"),
                name="ticket_waiting",
            ),
            models.Index(
                fields=("starts_at", "id"), condition=Q(status="approved"), name="ticket_to_collect"
            ),
            models.Index(
                fields=("ends_at", "id"), condition=Q(status="on_loan"), name="ticket_out"
            ),
            models.Index(
                fields=("ends_at", "id"), condition=Q(status="returned"), name="ticket_back"
            ),
            models.Index(fields=("-id",), condition=Q(status="closed"), name="ticket_closed"),
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

    def concerns(self, person: "User") -> bool:
        """Tell whether an active person borrows or lends on this ticket."""
        if not person.is_active:
            return False
        return person.pk == self.borrower_id or self.lines.filter(lender=person).exists()
