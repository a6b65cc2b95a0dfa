"""Posting: the one function through which money moves."""

import pytest

from apps.accounts.models import User
from apps.wallets import services as wallets
from apps.wallets.errors import InsufficientFunds
from apps.wallets.states import TransactionKind
from project.testing.make import Make


def test_money_moves_from_one_wallet_to_another(make: Make, boris: User, lena: User) -> None:
    a, b = make.wallet(boris, balance=10000), make.wallet(lena)
    posted = wallets.post(
        TransactionKind.TRANSFER,
        [wallets.Entry(a.pk, -2500), wallets.Entry(b.pk, 2500)],
        actor=User.objects.system(),
        key="t1",
    )
    assert posted.balances == {a.pk: 7500, b.pk: 2500}
    with pytest.raises(InsufficientFunds, match="7,500"):
        wallets.post(
            TransactionKind.TRANSFER,
            [wallets.Entry(a.pk, -750000), wallets.Entry(b.pk, 750000)],
            actor=User.objects.system(),
            key="t2",
        )
