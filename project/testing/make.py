"""Typed makers: things for tests, with only what the test speaks of."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from apps.accounts.models import User
from apps.assets.models import Asset, Category, Tariff
from apps.assets.states import DepositKind
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.states import Role, TransactionKind

_numbers = count(1)


def tariff(**fields: Any) -> Tariff:
    """Make a tariff: 10.00 a day, deposit 50.00, late fee 5.00 a day, commission 20 %."""
    return Tariff.objects.create(
        **{
            "name": f"Tariff {next(_numbers)}",
            "currency": "USD",
            "day_price": 1000,
            "grace": timedelta(minutes=15),
            "deposit_kind": DepositKind.FIXED,
            "deposit_amount": 5000,
            "late_fee": 500,
            "commission_share": 2000,
            **fields,
        }
    )


def category(**fields: Any) -> Category:
    """Make a category without turnaround."""
    return Category.objects.create(
        **{
            "name": f"Category {next(_numbers)}",
            "turnaround": timedelta(0),
            "tariff": fields.pop("tariff", None) or tariff(),
            **fields,
        }
    )


def asset(*, lender: User, **fields: Any) -> Asset:
    """Make an asset worth 200.00 US dollars."""
    number = next(_numbers)
    return Asset.objects.create(
        **{
            "tag": f"TAG-{number}",
            "name": f"Camera {number}",
            "category": fields.pop("category", None) or category(),
            "lender": lender,
            "value": 20000,
            "currency": "USD",
            **fields,
        }
    )


def wallet(owner: User, *, currency: str = "USD", balance: int = 0) -> Wallet:
    """Open a wallet with `balance` minor units brought in from the opening balances."""
    system = User.objects.system()
    opened = wallets.wallet_for(owner, currency, actor=system)
    if balance:
        wallets.post(
            TransactionKind.OPENING,
            [
                wallets.Entry(wallets.system_wallet(Role.OPENING, currency).pk, -balance),
                wallets.Entry(opened.pk, balance),
            ],
            actor=system,
            key=f"test-opening:{opened.pk}:{next(_numbers)}",
            description="Opening balance",
        )
    opened.refresh_from_db()
    return opened


class Make:
    """The makers under one name."""

    tariff = staticmethod(tariff)
    category = staticmethod(category)
    asset = staticmethod(asset)
    wallet = staticmethod(wallet)


@pytest.fixture
def make(db: None) -> Make:
    """Return the makers."""
    return Make()
