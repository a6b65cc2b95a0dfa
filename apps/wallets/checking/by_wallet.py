"""The pass over the entries of each wallet, in order: positions, running balances, currencies.

Each entry is compared with the one before it, so that by induction its balance is the sum of all
up to it. Steps end anywhere, also within a wallet; the last entry of one step begins the next.
"""

from dataclasses import dataclass
from itertools import batched

from django.db import connection
from django.utils.translation import gettext_lazy as _

from apps.wallets.checking.progress import Steps
from apps.wallets.checking.rules import FlagRule, Rule

STEP = 200_000
"""Entries in one statement."""
_WALLETS_AT_ONCE = 1_000

# Rows of `placed` in their order, with what the entry before says; `known` begins a wallet that
# was looked at before.
_PLACED = """
FROM (
    SELECT e.*, w.number, w.currency AS wallet_currency,
        coalesce(lag(e.position) OVER one, known.position, 0) + 1 AS place,
        coalesce(lag(e.balance) OVER one, known.balance, 0) + e.amount AS running
    FROM {entries}
    LEFT JOIN wallets w ON w.id = e.wallet_id
        AND w.id BETWEEN %(lowest)s::bigint AND %(highest)s::bigint
    WINDOW one AS (PARTITION BY e.wallet_id ORDER BY e.position)
) placed
"""
_KNOWN = """unnest(%(known_wallets)s::bigint[], %(known_positions)s::bigint[],
    %(known_balances)s::bigint[]) AS known (wallet_id, position, balance)"""
_STEP = f"""(
    SELECT * FROM ledger_entries WHERE position IS NOT NULL
    AND (wallet_id, position) > (%(wallet)s::bigint, %(position)s::bigint)
    AND (wallet_id, position) <= (%(last_wallet)s::bigint, %(last_position)s::bigint)
) e LEFT JOIN {_KNOWN} ON known.wallet_id = e.wallet_id"""  # noqa: S608  (no input in it)
# From each place into the index, instead of through all that the wallet has had before.
_NEW = f"""{_KNOWN} CROSS JOIN LATERAL (
    SELECT * FROM ledger_entries
    WHERE wallet_id = known.wallet_id AND position > known.position OFFSET 0
) e"""  # noqa: S608  (no input in it)


def _first(flag: str, facts: str) -> str:
    return (
        f"SELECT {facts}, transaction_id AS transaction, line {_PLACED} "
        f"WHERE {flag} ORDER BY wallet_id, position LIMIT 1"
    )


_LOST = "number IS NULL"
_FOREIGN = "currency IS DISTINCT FROM wallet_currency"
_APART = "position <> place"
_WRONG = "balance IS DISTINCT FROM running"

RULES = (
    FlagRule(
        flag=_LOST,
        sql=_first(_LOST, "wallet_id"),
        sentence=_("Entry {line} of T-{transaction} lost its transaction or its wallet."),
    ),
    FlagRule(
        flag=_FOREIGN,
        sql=_first(
            _FOREIGN,
            "number AS wallet, wallet_currency AS should_currency, currency AS is_currency",
        ),
        sentence=_(
            "Entry {line} of T-{transaction} is in {is_currency}, and its wallet {wallet} is "
            "kept in {should_currency}."
        ),
    ),
    FlagRule(
        flag=_APART,
        sql=_first(_APART, "number AS wallet, position, place"),
        sentence=_(
            "Wallet {wallet} has no entry with position {place}: entry {line} of T-{transaction} "
            "follows with position {position}."
        ),
    ),
    FlagRule(
        flag=_WRONG,
        sql=_first(
            _WRONG,
            "number AS wallet, wallet_currency AS currency, position,"
            " coalesce(balance, 0) AS is_amount, running AS should_amount",
        ),
        sentence=_(
            "Entry {line} of T-{transaction}, position {position} of wallet {wallet}, says that "
            "the balance is {is_amount}, and the entries up to it add up to {should_amount}."
        ),
    ),
)

# Entries of open wallets wait here for the roll-up that places them.
WAITING_RULES = (
    Rule(
        """
        SELECT e.transaction_id AS transaction, e.line FROM ledger_entries e
        LEFT JOIN wallets w ON w.id = e.wallet_id
        WHERE e.position IS NULL AND (w.id IS NULL OR w.currency <> e.currency
            OR w.floor IS NOT NULL OR e.balance IS NOT NULL)
        ORDER BY e.id LIMIT 1
        """,
        _(
            "Entry {line} of T-{transaction} has no position, and is not an entry of an open "
            "wallet in its currency that waits for one."
        ),
    ),
)

_FLAGS = ", ".join(f"bool_or({rule.flag})" for rule in RULES)
_ALL_FLAGS = f"SELECT count(*), {_FLAGS} {_PLACED}"
# The index alone tells where a step ends; only there the balance is looked up.
_END_OF_STEP = """
SELECT e.wallet_id, e.position, e.balance FROM (
    SELECT wallet_id, position FROM ledger_entries
    WHERE position IS NOT NULL AND (wallet_id, position) > (%s::bigint, %s::bigint)
    ORDER BY wallet_id, position OFFSET %s LIMIT 1
) last JOIN ledger_entries e ON (e.wallet_id, e.position) = (last.wallet_id, last.position)
LIMIT 1
"""
_LAST = """
SELECT wallet_id, position, balance FROM ledger_entries WHERE position IS NOT NULL
ORDER BY wallet_id DESC, position DESC LIMIT 1
"""


@dataclass(frozen=True)
class Place:
    """Where a wallet stood: everything up to `position` was looked at and adds up to `balance`."""

    wallet_id: int
    position: int
    balance: int


_START = Place(-(2**63) + 1, 0, 0)


def pass_over_all(steps: Steps) -> None:
    """Check every entry that has its position.

    Raises:
        Fault: names the first that does not fit.
    """
    last = _place(_LAST, []) or _START
    done = _START
    while done != last:
        end = _place(_END_OF_STEP, [done.wallet_id, done.position, STEP - 1]) or last
        steps.did(
            _check(
                _STEP,
                [done],
                {
                    "lowest": done.wallet_id,
                    "highest": end.wallet_id,
                    "wallet": done.wallet_id,
                    "position": done.position,
                    "last_wallet": end.wallet_id,
                    "last_position": end.position,
                },
            )
        )
        done = end
    _hold_waiting()


def pass_over_new(known: list[Place], steps: Steps) -> None:
    """Check the entries that follow these places, and no other wallet's.

    Raises:
        Fault: names the first that does not fit.
    """
    for places in batched(known, _WALLETS_AT_ONCE, strict=False):
        numbers = [place.wallet_id for place in places]
        bounds = {"lowest": min(numbers), "highest": max(numbers)}
        steps.did(_check(_NEW, list(places), bounds))
    _hold_waiting()


def _check(entries: str, known: list[Place], values: dict[str, int]) -> int:
    everything: dict[str, int | list[int]] = {
        **values,
        "known_wallets": [place.wallet_id for place in known],
        "known_positions": [place.position for place in known],
        "known_balances": [place.balance for place in known],
    }
    with connection.cursor() as cursor:
        cursor.execute(_ALL_FLAGS.format(entries=entries), everything)
        count, *flags = cursor.fetchone()
    for rule, is_raised in zip(RULES, flags, strict=True):
        if is_raised:
            Rule(rule.sql.format(entries=entries), rule.sentence).hold(everything)
    return int(count)


def _hold_waiting() -> None:
    for rule in WAITING_RULES:
        rule.hold()


def _place(sql: str, values: list[int]) -> Place | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row = cursor.fetchone()
    return Place(*row) if row else None
