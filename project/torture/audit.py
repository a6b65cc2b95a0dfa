"""The comparison of what clients were answered with what is in the books.

Knows SQL and the journals, and none of the office's own code.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from project.torture.journal import Asked
from project.torture.plan import ANOTHER_ANSWER, Answer, Request

type Entries = list[tuple[int, int]]
type Journals = Mapping[int, list[Asked]]

_TRANSACTIONS = """
    SELECT t.id, t.key, t.kind, t.hold_id, t.reverses_id,
        array_agg(e.wallet_id ORDER BY e.line) AS wallets,
        array_agg(e.amount ORDER BY e.line) AS amounts
    FROM ledger_transactions t LEFT JOIN ledger_entries e ON e.transaction_id = t.id
    WHERE t.id > %s GROUP BY t.id
"""
_HOLDS = "SELECT id, key, wallet_id, amount, captured, released, status FROM ledger_holds"
# Each returns a sentence for what does not fit.
_SUMS = (
    """
    SELECT format('The entries in %s add up to %s.', currency, sum(amount))
    FROM ledger_entries GROUP BY currency HAVING sum(amount) <> 0
    """,
    """
    SELECT format('Wallet %s says that %s is held, and its holds add up to %s.',
        w.number, w.held, coalesce(h.rest, 0))
    FROM wallets w LEFT JOIN (
        SELECT wallet_id, sum(amount - captured - released) AS rest
        FROM ledger_holds WHERE status = 'active' GROUP BY wallet_id
    ) h ON h.wallet_id = w.id WHERE w.held <> coalesce(h.rest, 0)
    """,
    """
    SELECT format('Hold H-%s expired, and the audit log says so %s times.', h.id, count(a.id))
    FROM ledger_holds h LEFT JOIN audit_logs a
        ON a.action = 'wallets.hold_expired' AND a.target_id = h.id::text
    WHERE h.status = 'expired' GROUP BY h.id HAVING count(a.id) <> 1
    """,
    """
    SELECT format('T-%s was reversed, and the audit log says so %s times.', t.reverses_id,
        count(a.id))
    FROM ledger_transactions t LEFT JOIN audit_logs a
        ON a.action = 'wallets.reversed' AND a.target_id = t.reverses_id::text
    WHERE t.reverses_id IS NOT NULL GROUP BY t.reverses_id HAVING count(a.id) <> 1
    """,
)
# What a rule may say to a request of the plan; anything else is a fault of ours.
_REFUSALS = {
    "post": {"InsufficientFunds"},
    "many": {"InsufficientFunds"},
    "each": {"InsufficientFunds"},
    "hold": {"InsufficientFunds"},
    "capture": {"HoldEnded", "HoldTooSmall"},
    "release": {"HoldEnded"},
    "reverse": {"InsufficientFunds"},
    "again": set(),
}


@dataclass(frozen=True)
class Snapshot:
    """The rows of the books at one moment."""

    transactions: list[Any]
    holds: list[Any]
    faults: list[str]


@dataclass
class Promise:
    """What must be true of one key, after what was asked and answered."""

    where: str
    entries: Entries | None = None
    """What was to be posted; None for a hold."""
    hold: tuple[int, int] | None = None
    """Wallet and amount of a hold."""
    is_certain: bool = False
    """Whether there was an answer."""
    is_refused: bool = False
    number: int = 0
    """Of the transaction or hold, as it was answered; 0 when the answer did not tell."""


@dataclass
class Captures:
    """What was captured of the holds, by hold: for certain, and perhaps beside that."""

    certain: Counter[int] = field(default_factory=Counter)
    doubtful: Counter[int] = field(default_factory=Counter)


def snapshot(url: str, baseline: int) -> Snapshot:
    """Read everything that was posted after the transaction `baseline`, at one moment."""
    with psycopg.connect(url) as session:
        session.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        cursor = session.cursor(row_factory=namedtuple_row)
        return Snapshot(
            transactions=cursor.execute(_TRANSACTIONS, [baseline]).fetchall(),
            holds=cursor.execute(_HOLDS).fetchall(),
            faults=[row[0] for sql in _SUMS for row in session.execute(sql)],
        )


def compare(before: Journals, books: Snapshot, after: Journals) -> str:
    """Return the first discrepancy in one sentence, or nothing.

    `before` and `after` are the journals as read before and after the snapshot: what was answered
    before it must be in it, and what is in it must have been asked by now.
    """
    return next(_discrepancies(before, books, after), "")


def _discrepancies(before: Journals, books: Snapshot, after: Journals) -> Iterator[str]:
    yield from _surprises(after)
    rows = {row.key: row for row in (*books.transactions, *books.holds)}
    keys = Counter(row.key for row in (*books.transactions, *books.holds))
    yield from (f"{key} is there {count} times." for key, count in keys.items() if count > 1)
    asked = dict(_promises(after, books))
    for key, promise in _promises(before, books):
        # A reversal that was refused may have been asked for again meanwhile.
        if not promise.is_refused or asked[key].is_refused:
            yield from _broken(key, promise, rows.get(key))
    yield from _halves(before, rows)
    yield from (
        f"{key} is in the books, and nobody asked for it." for key in rows if key not in asked
    )
    yield from _captured(before, after, books)
    yield from books.faults


def _surprises(journals: Journals) -> Iterator[str]:
    """Yield answers that no request may get."""
    for client, asked in _all(journals):
        for answer in _answers(asked):
            refusal = answer.get("refused")
            if refusal == ANOTHER_ANSWER:
                yield (
                    f"{_place(client, asked)} repeated {asked.request['request']['key']} and got "
                    f"{answer['got']}, and {asked.request['answer']} at first."
                )
            elif refusal and refusal not in _REFUSALS[asked.request["deed"]]:
                yield f"{_place(client, asked)} was refused: {refusal}."


def _promises(journals: Journals, books: Snapshot) -> Iterator[tuple[str, Promise]]:
    """Yield what must be true, by key; of requests with the same key the last counts."""
    originals = {row.id: row for row in books.transactions}
    for client, asked in _all(journals):
        request, where = asked.request, _place(client, asked)
        for part, answer in _parts(asked):
            promise = Promise(
                where,
                is_certain=answer is not None,
                is_refused=bool(answer and "refused" in answer),
                number=(answer or {}).get("transaction") or (answer or {}).get("hold", 0),
            )
            key = part["key"]
            if request["deed"] in {"post", "many", "each"}:
                promise.entries = [(wallet, amount) for wallet, amount in part["entries"]]
            elif request["deed"] == "hold":
                promise.hold = (request["wallet"], request["amount"])
            elif request["deed"] == "capture":
                amount = request["amount"]
                promise.entries = [(request["wallet"], -amount), (request["to"], amount)]
            elif request["deed"] == "reverse":
                key = f"reversal:{request['transaction']}"
                if (original := originals.get(request["transaction"])) is not None:
                    promise.entries = [(pk, -amount) for pk, amount in _entries(original)]
            else:
                continue
            yield key, promise


def _broken(key: str, promise: Promise, row: Any) -> Iterator[str]:
    if row is None:
        if promise.is_certain and not promise.is_refused:
            yield f"{promise.where} was answered, and {key} is not in the books."
        return
    if promise.is_refused:
        yield f"{promise.where} was refused, and {key} is in the books."
    if promise.is_certain and promise.number and promise.number != row.id:
        yield f"{promise.where} was answered as {promise.number}, and {key} is {row.id}."
    if promise.hold is not None and (row.wallet_id, row.amount) != promise.hold:
        yield f"{promise.where} asked for the hold {promise.hold}, and {key} is another one."
    if promise.entries is not None and sorted(_entries(row)) != sorted(promise.entries):
        yield f"{promise.where} asked for {promise.entries}, and {key} has {_entries(row)}."


def _halves(journals: Journals, rows: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was to be posted wholly or not at all, and is there in part."""
    for client, asked in _all(journals):
        if asked.request["deed"] == "many":
            there = [one["key"] in rows for one in asked.request["several"]]
            if any(there) and not all(there):
                yield f"{_place(client, asked)} is in the books in part."


