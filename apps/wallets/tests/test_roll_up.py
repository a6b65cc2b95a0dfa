"""Open wallets take entries without waiting; the roll-up gives them their places, once."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from django.db import connection, connections, transaction

from apps.accounts.models import User
from apps.wallets import checking, selectors, tasks
from apps.wallets import services as wallets
from apps.wallets.models import LedgerDay, LedgerEntry, LedgerMark, Wallet
from apps.wallets.services import rolling_up
from apps.wallets.states import Role
from apps.wallets.tests.conftest import Move, fresh, stored
from project.testing.make import Make


@pytest.fixture
def cash(db: None) -> Wallet:
    return wallets.system_wallet(Role.CASH, "USD")


@pytest.fixture
def boris_pays(make: Make, boris: User, cash: Wallet, move: Move) -> Wallet:
    """Boris pays 10.00 to the cash wallet three times."""
    wallet = make.wallet(boris, balance=10_000)
    for number in range(3):
        move(1000, wallet, cash, key=f"pay {number}")
    return wallet


def places(wallet: Wallet) -> list[tuple[int | None, int | None]]:
    entries = LedgerEntry.objects.filter(wallet=wallet).order_by("id")
    return list(entries.values_list("position", "balance"))


def test_an_entry_of_an_open_wallet_has_no_place_at_first(boris_pays: Wallet, cash: Wallet) -> None:
    assert places(cash) == [(None, None)] * 3
    assert (fresh(cash).placed, fresh(cash).position) == (0, 0)
    assert places(boris_pays)[-1] == (4, 7000)


def test_its_balance_is_exact_all_the_same(boris_pays: Wallet, cash: Wallet) -> None:
    del boris_pays
    assert fresh(cash).posted == 3000
    assert selectors.balance_of(cash) == 3000
    assert Wallet.objects.with_posted().get(pk=cash.pk).posted == 3000
    assert {line.role: line.balance for line in selectors.trial_balance("USD")}["cash"] == 3000


def test_the_roll_up_gives_gapless_places_and_running_balances(
    boris_pays: Wallet, cash: Wallet, move: Move
) -> None:
    assert wallets.roll_up() == 4  # with the opening balance
    assert places(cash) == [(1, 1000), (2, 2000), (3, 3000)]
    move(500, cash, boris_pays, key="back")
    assert wallets.roll_up() == 1
    assert places(cash)[-1] == (4, 2500)
    assert (fresh(cash).placed, fresh(cash).position, fresh(cash).posted) == (2500, 4, 2500)
    moments = list(
        LedgerEntry.objects.filter(wallet=cash)
        .order_by("position")
        .values_list("placed_at", flat=True)
    )
    assert all(one and two and one <= two for one, two in pairwise(moments))
    assert checking.check().fault == ""


def test_a_roll_up_of_nothing_changes_nothing(boris_pays: Wallet) -> None:
    del boris_pays
    wallets.roll_up()
    before = stored()
    assert wallets.roll_up() == 0
    assert stored() == before


def test_a_roll_up_changes_no_figure_that_anybody_reads(boris_pays: Wallet, cash: Wallet) -> None:
    def read() -> object:
        return (
            [selectors.balance_of(wallet) for wallet in (boris_pays, cash)],
            selectors.trial_balance(),
        )

    before = read()
    wallets.roll_up()
    assert read() == before


def test_many_are_rolled_up_in_steps(
    boris_pays: Wallet, cash: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    del boris_pays
    monkeypatch.setattr(rolling_up, "MOST", 2)
    assert wallets.roll_up() == 4
    assert places(cash) == [(1, 1000), (2, 2000), (3, 3000)]


def test_the_job_rolls_up(boris_pays: Wallet, cash: Wallet) -> None:
    del boris_pays
    assert tasks.roll_up() == "4 entries got their places."
    assert fresh(cash).position == 3


def test_days_are_remembered_up_to_the_mark(boris_pays: Wallet) -> None:
    wallets.roll_up()
    (day,) = LedgerDay.objects.filter(wallet=boris_pays)
    assert (day.balance, day.last_position) == (7000, 4)
    assert LedgerMark.objects.get(wallet=boris_pays).position == 4


@pytest.mark.django_db(transaction=True)
def test_postings_to_an_open_wallet_do_not_wait_for_each_other(
    make: Make, boris: User, lena: User, cash: Wallet, move: Move
) -> None:
    first, second = make.wallet(boris, balance=1000), make.wallet(lena, balance=1000)

    def rival() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        move(100, second, cash, key="second")
        connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as pool, transaction.atomic():
        move(100, first, cash, key="first")
        pool.submit(rival).result(timeout=20)
        assert selectors.balance_of(cash) == 200
    assert selectors.balance_of(cash) == 200


@pytest.mark.django_db(transaction=True)
def test_of_two_roll_ups_at_once_the_second_does_nothing(boris_pays: Wallet, cash: Wallet) -> None:
    del boris_pays

    def rival() -> int:
        try:
            return wallets.roll_up()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as pool, transaction.atomic():
        assert wallets.roll_up() == 4
        assert pool.submit(rival).result(timeout=20) == 0
    assert fresh(cash).position == 3


@pytest.mark.django_db(transaction=True)
def test_what_is_not_committed_yet_gets_its_place_later(
    make: Make, boris: User, lena: User, cash: Wallet, move: Move
) -> None:
    first, second = make.wallet(boris, balance=1000), make.wallet(lena, balance=1000)

    def rival() -> int:
        try:
            move(7, second, cash, key="second, and committed first")
            return wallets.roll_up()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as pool, transaction.atomic():
        move(5, first, cash, key="first, and committed last")
        pool.submit(rival).result(timeout=20)
    assert wallets.roll_up() == 1
    assert places(cash) == [(2, 12), (1, 7)]
    assert checking.check().fault == ""
