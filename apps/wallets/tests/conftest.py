"""What the tests of the ledger share: short postings, tampering, and everything that is stored."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django.fixtures import Settings

from apps.accounts.models import User
from apps.common.errors import DomainError
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.states import TransactionKind
from project.testing.make import Make

type Tamper = Callable[..., None]
type Move = Callable[..., wallets.Posted]

TABLES = {
    "wallets": "id",
    "ledger_transactions": "id",
    "ledger_entries": "id",
    "ledger_holds": "id",
    "ledger_exchanges": "id",
    "ledger_days": "wallet_id, effective_on",
    "ledger_marks": "wallet_id",
    "ledger_periods": "id",
    "ledger_period_balances": "period_id, closing, wallet_id",
    "adjustments": "id",
    "adjustment_batches": "id",
    "adjustment_lines": "id",
}


@pytest.fixture
def files_of_their_own(settings: Settings, tmp_path: Path) -> None:
    """Keep the files of a test where nobody else looks."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def tamper(db: None) -> Tamper:
    """Run SQL as a superuser with the triggers off, as if after a commit."""

    def run(sql: str, *values: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(sql, values)
            cursor.execute("SET session_replication_role = DEFAULT")

    return run


@pytest.fixture
def move(system: User) -> Move:
    """Move an amount from one wallet to another."""

    def run(amount: int, giver: Wallet, taker: Wallet, *, key: str, **options: Any) -> Any:
        entries = [wallets.Entry(giver.pk, -amount), wallets.Entry(taker.pk, amount)]
        return wallets.post(TransactionKind.TRANSFER, entries, actor=system, key=key, **options)

    return run


@pytest.fixture
def pair(make: Make, boris: User, lena: User, move: Move) -> tuple[Wallet, Wallet]:
    """Boris with 60.00 and Lena with 40.00, after one posting between them."""
    giver, taker = make.wallet(boris, balance=10000), make.wallet(lena)
    move(4000, giver, taker, key="rent", description="Rent")
    return giver, taker


def fresh(wallet: Wallet) -> Wallet:
    """Return the wallet as it is stored now."""
    return Wallet.objects.get(pk=wallet.pk)


def figures(wallet: Wallet) -> tuple[int, int, int]:
    """Return posted, held and the number of entries as they are stored now."""
    now = fresh(wallet)
    return now.posted, now.held, now.entries.count()


def stored() -> list[Any]:
    """Return every row of the ledger, to see that nothing was changed."""
    rows = []
    with connection.cursor() as cursor:
        for table, key in TABLES.items():
            cursor.execute(f"SELECT '{table}', t.* FROM {table} t ORDER BY {key}")  # noqa: S608
            rows += cursor.fetchall()
    return rows


def refusal(deed: Callable[[], object]) -> DomainError:
    """Return what the ledger says to a deed that must not happen."""
    with pytest.raises(DomainError) as caught, transaction.atomic():
        deed()
    return caught.value
