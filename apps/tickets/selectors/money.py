"""Where the money of a ticket is, and where it would go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Sum

from apps.tickets.models import Claim
from apps.tickets.settlement import Settlement, settle, share_of
from apps.tickets.states import LineStatus
from apps.wallets import selectors as wallets
from apps.wallets.models import Wallet
from apps.wallets.states import Role, WalletStatus

if TYPE_CHECKING:
    from apps.tickets.models import Ticket
    from apps.wallets.models import Hold, LedgerEntry


@dataclass(frozen=True)
class TicketMoney:
    """Where the money of a ticket is: held on the wallet, in escrow, or settled like this."""

    currency: str
    held: int
    in_escrow: int
    holds: "Sequence[Hold]"
    settled: "Sequence[LedgerEntry]"


def money_of(ticket: "Ticket") -> TicketMoney:
    """Return what the ledger says about this ticket at this moment."""
    holds = list(wallets.holds_about(ticket).select_related("wallet__owner").order_by("pk"))
    entries = wallets.entries_about(ticket).select_related("wallet__owner")
    escrow = entries.filter(wallet__role=Role.ESCROW).aggregate(total=Sum("amount"))
    settled = entries.filter(transaction=ticket.settlement_id) if ticket.settlement_id else []
    return TicketMoney(
        currency=ticket.currency,
        held=sum(hold.rest for hold in holds),
        in_escrow=escrow["total"] or 0,
        holds=holds,
        settled=sorted(settled, key=lambda entry: (entry.amount, entry.wallet_id)),
    )


def wallet_of(ticket: "Ticket") -> Wallet | None:
    """Return the borrower’s open wallet in the ticket’s currency, if there is one."""
    wallets_of_borrower = Wallet.objects.filter(
        owner_id=ticket.borrower_id, currency=ticket.currency
    )
    return wallets_of_borrower.exclude(status=WalletStatus.CLOSED).first()


def spendable_of(wallet: Wallet | None) -> int:
    """Return what is available above the wallet’s floor; nothing without a wallet."""
    return max(wallet.available - (wallet.floor or 0), 0) if wallet else 0


def settlement_of(ticket: "Ticket", damages: Mapping[int, int]) -> Settlement | None:
    """Return what would be posted if these lines were inspected now with this damage, by line.

    Whatever is claimed counts as if it were granted.

    None while something would still be out, waiting to be collected, or not inspected.
    """
    shares = []
    claimed = dict(
        Claim.objects.filter(line__ticket=ticket)
        .charged()
        .undecided()
        .values_list("line_id", "amount")
    )
    for line in ticket.lines.select_related("asset"):
        if line.status == LineStatus.RELEASED:
            continue
        is_known = line.status in {LineStatus.INSPECTED, LineStatus.LOST}
        if not is_known and (line.status != LineStatus.RETURNED or line.pk not in damages):
            return None
        known = claimed.get(line.pk, line.damage)
        shares.append(share_of(line, damage=known if is_known else damages[line.pk]))
    return settle(shares, available=spendable_of(wallet_of(ticket)))
