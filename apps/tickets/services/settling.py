"""Finishing: the loan is over when all is back, the ticket when all is inspected and paid."""

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common.money import format_amount
from apps.tickets import selectors
from apps.tickets.services import owing, telling
from apps.tickets.services.keeping import keep, lines_of
from apps.tickets.settlement import Settlement, settle, share_of
from apps.tickets.states import Action, LineStatus, Status
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.states import Role, TransactionKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apps.tickets.models import Ticket, TicketLine

_ROLES = (Role.ESCROW, Role.COMMISSION, Role.LATE_FEES, Role.RECEIVABLES)


def finish_return(ticket: "Ticket", *, actor: User) -> None:
    """Say that the ticket is returned once nothing is out and nothing waits to be collected."""
    pending = {LineStatus.RESERVED, LineStatus.ON_LOAN}
    if ticket.lines.filter(status__in=pending).exists():
        return
    # What was lost may come back when all else is back already.
    if ticket.status != Status.RETURNED:
        ticket.move(Action.RETURN)
        keep(ticket, "status", actor=actor)
    # The lines that came back earlier may have been inspected while the last one was out.
    finish_inspection(ticket, actor=actor)


def finish_inspection(ticket: "Ticket", *, actor: User) -> None:
    """Close and settle the ticket once all is inspected or lost, and every claim is decided."""
    lines = lines_of(ticket)
    charged = {LineStatus.INSPECTED, LineStatus.LOST}
    over = {*charged, LineStatus.RELEASED}
    if ticket.status != Status.RETURNED or any(line.status not in over for line in lines):
        return
    if selectors.waits_for_claims(ticket):
        return
    _close(ticket, [line for line in lines if line.status in charged], actor=actor)


def _close(ticket: "Ticket", lines: "Sequence[TicketLine]", *, actor: User) -> None:
    """Pay everybody out of escrow in one ledger transaction."""
    before = ticket.get_status_display()
    shares = [share_of(line) for line in lines]
    into = _Wallets(ticket, lines, actor=actor)
    available = selectors.spendable_of(into.by_owner[ticket.borrower_id])
    settlement = settle(shares, available=available)
    # A free loan that came back in time and whole moves nothing.
    if entries := _entries(ticket, settlement, into):
        posted = wallets.post(
            TransactionKind.SETTLEMENT,
            entries,
            actor=actor,
            key=f"ticket:{ticket.pk}:settlement",
            description=_("{ticket}: settlement").format(ticket=ticket),
            about=ticket,
        )
        ticket.settlement_id = posted.transaction_id
    ticket.move(Action.CLOSE)
    ticket.closed_at = timezone.now()
    keep(ticket, "status", "closed_at", "settlement", actor=actor)
    audit.record(
        "tickets.closed",
        actor=actor,
        target=ticket,
        before={"status": before},
        after={"status": ticket.get_status_display(), **_figures(ticket, settlement)},
    )
    if settlement.owed:
        owing.owe(ticket, settlement.owed, actor=actor)
    telling.of_closing(ticket, settlement)
    lenders = {line.lender_id: line.lender for line in lines}
    for lender_id, amount in settlement.lenders.items():
        telling.of_earning(ticket, lenders[lender_id], amount)


class _Wallets:
    """The wallets of a settlement: of the chart by role, of people by owner, all locked."""

    def __init__(self, ticket: "Ticket", lines: "Sequence[TicketLine]", *, actor: User) -> None:
        """Open what is missing, and lock all of them in one order, as the ledger does.

        What the borrower has available decides how much is owed, so it must not change any more.
        """
        owners = {ticket.borrower_id: ticket.borrower}
        owners |= {line.lender_id: line.lender for line in lines}
        wanted = [
            *(wallets.system_wallet(role, ticket.currency).pk for role in _ROLES),
            *(wallets.wallet_for(who, ticket.currency, actor=actor).pk for who in owners.values()),
        ]
        locked = list(Wallet.objects.locked().filter(pk__in=wanted))
        self.by_role = {Role(wallet.role): wallet for wallet in locked if wallet.role}
        self.by_owner = {wallet.owner_id: wallet for wallet in locked if wallet.owner_id}


def _entries(ticket: "Ticket", settlement: Settlement, into: _Wallets) -> list[wallets.Entry]:
    """Return one entry for each wallet that gets or gives something; they add up to zero."""
    amounts: defaultdict[int, int] = defaultdict(int)
    amounts[into.by_role[Role.ESCROW].pk] -= settlement.escrow
    amounts[into.by_role[Role.COMMISSION].pk] += settlement.commission
    amounts[into.by_role[Role.LATE_FEES].pk] += settlement.late_fee
    amounts[into.by_role[Role.RECEIVABLES].pk] -= settlement.owed
    # A lender may borrow on the same ticket: one wallet, one entry.
    for lender_id, amount in settlement.lenders.items():
        amounts[into.by_owner[lender_id].pk] += amount
    amounts[into.by_owner[ticket.borrower_id].pk] += settlement.refund - settlement.drawn
    return [wallets.Entry(pk, amount) for pk, amount in sorted(amounts.items()) if amount]


def _figures(ticket: "Ticket", settlement: Settlement) -> dict[str, Any]:
    """Return what the audit log shows of the settlement."""
    amounts = {
        "out of escrow": settlement.escrow,
        "fee": settlement.fee,
        "commission": settlement.commission,
        "late fee": settlement.late_fee,
        "damage": settlement.damage,
        "deposit returned": settlement.refund,
        "taken from the wallet": settlement.drawn,
        "owed": settlement.owed,
    }
    return {name: format_amount(amount, ticket.currency) for name, amount in amounts.items()}
