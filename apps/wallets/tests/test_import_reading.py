"""Reading journals: every appearance of a file, and everything that can be wrong in a row."""

from datetime import date

import pytest

from apps.common.sheets import FileUnreadable, Limits
from apps.wallets.errors import JournalFaulty
from apps.wallets.importing import reading
from apps.wallets.importing.journal import ForeignAccount, Journal
from apps.wallets.importing.reading import UPLOAD, read
from apps.wallets.tests.importing import HEADER, SMALL, faults_of


def journal(text: str | bytes) -> Journal:
    return read(text if isinstance(text, bytes) else text.encode(), UPLOAD)


def test_rows_with_the_same_transaction_are_one_wherever_they_stand() -> None:
    found = journal(
        HEADER + "b,2026-01-02,Rent,Bank,EUR,,5\n"
        "a,2026-01-01,Start,Bank,EUR,10.00,\n"
        "b,2026-01-02,Rent,Rent,EUR,5.00,\n"
        "a,2026-01-01,Start,Equity,EUR,,10\n"
    )
    assert found.accounts == [
        ForeignAccount("Bank", "EUR"),
        ForeignAccount("Rent", "EUR"),
        ForeignAccount("Equity", "EUR"),
    ]
    assert [(one.id, one.day, one.line, one.entries) for one in found.transactions] == [
        ("b", date(2026, 1, 2), 2, [(0, 500), (1, -500)]),
        ("a", date(2026, 1, 1), 3, [(0, -1000), (2, 1000)]),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + SMALL.encode(),
        SMALL.replace(",", ";").encode(),
        SMALL.replace(",", "\t").encode(),
        SMALL.replace("\n", "\r\n").encode(),
        SMALL.replace("\n", "\r").encode(),
        SMALL.replace("transaction,date", "Transaction,DATE").encode(),
        SMALL.replace("100.00", "100").replace("USD", " usd ").encode(),
        SMALL.replace("\n", ",,\n").encode(),
        SMALL.replace("\n", "\n\n,,,,,,\n").encode(),
        SMALL.replace("100.00,\n", "100.00,0.00\n").encode(),
        "".join([HEADER, *reversed(SMALL.splitlines(keepends=True)[1:])]).encode(),
    ],
)
def test_what_a_file_says_is_the_same_in_every_appearance(content: bytes) -> None:
    assert journal(content).digest == journal(SMALL).digest


@pytest.mark.parametrize(
    "other",
    [
        SMALL.replace("100.00", "100.01"),
        SMALL.replace("2026-01-05", "2026-01-06"),
        SMALL.replace("Paper", "paper"),
        SMALL.replace("Assets:Bank", "Assets:Giro"),
        SMALL.replace("USD", "EUR"),
        SMALL.replace("\n2,", "\n3,"),
    ],
)
def test_another_journal_has_another_digest(other: str) -> None:
    assert journal(other).digest != journal(SMALL).digest


def test_a_currency_may_have_any_number_of_decimals() -> None:
    found = journal(
        HEADER + "1,2026-01-01,,A,JPY,5,\n1,2026-01-01,,B,JPY,,5\n"
        "1,2026-01-01,,A,KWD,0.005,\n1,2026-01-01,,B,KWD,,0.005\n"
    )
    assert found.transactions[0].entries == [(0, -5), (1, 5), (2, -5), (3, 5)]


def test_guarded_texts_come_back_and_spaces_in_names_count_once() -> None:
    found = journal(
        HEADER + "'=1,2026-01-01,'-5; a  b ,' +A   b,USD,1,\n'=1,2026-01-01,'-5; a  b ,B,USD,,1\n"
    )
    (one,) = found.transactions
    assert (one.id, one.description) == ("=1", "-5; a  b ")
    assert found.accounts[0].name == "' +A b"


