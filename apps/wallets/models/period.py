"""Periods: months of the books, and what their books said when they were closed."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.wallets.states import PERIOD_LIFECYCLE, PeriodAction, PeriodStatus

if TYPE_CHECKING:
    from apps.accounts.models import User


class PeriodQuerySet(models.QuerySet["Period"]):
    """Questions about periods."""

    def closed(self) -> "PeriodQuerySet":
        """Keep those that take no more entries."""
        return self.filter(status=PeriodStatus.CLOSED)

    def visible_to(self, person: "User") -> "PeriodQuerySet":
        """Keep all for those who may view periods, and nothing for anybody else."""
        return self if person.has_perm("wallets.view_period") else self.none()


class Period(models.Model):
    """One month of effective days; a closed one takes no entries, and its balances are kept.

    Its rules are triggers: see migration 0008.
    """

    starts_on = models.DateField(_("starts on"), unique=True)
    ends_on = models.DateField(_("ends on"))
    status = models.CharField(
        _("status"), max_length=6, choices=PeriodStatus, default=PeriodStatus.OPEN
    )
    closing_count = models.PositiveIntegerField(
        _("closings"), default=0, help_text=_("how often it was closed")
    )
    changed_at = models.DateTimeField(_("changed at"), null=True, blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("changed by"),
    )
    reason = models.TextField(_("reason"), blank=True)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        db_table = "ledger_periods"
        verbose_name = _("period")
        verbose_name_plural = _("periods")
        ordering = ("-starts_on",)
        default_permissions = ("view",)
        permissions = (("close_period", "Can close and reopen periods"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=PeriodStatus.values), name="period_has_status"
            ),
        )

    def __str__(self) -> str:
        return f"{self.starts_on:%Y-%m}"

    def move(self, action: PeriodAction) -> None:
        """Set the status that follows `action`."""
        self.status = PERIOD_LIFECYCLE.after(action, PeriodStatus(self.status))


class PeriodBalance(models.Model):
    """What a wallet held at the end of a period when that was closed for the nth time.

    Append-only: closing again after a reopening adds rows beside the earlier ones.
    """

    pk = models.CompositePrimaryKey("period_id", "closing", "wallet_id")
    period = models.ForeignKey(
        Period, models.PROTECT, related_name="balances", db_index=False, verbose_name=_("period")
    )
    closing = models.PositiveIntegerField(_("closing"))
    wallet = models.ForeignKey(
        "wallets.Wallet",
        models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("wallet"),
    )
    balance = models.BigIntegerField(_("balance"), help_text=_("minor units; credit is positive"))

    class Meta:
        db_table = "ledger_period_balances"
        verbose_name = _("balance of a period")
        verbose_name_plural = _("balances of periods")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.period_id}/{self.closing} {self.wallet_id}"
