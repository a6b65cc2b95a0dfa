"""The journal as CSV: an import of it gives the same books again."""

import csv
import io
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.wallets import checking, selectors
from apps.wallets import services as wallets
from apps.wallets.exporting import as_csv
from apps.wallets.exporting.selection import Selection
from apps.wallets.importing.reading import UPLOAD, read
from apps.wallets.importing.summing import summed
from apps.wallets.models import LedgerTransaction
from apps.wallets.services import Entry
from apps.wallets.states import AccountClass, Role, TransactionKind
from apps.wallets.tests.conftest import Move
from apps.wallets.tests.importing import SMALL, brought_in
from project.testing import database
from project.testing.cast import person
from project.testing.make import Make

ALL = Selection()


def file_of(selection: Selection = ALL) -> bytes:
    return b"".join(as_csv.written(selection))


def test_a_small_journal_is_written_like_this(make: Make, boris: User, carol: User) -> None:
    brought_in(SMALL.replace("Paper", "=Paper; | x"), carol)
    wallet = make.wallet(boris, currency="JPY", balance=5000)
    first = LedgerTransaction.objects.order_by("pk")[0].pk
    today = LedgerTransaction.objects.latest("pk").effective_on
    assert file_of().decode() == (
        "transaction,date,description,account,currency,debit,credit\n"
        f"T-{first},2026-01-01,Opening,Assets:Bank,USD,100.00,\n"
        f"T-{first},2026-01-01,Opening,Equity:Start,USD,,100.00\n"
        f"T-{first + 1},2026-01-05,'=Paper; | x,Expenses:Office,USD,7.50,\n"
        f"T-{first + 1},2026-01-05,'=Paper; | x,Assets:Bank,USD,,7.50\n"
        f"T-{first + 2},{today},Opening balance,Equity:Opening,JPY,5000,\n"
        f"T-{first + 2},{today},Opening balance,Liabilities:People:{wallet.number},JPY,,5000\n"
    )


def test_days_and_a_currency_narrow_it(make: Make, boris: User, carol: User) -> None:
    brought_in(SMALL, carol)
    make.wallet(boris, currency="EUR", balance=500)

    def names(selection: Selection) -> set[str]:
        rows = csv.DictReader(io.StringIO(file_of(selection).decode()))
        return {f"{row['date']} {row['currency']}" for row in rows}

    assert names(Selection(until=date(2026, 1, 4))) == {"2026-01-01 USD"}
    assert names(Selection(from_=date(2026, 1, 5), until=date(2026, 1, 5))) == {"2026-01-05 USD"}
    assert len(names(Selection(currency="EUR"))) == 1
    assert len(names(ALL)) == 3


def test_no_books_are_a_header(db: None) -> None:
    assert file_of() == b"transaction,date,description,account,currency,debit,credit\n"


@pytest.mark.django_db(transaction=True)
def test_an_import_into_an_empty_database_gives_equal_balances(
    make: Make, boris: User, bella: User, system: User, carol: User, move: Move
) -> None:
    brought_in(SMALL, carol)
    dollars, yen = make.wallet(boris, balance=123_456), make.wallet(bella, currency="JPY")
    safe = wallets.open_general_account("Safe: the big one", AccountClass.ASSET, "KWD", actor=carol)
    till = wallets.open_general_account("-Till", AccountClass.ASSET, "KWD", actor=carol)
    suspense = [wallets.system_wallet(Role.SUSPENSE, code) for code in ("USD", "JPY")]
    entries = [
        Entry(dollars.pk, -10_000),
        Entry(suspense[0].pk, 10_000),
        Entry(suspense[1].pk, -15_234),
        Entry(yen.pk, 15_234),
        Entry(till.pk, -1),
        Entry(safe.pk, 1),
    ]
    old = date(2025, 12, 31)
    wallets.post(TransactionKind.TRANSFER, entries, actor=system, key="x", effective_on=old)
    move(5, dollars, wallets.system_wallet(Role.CASH, "USD"), key="y", description="a\nb;  c\t")
    file = file_of()
    before = _by_class()
    words = list(
        LedgerTransaction.objects.order_by("effective_on", "pk").values_list("description")
    )

    database._empty()
    row = brought_in(file, person("Cleo", "Finance controller"))

    assert _by_class() == before
    after = LedgerTransaction.objects.order_by("effective_on", "pk").values_list("description")
    assert list(after) == words
    assert checking.check().ok
    # The chart is recognised by its names; what was a person's is an account of the house now.
    assert {line["title"] for line in row.result["accounts"] if line["is_new"]} == {
        "Assets:Bank",
        "Assets:-Till",
        "Assets:Safe:the big one",
        "Equity:Start",
        "Expenses:Office",
        f"Liabilities:People:{dollars.number}",
        f"Liabilities:People:{yen.number}",
    }


def _by_class() -> dict[tuple[str, str], list[int]]:
    """Return the balances that are not zero, by currency and class."""
    found: dict[tuple[str, str], list[int]] = {}
    for line in selectors.trial_balance():
        if line.balance:
            found.setdefault((line.currency, line.account_class), []).append(line.balance)
    return {key: sorted(balances) for key, balances in found.items()}


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\r", exclude_categories=["Cs"]),
    max_size=30,
) | st.text(st.sampled_from("'=+-@;|,\" \t\n1a"), max_size=12)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    moves=st.lists(
        st.tuples(
            TEXTS,
            st.integers(1, 10**15),
            st.sampled_from(["USD", "JPY"]),
            st.dates(date(1990, 1, 1), date(2100, 1, 1)),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_whatever_was_posted_is_read_back(
    system: User, moves: list[tuple[str, int, str, date]]
) -> None:
    before = LedgerTransaction.objects.count()
    for number, (description, amount, currency, day) in enumerate(moves):
        giver, taker = (
            wallets.system_wallet(role, currency).pk for role in (Role.CASH, Role.SUSPENSE)
        )
        wallets.post(
            TransactionKind.TRANSFER,
            [Entry(giver, -amount), Entry(taker, amount)],
            actor=system,
            key=f"{before}:{number}",
            description=description,
            effective_on=day,
        )
    journal = read(file_of(), UPLOAD)
    expected = {f"T-{one.pk}": one for one in LedgerTransaction.objects.all()}
    assert {one.id for one in journal.transactions} == set(expected)
    for one in journal.transactions:
        ours = expected[one.id]
        assert (one.description, one.day) == (ours.description, ours.effective_on)
    sums = {
        (line.name, line.currency): line.credit - line.debit for line in summed(journal).accounts
    }
    for (_name, role), currency in (
        (pair, code)
        for pair in (("Assets:Cash", Role.CASH), ("Liabilities:Suspense", Role.SUSPENSE))
        for code in ("USD", "JPY")
    ):
        balance = selectors.balance_of(wallets.system_wallet(role, currency))
        assert sums.get((_name, currency), 0) == balance
