"""Questions about the books."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.wallets import selectors
from apps.wallets import services as wallets
from apps.wallets.models import Hold
from apps.wallets.states import AccountClass, Role
from apps.wallets.tests.conftest import Move
from project.testing.make import Make


def test_entries_transactions_and_holds_about_something(
    make: Make, boris: User, lena: User, bella: User, system: User, move: Move
) -> None:
    giver, taker = make.wallet(boris, balance=10000), make.wallet(lena)
    about = move(100, giver, taker, key="about", about=bella)
    move(100, giver, taker, key="other", about=lena)
    hold = wallets.place_hold(giver.pk, 5, actor=system, key="hold", about=bella)
    wallets.place_hold(giver.pk, 5, actor=system, key="other hold")
    captured = wallets.capture_hold(hold.pk, 5, to_wallet_id=taker.pk, actor=system, key="c")

    found = selectors.transactions_about(bella)
    assert list(found.values_list("pk", flat=True)) == [
        about.transaction_id,
        captured.transaction_id,
    ]
    entries = selectors.entries_about(bella)
    assert [(entry.wallet_id, entry.amount) for entry in entries] == [
        (giver.pk, -100),
        (taker.pk, 100),
        (giver.pk, -5),
        (taker.pk, 5),
    ]
    assert list(selectors.holds_about(bella)) == [hold]
    assert selectors.ledger_position() == captured.transaction_id


def test_empty_books_have_no_position(db: None) -> None:
    assert selectors.ledger_position() == 0
    assert sum(line.balance for line in selectors.trial_balance()) == 0


def test_a_balance_now_is_one_look_at_the_wallet(make: Make, boris: User) -> None:
    wallet = make.wallet(boris, balance=4200)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert selectors.balance_of(wallet) == 4200
    assert len(queries) == 1
    assert "ledger_entries" not in queries[0]["sql"]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("", AccountClass.LIABILITY),
        (Role.CASH, AccountClass.ASSET),
        (Role.COMMISSION, AccountClass.INCOME),
        (Role.GOODWILL, AccountClass.EXPENSE),
        (Role.OPENING, AccountClass.EQUITY),
    ],
)
def test_a_line_of_the_trial_balance_knows_its_class(role: str, expected: AccountClass) -> None:
    line = selectors.AccountBalance("USD", role, -5)
    assert (line.account_class, line.debit, line.credit) == (expected, 5, 0)


def test_the_office_works_in_the_currencies_of_the_chart(db: None) -> None:
    assert selectors.currencies() == ["EUR", "GBP", "JPY", "USD"]


def test_adjectives_of_holds(make: Make, boris: User, system: User) -> None:
    wallet = make.wallet(boris, balance=100)
    hold = wallets.place_hold(wallet.pk, 5, actor=system, key="hold")
    assert list(Hold.objects.active().locked()) == [hold]
    wallets.release_hold(hold.pk, actor=system)
    assert not Hold.objects.active().exists()
