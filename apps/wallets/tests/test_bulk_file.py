"""The file of a batch: whatever is wrong with it is told at once, cell by cell."""

import pytest

from apps.accounts.models import User
from apps.common.sheets import FileUnreadable
from apps.wallets import services as wallets
from apps.wallets.errors import LinesRefused
from apps.wallets.models import ReasonCode, Wallet
from apps.wallets.services.bulk_file import COLUMNS, lines_of
from apps.wallets.states import Role
from apps.wallets.tests.bulk import file_of, line
from project.testing.make import Make


@pytest.fixture
def wallet(make: Make, boris: User) -> Wallet:
    """Boris has 100.00."""
    return make.wallet(boris, balance=10000)


def faults_of(content: bytes) -> list[tuple[int, str, str]]:
    """Return what is wrong with the file: line, column, and the sentence."""
    with pytest.raises(LinesRefused) as caught:
        lines_of(content, file_name="goodwill.csv")
    assert "goodwill.csv" in caught.value.message
    return [(fault.line, fault.column, fault.text) for fault in caught.value.faults]


def one_fault(*cells: str, columns: tuple[str, ...] = COLUMNS[:5]) -> tuple[str, str]:
    """Return the only thing that is wrong with a file of that one line."""
    ((number, column, text),) = faults_of(file_of(cells, columns=columns))
    assert number == 2
    assert text.endswith(".")
    return column, text


def test_a_file_becomes_lines_in_minor_units(make: Make, wallet: Wallet, lena: User) -> None:
    other = make.wallet(lena)
    content = file_of(
        line(wallet, "12.5", "DEBIT", "correction", "'=twice"), line(other.number.lower(), "3")
    )
    first, second = lines_of(content, file_name="x.csv")
    assert (first.number, first.wallet, first.signed_amount) == (2, wallet, -1250)
    assert (first.reason_code.code, first.note) == ("correction", "=twice")
    assert (second.number, second.wallet, second.signed_amount) == (3, other, 300)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
def test_whatever_a_spreadsheet_writes_is_read(
    wallet: Wallet, delimiter: str, mark: bytes, ending: bytes
) -> None:
    content = file_of(line(wallet, note="a, b; c"), delimiter=delimiter)
    (read,) = lines_of(mark + content.replace(b"\r\n", ending), file_name="x.csv")
    assert (read.amount, read.note) == (100, "a, b; c")


def test_headers_may_have_spaces_and_capitals_and_our_own_extras_are_left_aside(
    wallet: Wallet,
) -> None:
    columns = ("Reason code", "Wallet", "Owner", "AMOUNT", "Direction", "balance_after")
    cells = ("goodwill", wallet.number, "Boris", "1", "credit", "9.99")
    (read,) = lines_of(file_of(cells, columns=columns), file_name="x.csv")
    assert (read.wallet, read.amount, read.note) == (wallet, 100, "")


def test_an_owner_is_named_by_e_mail_and_currency(make: Make, wallet: Wallet) -> None:
    assert wallet.owner
    euros = make.wallet(wallet.owner, currency="EUR")
    columns = ("wallet", "currency", "direction", "amount", "reason_code")
    cells = ("Boris@Example.com", "eur", "credit", "1", "goodwill")
    (read,) = lines_of(file_of(cells, columns=columns), file_name="x.csv")
    assert read.wallet == euros
    text = one_fault("boris@example.com", "", "credit", "1", "goodwill", columns=columns)[1]
    assert text.startswith("An e-mail names a wallet only together with a currency.")
    text = one_fault("boris@example.com", "GBP", "credit", "1", "goodwill", columns=columns)[1]
    assert text.startswith("“boris@example.com” has no open wallet in GBP.")
    column, text = one_fault(wallet.number, "EUR", "credit", "1", "goodwill", columns=columns)
    assert column == "currency"
    assert text.startswith(f"Wallet {wallet.number} is kept in USD.")


