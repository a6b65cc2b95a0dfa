"""The database's refusals as facts; whatever is not a rule stays the error that it is."""

import pytest
from django.db import DataError, InterfaceError, transaction

from apps.accounts.models import User
from apps.wallets import errors
from apps.wallets.models import Evidence, LedgerEntry
from apps.wallets.services.refusals import explained
from apps.wallets.tests.conftest import Move
from project.testing.make import Make


def test_an_error_that_no_rule_made_is_raised_as_it_is(
    make: Make, boris: User, lena: User, move: Move
) -> None:
    giver, taker = make.wallet(boris, balance=100), make.wallet(lena)
    with pytest.raises(DataError, match="too long"), transaction.atomic():
        move(1, giver, taker, key="k" * 201)
    with pytest.raises(InterfaceError), explained():
        raise InterfaceError


def test_amounts_are_said_in_their_currency() -> None:
    said = errors.InsufficientFunds(wallet="W-1", currency="JPY", available=-5, amount=1500)
    assert said.message.startswith("Wallet W-1 has -¥5 available, and ¥1,500 is needed.")


def test_rows_are_named_as_people_name_them() -> None:
    assert str(LedgerEntry(transaction_id=7, line=2)) == "7/2"
    assert str(Evidence(name="receipt.pdf")) == "receipt.pdf"
