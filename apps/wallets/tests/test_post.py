"""Posting: the one function through which money moves."""

import contextlib
import hashlib
import json
from datetime import date

import pytest
import time_machine
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.transaction import TransactionManagementError

from apps.accounts.models import User
from apps.wallets import errors, selectors
from apps.wallets import services as wallets
from apps.wallets.models import LedgerEntry, LedgerTransaction
from apps.wallets.services import Entry
from apps.wallets.services.posting import fingerprint
from apps.wallets.states import Role, TransactionKind
from apps.wallets.tests.conftest import Move, Tamper, figures, fresh, refusal, stored
from project.testing.make import Make


def test_money_moves_from_one_wallet_to_another(
    make: Make, boris: User, lena: User, move: Move
) -> None:
    giver, taker = make.wallet(boris, balance=10000), make.wallet(lena)
    posted = move(2500, giver, taker, key="rent", description="Rent")
    assert posted.balances == {giver.pk: 7500, taker.pk: 2500}
    assert not posted.is_replay
    assert figures(giver) == (7500, 0, 2)
    assert figures(taker) == (2500, 0, 1)
    transaction = LedgerTransaction.objects.get(pk=posted.transaction_id)
    assert (transaction.description, transaction.kind) == ("Rent", "transfer")
    entries = transaction.entries.order_by("line")
    assert [(e.line, e.wallet_id, e.amount, e.balance, e.position) for e in entries] == [
        (1, giver.pk, -2500, 7500, 2),
        (2, taker.pk, 2500, 2500, 1),
    ]


def test_a_posting_is_effective_today_where_the_office_is(
    make: Make, boris: User, lena: User, move: Move
) -> None:
    giver, taker = make.wallet(boris, balance=100), make.wallet(lena)
    with time_machine.travel("2027-01-31T23:30:00Z", tick=False):
        posted = move(100, giver, taker, key="k")
    transaction = LedgerTransaction.objects.get(pk=posted.transaction_id)
    assert transaction.effective_on == date(2027, 1, 31)
    assert {e.effective_on for e in transaction.entries.all()} == {date(2027, 1, 31)}


def test_a_posting_may_be_effective_on_another_day_and_about_something(
    make: Make, boris: User, lena: User, move: Move
) -> None:
    giver, taker = make.wallet(boris, balance=100), make.wallet(lena)
    posted = move(100, giver, taker, key="k", effective_on=date(2026, 1, 2), about=lena)
    transaction = LedgerTransaction.objects.get(pk=posted.transaction_id)
    assert transaction.effective_on == date(2026, 1, 2)
    assert transaction.about == lena


def test_one_transaction_moves_many_wallets_and_currencies(
    make: Make, boris: User, lena: User, system: User
) -> None:
    dollars, euros = make.wallet(boris, balance=1000), make.wallet(lena, currency="EUR")
    cash = {code: wallets.system_wallet(Role.CASH, code) for code in ("USD", "EUR")}
    posted = wallets.post(
        TransactionKind.TRANSFER,
        [
            Entry(dollars.pk, -1000),
            Entry(cash["USD"].pk, 1000),
            Entry(cash["EUR"].pk, -900),
            Entry(euros.pk, 900),
        ],
        actor=system,
        key="exchange",
    )
    assert posted.balances == {dollars.pk: 0, euros.pk: 900}
    assert [selectors.balance_of(cash[code]) for code in ("USD", "EUR")] == [1000, -900]


def test_a_wallet_twice_in_one_transaction_is_judged_by_what_it_ends_in(
    make: Make, boris: User, lena: User, system: User
) -> None:
    borrower, lender = make.wallet(boris, balance=500), make.wallet(lena, balance=2000)
    posted = wallets.post(
        TransactionKind.TRANSFER,
        [
            Entry(borrower.pk, -2500),
            Entry(lender.pk, 2500),
            Entry(lender.pk, -2000),
            Entry(borrower.pk, 2000),
        ],
        actor=system,
        key="k",
    )
    assert posted.balances == {borrower.pk: 0, lender.pk: 2500}


def test_the_same_key_with_the_same_request_gives_the_first_result(
    make: Make, boris: User, lena: User, move: Move
) -> None:
    giver, taker = make.wallet(boris, balance=1000), make.wallet(lena)
    first = move(400, giver, taker, key="once")
    move(100, giver, taker, key="in between")
    before = stored()
    again = move(400, giver, taker, key="once", description="said in other words")
    assert again.is_replay
    assert (again.transaction_id, again.balances) == (first.transaction_id, first.balances)
    assert stored() == before


