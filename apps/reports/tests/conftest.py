"""A small ledger to report on, and a report asked as the worker asks it."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from apps.accounts.models import User
from apps.reports.catalogue import find
from apps.reports.paper import Paper
from apps.reports.report import Answers, Frame, Report, TieOut, Totals
from apps.reports.snapshot import Position
from apps.reports.tests.loans import October
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.states import Role, TransactionKind
from project.testing.cast import person
from project.testing.make import Make

OCTOBER = {"from_on": "2026-10-01", "until_on": "2026-10-31"}
_keys = count(1)


def move(wallet: Wallet, amount: int, on: date, description: str = "", **fields: Any) -> int:
    """Move `amount` into the wallet, out of cash, on that day; return the transaction's number."""
    cash = wallets.system_wallet(Role.CASH, wallet.currency)
    return wallets.post(
        fields.pop("kind", TransactionKind.TRANSFER),
        [wallets.Entry(wallet.pk, amount), wallets.Entry(cash.pk, -amount)],
        actor=User.objects.system(),
        key=f"test-move:{next(_keys)}",
        effective_on=on,
        description=description,
        **fields,
    ).transaction_id


def many_entries(wallet: Wallet, entry_count: int) -> None:
    """Put 0.01 into the wallet, so many times, in October, by one transaction."""
    cash = wallets.system_wallet(Role.CASH, wallet.currency)
    wallets.post(
        TransactionKind.TRANSFER,
        [wallets.Entry(wallet.pk, 1)] * entry_count + [wallets.Entry(cash.pk, -entry_count)],
        actor=User.objects.system(),
        key=f"test-move:{next(_keys)}",
        effective_on=date(2026, 10, 7),
        description="One of many",
    )


def behind_the_ledger(sql: str, *values: int | datetime) -> None:
    """Change rows as only a superuser with the triggers off can."""
    with connection.cursor() as cursor:
        # What waits for the commit is checked now, while it is still right.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql, values)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def posted_by_effective_day() -> None:
    """Date the posting of every transaction back to noon of its effective day."""
    behind_the_ledger("UPDATE ledger_transactions SET posted_at = effective_on + time '12:00'")


@pytest.fixture
def wallet(make: Make, boris: User) -> Wallet:
    """Boris's: 1,000.00 in September, four movements in October, one in November."""
    wallet = make.wallet(boris)
    move(wallet, 100_000, date(2026, 9, 15), "Top-up")
    move(wallet, -25_050, date(2026, 10, 2), "Hold of TK-1 captured")
    move(wallet, 4_000, date(2026, 10, 20))
    move(wallet, 50, date(2026, 10, 5), "Back-dated correction")
    move(wallet, -1, date(2026, 10, 31), '=HYPERLINK("http://evil", "x"), “quoted”')
    move(wallet, 7_777, date(2026, 11, 1), "After the period")
    wallet.refresh_from_db()
    return wallet


@dataclass(frozen=True)
class Asked:
    """A report with its parameters and what stands around its rows."""

    report: Report
    answers: Answers
    totals: Totals
    frame: Frame

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows, by the keys of their columns."""
        keys = [column.key for column in self.report.columns]
        query = self.report.query(self.answers)
        return [dict(zip(keys, row, strict=True)) for row in query.rows()]

    @property
    def broken(self) -> list[TieOut]:
        """What does not agree."""
        return [tie_out for tie_out in self.frame.tie_outs if not tie_out.is_ok]

    @property
    def paper(self) -> Paper:
        """The report on paper, at a made-up position."""
        facts = self.report.described(self.answers)
        position = Position(1234, 1230, datetime(2026, 11, 22, 14, 3, 5, tzinfo=UTC))
        return Paper(self.report, facts, self.totals, self.frame, position, "ab" * 32)


def ask(slug: str, **parameters: Any) -> Asked:
    """Ask a report, without a snapshot."""
    report = find(slug)
    answers = report.answers(parameters)
    totals = report.totals(answers)
    return Asked(report, answers, totals, report.frame(answers, totals))


@pytest.fixture
def october(make: Make, boris: User, lena: User) -> October:
    """Four loans, each ended in another way, and none twice."""
    return October(make, boris, lena)


_MAKING = ("run_report", "download_report", "export_list")


@pytest.fixture
def audrey(db: None) -> User:
    """Auditor in an office where that role reads runs, and neither makes nor takes reports away."""
    reader = person("Audrey", "Auditor")
    permissions = reader.groups.get().permissions
    permissions.remove(*permissions.filter(codename__in=_MAKING))
    return reader


@pytest.fixture
def open_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page read inside the test's own transaction, which has begun without a snapshot."""
    for reader in ("snapshot", "showing", "admin.finance"):
        monkeypatch.setattr(f"apps.reports.{reader}.still", nullcontext)


@pytest.fixture
def files(settings: Settings, tmp_path: Path) -> Path:
    """Keep stored files in a folder of the test."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path / "files"
