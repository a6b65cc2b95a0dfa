"""Holds: money set aside, then captured, released or expired; once."""

from typing import TYPE_CHECKING

from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from apps.audit import services as audit
from apps.audit.services import deed
from apps.wallets.errors import AmountNotPositive, HoldEnded
from apps.wallets.models import Hold
from apps.wallets.services.calling import Statement
from apps.wallets.services.posting import (
    Entry,
    Posted,
    check_size,
    fingerprint,
    in_order,
    posted,
    reference,
)
from apps.wallets.services.refusals import explained
from apps.wallets.states import HoldStatus, TransactionKind

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model

    from apps.accounts.models import User

_PLACE = "SELECT * FROM ledger_place_hold(%s, %s, %s, %s, %s, %s, %s, %s)"
_CAPTURE = Statement(
    "ledger_capture_hold",
    "SELECT id, is_replay, balances"
    " FROM ledger_capture_hold(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
)


def place_hold(
    wallet_id: int,
    amount: int,
    *,
    actor: "User",
    key: str,
    about: "Model | None" = None,
    reason: str = "",
    expires_at: "datetime | None" = None,
) -> Hold:
    """Set money aside in the wallet; the same key and request return the first hold.

    Raises:
        InsufficientFunds: less than `amount` is available.
        WalletNotActive, UnknownWallet: the wallet takes no holds.
        KeyReused: the key belongs to another hold.
    """
    _check(amount)
    arguments = (key, wallet_id, amount, reason, actor.pk, *reference(about), expires_at)
    with explained():
        return Hold.objects.raw(_PLACE, arguments)[0]


def capture_hold(
    hold_id: int,
    amount: int,
    *,
    to_wallet_id: int,
    actor: "User",
    key: str,
    about: "Model | None" = None,
    description: str = "",
) -> Posted:
    """Move `amount` of what is held into another wallet; the rest stays held.

    Raises:
        HoldEnded: nothing is held any more, or its moment has passed.
        HoldTooSmall: less than `amount` is left.
    """
    _check(amount)
    hold = Hold.objects.only("wallet_id").get(pk=hold_id)
    entries = [Entry(hold.wallet_id, -amount), Entry(to_wallet_id, amount)]
    arguments = (
        hold_id,
        amount,
        to_wallet_id,
        key,
        fingerprint(TransactionKind.CAPTURE, entries, None, about, hold_id),
        timezone.localdate(),
        description,
        actor.pk,
        *reference(about),
    )
    return posted(_CAPTURE.run(arguments), [entries[line].wallet_id for line in in_order(entries)])


def release_hold(hold_id: int, *, actor: "User", key: str = "") -> Hold:
    """Give back what is still held. With a `key` the caller may try again after success.

    Raises:
        HoldEnded: it was captured or has expired, or was released before and no key was given.
    """
    del actor  # A release leaves its trace in the deed of the caller.
    with explained():
        has_ended = _end(hold_id, HoldStatus.RELEASED)
    hold = Hold.objects.get(pk=hold_id)
    is_repeated = bool(key) and hold.status == HoldStatus.RELEASED
    if not has_ended and not is_repeated:
        raise HoldEnded(hold=hold, status=hold.get_status_display())
    return hold


def expire_holds(*, now: "datetime", actor: "User") -> int:
    """End every hold whose moment has passed, each in a transaction of its own; return how many."""
    due = Hold.objects.active().filter(expires_at__lte=now).order_by("expires_at", "pk")
    return sum(_expire(pk, actor=actor) for pk in list(due.values_list("pk", flat=True)))


@deed
def _expire(hold_id: int, *, actor: "User") -> bool:
    if not _end(hold_id, HoldStatus.EXPIRED):
        return False  # Somebody captured or released it in the meantime.
    hold = Hold.objects.get(pk=hold_id)
    audit.record(
        "wallets.hold_expired", actor=actor, target=hold, after={"released": hold.released}
    )
    return True


def _end(hold_id: int, status: HoldStatus) -> bool:
    """Let go of the rest of an active hold; the database moves `held` of its wallet."""
    return bool(
        Hold.objects.filter(pk=hold_id, status=HoldStatus.ACTIVE).update(
            status=status, released=F("amount") - F("captured"), ended_at=Now()
        )
    )


def _check(amount: int) -> None:
    if amount <= 0:
        raise AmountNotPositive
    check_size([amount])
