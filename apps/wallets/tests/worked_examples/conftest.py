"""The books of the examples."""

import pytest

from apps.accounts.models import User
from apps.wallets.states import AccountClass
from apps.wallets.tests.worked_examples.books import Books
from project.testing.make import Make

GENERAL = {
    "capital": AccountClass.EQUITY,
    "result": AccountClass.EQUITY,
    "van": AccountClass.ASSET,
    "prepaid_rent": AccountClass.ASSET,
    "bank_loan": AccountClass.LIABILITY,
    "received_in_advance": AccountClass.LIABILITY,
    "accrued_expenses": AccountClass.LIABILITY,
    "storage_income": AccountClass.INCOME,
    "exchange_gains": AccountClass.INCOME,
    "rent": AccountClass.EXPENSE,
    "electricity": AccountClass.EXPENSE,
    "insurance": AccountClass.EXPENSE,
    "bank_charges": AccountClass.EXPENSE,
    "exchange_losses": AccountClass.EXPENSE,
}


@pytest.fixture
def books(make: Make, carol: User, boris: User, bella: User, lena: User) -> Books:
    """Open the books in US dollars, kept by the controller."""
    people = {"boris": make.wallet(boris), "bella": make.wallet(bella), "lena": make.wallet(lena)}
    return Books("USD", carol, people, GENERAL)
