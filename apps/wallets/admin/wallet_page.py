"""What the page of one wallet shows."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apps.wallets import selectors
from apps.wallets.admin.linking import link_of
from apps.wallets.admin.wording import rate_of
from apps.wallets.states import WALLET_LIFECYCLE, Role, WalletAction, WalletStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from apps.wallets.models import LedgerEntry, Wallet

ROWS = 50
LATEST = 10
# More digits than any position has.
_LONGEST = 18

VARIANTS: dict[str, str] = {
    WalletStatus.ACTIVE: "success",
    WalletStatus.FROZEN: "warning",
    WalletStatus.CLOSED: "default",
}


@dataclass(frozen=True)
class StatementPage:
    """Some entries of a wallet, the newest first, and where the pages beside them begin."""

    entries: "Sequence[LedgerEntry]"
    is_newest: bool
    newer: int | None
    older: int | None


def statement_page(wallet: "Wallet", before: str) -> StatementPage:
    """Return the entries below the position `before`; without one, the newest."""
    below = _position(before) or wallet.position + 1
    entries = selectors.statement_entries(wallet).filter(position__lt=below).order_by("-position")
    found = list(entries[: ROWS + 1])
    shown = found[:ROWS]
    # Positions have no gaps, so the page above this one begins a page higher.
    above = below + ROWS
    return StatementPage(
        entries=shown,
        is_newest=below > wallet.position,
        newer=above if above <= wallet.position else None,
        older=shown[-1].position if len(found) > ROWS else None,
    )


def _position(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) <= _LONGEST
    return int(text) or None if is_number else None


def possible(wallet: "Wallet") -> set[str]:
    """Return the names of the actions that the wallet allows at this moment."""
    is_active = wallet.status == WalletStatus.ACTIVE
    exchanging = {"exchange"} if is_active and wallet.role != Role.EXCHANGE else set()
    if wallet.role:
        return exchanging
    status = WalletStatus(wallet.status)
    names = {action.value for action in WalletAction if WALLET_LIFECYCLE.allows(action, status)}
    if wallet.posted or wallet.held:
        names -= {WalletAction.CLOSE.value}
    return names | exchanging


def content_of(wallet: "Wallet", request: "HttpRequest") -> dict[str, Any]:
    """Return what the template prints; each part only to those who may see it."""
    may = request.user.has_perm
    content: dict[str, Any] = {
        "wallet": wallet,
        "variant": VARIANTS[WalletStatus(wallet.status)],
        "owner": link_of(wallet.owner, request),
        "is_active": wallet.status == WalletStatus.ACTIVE,
    }
    if may("wallets.view_ledgerentry"):
        content["statement"] = statement_page(wallet, request.GET.get("before", ""))
    if may("wallets.view_hold"):
        holds = list(
            wallet.holds.active().select_related("placed_by").prefetch_related("about")[: ROWS + 1]
        )
        content["holds"] = [(hold, link_of(hold.about, request)) for hold in holds[:ROWS]]
        content["has_more_holds"] = len(holds) > ROWS
    if may("wallets.view_adjustment"):
        content["adjustments"] = wallet.adjustments.select_related("reason_code", "requester")[
            :LATEST
        ]
    if wallet.role == Role.EXCHANGE and may("wallets.view_ledgertransaction"):
        content["positions"] = selectors.exchange_wallets()
        latest = selectors.exchanges_in(wallet.currency)[:LATEST]
        content["exchanges"] = [(exchange, rate_of(exchange)) for exchange in latest]
    return content