def _captured(before: Journals, after: Journals, books: Snapshot) -> Iterator[str]:
    """Yield holds of which more or less was captured or released than was asked for."""
    certain, possible = _captures(before, books), _captures(after, books)
    for hold in books.holds:
        least = certain.certain[hold.id]
        most = possible.certain[hold.id] + possible.doubtful[hold.id]
        if not least <= hold.captured <= most:
            yield (
                f"Of hold H-{hold.id} between {least} and {most} was captured, "
                f"and the books say {hold.captured}."
            )
    ended = {hold.id: hold for hold in books.holds if hold.status != "active"}
    for client, asked in _all(before):
        if asked.request["deed"] == "release" and asked.answer and "released" in asked.answer:
            hold = ended.get(asked.request["hold"])
            if hold is None or hold.released != asked.answer["released"]:
                yield f"{_place(client, asked)} was answered, and the hold is not released."


def _captures(journals: Journals, books: Snapshot) -> Captures:
    there = {row.key for row in books.transactions}
    found = Captures()
    for _client, asked in _all(journals):
        request, answer = asked.request, asked.answer
        if request["deed"] != "capture" or (answer and "refused" in answer):
            continue
        # What was answered after the snapshot was taken may or may not be in it.
        is_certain = answer is not None and request["key"] in there
        (found.certain if is_certain else found.doubtful)[request["hold"]] += request["amount"]
    return found


def _parts(asked: Asked) -> Iterator[tuple[Request, Answer | None]]:
    """Yield each thing with a key of its own, with its answer."""
    request, answer = asked.request, asked.answer
    if "several" not in request:
        yield request, answer
        return
    if answer is None or "refused" in answer:
        yield from ((one, answer) for one in request["several"])
    else:
        yield from zip(request["several"], answer["several"], strict=True)


def _answers(asked: Asked) -> Iterable[Answer]:
    return [answer for _request, answer in _parts(asked) if answer is not None]


def _entries(row: Any) -> Entries:
    return [] if row.wallets == [None] else list(zip(row.wallets, row.amounts, strict=True))


def _all(journals: Journals) -> Iterator[tuple[int, Asked]]:
    for client, lines in journals.items():
        yield from ((client, asked) for asked in lines)


def _place(client: int, asked: Asked) -> str:
    return f"Client {client}, step {asked.request['step']} ({asked.request['deed']})"
