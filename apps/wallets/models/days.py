"""What is remembered of each day, so that the balance of any day is one look into an index.

The roll-up keeps these rows; nobody else writes them. They say nothing that the entries do not.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LedgerDay(models.Model):
    """The balance of a wallet at the end of one effective day on which something was posted."""

    pk = models.CompositePrimaryKey("wallet_id", "effective_on")
    wallet = models.ForeignKey(
        "wallets.Wallet", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    effective_on = models.DateField(_("effective on"))
    balance = models.BigIntegerField(
        _("balance"), help_text=_("at the end of the day, minor units")
    )
    last_position = models.BigIntegerField(
        _("last position"), help_text=_("of the entries that are effective on this day")
    )

    class Meta:
        db_table = "ledger_days"
        verbose_name = _("ledger day")
        verbose_name_plural = _("ledger days")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.wallet_id} {self.effective_on}"


class LedgerMark(models.Model):
    """Up to which position the days of a wallet are remembered."""

    wallet = models.OneToOneField(
        "wallets.Wallet", models.PROTECT, primary_key=True, related_name="+", db_constraint=False
    )
    position = models.BigIntegerField(_("position"))

    class Meta:
        db_table = "ledger_marks"
        verbose_name = _("ledger mark")
        verbose_name_plural = _("ledger marks")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.wallet_id} {self.position}"
