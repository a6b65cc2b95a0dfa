"""Somebody's books of three years, with the balances that another program computed."""

import csv
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from apps.accounts.models import User
from apps.common.money import decimal_of
from apps.reports.tests.conftest import ask
from apps.wallets import checking, selectors
from apps.wallets.models import LedgerTransaction, Wallet
from apps.wallets.tests.importing import brought_in

type Expected = dict[str, dict[str, Decimal]]


@pytest.fixture
def expected(real_data: Path) -> Expected:
    """Return the balances by the day before which they are, debit positive; "" is the end."""
    found: Expected = defaultdict(dict)
    with (real_data / "journal" / "expected-balances.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found[row["before_date"]][row["account"]] = Decimal(row["debit_balance"])
    return found


@pytest.fixture
def imported(real_data: Path, carol: User) -> None:
    """Bring the file in, with the accounts that are suggested."""
    content = (real_data / "journal" / "postings-usd.csv").read_bytes()
    row = brought_in(content, carol)
    assert row.result["transactions"] == 741
    assert LedgerTransaction.objects.filter(kind="import").count() == 741


def _last_day(before: str) -> date | None:
    return date.fromisoformat(before) - timedelta(days=1) if before else None


def test_every_account_has_the_expected_balance_at_each_date(
    expected: Expected, imported: None
) -> None:
    assert set(expected) == {"2013-01-01", "2014-01-01", ""}
    for before, balances in expected.items():
        lines = selectors.trial_balance("USD", _last_day(before))
        found = {line.title: -decimal_of(line.balance, "USD") for line in lines if line.title}
        assert {name: found.get(name, Decimal(0)) for name in balances} == balances
        assert {name for name, balance in found.items() if balance} <= set(balances)


def test_the_report_shows_each_account_by_title_and_class_at_each_date(
    expected: Expected, imported: None
) -> None:
    for before, balances in expected.items():
        as_of = str(_last_day(before) or "")
        asked = ask("trial-balance", detail="chart", as_of=as_of)
        assert not asked.broken
        found = {
            row["account"]: decimal_of((row["debit"] or 0) - (row["credit"] or 0), "USD")
            for row in asked.rows
        }
        assert {name: found.get(name, Decimal(0)) for name in balances} == balances
        classes = {row["account"]: row["class"] for row in asked.rows}
        assert classes["Assets:US:BofA:Checking"] == "asset"
        assert classes["Income:US:Hoogle:Match401k"] == "income"


def test_the_accounts_are_opened_and_the_books_are_right(imported: None) -> None:
    general = Wallet.objects.filter(role="general")
    assert general.count() == 20
    assert set(general.values_list("floor", "currency")) == {(None, "USD")}
    assert checking.check().ok
