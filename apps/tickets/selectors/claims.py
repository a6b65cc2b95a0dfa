"""Questions about claims, receivables and strikes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Q, Sum

from apps.tickets.models import Claim, Receivable, Ticket
from apps.tickets.selectors.money import spendable_of
from apps.wallets.models import Wallet
from apps.wallets.states import Role, WalletStatus

if TYPE_CHECKING:
    from apps.tickets.models.claim import ClaimQuerySet


@dataclass(frozen=True)
class TieOut:
    """What is owed by the rows, and what the ledger says, in minor units of one currency."""

    currency: str
    owed: int
    in_ledger: int

    @property
    def difference(self) -> int:
        """What should be zero."""
        return self.owed - self.in_ledger


def claims_of(ticket: Ticket) -> "ClaimQuerySet":
    """Return every claim on the ticket, oldest first."""
    claims = Claim.objects.filter(line__ticket=ticket).order_by("pk")
    return claims.select_related("line__asset", "opened_by", "disputed_by")


def waits_for_claims(ticket: Ticket) -> bool:
    """Tell whether the ticket cannot close because a claim is undecided."""
    return Claim.objects.filter(line__ticket=ticket).charged().undecided().exists()


def receivable_of(ticket: Ticket) -> Receivable | None:
    """Return what was owed after the settlement, if anything was."""
    return Receivable.objects.filter(ticket=ticket).first()


def payable_from(wallet: Wallet | None) -> int:
    """Return what can be taken from a wallet at this moment; nothing from one that is frozen."""
    if wallet is None or wallet.status != WalletStatus.ACTIVE:
        return 0
    return spendable_of(wallet)


def collectable() -> list[int]:
    """Return the open receivables whose borrower has money in a wallet that is active."""
    with_money = Wallet.objects.filter(
        owner=OuterRef("borrower"),
        currency=OuterRef("currency"),
        status=WalletStatus.ACTIVE,
        placed__gt=F("held") + F("floor"),
    )
    debts = Receivable.objects.open().filter(Exists(with_money))
    return list(debts.order_by("due_at", "pk").values_list("pk", flat=True))


def to_remind(now: datetime, days: Sequence[int]) -> list[int]:
    """Return the open receivables of which a reminder is due, so many days after they were."""
    due = Q()
    for number, after in enumerate(days):
        due |= Q(reminder_count__lte=number, due_at__lte=now - timedelta(days=after))
    return list(Receivable.objects.open().filter(due).order_by("pk").values_list("pk", flat=True))


def tie_outs() -> list[TieOut]:
    """Return for each currency what open receivables add up to, beside the ledger’s wallet."""
    owed = {
        row["currency"]: row["total"]
        for row in Receivable.objects.open()
        .order_by()
        .values("currency")
        .annotate(total=Sum(F("amount") - F("paid")))
    }
    chart = Wallet.objects.of_the_system().filter(role=Role.RECEIVABLES).with_posted()
    # What we are owed is an asset, and so negative in the ledger.
    in_ledger = {wallet.currency: -wallet.posted for wallet in chart}
    return [
        TieOut(currency, owed.get(currency, 0), in_ledger.get(currency, 0))
        for currency in sorted(owed.keys() | in_ledger.keys())
        if owed.get(currency) or in_ledger.get(currency)
    ]
