"""The statement on the page of a wallet: by position, by day, and its balance in two ways."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from apps.accounts.models import User
from apps.wallets import services as wallets
from apps.wallets.admin.statement import ROWS, Statement, statement_of
from apps.wallets.models import Wallet
from apps.wallets.states import Role
from apps.wallets.tests.browsing import query_count, signed_in, text_of, url_of
from apps.wallets.tests.conftest import Move, Tamper, fresh
from project.testing.make import Make

type Days = Callable[[], list[int]]


@pytest.fixture
def wallet(make: Make, boris: User) -> Wallet:
    return make.wallet(boris, balance=100000)


@pytest.fixture
def cash(db: None) -> Wallet:
    return wallets.system_wallet(Role.CASH, "USD")


@pytest.fixture
def days(wallet: Wallet, cash: Wallet, move: Move, tamper: Tamper) -> list[int]:
    """Open on 1 March, then move 10 on the 5th, 20 back-dated to the 3rd, 30 on the 8th."""
    tamper("UPDATE ledger_entries SET effective_on = '2026-03-01'")
    numbers = [
        move(amount, wallet, cash, key=f"m{day}", effective_on=date(2026, 3, day)).transaction_id
        for amount, day in ((10, 5), (20, 3), (30, 8))
    ]
    moments = (datetime(2026, 3, day, 12, tzinfo=UTC) for day in (5, 6, 8))
    tamper("UPDATE ledger_transactions SET posted_at = '2026-03-01 12:00Z'")
    for number, moment in zip(numbers, moments, strict=True):
        tamper("UPDATE ledger_transactions SET posted_at = %s WHERE id = %s", moment, number)
    tamper(
        "UPDATE ledger_entries e SET placed_at = t.posted_at FROM ledger_transactions t"
        " WHERE t.id = e.transaction_id AND e.placed_at IS NOT NULL"
    )
    return numbers


def page_of(wallet: Wallet) -> str:
    return url_of("wallet_change", wallet.pk)


def positions(statement: Statement) -> list[int | None]:
    return [line.entry.position for line in statement.lines]


def balances(statement: Statement) -> list[int | None]:
    return [line.balance for line in statement.lines]


def mark_in(address: str) -> dict[str, str]:
    return dict(part.split("=") for part in address[1:].partition("#")[0].split("&"))


def test_it_pages_by_position(wallet: Wallet, cash: Wallet, move: Move) -> None:
    for number in range(2 * ROWS + 9):
        move(1, wallet, cash, key=f"m{number}")
    newest = statement_of(fresh(wallet), {})
    assert positions(newest) == list(range(110, 60, -1))
    assert (newest.newest, newest.newer) == ("", "")

    middle = statement_of(wallet, mark_in(newest.older))
    assert positions(middle) == list(range(60, 10, -1))

    oldest = statement_of(wallet, mark_in(middle.older))
    assert positions(oldest) == list(range(10, 0, -1))
    assert oldest.older == ""
    assert positions(statement_of(wallet, mark_in(oldest.newer))) == list(range(60, 10, -1))
    assert oldest.newest == "?#statement"


def test_one_jumps_to_a_position(wallet: Wallet, cash: Wallet, move: Move) -> None:
    for number in range(9):
        move(1, wallet, cash, key=f"m{number}")
    assert positions(statement_of(wallet, {"position": "4"})) == [4, 3, 2, 1]
    assert positions(statement_of(wallet, {"position": "99"}))[0] == 10
    for nonsense in ("x", "-1", "0", "9" * 30, "²"):
        assert positions(statement_of(wallet, {"position": nonsense}))[0] == 10


def test_by_position_it_shows_the_balances_of_the_entries(wallet: Wallet, days: list[int]) -> None:
    assert balances(statement_of(wallet, {})) == [99940, 99970, 99990, 100000]


def test_by_day_each_balance_counts_what_is_effective_by_then(
    wallet: Wallet, days: list[int]
) -> None:
    statement = statement_of(wallet, {"since": "2026-03-01", "until": "2026-03-31"})
    assert [line.entry.transaction_id for line in statement.lines[:3]] == [
        days[2],
        days[0],
        days[1],
    ]
    assert balances(statement) == [99940, 99970, 99980, 100000]
    part = statement_of(wallet, {"since": "2026-03-02", "until": "2026-03-05"})
    assert balances(part) == [99970, 99980]
    assert statement_of(wallet, {"until": "2026-02-01"}).is_empty


def test_by_day_it_pages_by_day_and_position(
    wallet: Wallet, cash: Wallet, move: Move, days: list[int]
) -> None:
    for number in range(ROWS):
        move(1, wallet, cash, key=f"n{number}", effective_on=date(2026, 3, 4))
    asked = {"since": "2026-03-01", "until": "2026-03-05"}
    first = statement_of(wallet, asked)
    assert balances(first)[:3] == [99920, 99930, 99931]
    second = statement_of(wallet, mark_in(first.older))
    assert mark_in(first.older).keys() == {"since", "until", "p"}
    assert balances(second) == [99979, 99980, 100000]
    assert balances(statement_of(wallet, mark_in(second.newer))) == balances(first)


def test_the_balance_is_told_by_effective_day_and_as_known_then(
    wallet: Wallet, walt: User, days: list[int]
) -> None:
    both = statement_of(wallet, {"on": "2026-03-05"}).balances
    assert both is not None
    assert (both.by_day, both.as_known, both.difference) == (99970, 99990, -20)
    assert both.day_as_known == 99990
    page = text_of(signed_in(walt).get(page_of(wallet), {"on": "2026-03-05"}))
    assert "Balance by effective day, at the end of 5 Mar 2026 $999.70" in page
    assert "Balance as known at 5 Mar 2026 23:59 $999.90" in page
    assert "it never changes again" in page
    assert "They differ by -$0.20" in page


def test_a_moment_alone_stands_for_its_day(wallet: Wallet, days: list[int]) -> None:
    both = statement_of(wallet, {"known_at": "2026-03-06T13:00"}).balances
    assert both is not None
    assert both.day == date(2026, 3, 6)
    assert (both.by_day, both.as_known) == (99970, 99970)


def test_what_was_known_about_an_earlier_day_is_told_too(
    wallet: Wallet, walt: User, days: list[int]
) -> None:
    both = statement_of(wallet, {"on": "2026-03-04", "known_at": "2026-03-05T13:00"}).balances
    assert both is not None
    assert (both.by_day, both.as_known, both.day_as_known) == (99980, 99990, 100000)


def test_entries_without_a_position_stand_on_top_with_their_balance(
    wallet: Wallet, cash: Wallet, walt: User, move: Move
) -> None:
    move(100, wallet, cash, key="placed")
    wallets.roll_up()
    move(20, wallet, cash, key="1", effective_on=date(2020, 2, 3))
    move(3, wallet, cash, key="2")
    statement = statement_of(fresh(cash), {})
    assert [(line.entry.position, line.balance) for line in statement.unplaced] == [
        (None, 123),
        (None, 120),
    ]
    assert balances(statement) == [100]
    page = text_of(signed_in(walt).get(page_of(cash)))
    assert page.count("not numbered yet") == 2
    by_day = statement_of(cash, {"until": "2020-12-31"})
    assert [line.balance for line in by_day.unplaced] == [None]

    wallets.roll_up()
    placed = statement_of(fresh(cash), {})
    assert placed.unplaced == []
    assert balances(placed) == [123, 120, 100]


def test_an_account_with_nothing_placed_yet_counts_from_zero(
    wallet: Wallet, cash: Wallet, move: Move
) -> None:
    move(5, wallet, cash, key="m")
    statement = statement_of(cash, {})
    assert [line.balance for line in statement.unplaced] == [5]
    assert not statement.is_empty


def test_a_moment_to_come_does_not_promise_to_stay(wallet: Wallet, walt: User) -> None:
    page = text_of(signed_in(walt).get(page_of(wallet), {"on": "2999-01-01"}))
    assert "it never changes again" not in page


def test_a_field_that_cannot_be_understood_is_said(wallet: Wallet, walt: User) -> None:
    page = text_of(signed_in(walt).get(page_of(wallet), {"since": "soon"}))
    assert "Enter a valid date." in page


def test_an_empty_wallet_says_so_in_a_sentence(make: Make, bella: User, walt: User) -> None:
    page = text_of(signed_in(walt).get(page_of(make.wallet(bella))))
    assert "No money has moved here yet." in page


def test_days_without_entries_say_so_in_a_sentence(wallet: Wallet, walt: User) -> None:
    page = text_of(signed_in(walt).get(page_of(wallet), {"until": "2001-01-01"}))
    assert "No entry is effective on these days" in page


def test_the_links_lead_to_the_pages_and_keep_the_days(
    wallet: Wallet, cash: Wallet, walt: User, move: Move
) -> None:
    for number in range(ROWS):
        move(1, wallet, cash, key=f"m{number}")
    client = signed_in(walt)
    assert "?p=before-2#statement" in client.get(page_of(wallet)).content.decode()
    older = client.get(page_of(wallet), {"p": "before-2"})
    assert "Newest" in text_of(older)
    assert "Opening balance" in text_of(older)


@pytest.mark.parametrize("asked", [{}, {"since": "2020-01-01"}, {"on": "2026-03-05"}])
def test_it_asks_as_many_questions_for_many_entries_as_for_few(
    wallet: Wallet, cash: Wallet, walt: User, move: Move, asked: dict[str, Any]
) -> None:
    client = signed_in(walt)
    query_count(client, page_of(wallet), **asked)
    few = query_count(client, page_of(wallet), **asked)
    for number in range(12):
        move(1, wallet, cash, key=f"m{number}")
    assert query_count(client, page_of(wallet), **asked) == few
