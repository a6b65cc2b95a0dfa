"""Postings per second in small books, beside the two others."""

from collections.abc import Iterator
from statistics import median

from project.benchmarks import Case, Plan
from project.benchmarks.ledger.running import Side, pgbench
from project.benchmarks.scratch import Scratch

type Rates = dict[tuple[str, int], list[float]]
"""Of each side, with so many processes at once: what it did in each round."""

SCALE = 50
AT_ONCE = 4
_TPC_B = f"TPC-B, scale {SCALE}"
_BATCH_ENTRIES = 2  # of each posting
# How often pgbench, which is written in C, posts: the difference is what Python takes.
_WITHOUT_PYTHON = r"""
\set one random(1, 1000)
\set other 1 + (:one + random(0, 998)) % 1000
\set key random(1, 1000000000000000000)
INSERT INTO ledger_inbox (key, fingerprint, kind, effective_on, description, actor_id, wallets,
    amounts, lines)
VALUES ('pgbench:' || :key, repeat('0', 64), 'transfer', current_date, '', 1,
    ARRAY[least(:one::bigint, :other::bigint), greatest(:one::bigint, :other::bigint)],
    ARRAY[-1, 1]::bigint[],
    ARRAY[1, 2])
RETURNING id, is_replay, balances;
"""


def cases(plan: Plan, scratch: Scratch, foreign: Scratch) -> Iterator[Case]:
    """Measure every side in every round, and compare."""
    yield from _compared(_rates(plan, scratch, foreign))


def _rates(plan: Plan, scratch: Scratch, foreign: Scratch) -> Rates:
    """Measure every side in every round, one after the other."""
    rates: Rates = {}

    def add(name: str, count: int, rate: float) -> None:
        rates.setdefault((name, count), []).append(rate)

    for _round in range(plan.rounds):
        for count in (1, AT_ONCE):
            add("tpc-b", count, pgbench(scratch, count, plan.seconds))
            add("ours", count, Side.OURS.rate(scratch, count, plan.seconds))
            add("hordak", count, Side.HORDAK.rate(foreign, count, plan.seconds))
            add("c", count, pgbench(scratch, count, plan.seconds, _WITHOUT_PYTHON))
        add("hot system", AT_ONCE, Side.HOT_SYSTEM.rate(scratch, AT_ONCE, plan.seconds))
        add("hot person", AT_ONCE, Side.HOT_PERSON.rate(scratch, AT_ONCE, plan.seconds))
        add("batches", 1, Side.BATCHES.rate(scratch, 1, plan.seconds))
    return rates


def _compared(rates: Rates) -> Iterator[Case]:
    for count, tpc_b, hordak in ((1, 1.1, 2.5), (AT_ONCE, 0.65, 2.0)):
        ours = tuple(rates["ours", count])
        name = f"spread over 1,000 wallets, {count} at a time"
        without = f"the same without Python: {median(rates['c', count]):,.0f}"
        yield _case(name, ours, _TPC_B, rates["tpc-b", count], tpc_b, note=without)
        yield _case(name, ours, "django-hordak", rates["hordak", count], hordak)
    spread = rates["ours", AT_ONCE]
    yield _case(
        f"one hot system wallet, {AT_ONCE} at a time",
        rates["hot system", AT_ONCE],
        "spread",
        spread,
        0.95,
    )
    yield _case(
        f"one hot wallet of a person, {AT_ONCE} at a time",
        rates["hot person", AT_ONCE],
        _TPC_B,
        rates["tpc-b", AT_ONCE],
        0,
        note="one row lock through each commit",
    )
    batches = rates["batches", 1]
    yield _case(
        "in batches of 1,000, one process", batches, "single postings", rates["ours", 1], 10
    )
    yield Case(
        name="in batches of 1,000, one process",
        unit="entries/s",
        values=tuple(_BATCH_ENTRIES * rate for rate in batches),
        yardstick="a fixed number",
        yardstick_values=(20_000,),
        bar=1,
    )


def _case(
    name: str,
    values: "tuple[float, ...] | list[float]",
    yardstick: str,
    yardstick_values: list[float],
    bar: float,
    *,
    note: str = "",
) -> Case:
    return Case(
        name=name,
        unit="postings/s",
        values=tuple(values),
        yardstick=yardstick,
        yardstick_values=tuple(yardstick_values),
        bar=bar,
        note=note,
    )
