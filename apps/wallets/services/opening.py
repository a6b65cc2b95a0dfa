"""Wallets as a whole: opened, frozen, unfrozen, closed."""

from typing import TYPE_CHECKING

from django.db import IntegrityError, connection, transaction

from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.money import decimals_of
from apps.wallets.errors import (
    SystemWallet,
    TitleMissing,
    TitleTaken,
    WalletExists,
    WalletNotEmpty,
)
from apps.wallets.models import Wallet
from apps.wallets.services.chart import system_wallet
from apps.wallets.services.keeping import keep
from apps.wallets.states import AccountClass, Role, WalletAction, WalletStatus

if TYPE_CHECKING:
    from apps.accounts.models import User

TITLE_LENGTH = 120
_EVENT = {
    WalletAction.FREEZE: "wallets.frozen",
    WalletAction.UNFREEZE: "wallets.unfrozen",
    WalletAction.CLOSE: "wallets.closed",
}


def _open_of(owner: "User", currency: str) -> Wallet | None:
    wallets = Wallet.objects.filter(owner=owner, currency=currency)
    return wallets.exclude(status=WalletStatus.CLOSED).select_related("owner").first()


def _open(owner: "User", currency: str, *, actor: "User") -> Wallet:
    """Open a wallet, or return the one that somebody opened at the same moment."""
    decimals_of(currency)
    system_wallet(Role.CASH, currency)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('wallet_numbers')")
        number = f"W-{cursor.fetchone()[0]:06d}"
    wallet = Wallet(number=number, owner=owner, currency=currency, floor=0)
    try:
        with transaction.atomic():
            keep(wallet, actor=actor)
    except IntegrityError:
        other = _open_of(owner, currency)
        if other is None:
            raise
        return other
    audit.record("wallets.opened", actor=actor, target=wallet, after={"currency": currency})
    return wallet


@deed
def wallet_for(owner: "User", currency: str, *, actor: "User") -> Wallet:
    """Return the owner's open wallet in that currency, opened if there was none.

    Raises:
        UnknownCurrency, NoChart: the office does not work in that currency.
    """
    return _open_of(owner, currency) or _open(owner, currency, actor=actor)


@deed
def open_wallet(owner: "User", currency: str, *, actor: "User") -> Wallet:
    """Open a wallet of that person in that currency.

    Raises:
        WalletExists: there is one already.
        UnknownCurrency, NoChart: the office does not work in that currency.
    """
    actor.require("wallets.open_wallet")
    if wallet := _open_of(owner, currency):
        raise WalletExists(owner=owner, currency=currency, wallet=wallet.number)
    return _open(owner, currency, actor=actor)


@deed
def open_general_account(
    title: str, general_class: AccountClass, currency: str, *, actor: "User"
) -> Wallet:
    """Open an account of the house beside the chart, in any currency, with no floor.

    Spaces at the ends of the title, and more than one between its words, are left out.

    Raises:
        TitleMissing: there is none, or it is longer than the books hold.
        TitleTaken: an account in that currency has it already.
        UnknownCurrency: the code is not one of ISO 4217.
    """
    actor.require("wallets.open_general_account")
    decimals_of(currency)
    title = " ".join(title.split())
    if not 0 < len(title) <= TITLE_LENGTH:
        raise TitleMissing(most=TITLE_LENGTH)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('general_account_numbers')")
        number = f"{currency}-G-{cursor.fetchone()[0]:06d}"
    account = Wallet(
        number=number,
        role=Role.GENERAL,
        title=title,
        general_class=general_class,
        currency=currency,
    )
    # Of two who open the same account at once, the later waits here and is then refused.
    same = Wallet.objects.filter(role=Role.GENERAL, currency=currency, title=title)
    try:
        with transaction.atomic():
            keep(account, actor=actor)
    except IntegrityError:
        other = same.first()
        if other is None:
            raise
        raise TitleTaken(title=title, currency=currency, wallet=other.number) from None
    after = {"currency": currency, "title": title, "class": general_class.value}
    audit.record("wallets.opened", actor=actor, target=account, after=after)
    return account


@deed
def freeze(wallet_id: int, *, actor: "User", reason: str) -> Wallet:
    """Let the wallet take no more postings and holds until it is unfrozen."""
    return _move(wallet_id, WalletAction.FREEZE, actor=actor, reason=reason)


@deed
def unfreeze(wallet_id: int, *, actor: "User", reason: str) -> Wallet:
    """Let the wallet take postings and holds again."""
    return _move(wallet_id, WalletAction.UNFREEZE, actor=actor, reason=reason)


@deed
def close(wallet_id: int, *, actor: "User", reason: str) -> Wallet:
    """End an empty wallet for good; its owner may open a new one.

    Raises:
        WalletNotEmpty: something is still posted or held.
    """
    return _move(wallet_id, WalletAction.CLOSE, actor=actor, reason=reason)


def _move(wallet_id: int, action: WalletAction, *, actor: "User", reason: str) -> Wallet:
    actor.require("wallets.freeze_wallet")
    wallet = Wallet.objects.locked().get(pk=wallet_id)
    if wallet.role:
        raise SystemWallet(wallet=wallet.number)
    before = wallet.status
    wallet.move(action)
    if action == WalletAction.CLOSE and (wallet.posted or wallet.held):
        rest = wallet.posted or wallet.held
        raise WalletNotEmpty(wallet=wallet.number, currency=wallet.currency, total=rest)
    keep(wallet, actor=actor, reason=reason, fields=["status"])
    audit.record(
        _EVENT[action],
        actor=actor,
        target=wallet,
        before={"status": before},
        after={"status": wallet.status},
        reason=reason,
    )
    return wallet
