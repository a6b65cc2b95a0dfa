"""What is claimed for damage or loss, and what goes back when the lost is found."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.tickets.claim_states import (
    CLAIM_LIFECYCLE,
    GRANTED,
    UNDECIDED,
    ClaimAction,
    ClaimKind,
    ClaimStatus,
)
from apps.tickets.models.line import TicketLine

if TYPE_CHECKING:
    from apps.accounts.models import User


class ClaimQuerySet(models.QuerySet["Claim"]):
    """Questions about claims."""

    def undecided(self) -> "ClaimQuerySet":
        """Keep those on which somebody still has to decide, or which are to be changed."""
        return self.filter(status__in=UNDECIDED)

    def granted(self) -> "ClaimQuerySet":
        """Keep those that were accepted, wholly or in part."""
        return self.filter(status__in=GRANTED)

    def charged(self) -> "ClaimQuerySet":
        """Keep those that the borrower pays for; a credit goes the other way."""
        return self.exclude(kind=ClaimKind.CREDIT)

    def visible_to(self, person: "User") -> "ClaimQuerySet":
        """Keep those that the person may see: all by a role, else on what they borrow or lend."""
        if not person.is_active:
            return self.none()
        if person.has_perm("tickets.view_claim"):
            return self
        return self.filter(Q(line__ticket__borrower=person) | Q(line__lender=person))

    def with_parts(self) -> "ClaimQuerySet":
        """Read along the line, its ticket and asset, and who filed it."""
        return self.select_related("line__ticket", "line__asset", "opened_by")

    def locked(self) -> "ClaimQuerySet":
        """Lock the rows, by primary key."""
        return self.order_by("pk").select_for_update(of=("self",))


class Claim(models.Model):
    """What one line costs beyond its fee, or gives back; amounts in the ticket’s minor units."""

    line = models.ForeignKey(
        TicketLine, models.PROTECT, related_name="claims", verbose_name=_("line")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=ClaimKind)
    status = models.CharField(
        _("status"), max_length=10, choices=ClaimStatus, default=ClaimStatus.OPEN
    )
    estimate = models.BigIntegerField(_("estimate"), help_text=_("minor units"))
    amount = models.BigIntegerField(
        _("amount"), help_text=_("what is granted, never more than the estimate; minor units")
    )
    description = models.TextField(_("what happened"))
    amount_reason = models.TextField(
        _("why not all of it"), blank=True, help_text=_("when less is granted than was estimated")
    )
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("filed by")
    )
    opened_at = models.DateTimeField(_("filed at"), db_default=Now())
    disputed_at = models.DateTimeField(_("disputed at"), null=True, blank=True)
    disputed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("disputed by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decision_reason = models.TextField(_("reason of the decision"), blank=True)
    posting = models.OneToOneField(
        "wallets.LedgerTransaction",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="paid_claim",
        verbose_name=_("posting"),
        help_text=_("of a credit; what is charged is part of the settlement"),
    )

    objects = ClaimQuerySet.as_manager()
    history = HistoricalRecords(table_name="ticket_claims_history")

    class Meta:
        db_table = "ticket_claims"
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = (("decide_claim", "Can decide on claims"),)
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=ClaimKind.values), name="claim_has_kind"),
            models.CheckConstraint(
                condition=Q(status__in=ClaimStatus.values), name="claim_has_status"
            ),
            models.CheckConstraint(condition=Q(estimate__gt=0), name="claim_has_estimate"),
            models.CheckConstraint(
                condition=Q(amount__gte=0, amount__lte=F("estimate")),
                name="claim_amount_within_estimate",
            ),
            models.CheckConstraint(
                condition=(~Q(status="accepted") | Q(amount=F("estimate")))
                & (~Q(status="reduced") | (Q(amount__lt=F("estimate")) & ~Q(amount_reason=""))),
                name="claim_reduction_has_reason",
            ),
            models.CheckConstraint(condition=~Q(description=""), name="claim_has_description"),
            models.CheckConstraint(
                condition=Q(status__in=("open", "returned"), decided_at__isnull=True)
                | (~Q(status__in=("open", "returned")) & Q(decided_at__isnull=False)),
                name="claim_decided_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(disputed_at__isnull=True, disputed_by__isnull=True)
                | Q(disputed_at__isnull=False, disputed_by__isnull=False),
                name="claim_dispute_has_person",
            ),
            # Refused and withdrawn ones leave room for another; what stands is one of each kind.
            models.UniqueConstraint(
                fields=("line", "kind"),
                condition=~Q(status__in=("dismissed", "withdrawn")),
                name="claim_one_of_a_kind_each_line",
            ),
        )
        indexes = (models.Index(fields=("status", "-id"), name="claim_by_status"),)

    def __str__(self) -> str:
        return f"C-{self.pk}"

    @property
    def is_undecided(self) -> bool:
        """Tell whether the ticket has to wait for it."""
        return self.status in UNDECIDED

    def move(self, action: ClaimAction) -> None:
        """Set the status that follows `action`."""
        self.status = CLAIM_LIFECYCLE.after(action, ClaimStatus(self.status))
