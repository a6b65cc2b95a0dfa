"""Two people exchange at the same moment: made certain, as in `test_races`."""

import pytest

from apps.accounts.models import User
from apps.wallets import checking, errors
from apps.wallets import services as wallets
from apps.wallets.models import Exchange, Wallet
from apps.wallets.services import Terms
from apps.wallets.tests.conftest import figures
from apps.wallets.tests.racing import beside
from project.testing.make import Make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pair(make: Make, boris: User) -> tuple[Wallet, Wallet]:
    return make.wallet(boris, balance=10000), make.wallet(boris, currency="EUR")


def exchange(pair: tuple[Wallet, Wallet], actor: User, key: str, rate: str = "0.9") -> Exchange:
    terms = Terms(pair[0].pk, pair[1].pk, 6000, rate)
    return wallets.exchange(terms, actor=actor, key=key, reason="Trip")


def test_the_same_key_at_the_same_moment_exchanges_once(
    pair: tuple[Wallet, Wallet], carol: User, conrad: User
) -> None:
    outcome = beside(lambda: exchange(pair, carol, "once"), lambda: exchange(pair, conrad, "once"))
    assert outcome == Exchange.objects.get()
    assert (figures(pair[0])[0], figures(pair[1])[0]) == (4000, 5400)
    assert checking.check().fault == ""


def test_the_same_key_at_another_rate_at_the_same_moment_is_refused(
    pair: tuple[Wallet, Wallet], carol: User, conrad: User
) -> None:
    outcome = beside(
        lambda: exchange(pair, carol, "once"),
        lambda: exchange(pair, conrad, "once", rate="0.90001"),
    )
    assert isinstance(outcome, errors.KeyReused)


def test_money_is_exchanged_once_by_two_people(
    pair: tuple[Wallet, Wallet], carol: User, conrad: User
) -> None:
    outcome = beside(lambda: exchange(pair, carol, "one"), lambda: exchange(pair, conrad, "two"))
    assert isinstance(outcome, errors.InsufficientFunds)
    assert figures(pair[0])[0] == 4000


def test_an_exchange_that_waited_for_a_freeze_is_refused(
    pair: tuple[Wallet, Wallet], carol: User, conrad: User
) -> None:
    outcome = beside(
        lambda: wallets.freeze(pair[1].pk, actor=carol, reason="Fraud"),
        lambda: exchange(pair, conrad, "late"),
    )
    assert isinstance(outcome, errors.WalletNotActive)
    assert not Exchange.objects.exists()
