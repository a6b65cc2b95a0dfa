"""The money of a ticket between approval and return: held, taken into escrow, or let go."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from apps.common.money import format_amount
from apps.tickets import selectors
from apps.tickets.errors import NoWallet, TooLittleMoney
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.states import Role, WalletStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apps.accounts.models import User
    from apps.tickets.models import ExtensionLine, Ticket, TicketLine


def hold(
    ticket: "Ticket", lines: "Sequence[TicketLine]", *, actor: "User", edition: str = ""
) -> None:
    """Hold fee and deposit of each line on the borrower’s wallet; the lines are not saved.

    A line whose first hold was let go of needs an `edition` for the next one.

    Raises:
        NoWallet: there is none in the ticket’s currency.
        TooLittleMoney: all lines together need more than is available.
    """
    needed = sum(line.price for line in lines)
    if not needed:
        return
    wallet = _enough(ticket, needed)
    for line in lines:
        if line.price:
            line.hold = wallets.place_hold(
                wallet.pk,
                line.price,
                actor=actor,
                key=f"ticket:{ticket.pk}:line:{line.pk}:hold{edition}",
                about=ticket,
                reason=_("{ticket}: {asset}").format(ticket=ticket, asset=line.asset),
            )


def _enough(ticket: "Ticket", needed: int) -> Wallet:
    """Return the borrower’s wallet, locked, so that what it has available stays available."""
    currency = ticket.currency
    found = selectors.wallet_of(ticket)
    if found is None:
        raise NoWallet(
            borrower=ticket.borrower, currency=currency, needed=format_amount(needed, currency)
        )
    wallet = Wallet.objects.locked().get(pk=found.pk)
    spendable = selectors.spendable_of(wallet)
    if wallet.status == WalletStatus.ACTIVE and spendable < needed:
        raise TooLittleMoney(
            borrower=ticket.borrower,
            available=format_amount(spendable, currency),
            needed=format_amount(needed, currency),
            missing=format_amount(needed - spendable, currency),
        )
    return wallet


def capture(ticket: "Ticket", lines: "Sequence[TicketLine]", *, actor: "User") -> None:
    """Move what is held for these lines into escrow."""
    escrow = wallets.system_wallet(Role.ESCROW, ticket.currency)
    for line in lines:
        if line.hold_id:
            wallets.capture_hold(
                line.hold_id,
                line.price,
                to_wallet_id=escrow.pk,
                actor=actor,
                key=f"ticket:{ticket.pk}:line:{line.pk}:capture",
                about=ticket,
                description=_("{ticket}: fee and deposit of {asset}").format(
                    ticket=ticket, asset=line.asset
                ),
            )


def hold_longer(ticket: "Ticket", lines: "Sequence[ExtensionLine]", *, actor: "User") -> None:
    """Hold what keeping each line longer costs; the lines are not saved.

    Raises:
        NoWallet: there is none in the ticket’s currency.
        TooLittleMoney: all lines together need more than is available.
    """
    needed = sum(longer.fee for longer in lines)
    if not needed:
        return
    wallet = _enough(ticket, needed)
    for longer in lines:
        if longer.fee:
            longer.hold = wallets.place_hold(
                wallet.pk,
                longer.fee,
                actor=actor,
                key=f"extension:{longer.extension_id}:line:{longer.line_id}:hold",
                about=ticket,
                reason=_("{extension} of {ticket}: {asset}").format(
                    extension=longer.extension, ticket=ticket, asset=longer.line.asset
                ),
            )


def capture_longer(ticket: "Ticket", lines: "Sequence[ExtensionLine]", *, actor: "User") -> None:
    """Move what is held for the extension of these lines into escrow."""
    escrow = wallets.system_wallet(Role.ESCROW, ticket.currency)
    for longer in lines:
        if longer.hold_id:
            wallets.capture_hold(
                longer.hold_id,
                longer.fee,
                to_wallet_id=escrow.pk,
                actor=actor,
                key=f"extension:{longer.extension_id}:line:{longer.line_id}:capture",
                about=ticket,
                description=_("{ticket}: fee for keeping {asset} longer").format(
                    ticket=ticket, asset=longer.line.asset
                ),
            )


def release(lines: "Sequence[TicketLine | ExtensionLine]", *, actor: "User") -> None:
    """Let go of what is held for these lines."""
    for line in lines:
        if line.hold_id:
            wallets.release_hold(line.hold_id, actor=actor)
