"""What the page of one wallet shows."""

from typing import TYPE_CHECKING, Any

from apps.wallets import batches, selectors
from apps.wallets.admin.linking import link_of
from apps.wallets.admin.statement import ROWS, statement_of
from apps.wallets.admin.wording import rate_of
from apps.wallets.states import WALLET_LIFECYCLE, Role, WalletAction, WalletStatus

if TYPE_CHECKING:
    from django.http import HttpRequest

    from apps.wallets.models import Wallet

LATEST = 10

VARIANTS: dict[str, str] = {
    WalletStatus.ACTIVE: "success",
    WalletStatus.FROZEN: "warning",
    WalletStatus.CLOSED: "default",
}


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
        content["statement"] = statement_of(wallet, request.GET)
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
    if may("wallets.view_adjustmentbatch"):
        content["batch_lines"] = batches.lines_about(wallet)[:LATEST]
    return content