def test_the_first_result_stays_the_first_after_a_roll_up(
    make: Make, boris: User, move: Move
) -> None:
    giver, cash = make.wallet(boris, balance=1000), wallets.system_wallet(Role.CASH, "USD")
    first = move(400, giver, cash, key="once")
    wallets.roll_up()
    again = move(400, giver, cash, key="once")
    assert first.balances == again.balances == {giver.pk: 600}


def test_a_request_without_a_day_is_the_same_after_midnight(
    make: Make, boris: User, lena: User, move: Move
) -> None:
    giver, taker = make.wallet(boris, balance=1000), make.wallet(lena)
    with time_machine.travel("2027-01-01T12:00:00Z", tick=False):
        first = move(400, giver, taker, key="once")
    with time_machine.travel("2027-01-02T12:00:00Z", tick=False):
        assert move(400, giver, taker, key="once").transaction_id == first.transaction_id


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 401},
        {"turned": True},
        {"effective_on": date(2027, 1, 1)},
        {"about": "lena"},
    ],
)
def test_the_same_key_with_another_request_is_refused(
    make: Make, boris: User, lena: User, move: Move, change: dict[str, object]
) -> None:
    giver, taker = make.wallet(boris, balance=1000), make.wallet(lena, balance=1000)
    move(400, giver, taker, key="once")
    before = stored()
    options = {name: change[name] for name in ("effective_on",) if name in change}
    if "about" in change:
        options["about"] = lena
    pair = (taker, giver) if change.get("turned") else (giver, taker)
    with pytest.raises(errors.KeyReused, match="“once” has been used"), transaction.atomic():
        move(int(str(change.get("amount", 400))), *pair, key="once", **options)
    assert stored() == before


def test_more_than_is_available_is_refused(
    make: Make, boris: User, lena: User, move: Move, system: User
) -> None:
    giver, taker = make.wallet(boris, balance=10000), make.wallet(lena)
    wallets.place_hold(giver.pk, 4000, actor=system, key="hold")
    before = stored()
    said = refusal(lambda: move(6001, giver, taker, key="k"))
    assert isinstance(said, errors.InsufficientFunds)
    assert said.facts == {
        "wallet": giver.number,
        "currency": "USD",
        "available": 6000,
        "amount": 6001,
    }
    assert said.message == (
        f"Wallet {giver.number} has $60.00 available, and $60.01 is needed. "
        "Pay in the difference first, or choose a smaller amount."
    )
    assert stored() == before
    move(6000, giver, taker, key="k")
    assert figures(giver) == (4000, 4000, 2)


def test_system_wallets_have_no_floor(make: Make, boris: User, move: Move) -> None:
    cash = wallets.system_wallet(Role.CASH, "USD")
    assert cash.floor is None
    move(10**12, cash, make.wallet(boris), key="k")
    assert selectors.balance_of(cash) == -(10**12)


def test_entries_that_do_not_balance_are_refused(
    make: Make, boris: User, lena: User, system: User
) -> None:
    giver, taker = make.wallet(boris, balance=10000), make.wallet(lena)
    before = stored()
    said = refusal(
        lambda: wallets.post(
            TransactionKind.TRANSFER,
            [Entry(giver.pk, -500), Entry(taker.pk, 499)],
            actor=system,
            key="k",
        )
    )
    assert isinstance(said, errors.Unbalanced)
    assert said.message.startswith("The entries in USD do not balance")
    assert "$0.01" in said.message
    assert stored() == before


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_the_database_itself_refuses_what_does_not_balance(
    make: Make, boris: User, lena: User, system: User
) -> None:
    giver, taker = make.wallet(boris, balance=10000), make.wallet(lena)
    before = stored()
    with pytest.raises(errors.Unbalanced, match=r"\$0\.01"):
        wallets.post(
            TransactionKind.TRANSFER,
            [Entry(giver.pk, -500), Entry(taker.pk, 499)],
            actor=system,
            key="k",
        )
    assert stored() == before


def test_each_currency_balances_by_itself(make: Make, boris: User, lena: User, move: Move) -> None:
    dollars, yen = make.wallet(boris, balance=10000), make.wallet(lena, currency="JPY")
    said = refusal(lambda: move(500, dollars, yen, key="k"))
    assert isinstance(said, errors.Unbalanced)
    assert said.facts["currency"] in {"USD", "JPY"}


def test_a_posting_without_entries_is_refused(system: User) -> None:
    with pytest.raises(errors.NoEntries, match="needs entries"):
        wallets.post(TransactionKind.TRANSFER, [], actor=system, key="k")


def test_an_entry_of_nothing_is_refused(make: Make, boris: User, lena: User, move: Move) -> None:
    giver, taker = make.wallet(boris, balance=100), make.wallet(lena)
    said = refusal(lambda: move(0, giver, taker, key="k"))
    assert isinstance(said, errors.ZeroAmount)


