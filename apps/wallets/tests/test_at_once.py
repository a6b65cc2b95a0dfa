"""Four processes at once, on the same few wallets: no deadlock, nothing twice, nothing lost."""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from apps.accounts.models import User
from apps.wallets import checking, selectors
from apps.wallets import services as wallets
from apps.wallets.models import Hold, LedgerEntry, LedgerTransaction, Wallet
from apps.wallets.states import HoldStatus, Role
from project.testing.broker import database_url
from project.testing.make import Make

pytestmark = pytest.mark.django_db(transaction=True)

PROCESSES = 4
DEEDS = 60
PLENTY = 1_000_000


class Crowd:
    """The processes, which work at the same time."""

    def __init__(self, stack: ExitStack, ids: dict[str, list[int]]) -> None:
        """Start them, and return when all of them are ready."""
        self._running = [stack.enter_context(_process(f"p{n}", ids)) for n in range(PROCESSES)]
        for process in self._running:
            self._hear(process)

    def do(self, orders: list[Any]) -> list[dict[str, Any]]:
        """Give each its order, roll up meanwhile, and return what each did."""
        for process, order in zip(self._running, orders, strict=True):
            assert process.stdin
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
        for _again in range(5):
            wallets.roll_up()
        return [self._hear(process) for process in self._running]

    def _hear(self, process: "subprocess.Popen[str]") -> Any:
        assert process.stdout
        line = process.stdout.readline()
        assert line, "a process ended"
        return json.loads(line)


def _process(name: str, ids: dict[str, list[int]]) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603  (a module of ours)
        [sys.executable, "-m", "apps.wallets.tests.crowd", name, json.dumps(ids)],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": database_url()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def ids(make: Make, boris: User, lena: User, bella: User) -> dict[str, list[int]]:
    """Three people with plenty in two currencies, and cash in each."""
    return {
        currency: [
            *(
                make.wallet(person, currency=currency, balance=PLENTY).pk
                for person in (boris, lena, bella)
            ),
            wallets.system_wallet(Role.CASH, currency).pk,
        ]
        for currency in ("EUR", "USD")
    }


@pytest.fixture
def crowd(ids: dict[str, list[int]]) -> Iterator[Crowd]:
    with ExitStack() as stack:
        yield Crowd(stack, ids)


def deadlocks() -> int:
    """Return how many deadlocks this database has seen."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def test_a_crowd_deadlocks_never_and_its_reversals_happen_once(
    ids: dict[str, list[int]], crowd: Crowd
) -> None:
    before = deadlocks()
    answers = crowd.do([DEEDS] * PROCESSES)
    done = {int(pk): entries for answer in answers for pk, entries in answer["done"].items()}
    refused = sum((Counter(answer["refused"]) for answer in answers), Counter[str]())
    assert set(refused) <= {"HoldEnded", "HoldTooSmall"}
    assert len(done) > DEEDS * PROCESSES / 2
    assert balances(ids) == recomputed(ids, done)

    orders: list[list[int]] = [[] for _ in range(PROCESSES)]
    dice = random.Random(3)  # noqa: S311  (dice)
    for transaction_id in dice.sample([*done] * 3, len(done) * 3):
        dice.choice(orders).append(transaction_id)
    answers = crowd.do(orders)
    once = Counter(entry[0] for answer in answers for [entry] in answer["done"].values())
    assert once == Counter(dict.fromkeys(done, 1))
    refused = sum((Counter(answer["refused"]) for answer in answers), Counter[str]())
    assert refused == Counter({f"AlreadyReversed {pk}": 2 for pk in done})
    assert balances(ids) == recomputed(ids, {})

    wallets.roll_up()
    assert not LedgerEntry.objects.filter(position=None).exists()
    assert LedgerTransaction.objects.filter(reverses__isnull=False).count() == len(done)
    assert checking.check().fault == ""
    assert held() == {wallet.pk: wallet.held for wallet in Wallet.objects.filter(held__gt=0)}
    assert deadlocks() == before


def balances(ids: dict[str, list[int]]) -> dict[int, int]:
    """Return what the ledger says."""
    found = Wallet.objects.in_bulk([pk for some in ids.values() for pk in some])
    return {pk: selectors.balance_of(wallet) for pk, wallet in found.items()}


def recomputed(ids: dict[str, list[int]], done: dict[int, list[list[int]]]) -> dict[int, int]:
    """Return what must be there after these transactions."""
    totals = {pk: PLENTY for some in ids.values() for pk in some[:-1]}
    totals |= {some[-1]: 0 for some in ids.values()}
    for entries in done.values():
        for pk, amount in entries:
            totals[pk] += amount
    return totals


def held() -> dict[int, int]:
    """Return what active holds set aside, by wallet."""
    totals: Counter[int] = Counter()
    for hold in Hold.objects.filter(status=HoldStatus.ACTIVE):
        totals[hold.wallet_id] += hold.rest
    return dict(totals)
