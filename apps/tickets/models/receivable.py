"""What a borrower owes after the settlement of a ticket."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.tickets.claim_states import RECEIVABLE_LIFECYCLE, ReceivableAction, ReceivableStatus
from apps.tickets.models.ticket import Ticket

if TYPE_CHECKING:
    from apps.accounts.models import User


class ReceivableQuerySet(models.QuerySet["Receivable"]):
    """Questions about receivables."""

    def open(self) -> "ReceivableQuerySet":
        """Keep those of which something is owed."""
        return self.filter(status=ReceivableStatus.OPEN)

    def visible_to(self, person: "User") -> "ReceivableQuerySet":
        """Keep those that the person may see: all by a role, else what they owe."""
        if not person.is_active:
            return self.none()
        if person.has_perm("tickets.view_receivable"):
            return self
        return self.filter(borrower=person)

    def locked(self) -> "ReceivableQuerySet":
        """Lock the rows, by primary key."""
        return self.order_by("pk").select_for_update(of=("self",))


class Receivable(models.Model):
    """What a borrower owes for a ticket, and how much of it is paid; amounts in minor units.

    The rests of all open ones of a currency are what the ledger shows on its receivables wallet.
    """

    ticket = models.OneToOneField(
        Ticket, models.PROTECT, related_name="receivable", verbose_name=_("ticket")
    )
    borrower = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="receivables",
        verbose_name=_("borrower"),
    )
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.BigIntegerField(_("amount"), help_text=_("owed at settlement; minor units"))
    paid = models.BigIntegerField(_("paid so far"), default=0, help_text=_("minor units"))
    status = models.CharField(
        _("status"), max_length=12, choices=ReceivableStatus, default=ReceivableStatus.OPEN
    )
    created_at = models.DateTimeField(_("owed since"), db_default=Now())
    due_at = models.DateTimeField(_("due at"))
    reminder_count = models.PositiveSmallIntegerField(_("reminders sent"), default=0)
    reminded_at = models.DateTimeField(_("last reminded at"), null=True, blank=True)
    suspended_until = models.DateTimeField(
        _("suspends until"),
        null=True,
        blank=True,
        help_text=_("how long the borrower may not borrow because of it"),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    write_off_reason = models.TextField(_("reason of the write-off"), blank=True)

    objects = ReceivableQuerySet.as_manager()
    history = HistoricalRecords(table_name="receivables_history")

    class Meta:
        db_table = "receivables"
        verbose_name = _("receivable")
        verbose_name_plural = _("receivables")
        ordering = ("due_at", "pk")
        default_permissions = ("view",)
        permissions = (
            ("collect_receivable", "Can collect receivables from wallets"),
            ("request_write_off", "Can ask to write receivables off"),
            ("decide_write_off", "Can decide on write-offs"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=ReceivableStatus.values), name="receivable_has_status"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="receivable_has_amount"),
            models.CheckConstraint(
                condition=Q(paid__gte=0, paid__lte=F("amount")),
                name="receivable_paid_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(status="paid", paid=F("amount"))
                | (~Q(status="paid") & Q(paid__lt=F("amount"))),
                name="receivable_paid_in_full",
            ),
            models.CheckConstraint(
                condition=Q(status="open", ended_at__isnull=True)
                | (~Q(status="open") & Q(ended_at__isnull=False)),
                name="receivable_ended_has_moment",
            ),
        )
        indexes = (
            models.Index(
                fields=("due_at",), condition=Q(status="open"), name="receivable_open_by_age"
            ),
        )

    def __str__(self) -> str:
        return f"R-{self.pk}"

    @property
    def rest(self) -> int:
        """What is still owed, or was when it was written off; in minor units."""
        return self.amount - self.paid

    def move(self, action: ReceivableAction) -> None:
        """Set the status that follows `action`."""
        self.status = RECEIVABLE_LIFECYCLE.after(action, ReceivableStatus(self.status))