@pytest.mark.parametrize(
    ("change", "column", "text"),
    [
        ({"amount": "0"}, "amount", "The amount must be more than zero."),
        ({"amount": "-1"}, "amount", "The amount must be more than zero."),
        ({"amount": "1.234"}, "amount", "this currency has 2 decimals"),
        ({"amount": "1,50"}, "amount", "write digits with a point"),
        ({"amount": ""}, "amount", "write digits with a point"),
        ({"amount": "9" * 30}, "amount", "it is too large"),
        ({"direction": "give"}, "direction", "“give” is no direction. Write credit"),
        ({"direction": "debit"}, "direction", "is only for credit"),
        ({"reason_code": "kindness"}, "reason_code", "There is no reason code “kindness”."),
        ({"reason_code": "old"}, "reason_code", "The reason code “Old” is not in use."),
        ({"note": "x" * 2001}, "note", "Shorten the note to 2,000 characters."),
        ({"wallet": ""}, "wallet", "Name the wallet"),
        ({"wallet": "W-404404"}, "wallet", "There is no wallet “W-404404”."),
        ({"wallet": "USD-CASH"}, "wallet", "Wallet USD-CASH belongs to the chart"),
    ],
)
def test_one_wrong_cell_is_named_with_what_to_do(
    wallet: Wallet, change: dict[str, str], column: str, text: str
) -> None:
    ReasonCode.objects.create(code="old", name="Old", contra_role=Role.CASH, is_active=False)
    good = dict(zip(COLUMNS, (*line(wallet), ""), strict=True))
    found_column, found = one_fault(*{**good, **change}.values(), columns=COLUMNS)
    assert found_column == column
    assert text in found


def test_decimals_follow_the_currency(make: Make, lena: User) -> None:
    pounds = make.wallet(lena, currency="GBP")
    (read,) = lines_of(file_of(line(pounds, "0.01")), file_name="x.csv")
    assert read.amount == 1


def test_frozen_and_closed_wallets_are_refused(
    make: Make, wallet: Wallet, lena: User, carol: User
) -> None:
    closed = make.wallet(lena)
    wallets.close(closed.pk, actor=carol, reason="left")
    wallets.freeze(wallet.pk, actor=carol, reason="fraud")
    faults = faults_of(file_of(line(wallet), line(closed)))
    assert [(number, text[:33]) for number, _column, text in faults] == [
        (2, f"Wallet {wallet.number} is frozen and takes "[:33]),
        (3, f"Wallet {closed.number} is closed and takes "[:33]),
    ]


def test_one_file_has_one_currency(make: Make, wallet: Wallet, lena: User) -> None:
    euros = make.wallet(lena, currency="EUR")
    ((number, column, text),) = faults_of(file_of(line(wallet), line(euros)))
    assert (number, column) == (3, "wallet")
    assert text == (
        f"Wallet {euros.number} is kept in EUR, and the file begins with USD. "
        "Put each currency into a file of its own."
    )


def test_a_wallet_is_judged_by_what_all_its_lines_come_to(
    make: Make, wallet: Wallet, system: User
) -> None:
    wallets.place_hold(wallet.pk, 4000, actor=system, key="hold")
    out = line(wallet, "50.00", "debit", "bank-transfer-out")
    lines_of(file_of(out, line(wallet, "10.00"), (*out[:2], "20.00", *out[3:])), file_name="x")
    ((number, column, text),) = faults_of(file_of(out, line(wallet, "10.00"), out))
    assert (number, column) == (4, "amount")
    assert "has $60.00 available, and $90.00 is needed" in text


def test_sums_beyond_the_ledger_are_refused_where_they_pass_it(wallet: Wallet) -> None:
    large = line(wallet, "9000000000000.00")
    ((number, column, text),) = faults_of(file_of(large, large, large))
    assert (number, column) == (3, "amount")
    assert text.startswith("The amount is larger")


def test_every_fault_of_every_line_is_told_in_order(wallet: Wallet) -> None:
    content = file_of(
        line("W-404404", "x", "up", "none"), line(wallet), line(wallet, "0", "debit", "goodwill")
    )
    assert [(number, column) for number, column, _text in faults_of(content)] == [
        (2, "wallet"),
        (2, "direction"),
        (2, "amount"),
        (2, "reason_code"),
        (4, "direction"),
        (4, "amount"),
    ]


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        (("wallet", "direction", "amount"), "The column “reason_code” is missing."),
        ((*COLUMNS[:4], "colour"), "The column “colour” has no place in a batch."),
        ((*COLUMNS[:4], "Reason Code"), "The column “Reason Code” has no place in a batch."),
    ],
)
def test_a_table_with_other_columns_is_refused(
    wallet: Wallet, columns: tuple[str, ...], text: str
) -> None:
    with pytest.raises(FileUnreadable) as caught:
        lines_of(file_of((*line(wallet), "")[: len(columns)], columns=columns), file_name="x")
    assert text in caught.value.message


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"wallet,amount\n", b"PK\x03\x04"])
def test_what_is_no_table_is_refused_with_one_sentence(db: None, content: bytes) -> None:
    with pytest.raises(FileUnreadable):
        lines_of(content, file_name="x")
