"""Holds by hand: placed by a person or a program, and not by a ticket.

Capturing moves money between wallets, so it takes two: who placed a hold does not capture it. And
nobody has a hand in what is held in a wallet of their own.
"""

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.errors import OwnMatter
from apps.common.money import format_amount
from apps.notifications import services as notifications
from apps.wallets.errors import (
    ExchangeWallet,
    HoldBelongs,
    HoldWouldEnd,
    ReasonMissing,
    SystemWallet,
)
from apps.wallets.models import Hold, LedgerTransaction, Wallet
from apps.wallets.services.holding import capture_hold, place_hold, release_hold
from apps.wallets.services.naming import wallet_named
from apps.wallets.states import Role

if TYPE_CHECKING:
    from datetime import datetime

    from apps.accounts.models import User

_PLACE, _CAPTURE = "wallets.place_hold", "wallets.capture_hold"


@deed
def place_hold_by_hand(
    wallet_id: int,
    amount: int,
    *,
    actor: "User",
    key: str,
    reason: str,
    currency: str = "",
    expires_at: "datetime | None" = None,
) -> Hold:
    """Set a person's money aside, until a moment if one is given.

    The same key with the same request returns the first hold.

    Raises:
        UnknownWallet, CurrencyMismatch, SystemWallet, WalletNotActive: not in this wallet.
        OwnMatter: the wallet is the actor's own.
        ReasonMissing: nobody said why.
        HoldWouldEnd: the moment has passed.
        InsufficientFunds: less than `amount` is available.
        KeyReused: the key belongs to another hold.
    """
    actor.require(_PLACE)
    wallet = wallet_named(wallet_id, currency=currency)
    if wallet.role:
        raise SystemWallet(wallet=wallet.number)
    _refuse_owner(actor, wallet)
    if not reason.strip():
        raise ReasonMissing
    if expires_at is not None and expires_at <= timezone.now():
        raise HoldWouldEnd
    is_repeated = Hold.objects.filter(key=key).exists()
    hold = place_hold(
        wallet.pk, amount, actor=actor, key=key, reason=reason.strip(), expires_at=expires_at
    )
    # Known already, so that whoever shows the hold need not ask again.
    hold.wallet, hold.placed_by = wallet, actor
    if not is_repeated:
        audit.record(
            "wallets.hold_placed",
            actor=actor,
            target=hold,
            after={"wallet": wallet.number, "amount": amount, "currency": wallet.currency},
            reason=hold.reason,
        )
    return hold


@deed
def capture_hold_by_hand(
    hold_id: int,
    amount: int,
    *,
    to_wallet_id: int,
    actor: "User",
    key: str,
    reason: str,
    currency: str = "",
) -> LedgerTransaction:
    """Move `amount` of what somebody else set aside into another wallet; the rest stays held.

    The same key with the same request returns the first transaction.

    Raises:
        HoldBelongs: it was placed for something, and ends with it.
        OwnMatter: the actor placed it, or owns one of the wallets.
        ReasonMissing: nobody said why.
        UnknownWallet, CurrencyMismatch, ExchangeWallet: not into this wallet.
        HoldEnded, HoldTooSmall: less than `amount` is held.
    """
    actor.require(_CAPTURE)
    hold = _held_by_hand(hold_id, actor=actor)
    if hold.placed_by_id == actor.pk:
        raise OwnMatter(part=_("one who placed the hold"))
    taker = wallet_named(to_wallet_id, currency=currency or hold.wallet.currency)
    if taker.role == Role.EXCHANGE:
        raise ExchangeWallet(wallet=taker.number)
    _refuse_owner(actor, taker)
    if not reason.strip():
        raise ReasonMissing
    result = capture_hold(
        hold.pk,
        amount,
        to_wallet_id=taker.pk,
        actor=actor,
        key=key,
        description=f"{hold}: {reason.strip()}"[:254],
    )
    transaction = LedgerTransaction.objects.get(pk=result.transaction_id)
    if not result.is_replay:
        audit.record(
            "wallets.hold_captured",
            actor=actor,
            target=hold,
            after={"amount": amount, "into": taker.number, "transaction": str(transaction)},
            reason=reason,
        )
        _tell_owner(hold, amount, transaction, reason)
    return transaction


@deed
def release_hold_by_hand(hold_id: int, *, actor: "User", reason: str) -> Hold:
    """Give back what is still set aside.

    Raises:
        HoldBelongs: it was placed for something, and ends with it.
        OwnMatter: the wallet is the actor's own.
        HoldEnded: nothing is held any more.
        ReasonMissing: nobody said why.
    """
    if not actor.has_perm(_CAPTURE):
        actor.require(_PLACE)
    hold = _held_by_hand(hold_id, actor=actor)
    if not reason.strip():
        raise ReasonMissing
    released = release_hold(hold.pk, actor=actor)
    released.wallet = hold.wallet
    audit.record(
        "wallets.hold_released",
        actor=actor,
        target=released,
        after={"released": released.released},
        reason=reason,
    )
    return released


def _held_by_hand(hold_id: int, *, actor: "User") -> Hold:
    """Return the hold when it belongs to nothing; what it is about never changes."""
    hold = Hold.objects.select_related("wallet__owner", "about_type").get(pk=hold_id)
    _refuse_owner(actor, hold.wallet)
    if hold.about_type is not None:
        raise HoldBelongs(hold=hold, subject=hold.about or hold.about_type)
    return hold


def _refuse_owner(actor: "User", wallet: Wallet) -> None:
    if wallet.owner_id == actor.pk:
        raise OwnMatter(part=_("owner of the wallet"))


def _tell_owner(hold: Hold, amount: int, transaction: LedgerTransaction, reason: str) -> None:
    owner = hold.wallet.owner
    assert owner, "only people’s money is held by hand"
    notifications.announce(
        "wallets.hold_captured",
        to=owner,
        about=transaction,
        subject=_("{amount} that was held in {wallet} was taken").format(
            amount=format_amount(amount, hold.wallet.currency), wallet=hold.wallet.number
        ),
        body=reason,
    )