@pytest.mark.parametrize("amount", [10**15 + 1, 2**63, 10**40])
def test_an_amount_beyond_the_ledger_is_refused(
    make: Make, boris: User, move: Move, amount: int
) -> None:
    opening = wallets.system_wallet(Role.OPENING, "USD")
    said = refusal(lambda: move(amount, opening, make.wallet(boris), key="k"))
    assert isinstance(said, errors.AmountTooLarge)


def test_a_balance_beyond_the_ledger_is_refused(
    make: Make, boris: User, move: Move, tamper: Tamper
) -> None:
    wallet, opening = make.wallet(boris), wallets.system_wallet(Role.OPENING, "USD")
    tamper("UPDATE wallets SET posted = %s WHERE id = %s", 2**63 - 10, wallet.pk)
    said = refusal(lambda: move(100, opening, wallet, key="k"))
    assert isinstance(said, errors.AmountTooLarge)


def test_an_unknown_wallet_is_refused(make: Make, boris: User, system: User) -> None:
    wallet = make.wallet(boris, balance=100)
    said = refusal(
        lambda: wallets.post(
            TransactionKind.TRANSFER,
            [Entry(wallet.pk, -100), Entry(987654, 100)],
            actor=system,
            key="k",
        )
    )
    assert isinstance(said, errors.UnknownWallet)
    assert "987654" in said.message


@pytest.mark.parametrize("side", ["giver", "taker"])
def test_a_frozen_wallet_neither_gives_nor_takes(
    make: Make, boris: User, lena: User, carol: User, move: Move, side: str
) -> None:
    both = {"giver": make.wallet(boris, balance=100), "taker": make.wallet(lena)}
    wallets.freeze(both[side].pk, actor=carol, reason="fraud")
    said = refusal(lambda: move(100, both["giver"], both["taker"], key="k"))
    assert isinstance(said, errors.WalletNotActive)
    assert said.facts == {"wallet": both[side].number, "status": "frozen"}


def test_a_closed_wallet_takes_nothing(
    make: Make, boris: User, lena: User, carol: User, move: Move
) -> None:
    giver, taker = make.wallet(boris, balance=100), make.wallet(lena)
    wallets.close(taker.pk, actor=carol, reason="left")
    said = refusal(lambda: move(100, giver, taker, key="k"))
    assert isinstance(said, errors.WalletNotActive)
    assert said.facts["status"] == "closed"


def test_postings_continue_the_chain_of_balances(
    make: Make, boris: User, lena: User, move: Move
) -> None:
    giver, taker = make.wallet(boris, balance=1000), make.wallet(lena)
    for number in range(30):
        move(1, giver, taker, key=f"k{number}")
    assert figures(taker) == (30, 0, 30)
    balances = LedgerEntry.objects.filter(wallet=taker).order_by("position")
    assert list(balances.values_list("balance", flat=True)) == list(range(1, 31))
    assert fresh(giver).posted == 970


@pytest.mark.django_db(transaction=True)
def test_a_posting_begins_and_ends_with_the_transaction_around_it(
    make: Make, boris: User, lena: User, move: Move
) -> None:
    giver, taker = make.wallet(boris, balance=100), make.wallet(lena)
    with transaction.atomic():
        move(60, giver, taker, key="undone")
        transaction.set_rollback(True)
    assert figures(giver) == (100, 0, 1)
    move(40, giver, taker, key="by itself")
    assert figures(giver) == (60, 0, 2)


def test_after_a_refusal_the_transaction_around_it_is_over(
    make: Make, boris: User, lena: User, move: Move
) -> None:
    giver, taker = make.wallet(boris, balance=100), make.wallet(lena)
    with transaction.atomic():
        with contextlib.suppress(errors.InsufficientFunds), transaction.atomic(savepoint=False):
            move(101, giver, taker, key="refused")
        with pytest.raises(TransactionManagementError):
            move(1, giver, taker, key="too late")


@pytest.mark.parametrize("day", [None, date(2027, 5, 1)])
def test_the_fingerprint_is_the_digest_of_the_request_as_json(
    boris: User, day: date | None
) -> None:
    entries = [Entry(7, -5), Entry(3, 5)]
    about, user_type = boris, ContentType.objects.get_for_model(boris).pk
    for subject, type_, id_ in ((None, None, None), (about, user_type, boris.pk)):
        request = ["transfer", [[3, 5], [7, -5]], day and day.isoformat(), type_, id_, 12]
        expected = hashlib.sha256(json.dumps(request).encode()).hexdigest()
        assert fingerprint(TransactionKind.TRANSFER, entries, day, subject, 12) == expected
