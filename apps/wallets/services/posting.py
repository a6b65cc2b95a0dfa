"""Posting: the one function through which money moves."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from apps.common.money import LARGEST
from apps.wallets.errors import AmountTooLarge, NoEntries
from apps.wallets.services.calling import Statement, array, numbers_of

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import Model

    from apps.accounts.models import User
    from apps.wallets.models import LedgerTransaction
    from apps.wallets.services.calling import Row
    from apps.wallets.states import TransactionKind

_POST = Statement(
    "ledger_post",
    """
    INSERT INTO ledger_inbox (key, fingerprint, kind, effective_on, description, actor_id,
        about_type_id, about_id, reverses_id, wallets, amounts, lines)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    RETURNING id, is_replay, balances
    """,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One side of a transaction, in minor units of the wallet's currency; credit is positive."""

    wallet_id: int
    amount: int


@dataclass(frozen=True, slots=True)
class Posted:
    """What a posting did: its number, and what was posted right after on each wallet with a floor.

    An open wallet has no balance of its own moment, because others post to it at the same time:
    ask `selectors.balance_of`.
    """

    transaction_id: int
    balances: dict[int, int]
    is_replay: bool


def post(
    kind: "TransactionKind",
    entries: Sequence[Entry],
    *,
    actor: "User",
    key: str,
    description: str = "",
    effective_on: "date | None" = None,
    about: "Model | None" = None,
    reverses: "LedgerTransaction | None" = None,
) -> Posted:
    """Move money as the entries say, in one round trip, or nothing of it.

    The same key with the same request returns the first result. Outside a transaction the posting
    is one of its own. Permissions are the caller's business.

    Raises:
        Unbalanced: the entries of one currency do not add up to zero.
        PeriodClosed: the month of `effective_on` is closed.
        InsufficientFunds: a wallet would fall below its floor.
        WalletNotActive, UnknownWallet: a wallet takes no postings.
        KeyReused: the key belongs to another request.
    """
    if not entries:
        raise NoEntries
    check_size(entry.amount for entry in entries)
    original = reverses.pk if reverses else None
    lines = in_order(entries)
    wallet_ids = [entries[line].wallet_id for line in lines]
    answer = _POST.run(
        (
            key,
            fingerprint(kind, entries, effective_on, about, original),
            kind.value,
            effective_on or timezone.localdate(),
            description,
            actor.pk,
            *reference(about),
            original,
            array(wallet_ids),
            array([entries[line].amount for line in lines]),
            array([line + 1 for line in lines]),
        ),
        **({"transaction": original} if original else {}),
    )
    return posted(answer, wallet_ids)


def posted(answer: "Row", wallet_ids: Sequence[int]) -> Posted:
    """Read what the ledger answers about one transaction with entries on these wallets."""
    number, is_replay, balances = answer
    assert number
    return Posted(
        transaction_id=int(number),
        is_replay=is_replay == b"t",
        balances=balances_of(wallet_ids, numbers_of(balances)),
    )


def balances_of(wallet_ids: Sequence[int], balances: Sequence[int | None]) -> dict[int, int]:
    """Return the last balance of each wallet that has one."""
    pairs = zip(wallet_ids, balances, strict=True)
    return {wallet_id: balance for wallet_id, balance in pairs if balance is not None}


def in_order(entries: Sequence[Entry]) -> list[int]:
    """Return the places of the entries in the order in which the ledger takes them.

    By wallet, so that two postings lock alike; on one wallet credits first.
    """
    return sorted(
        range(len(entries)), key=lambda line: (entries[line].wallet_id, -entries[line].amount, line)
    )


def reference(about: "Model | None") -> tuple[int | None, int | None]:
    """Return the content type and the id of what a row is about."""
    if about is None:
        return None, None
    return ContentType.objects.get_for_model(about).pk, about.pk


def fingerprint(
    kind: "TransactionKind",
    entries: Iterable[Entry],
    effective_on: "date | None",
    about: "Model | None",
    refers_to: int | None,
) -> str:
    """Return the SHA-256 of what a request moves; words, and who asks again, may differ.

    A day that was left out counts as left out: a request repeated after midnight is the same.
    """
    type_, id_ = reference(about)
    moves = sorted([entry.wallet_id, entry.amount] for entry in entries)
    day = f'"{effective_on}"' if effective_on else "null"
    others = ", ".join("null" if one is None else str(one) for one in (type_, id_, refers_to))
    # JSON, written by hand because it is a tenth of what a posting takes of the client.
    request = f'["{kind.value}", {moves}, {day}, {others}]'
    return hashlib.sha256(request.encode()).hexdigest()


def check_size(amounts: Iterable[int]) -> None:
    """Refuse what is beyond the ledger before the database is asked.

    Raises:
        AmountTooLarge: an amount is larger than the ledger can hold.
    """
    if any(abs(amount) > LARGEST for amount in amounts):
        raise AmountTooLarge
