"""Thousands of transactions in one round trip: as if they had come one by one."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.common.errors import DomainError
from apps.wallets import checking, errors, selectors
from apps.wallets import services as wallets
from apps.wallets.models import LedgerEntry, LedgerTransaction, Wallet
from apps.wallets.services import Entry, Posting, batching
from apps.wallets.states import Role, TransactionKind
from apps.wallets.tests.conftest import Move, figures, refusal, stored
from project.testing.make import Make


@pytest.fixture
def pair(make: Make, boris: User, lena: User) -> tuple[Wallet, Wallet]:
    """Boris with 10.00 and Lena with nothing."""
    return make.wallet(boris, balance=1000), make.wallet(lena)


def transfer(amount: int, giver: Wallet, taker: Wallet, key: str, **more: Any) -> Posting:
    entries = [Entry(giver.pk, -amount), Entry(taker.pk, amount)]
    return Posting(TransactionKind.TRANSFER, entries, key, **more)


def test_many_are_posted_in_one_round_trip(
    pair: tuple[Wallet, Wallet], boris: User, system: User
) -> None:
    giver, taker = pair
    asked = [
        transfer(300, giver, taker, "first", description='Rent, "May" {2027}\\', about=boris),
        transfer(100, taker, giver, "second", effective_on=date(2027, 5, 1)),
    ]
    with CaptureQueriesContext(connection) as queries:
        first, second = wallets.post_many(asked, actor=system)
    # The posting itself goes past the query log; ContentType is asked once in a process.
    assert {query["sql"].split()[0] for query in queries} <= {"SAVEPOINT", "RELEASE", "SELECT"}
    assert len(queries) <= 3
    assert (first.is_replay, first.balances) == (False, {giver.pk: 700, taker.pk: 300})
    assert (second.is_replay, second.balances) == (False, {giver.pk: 800, taker.pk: 200})
    rows = LedgerTransaction.objects.in_bulk([first.transaction_id, second.transaction_id])
    made = rows[first.transaction_id]
    assert (made.key, made.description, made.about) == ("first", 'Rent, "May" {2027}\\', boris)
    assert (made.actor, made.kind) == (system, TransactionKind.TRANSFER)
    assert rows[second.transaction_id].effective_on == date(2027, 5, 1)
    entries = LedgerEntry.objects.filter(transaction=made).order_by("line")
    assert [(entry.line, entry.amount, entry.balance) for entry in entries] == [
        (1, -300, 700),
        (2, 300, 300),
    ]
    assert checking.check().fault == ""


def test_none_are_posted(db: None, system: User) -> None:
    before = stored()
    assert wallets.post_many([], actor=system) == []
    assert wallets.post_each([], actor=system) == []
    assert stored() == before


def test_one_that_is_refused_refuses_all_and_is_named(
    pair: tuple[Wallet, Wallet], system: User
) -> None:
    giver, taker = pair
    asked = [transfer(600, giver, taker, "first"), transfer(600, giver, taker, "second")]
    before = stored()
    said = refusal(lambda: wallets.post_many(asked, actor=system))
    assert isinstance(said, errors.InsufficientFunds)
    assert (said.facts["key"], said.facts["available"], said.facts["amount"]) == (
        "second",
        400,
        600,
    )
    assert stored() == before


def test_each_is_reported_and_the_good_ones_are_posted(
    pair: tuple[Wallet, Wallet], make: Make, bella: User, system: User
) -> None:
    giver, taker = pair
    euros = make.wallet(bella, currency="EUR")
    asked = [
        transfer(600, giver, taker, "good"),
        transfer(600, giver, taker, "too much"),
        Posting(TransactionKind.TRANSFER, [], "empty"),
        transfer(1, giver, euros, "two currencies"),
        transfer(10**16, giver, taker, "too large"),
        transfer(100, taker, giver, "good too"),
        transfer(600, giver, taker, "good"),
        transfer(601, giver, taker, "good"),
    ]
    results = wallets.post_each(asked, actor=system)
    kinds = [type(result) for result in results]
    assert kinds == [
        wallets.Posted,
        errors.InsufficientFunds,
        errors.NoEntries,
        errors.Unbalanced,
        errors.AmountTooLarge,
        wallets.Posted,
        wallets.Posted,
        errors.KeyReused,
    ]
    replay = results[6]
    assert isinstance(replay, wallets.Posted)
    assert replay.is_replay
    assert (figures(giver), figures(taker)) == ((500, 0, 3), (500, 0, 2))


def test_a_key_twice_in_one_batch_moves_money_once(
    pair: tuple[Wallet, Wallet], system: User
) -> None:
    asked = [transfer(100, *pair, "key"), transfer(100, *pair, "key")]
    first, second = wallets.post_many(asked, actor=system)
    assert first.transaction_id == second.transaction_id
    assert (first.is_replay, second.is_replay) == (False, True)
    assert figures(pair[0])[0] == 900
    other = [transfer(100, *pair, "other"), transfer(101, *pair, "other")]
    assert isinstance(refusal(lambda: wallets.post_many(other, actor=system)), errors.KeyReused)


def test_what_was_posted_before_is_answered_and_the_rest_is_posted(
    pair: tuple[Wallet, Wallet], move: Move, system: User
) -> None:
    giver, taker = pair
    before = move(100, giver, taker, key="before")
    asked = [transfer(100, giver, taker, "before"), transfer(50, giver, taker, "new")]
    old, new = wallets.post_many(asked, actor=system)
    assert (old.transaction_id, old.is_replay) == (before.transaction_id, True)
    assert old.balances == before.balances
    assert (new.is_replay, new.balances) == (False, {giver.pk: 850, taker.pk: 150})
    again = wallets.post_many(asked, actor=system)
    assert [posted.is_replay for posted in again] == [True, True]
    assert [posted.balances for posted in again] == [old.balances, new.balances]
    wallets.freeze(giver.pk, actor=system, reason="What was posted is not judged again")
    assert [posted.is_replay for posted in wallets.post_many(asked, actor=system)] == [True, True]
    wrong = [transfer(99, giver, taker, "before")]
    assert isinstance(refusal(lambda: wallets.post_many(wrong, actor=system)), errors.KeyReused)


def test_a_wallet_is_judged_after_each_transaction(
    pair: tuple[Wallet, Wallet], system: User
) -> None:
    giver, taker = pair
    there_and_back = [transfer(1001, giver, taker, "out"), transfer(1001, taker, giver, "back")]
    assert isinstance(
        refusal(lambda: wallets.post_many(there_and_back, actor=system)), errors.InsufficientFunds
    )
    within = Posting(
        TransactionKind.TRANSFER,
        [Entry(giver.pk, -1500), Entry(taker.pk, 1000), Entry(giver.pk, 500)],
        "judged by what it ends in",
    )
    (posted,) = wallets.post_many([within], actor=system)
    assert posted.balances == {giver.pk: 0, taker.pk: 1000}


def test_open_wallets_take_batches_too(pair: tuple[Wallet, Wallet], system: User) -> None:
    cash = wallets.system_wallet(Role.CASH, "USD")
    asked = [transfer(1, pair[0], cash, f"k{number}") for number in range(20)]
    results = wallets.post_many(asked, actor=system)
    assert results[-1].balances == {pair[0].pk: 980}
    assert selectors.balance_of(cash) == 20
    wallets.roll_up()
    assert checking.check().fault == ""


def test_captures_and_reversals_come_alone(pair: tuple[Wallet, Wallet], system: User) -> None:
    entries = [Entry(pair[0].pk, -1), Entry(pair[1].pk, 1)]
    reversal = Posting(TransactionKind.REVERSAL, entries, "x")
    with pytest.raises(Exception, match="a reversal, and nothing else, names its original"):
        wallets.post_many([reversal], actor=system)


def test_more_than_one_chunk_is_still_all_or_nothing(
    pair: tuple[Wallet, Wallet], system: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "CHUNK", 3)
    asked = [transfer(1, *pair, f"k{number}") for number in range(8)]
    before = stored()
    too_much = [*asked, transfer(5000, *pair, "too much")]
    refusal(lambda: wallets.post_many(too_much, actor=system))
    assert stored() == before
    assert len(wallets.post_many(asked, actor=system)) == 8
    assert figures(pair[1]) == (8, 0, 8)


def undone[R](deed: Callable[[], R]) -> R:
    """Do something, look at it, and undo it."""
    with transaction.atomic():
        result = deed()
        transaction.set_rollback(True)
    return result


def undoing_on_refusal(
    deed: Callable[[Posting], wallets.Posted | DomainError], posting: Posting
) -> wallets.Posted | DomainError:
    """Undo what a refused posting did to its transaction."""
    with transaction.atomic():
        result = deed(posting)
        if isinstance(result, DomainError):
            transaction.set_rollback(True)
    return result


MOVES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(-60, 60), st.integers(0, 6)),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(moves=MOVES)
def test_a_batch_does_what_single_postings_do(
    make: Make, boris: User, lena: User, bella: User, system: User, moves: list[Any]
) -> None:
    """Post the same in a batch and one by one, each undone, and compare what was posted."""
    people = [make.wallet(person) for person in (boris, lena, bella)]
    ids = [*(wallet.pk for wallet in people), wallets.system_wallet(Role.CASH, "USD").pk]
    asked = [
        Posting(
            TransactionKind.TRANSFER,
            [Entry(ids[giver], -amount), Entry(ids[taker], amount)],
            f"key {key}",
        )
        for giver, taker, amount, key in moves
    ]

    def one(posting: Posting) -> wallets.Posted | DomainError:
        try:
            return wallets.post(posting.kind, posting.entries, actor=system, key=posting.key)
        except DomainError as refusal_:
            return refusal_

    def outcome(results: list[wallets.Posted | DomainError]) -> Any:
        said = [(type(result), getattr(result, "is_replay", None)) for result in results]
        rows = LedgerEntry.objects.order_by("transaction_id", "line")
        return said, list(rows.values_list("line", "wallet", "amount", "balance", "position"))

    singly = undone(lambda: outcome([undoing_on_refusal(one, posting) for posting in asked]))
    assert undone(lambda: outcome(wallets.post_each(asked, actor=system))) == singly
