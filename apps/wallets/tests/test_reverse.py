"""Reversing: a mistake is corrected by its mirror image, once."""

import pytest
from django.db import transaction

from apps.accounts.models import User
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import NotPermitted
from apps.wallets import errors
from apps.wallets import services as wallets
from apps.wallets.models import LedgerTransaction, Wallet
from apps.wallets.services import Entry, Posted
from apps.wallets.states import TransactionKind
from apps.wallets.tests.conftest import Move, figures, refusal, stored
from project.testing.make import Make


@pytest.fixture
def pair(make: Make, boris: User, lena: User) -> tuple[Wallet, Wallet]:
    return make.wallet(boris, balance=10000), make.wallet(lena)


@pytest.fixture
def mistake(pair: tuple[Wallet, Wallet], move: Move, lena: User) -> Posted:
    """Boris paid Lena 40.00 by mistake."""
    return move(4000, *pair, key="mistake", about=lena)


def test_a_reversal_puts_every_balance_back(
    pair: tuple[Wallet, Wallet], mistake: Posted, carol: User, lena: User
) -> None:
    reversal = wallets.reverse(mistake.transaction_id, actor=carol, reason="Wrong lender")
    assert reversal.balances == {pair[0].pk: 10000, pair[1].pk: 0}
    made = LedgerTransaction.objects.get(pk=reversal.transaction_id)
    assert (made.kind, made.description, made.about) == ("reversal", "Wrong lender", lena)
    assert made.reverses_id == mistake.transaction_id
    event = AuditEvent.objects.get(action="wallets.reversed")
    assert (event.actor, event.reason) == (carol, "Wrong lender")
    assert event.target_label == f"T-{mistake.transaction_id}"
    assert event.after == {"reversal": f"T-{reversal.transaction_id}"}


def test_a_transaction_is_reversed_once(mistake: Posted, carol: User, conrad: User) -> None:
    wallets.reverse(mistake.transaction_id, actor=carol, reason="Wrong lender")
    before = stored()
    said = refusal(lambda: wallets.reverse(mistake.transaction_id, actor=conrad, reason="Again"))
    assert isinstance(said, errors.AlreadyReversed)
    assert said.message.startswith(f"Transaction T-{mistake.transaction_id} has been reversed")
    assert stored() == before


def test_a_transaction_reversed_under_another_key_is_not_reversed_again(
    pair: tuple[Wallet, Wallet], mistake: Posted, carol: User, system: User
) -> None:
    original = LedgerTransaction.objects.get(pk=mistake.transaction_id)
    wallets.post(
        TransactionKind.REVERSAL,
        [Entry(pair[0].pk, 4000), Entry(pair[1].pk, -4000)],
        actor=system,
        key="by other means",
        reverses=original,
    )
    said = refusal(lambda: wallets.reverse(original.pk, actor=carol, reason="Again"))
    assert isinstance(said, errors.AlreadyReversed)


def test_a_reversal_stays(mistake: Posted, carol: User) -> None:
    reversal = wallets.reverse(mistake.transaction_id, actor=carol, reason="Wrong lender")
    said = refusal(lambda: wallets.reverse(reversal.transaction_id, actor=carol, reason="No"))
    assert isinstance(said, errors.ReversalIsFinal)
    assert f"T-{reversal.transaction_id}" in said.message


def test_a_reversal_mirrors_its_original(
    pair: tuple[Wallet, Wallet], mistake: Posted, system: User
) -> None:
    original = LedgerTransaction.objects.get(pk=mistake.transaction_id)
    with pytest.raises(errors.ReversalDiffers, match="mirror"), transaction.atomic():
        wallets.post(
            TransactionKind.REVERSAL,
            [Entry(pair[0].pk, 3999), Entry(pair[1].pk, -3999)],
            actor=system,
            key="k",
            reverses=original,
        )


def test_money_that_is_gone_is_not_taken_back(
    pair: tuple[Wallet, Wallet], mistake: Posted, move: Move, carol: User
) -> None:
    move(3000, pair[1], pair[0], key="spent")
    said = refusal(lambda: wallets.reverse(mistake.transaction_id, actor=carol, reason="Late"))
    assert isinstance(said, errors.InsufficientFunds)
    assert figures(pair[1]) == (1000, 0, 2)


def test_only_controllers_reverse_and_the_attempt_is_recorded(mistake: Posted, walt: User) -> None:
    with pytest.raises(NotPermitted, match="reverse_ledgertransaction"):
        wallets.reverse(mistake.transaction_id, actor=walt, reason="Try")
    event = AuditEvent.objects.get(action="wallets.reverse")
    assert (event.actor, event.outcome) == (walt, Outcome.DENIED)
