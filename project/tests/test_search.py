"""The command palette: numbers of money lead to their pages, for those who may see them."""

import pytest
from django.test import RequestFactory

from apps.accounts.models import User
from apps.wallets import services as wallets
from apps.wallets.models import LedgerTransaction, ReasonCode, Wallet
from apps.wallets.states import Direction
from project.search import find
from project.testing.make import Make


@pytest.fixture
def wallet(make: Make, boris: User) -> Wallet:
    return make.wallet(boris, balance=10000)


def titles(person: User, term: str) -> list[str]:
    request = RequestFactory().get("/")
    request.user = person
    return [result.title for result in find(request, term)]  # type: ignore[arg-type]  # signed in


def test_numbers_of_transactions_holds_adjustments_and_wallets_are_found(
    wallet: Wallet, walt: User, system: User
) -> None:
    transaction = LedgerTransaction.objects.get()
    hold = wallets.place_hold(wallet.pk, 1, actor=system, key="h")
    adjustment = wallets.request_adjustment(
        wallet_id=wallet.pk,
        direction=Direction.CREDIT,
        amount=1,
        reason_code=ReasonCode.objects.get(code="goodwill"),
        note="",
        actor=walt,
    )
    for row in (transaction, hold, adjustment):
        assert titles(walt, f" {str(row).lower()} ") == [str(row)]
    assert titles(walt, wallet.number.lower()) == [str(wallet)]


def test_a_number_is_not_taken_for_another_kind(wallet: Wallet, walt: User) -> None:
    number = LedgerTransaction.objects.get().pk
    for term in (f"H-{number}", f"X-{number}", "T-", "T-x", f"T-{'9' * 30}", "T-0"):
        assert titles(walt, term) == []


def test_whoever_may_not_see_it_finds_nothing(wallet: Wallet, clara: User) -> None:
    assert titles(clara, str(LedgerTransaction.objects.get())) == []
    assert titles(clara, wallet.number) == [str(wallet)]
