"""Posting thousands of transactions in one round trip."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from apps.common.errors import DomainError
from apps.wallets.errors import KeyReused, NoEntries
from apps.wallets.services.calling import Statement, array, numbers_of, texts
from apps.wallets.services.posting import (
    Entry,
    Posted,
    check_size,
    fingerprint,
    in_order,
    reference,
)

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import Model

    from apps.accounts.models import User
    from apps.wallets.states import TransactionKind

# So many go to the database at once: arrays of a few megabytes, whatever the number of postings.
CHUNK = 5000
_POST = Statement(
    "ledger_post_batch",
    """
    INSERT INTO ledger_batch (keys, fingerprints, kinds, days, descriptions, actor_id,
        about_types, about_ids, numbers, lines, wallets, amounts)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    RETURNING ids, replays, balances
    """,
)


@dataclass(frozen=True, slots=True)
class Posting:
    """One of many transactions to post; the fields are those of `post`."""

    kind: "TransactionKind"
    entries: Sequence[Entry]
    key: str
    description: str = ""
    effective_on: "date | None" = None
    about: "Model | None" = None


def post_many(postings: Iterable[Posting], *, actor: "User") -> list[Posted]:
    """Post thousands of transactions, all or nothing, and return what each did, in their order.

    A wallet is judged after each of them, as if they had come one by one. Captures and reversals
    are not taken: they come alone.

    Raises:
        DomainError: what `post` refuses; nothing is posted then. Its fact `key` names the posting.
    """
    asked = list(postings)
    results: list[Posted] = []
    with transaction.atomic():
        for start in range(0, len(asked), CHUNK):
            results += _post_chunk(asked[start : start + CHUNK], actor=actor)
    return results


def post_each(postings: Iterable[Posting], *, actor: "User") -> list[Posted | DomainError]:
    """Post each transaction by itself; return for each what it did, or why it was refused.

    As fast as `post_many` where nothing is refused: what is refused is found by halving.
    """
    asked = list(postings)
    results: list[Posted | DomainError] = []
    for start in range(0, len(asked), CHUNK):
        results += _post_half(asked[start : start + CHUNK], actor=actor)
    return results


def _post_half(asked: Sequence[Posting], *, actor: "User") -> list[Posted | DomainError]:
    try:
        with transaction.atomic():
            return [*_post_chunk(asked, actor=actor)]
    except DomainError as refusal:
        if len(asked) == 1:
            return [refusal]
    middle = len(asked) // 2
    return [*_post_half(asked[:middle], actor=actor), *_post_half(asked[middle:], actor=actor)]


def _post_chunk(asked: Sequence[Posting], *, actor: "User") -> list[Posted]:
    """Post some at once; a key that comes again with the same request is posted once."""
    fresh: dict[str, int] = {}
    prints: list[str] = []
    unique: list[Posting] = []
    for posting in asked:
        print_ = _checked(posting)
        place = fresh.setdefault(posting.key, len(unique))
        if place == len(unique):
            unique.append(posting)
            prints.append(print_)
        elif prints[place] != print_:
            raise KeyReused(key=posting.key)
    made = _posted(unique, prints, actor=actor)
    seen: set[str] = set()
    results = []
    for posting in asked:
        result = made[fresh[posting.key]]
        if posting.key in seen:
            result = Posted(result.transaction_id, result.balances, is_replay=True)
        seen.add(posting.key)
        results.append(result)
    return results


def _checked(posting: Posting) -> str:
    """Return the fingerprint of a posting that the database may be asked about."""
    if not posting.entries:
        raise NoEntries
    check_size(entry.amount for entry in posting.entries)
    return fingerprint(posting.kind, posting.entries, posting.effective_on, posting.about, None)


def _posted(asked: Sequence[Posting], prints: Sequence[str], *, actor: "User") -> list[Posted]:
    if not asked:
        return []
    today = timezone.localdate()
    references = [reference(posting.about) for posting in asked]
    numbers: list[int] = []
    lines: list[int] = []
    wallet_ids: list[int] = []
    amounts: list[int] = []
    for number, posting in enumerate(asked, start=1):
        for line in in_order(posting.entries):
            numbers.append(number)
            lines.append(line + 1)
            wallet_ids.append(posting.entries[line].wallet_id)
            amounts.append(posting.entries[line].amount)
    ids, replays, balances = _POST.run(
        (
            texts([posting.key for posting in asked]),
            texts(prints),
            texts([posting.kind.value for posting in asked]),
            texts([str(posting.effective_on or today) for posting in asked]),
            texts([posting.description for posting in asked]),
            actor.pk,
            array([type_ for type_, _id in references]),
            array([id_ for _type, id_ in references]),
            array(numbers),
            array(lines),
            array(wallet_ids),
            array(amounts),
        )
    )
    return _results(numbers, wallet_ids, ids, replays, balances)


def _results(
    numbers: Sequence[int],
    wallet_ids: Sequence[int],
    ids: bytes | None,
    replays: bytes | None,
    balances: bytes | None,
) -> list[Posted]:
    replayed = set(numbers_of(replays))
    results = []
    for number, id_ in enumerate(numbers_of(ids), start=1):
        assert id_ is not None, "every transaction of a batch has its number"
        results.append(Posted(transaction_id=id_, balances={}, is_replay=number in replayed))
    for number, wallet_id, balance in zip(numbers, wallet_ids, numbers_of(balances), strict=True):
        if balance is not None:
            results[number - 1].balances[wallet_id] = balance
    return results
