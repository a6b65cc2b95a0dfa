"""Quoting an exchange: what it would do now, or why it would be refused; nothing moves."""

from decimal import Decimal

import pytest

from apps.accounts.models import User
from apps.common.errors import NotPermitted
from apps.wallets import errors
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.services import Terms
from apps.wallets.states import ExchangeSide, Role
from apps.wallets.tests.conftest import Move, stored
from project.testing.make import Make


@pytest.fixture
def dollars(make: Make, boris: User) -> Wallet:
    return make.wallet(boris, balance=100000)


@pytest.fixture
def yen(make: Make, boris: User) -> Wallet:
    return make.wallet(boris, currency="JPY")


def test_a_quote_says_what_would_happen_and_moves_nothing(
    dollars: Wallet, yen: Wallet, carol: User
) -> None:
    before = stored()
    terms = Terms(dollars.pk, yen.pk, 9999, "152.34", fee_amount=100, fee_side=ExchangeSide.BOUGHT)
    quote = wallets.quote_exchange(terms, actor=carol)
    assert (quote.leaves, quote.arrives, quote.bought_amount) == (9999, 15132, 15232)
    assert (quote.difference, quote.fee_currency) == (Decimal("-0.4766"), "JPY")
    assert stored() == before


def test_a_quote_refuses_what_the_exchange_would_refuse(
    make: Make, dollars: Wallet, yen: Wallet, carol: User, walt: User, move: Move, lena: User
) -> None:
    terms = Terms(dollars.pk, yen.pk, 100000, "152.34")
    with pytest.raises(NotPermitted):
        wallets.quote_exchange(terms, actor=walt)
    assert wallets.quote_exchange(terms, actor=carol).leaves == 100000
    move(1, dollars, make.wallet(lena), key="spent")
    with pytest.raises(errors.InsufficientFunds, match=r"has \$999\.99 available"):
        wallets.quote_exchange(terms, actor=carol)
    wallets.freeze(yen.pk, actor=carol, reason="Audit")
    with pytest.raises(errors.WalletNotActive, match="frozen"):
        wallets.quote_exchange(terms, actor=carol)
    house = Terms(
        wallets.system_wallet(Role.CASH, "USD").pk,
        wallets.system_wallet(Role.CASH, "EUR").pk,
        10**9,
        "1",
    )
    assert wallets.quote_exchange(house, actor=carol).arrives == 10**9
