"""Postings while a month is closed or reopened: one holds the lock, the other is seen waiting."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.common.errors import MoveNotAllowed
from apps.wallets import errors, selectors
from apps.wallets import services as wallets
from apps.wallets.models import Period, PeriodBalance, Wallet
from apps.wallets.states import PeriodStatus, Role, TransactionKind
from apps.wallets.tests.conftest import Move, figures
from apps.wallets.tests.racing import at_a_gate, beside
from project.testing.make import Make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pair(make: Make, boris: User, lena: User) -> tuple[Wallet, Wallet]:
    """Boris and Lena with 100.00 each, since long ago."""
    return make.wallet(boris, balance=10000), make.wallet(lena, balance=10000)


@pytest.fixture
def last_month() -> date:
    """Return the last day of the month before this one."""
    return timezone.localdate().replace(day=1) - timedelta(days=1)


def close(month: date, actor: User) -> Period:
    return wallets.close_period(month, actor=actor, reason="Month end")


def kept(period: Period) -> dict[int, int]:
    """Return what the closed month says of each wallet."""
    rows = PeriodBalance.objects.filter(period=period, closing=period.closing_count)
    return dict(rows.values_list("wallet_id", "balance"))


@pytest.mark.parametrize("is_batch", [False, True])
def test_a_posting_that_waited_for_the_end_of_its_month_is_refused(
    pair: tuple[Wallet, Wallet],
    last_month: date,
    move: Move,
    system: User,
    *,
    is_batch: bool,
) -> None:
    entries = [wallets.Entry(pair[0].pk, -1000), wallets.Entry(pair[1].pk, 1000)]
    posting = wallets.Posting(
        TransactionKind.TRANSFER, entries, key="late", effective_on=last_month
    )

    def post() -> object:
        if is_batch:
            return wallets.post_many([posting], actor=system)
        return move(1000, *pair, key="late", effective_on=last_month)

    outcome = beside(lambda: close(last_month, system), post)
    assert isinstance(outcome, errors.PeriodClosed)
    assert figures(pair[0]) == (10000, 0, 1)


def test_a_month_waits_for_a_posting_and_counts_it(
    pair: tuple[Wallet, Wallet], last_month: date, system: User, move: Move
) -> None:
    outcome = beside(
        lambda: move(1000, *pair, key="in time", effective_on=last_month),
        lambda: close(last_month, system),
    )
    assert isinstance(outcome, Period)
    assert outcome.status == PeriodStatus.CLOSED
    assert kept(outcome) == {pair[0].pk: -1000, pair[1].pk: 1000}


def test_a_month_waits_for_an_entry_of_an_open_wallet_and_counts_it(
    pair: tuple[Wallet, Wallet], last_month: date, system: User, move: Move
) -> None:
    cash = wallets.system_wallet(Role.CASH, "USD")
    outcome = beside(
        lambda: move(1000, cash, pair[0], key="in time", effective_on=last_month),
        lambda: close(last_month, system),
    )
    assert isinstance(outcome, Period)
    assert kept(outcome) == {pair[0].pk: 1000, cash.pk: -1000}
    totals = {line.role: line.balance for line in selectors.trial_balance("USD", last_month)}
    assert (totals[Role.CASH], totals[""]) == (-1000, 1000)


def test_a_posting_that_waited_for_a_reopening_is_taken(
    pair: tuple[Wallet, Wallet], last_month: date, system: User, move: Move
) -> None:
    close(last_month, system)
    outcome = beside(
        lambda: wallets.reopen_period(last_month, actor=system, reason="A bill came late"),
        lambda: move(1000, *pair, key="late", effective_on=last_month),
    )
    assert isinstance(outcome, wallets.Posted)
    assert figures(pair[0]) == (9000, 0, 2)


def test_of_two_who_close_a_month_the_second_is_refused(last_month: date, system: User) -> None:
    close(last_month, system)
    wallets.reopen_period(last_month, actor=system, reason="A bill came late")
    outcome = beside(lambda: close(last_month, system), lambda: close(last_month, system))
    assert isinstance(outcome, MoveNotAllowed)
    assert Period.objects.get().closing_count == 2


def test_who_has_held_and_then_posts_is_not_caught_between_a_posting_and_a_closing(
    pair: tuple[Wallet, Wallet], last_month: date, system: User, move: Move
) -> None:
    """We wait for the closing, that for the posting, and that for our wallet; nobody is refused."""
    outcomes = at_a_gate(
        lambda: wallets.place_hold(pair[0].pk, 6000, actor=system, key="hold"),
        lambda: move(1000, *pair, key="posting"),
        lambda: close(last_month, system),
        then=lambda: move(500, *pair, key="ours"),
    )
    assert [type(outcome) for outcome in outcomes] == [wallets.Posted, Period]
    assert figures(pair[0]) == (8500, 6000, 3)
