"""Whatever a batch asks for: before and its lines make after, and the books stay balanced."""

from collections import Counter
from pathlib import Path

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from apps.accounts.models import User
from apps.common.money import plain_amount
from apps.wallets import batches, checking, selectors
from apps.wallets import services as wallets
from apps.wallets.errors import LinesRefused
from apps.wallets.models import Wallet
from apps.wallets.states import AdjustmentStatus
from apps.wallets.tests.bulk import ask, decide, line, receipt
from apps.wallets.tests.conftest import fresh
from project.testing.make import Make

OPENING = (10000, 500, 0)
LINES = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(1, 4000),
        st.sampled_from(
            [
                ("credit", "goodwill"),
                ("credit", "correction"),
                ("debit", "correction"),
                ("debit", "bank-transfer-out"),
            ]
        ),
    ),
    min_size=1,
    max_size=12,
)


@pytest.fixture
def trio(
    make: Make, boris: User, lena: User, bella: User, settings: Settings, tmp_path: Path
) -> list[Wallet]:
    settings.MEDIA_ROOT = tmp_path
    return [
        make.wallet(owner, balance=balance)
        for owner, balance in zip((boris, lena, bella), OPENING, strict=True)
    ]


@given(lines=LINES)
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_before_and_lines_make_after_for_every_wallet(
    trio: list[Wallet],
    walt: User,
    carol: User,
    conrad: User,
    lines: list[tuple[int, int, tuple[str, str]]],
) -> None:
    change = Counter(
        dict.fromkeys(range(3), 0)
        | {
            place: sum(
                amount if direction == "credit" else -amount
                for at, amount, (direction, _code) in lines
                if at == place
            )
            for place, _amount, _code in lines
        }
    )
    is_right = all(OPENING[place] + change[place] >= 0 for place in range(3))
    cells = [line(trio[at], plain_amount(amount, "USD"), *code) for at, amount, code in lines]
    with transaction.atomic():
        if is_right:
            _post_and_compare(cells, change, trio, walt, [carol, conrad])
        else:
            with pytest.raises(LinesRefused):
                ask(walt, *cells)
        transaction.set_rollback(True)


def _post_and_compare(
    cells: list[tuple[str, ...]],
    change: Counter[int],
    trio: list[Wallet],
    walt: User,
    deciders: list[User],
) -> None:
    batch = ask(walt, *cells, files=[receipt()])
    touched = {cell[0] for cell in cells}
    expected = {
        wallet.pk: (OPENING[place], OPENING[place] + change[place])
        for place, wallet in enumerate(trio)
        if wallet.number in touched
    }
    assert _figures(batches.balances_of(batch)) == expected
    wallets.submit_batch(batch.pk, actor=walt)
    for decider in deciders:
        if batch.status != AdjustmentStatus.APPROVED:
            batch = decide(batch, decider)
    assert batch.status == AdjustmentStatus.APPROVED
    assert _figures(batches.balances_of(batch)) == expected
    for place, wallet in enumerate(trio):
        assert fresh(wallet).posted == OPENING[place] + change[place]
    assert sum(account.balance for account in selectors.trial_balance("USD")) == 0
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    assert checking.check().fault == ""


def _figures(found: dict[int, batches.Balance]) -> dict[int, tuple[int, int]]:
    return {pk: (balance.before, balance.after) for pk, balance in found.items()}
