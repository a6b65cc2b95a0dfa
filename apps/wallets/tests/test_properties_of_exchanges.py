"""Whatever is exchanged: the books follow a model of fractions that was written apart from them."""

from fractions import Fraction
from math import floor

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.common.errors import DomainError
from apps.common.exchange import plain_rate
from apps.wallets import errors
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.services import Terms
from apps.wallets.states import ExchangeSide, Role
from apps.wallets.tests.conftest import figures, stored
from project.testing.make import Make

BALANCE = 10**9
SIDES = st.sampled_from(ExchangeSide)
AMOUNTS = st.integers(1, 10**6) | st.sampled_from([1, BALANCE, BALANCE + 1, 10**15])
RATES = st.decimals("0.0001", "20000", places=6) | st.sampled_from(["0.000000001", "1000000000"])


def half_up(exact: Fraction) -> int:
    return floor(exact + Fraction(1, 2))


def expected(terms: Terms) -> tuple[int, int, int] | type[DomainError]:
    """Return what leaves, what arrives, and what rounds to what, or the refusal; USD into JPY."""
    yen_for_a_cent = Fraction(str(terms.rate)) / 100
    if terms.given == ExchangeSide.SOLD:
        sold, bought = terms.amount, half_up(terms.amount * yen_for_a_cent)
    else:
        sold, bought = half_up(terms.amount / yen_for_a_cent), terms.amount
    on_top = terms.fee_amount if terms.fee_side == ExchangeSide.SOLD else 0
    taken_out = terms.fee_amount - on_top
    if max(sold, bought) > 10**15:
        return errors.AmountTooLarge
    if not sold or not bought:
        return errors.NothingArrives
    if bought - taken_out <= 0:
        return errors.FeeTooLarge
    if sold + on_top > BALANCE:
        return errors.InsufficientFunds
    return sold + on_top, bought - taken_out, sold


@pytest.fixture
def pair(make: Make, boris: User) -> tuple[Wallet, Wallet]:
    return make.wallet(boris, balance=BALANCE), make.wallet(boris, currency="JPY")


def test_every_exchange_follows_the_model(pair: tuple[Wallet, Wallet], carol: User) -> None:
    dollars, yen = pair

    def run(terms: Terms) -> None:
        wanted, before = expected(terms), stored()
        try:
            with transaction.atomic():
                made = wallets.exchange(terms, actor=carol, key="key", reason="Property")
                with connection.cursor() as cursor:
                    # What a commit checks: the database does the same arithmetic by itself.
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        except DomainError as error:
            refusal = type(error)
            assert (refusal, stored()) == (wanted, before)
            return
        assert isinstance(wanted, tuple)
        leaves, arrives, sold = wanted
        assert figures(dollars)[0] == BALANCE - leaves
        assert figures(yen)[0] == arrives
        through = [
            figures(wallets.system_wallet(Role.EXCHANGE, code))[0] for code in ("USD", "JPY")
        ]
        assert through == [made.sold_amount, -made.bought_amount]
        assert made.sold_amount == sold
        assert Fraction(made.unrounded) == sold * Fraction(plain_rate(made.rate)) / 100

    @settings(
        max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(amount=AMOUNTS, rate=RATES, side=SIDES, fee=st.integers(0, 500), fee_side=SIDES)
    def example(
        amount: int, rate: object, side: ExchangeSide, fee: int, fee_side: ExchangeSide
    ) -> None:
        point = transaction.savepoint()
        run(Terms(dollars.pk, yen.pk, amount, f"{rate}", side, fee, fee_side))
        transaction.savepoint_rollback(point)

    example()
