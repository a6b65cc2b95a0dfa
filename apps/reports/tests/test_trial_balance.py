"""The trial balance: every account, debits beside credits, zero in each currency."""

from datetime import date

import pytest

from apps.accounts.models import User
from apps.reports.tests.conftest import ask, behind_the_ledger, move
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.states import AccountClass, TransactionKind
from project.testing.make import Make


def _amounts(**parameters: str) -> dict[str, tuple[int | None, int | None]]:
    rows = ask("trial-balance", **parameters).rows
    return {
        row["account"]: (row["debit"], row["credit"])
        for row in rows
        if row["debit"] or row["credit"]
    }


def test_every_account_is_a_debit_or_a_credit(make: Make, wallet: Wallet, bella: User) -> None:
    move(make.wallet(bella), 500, date(2026, 10, 3))

    assert _amounts(detail="chart") == {
        "Cash at bank": (87_276, None),
        "People’s wallets": (None, 87_276),
    }
    assert _amounts(detail="wallets") == {
        "Cash at bank": (87_276, None),
        "Boris": (None, 86_776),
        "Bella": (None, 500),
    }


def test_at_a_date_what_was_posted_for_later_days_is_left_out(wallet: Wallet) -> None:
    assert _amounts(detail="chart", as_of="2026-10-04") == {
        "Cash at bank": (74_950, None),
        "People’s wallets": (None, 74_950),
    }
    assert _amounts(detail="chart", as_of="2026-09-14") == {}


def test_accounts_stand_in_the_order_of_the_chart_by_currency(
    make: Make, wallet: Wallet, bella: User
) -> None:
    make.wallet(bella, currency="EUR", balance=5)
    make.wallet(bella, balance=5)
    rows = ask("trial-balance", detail="chart").rows

    currencies = [row["currency"] for row in rows]
    assert currencies == sorted(currencies)
    assert set(currencies) == {"EUR", "USD"}
    dollars = [row["class"] for row in rows if row["currency"] == "USD"]
    order = ["asset", "liability", "equity", "income", "expense"]
    assert dollars == sorted(dollars, key=order.index)
    assert dollars == ["asset", "liability", "equity"]


def test_each_general_account_is_a_line_by_title_and_class(wallet: Wallet, system: User) -> None:
    till, loan = (
        wallets.open_general_account(title, account_class, "USD", actor=system)
        for title, account_class in (
            ("Till; 100 %", AccountClass.ASSET),
            ("Loan", AccountClass.LIABILITY),
        )
    )
    entries = [wallets.Entry(till.pk, -500), wallets.Entry(loan.pk, 500)]
    wallets.post(TransactionKind.TRANSFER, entries, actor=system, key="loan")

    rows = {row["account"]: row for row in ask("trial-balance", detail="chart").rows}
    assert (rows["Till; 100 %"]["class"], rows["Till; 100 %"]["debit"]) == ("asset", 500)
    assert (rows["Loan"]["class"], rows["Loan"]["credit"]) == ("liability", 500)
    assert rows["Loan"]["number"] == loan.number
    assert list(rows) == ["Cash at bank", "Till; 100 %", "Loan", "People’s wallets"]


def test_debits_equal_credits_and_the_entries_sum_to_zero(make: Make, wallet: Wallet) -> None:
    asked = ask("trial-balance", detail="wallets")

    proofs = {(tie.label, tie.currency): (tie.expected, tie.found) for tie in asked.frame.tie_outs}
    assert proofs["Debits equal credits", "USD"] == (86_776, 86_776)
    assert proofs["Sum of all entries is zero", "USD"] == (0, 0)
    assert proofs["Wallets whose balance differs from their entries", ""] == (0, 0)
    assert ("Each side, USD", "$867.76") in asked.frame.figures


@pytest.mark.parametrize(
    ("as_of", "change"),
    [
        ("", "UPDATE wallets SET posted = posted + 5 WHERE id = %s"),
        ("2026-10-31", "UPDATE ledger_days SET balance = balance + 5 WHERE wallet_id = %s"),
    ],
)
def test_a_wallet_that_differs_from_its_entries_breaks_it(
    wallet: Wallet, as_of: str, change: str
) -> None:
    wallets.roll_up()
    behind_the_ledger(change, wallet.pk)

    broken = ask("trial-balance", detail="chart", as_of=as_of).broken

    assert [tie.label for tie in broken] == [
        "Debits equal credits",
        "Wallets whose balance differs from their entries",
    ]
    assert broken[0].found - broken[0].expected == 5


def test_one_sided_entries_break_it(wallet: Wallet) -> None:
    behind_the_ledger("DELETE FROM ledger_entries WHERE wallet_id = %s AND position = 6", wallet.pk)

    broken = ask("trial-balance", detail="chart").broken

    assert [(tie.label, tie.found_text) for tie in broken] == [
        ("Sum of all entries is zero", "-$77.77"),
        ("Wallets whose balance differs from their entries", "1"),
    ]