@pytest.mark.parametrize(
    ("row", "column", "sentence"),
    [
        (",2026-01-01,x,A,USD,1,", "transaction", "It is empty. Say to which transaction"),
        ("t" * 101 + ",2026-01-01,x,A,USD,1,", "transaction", "It has 101 characters"),
        ("9,,x,A,USD,1,", "date", "“” is not a day. Write it as 2026-01-31."),
        ("9,31.01.2026,x,A,USD,1,", "date", "“31.01.2026” is not a day."),
        ("9,2026-02-30,x,A,USD,1,", "date", "“2026-02-30” is not a day."),
        ("9,20260131,x,A,USD,1,", "date", "“20260131” is not a day."),
        ("9,2026-W01-1,x,A,USD,1,", "date", "“2026-W01-1” is not a day."),
        (f"9,2026-01-01,{'x' * 255},A,USD,1,", "description", "It has 255 characters, and at most"),
        ("9,2026-01-01,x,,USD,1,", "account", "It is empty. Name the account."),
        (f"9,2026-01-01,x,{'a' * 201},USD,1,", "account", "It has 201 characters"),
        ("9,2026-01-01,x,A,,1,", "currency", "It is empty. Give a code"),
        ("9,2026-01-01,x,A,XXL,1,", "currency", "“XXL” is not an ISO 4217 currency."),
        ('9,2026-01-01,x,A,USD,"1,50",', "debit", "“1,50” is not an amount in USD"),
        ("9,2026-01-01,x,A,JPY,,1.5", "credit", "this currency has 0 decimals"),
        ("9,2026-01-01,x,A,USD,-1,", "debit", "Write the amount without a sign as credit."),
        ("9,2026-01-01,x,A,USD,,-1", "credit", "Write the amount without a sign as debit."),
        ("9,2026-01-01,x,A,USD,1,1", "credit", "Debit and credit are both filled."),
        ("9,2026-01-01,x,A,USD,,", "debit", "Debit and credit are both empty."),
        ("9,2026-01-01,x,A,USD,,0", "credit", "An amount of zero moves nothing."),
        (
            "9,2026-01-01,x,A,USD,1,,y",
            "without a header",
            "“y” stands in a column without a header",
        ),
        ("9,2026-01-01,x,A,USD,1,", "credit", "In USD, transaction 9 lacks 1.00 of credits."),
        ("9,2026-01-01,x,A,USD,,1", "debit", "In USD, transaction 9 lacks 1.00 of debits."),
    ],
)
def test_a_bad_row_is_told_with_its_line_column_and_fix(
    row: str, column: str, sentence: str
) -> None:
    ((line, found, text),) = faults_of(f"{SMALL}{row}\n")
    assert (line, found) == (6, column)
    assert sentence in text
    assert text.endswith(".")


def test_rows_of_one_transaction_agree_about_day_and_description() -> None:
    start = "1,2026-01-01,Rent,A,USD,1,\n"
    assert faults_of(HEADER + start + "1,2026-01-02,Rent,B,USD,,1\n") == [
        (3, "date", "Transaction 1 is of 2026-01-01 in line 2. Give all its rows one day.")
    ]
    ((_line, column, text),) = faults_of(HEADER + start + "1,2026-01-01,Rant,B,USD,,1\n")
    assert column == "description"
    assert text.startswith("Transaction 1 has another description in line 2.")


def test_every_fault_is_told_in_the_order_of_the_file_and_no_fault_hides_another() -> None:
    faults = faults_of(
        HEADER + "1,2026-01-01,x,A,USD,1,\n"  # lacks its other side
        "2,soon,x,A,USD,1,\n2,2026-01-01,x,A,USD,,2\n"  # is not looked at any further
        '3,2026-01-01,"two\nlines",A,USD,x,\n'
        "4,2026-01-01,x,A,USD,y,\n"
    )
    assert [(line, column) for line, column, _text in faults] == [
        (2, "credit"),
        (3, "date"),
        (5, "debit"),
        (7, "debit"),
    ]


def test_the_list_of_faults_is_capped_but_all_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_FAULTS", 3)
    with pytest.raises(JournalFaulty) as caught:
        journal(HEADER + "1,soon,x,A,USD,1,\n" * 10)
    assert (caught.value.count, len(caught.value.faults)) == (10, 3)
    assert "10 things are wrong in the file, the first in line 2, column “date”: “soon”" in str(
        caught.value
    )


def test_a_file_has_not_too_many_accounts_rows_and_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ACCOUNTS", 2)
    ((_line, column, text),) = faults_of(SMALL)
    assert (column, text) == ("account", "The file names more than 2 accounts. Split it.")
    monkeypatch.setattr(reading, "MOST_ACCOUNTS", 500)
    monkeypatch.setattr(reading, "MOST_ENTRIES", 1)
    assert [column for _line, column, _text in faults_of(SMALL)] == ["transaction"] * 2
    with pytest.raises(FileUnreadable, match="The file has more than 3 rows"):
        read(SMALL.encode(), Limits(size=10_000, rows=3))
    with pytest.raises(FileUnreadable, match="at most 0 MB go in at once"):
        read(SMALL.encode(), Limits(size=10, rows=100))


def test_the_header_names_every_column_and_no_other() -> None:
    with pytest.raises(FileUnreadable, match="the column “currency” is missing"):
        journal(SMALL.replace("currency,", ""))
    with pytest.raises(FileUnreadable, match="A journal has no column “memo”"):
        journal(SMALL.replace("credit\n", "credit,memo\n"))
    with pytest.raises(FileUnreadable, match="appears twice"):
        journal(SMALL.replace("currency,", "date,"))


def test_a_column_without_a_header_is_refused_when_it_says_something() -> None:
    text = SMALL.replace(",currency", ",,currency").replace(",USD", ",,USD")
    assert journal(text).digest == journal(SMALL).digest
    ((line, column, sentence),) = faults_of(text.replace(",,USD,7.50,", ",memo,USD,7.50"))
    assert (line, column) == (4, "without a header")
    assert sentence == "“memo” stands in a column without a header. Remove it."
