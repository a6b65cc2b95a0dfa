"""The two times of a balance: the effective day, and the moment at which something was known."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.wallets import selectors
from apps.wallets import services as wallets
from apps.wallets.models import LedgerDay, LedgerEntry, Wallet
from apps.wallets.states import Role
from apps.wallets.tests.conftest import Move
from project.testing.make import Make

JANUARY, FEBRUARY = date(2027, 1, 31), date(2027, 2, 28)


def now() -> datetime:
    """Return the moment as the database has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]  # type: ignore[no-any-return]  # a moment


@pytest.fixture
def pair(make: Make, boris: User) -> tuple[Wallet, Wallet]:
    """Return a person's wallet, and an open one."""
    return make.wallet(boris), wallets.system_wallet(Role.CASH, "USD")


@pytest.mark.parametrize("is_rolled_up", [False, True])
def test_what_is_back_dated_belongs_to_its_day_and_not_to_what_was_known(
    pair: tuple[Wallet, Wallet], move: Move, *, is_rolled_up: bool
) -> None:
    boris, cash = pair
    move(100, cash, boris, key="january", effective_on=JANUARY)
    move(50, cash, boris, key="february", effective_on=FEBRUARY)
    if is_rolled_up:
        wallets.roll_up()
    before = now()
    move(7, cash, boris, key="back-dated", effective_on=JANUARY - timedelta(days=3))
    if is_rolled_up:
        wallets.roll_up()

    for wallet, sign in ((boris, 1), (cash, -1)):

        def balance(wallet: Wallet = wallet, sign: int = sign, **asked: Any) -> int:
            return sign * selectors.balance_of(wallet, **asked)

        assert balance() == 157
        assert balance(as_of=JANUARY) == 107
        assert balance(as_of=FEBRUARY) == 157
        assert balance(as_of=JANUARY - timedelta(days=1)) == 7
        assert balance(as_of=date(2026, 1, 1)) == 0
        assert balance(as_of=date(2199, 1, 1)) == 157
        if is_rolled_up or wallet is boris:
            assert balance(known_at=before) == 150
            assert balance(as_of=JANUARY, known_at=before) == 100
            assert balance(as_of=FEBRUARY, known_at=before) == 150
        assert balance(known_at=datetime(2001, 1, 1, tzinfo=UTC)) == 0
        assert balance(known_at=now()) == 157
        assert balance(as_of=JANUARY, known_at=now()) == 107


def test_a_moment_between_posting_and_place_counts_by_the_posting(
    pair: tuple[Wallet, Wallet], move: Move
) -> None:
    boris, cash = pair
    move(100, cash, boris, key="rolled up", effective_on=JANUARY)
    wallets.roll_up()
    move(50, cash, boris, key="posted", effective_on=FEBRUARY)
    between = now()
    assert selectors.balance_at(cash, between) == -150
    wallets.roll_up()
    assert selectors.balance_at(cash, between) == -150
    move(25, cash, boris, key="later", effective_on=JANUARY)
    wallets.roll_up()
    assert selectors.balance_at(cash, between) == -150
    assert selectors.balance_of(cash, as_of=JANUARY, known_at=between) == -100


def test_a_day_is_one_look_into_an_index_however_many_entries_there_are(
    pair: tuple[Wallet, Wallet], move: Move
) -> None:
    boris, cash = pair
    for number in range(30):
        move(1, cash, boris, key=f"m{number}", effective_on=JANUARY + timedelta(days=number % 3))
    wallets.roll_up()
    assert LedgerDay.objects.filter(wallet=boris).count() == 3
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT balance FROM ledger_days WHERE wallet_id = %s AND effective_on <= %s"
            " ORDER BY effective_on DESC LIMIT 1",
            [boris.pk, JANUARY],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "ledger_days_pkey" in plan
    assert "Sort" not in plan


STEPS = st.lists(
    st.one_of(
        st.tuples(st.integers(1, 90), st.integers(0, 40)),  # an amount, and a day of January
        st.just("roll up"),
        st.just("look"),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_every_day_at_every_moment_is_the_sum_of_the_entries_known_then(
    pair: tuple[Wallet, Wallet], move: Move, steps: list[Any]
) -> None:
    """Beside a slow model: all entries with day and number, summed up afresh."""
    boris, cash = pair
    done = LedgerEntry.objects.filter(wallet=boris).count()
    days = [date(2030, 1, 1) + timedelta(days=number) for number in (0, 7, 20, 40)]
    # Earlier examples have left their entries.
    before = {day: selectors.balance_of(boris, as_of=day) for day in days}
    first_balance = selectors.balance_of(boris)
    model: list[tuple[date, int]] = []
    looks: list[tuple[datetime, int]] = []
    for step in steps:
        if step == "roll up":
            wallets.roll_up()
        elif step == "look":
            looks.append((now(), len(model)))
        else:
            amount, number = step
            day = date(2030, 1, 1) + timedelta(days=number)
            key = f"k{done}-{len(model)}"
            move(amount, cash, boris, key=key, effective_on=day)
            model.append((day, amount))
    for moment, count in [*looks, (now(), len(model))]:
        known = model[:count]
        expected = first_balance + sum(amount for _day, amount in known)
        assert selectors.balance_at(boris, moment) == expected
        for day in days:
            total = sum(amount for on, amount in known if on <= day)
            asked = selectors.balance_of(boris, as_of=day, known_at=moment)
            assert asked == before[day] + total
