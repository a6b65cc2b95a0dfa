"""Posting: the one function through which money moves."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone

from apps.common.errors import DomainError
from apps.common.money import LARGEST
from apps.wallets.errors import AmountTooLarge, NoEntries, Unbalanced
from apps.wallets.services.calling import array, call

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import Model

    from apps.accounts.models import User
    from apps.wallets.models import LedgerTransaction
    from apps.wallets.states import TransactionKind

_POST = """
    SELECT * FROM ledger_post(
        %s, %s, %s, %s, %s, %s, %s, %s, %s, NULL, %s::text::bigint[], %s::text::bigint[]
    )
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One side of a transaction, in minor units of the wallet's currency; credit is positive."""

    wallet_id: int
    amount: int


@dataclass(frozen=True, slots=True)
class Posting:
    """One of many transactions to post; see `post_many` and `post_each`."""

    kind: "TransactionKind"
    entries: Sequence[Entry]
    key: str
    description: str = ""
    effective_on: "date | None" = None
    about: "Model | None" = None


@dataclass(frozen=True, slots=True)
class Posted:
    """What a posting did: its number, and the balance of every wallet in it right after."""

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
        InsufficientFunds: a wallet would fall below its floor.
        WalletNotActive, UnknownWallet: a wallet takes no postings.
        KeyReused: the key belongs to another request.
    """
    if not entries:
        raise NoEntries
    check_size(entry.amount for entry in entries)
    original = reverses.pk if reverses else None
    arguments = (
        key,
        fingerprint(kind, entries, effective_on, about, original),
        kind.value,
        effective_on or timezone.localdate(),
        description,
        actor.pk,
        *reference(about),
        original,
        array([entry.wallet_id for entry in entries]),
        array([entry.amount for entry in entries]),
    )
    known = {"transaction": original} if original else {}
    return posted(call(_POST, arguments, **known))


def post_many(postings: "Iterable[Posting]", *, actor: "User") -> list[Posted]:
    """Post thousands of transactions, all or nothing, and return what each did, in their order.

    Raises:
        DomainError: what `post` refuses; nothing is posted then.
    """
    with transaction.atomic():
        return [_post_one(posting, actor=actor) for posting in postings]


def post_each(postings: "Iterable[Posting]", *, actor: "User") -> "list[Posted | DomainError]":
    """Post each transaction by itself, and return for each what it did or why it was refused."""
    results: list[Posted | DomainError] = []
    for posting in postings:
        try:
            with transaction.atomic():
                results.append(_post_one(posting, actor=actor))
        except DomainError as refusal:
            results.append(refusal)
    return results


def _post_one(posting: Posting, *, actor: "User") -> Posted:
    return post(
        posting.kind,
        posting.entries,
        actor=actor,
        key=posting.key,
        description=posting.description,
        effective_on=posting.effective_on,
        about=posting.about,
    )


def posted(rows: Sequence[Any]) -> Posted:
    """Read the rows of a posting function: of a wallet's rows the last one is its balance.

    Raises:
        Unbalanced: the database would say so as well, but not before the commit.
    """
    totals: defaultdict[str, int] = defaultdict(int)
    for _id, _is_replay, _wallet_id, currency, amount, _balance in rows:
        totals[currency] += amount
    for currency, total in totals.items():
        if total:
            raise Unbalanced(currency=currency, total=abs(total))
    return Posted(
        transaction_id=rows[0][0],
        is_replay=rows[0][1],
        balances={row[2]: row[5] for row in rows},
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
    request = [
        kind.value,
        sorted((entry.wallet_id, entry.amount) for entry in entries),
        effective_on.isoformat() if effective_on else None,
        *reference(about),
        refers_to,
    ]
    return hashlib.sha256(json.dumps(request).encode()).hexdigest()


def check_size(amounts: Iterable[int]) -> None:
    """Refuse what is beyond the ledger before the database is asked.

    Raises:
        AmountTooLarge: an amount is larger than the ledger can hold.
    """
    if any(abs(amount) > LARGEST for amount in amounts):
        raise AmountTooLarge
