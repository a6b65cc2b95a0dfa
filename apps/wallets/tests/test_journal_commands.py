"""The journal by command: in from a file, out to a file."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.wallets.models import JournalImport, LedgerTransaction, Wallet
from apps.wallets.tests.importing import HEADER, SMALL, balances, brought_in


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "books.csv"
    path.write_text(SMALL, encoding="utf-8")
    return path


def mapping(tmp_path: Path, answers: object) -> Path:
    path = tmp_path / "map.json"
    path.write_text(answers if isinstance(answers, str) else json.dumps(answers), encoding="utf-8")
    return path


def refused(*arguments: object, **options: Any) -> str:
    with pytest.raises(CommandError) as caught:
        call_command(*(str(one) for one in arguments), **options)
    assert not LedgerTransaction.objects.exists()
    assert not JournalImport.objects.exists()
    return str(caught.value)


def test_a_journal_is_posted_as_the_system(
    file: Path, system: User, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("import_journal", str(file))
    row = JournalImport.objects.get()
    assert (row.status, row.uploaded_by, row.confirmed_by) == ("done", system, system)
    assert balances()["Assets:Bank", "USD"] == "-92.50"
    said = capsys.readouterr().out
    first = row.result["first"]
    assert f"{row}: 2 transactions are posted, T-{first} to T-{first + 1}." in said
    bank = Wallet.objects.get(title="Assets:Bank")
    assert f"new {bank.number} Assets:Bank: $0.00 → -$92.50" in said


def test_a_dry_run_shows_everything_and_leaves_nothing(
    file: Path, db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("import_journal", str(file), dry_run=True)
    said = capsys.readouterr().out
    assert "new Assets:Bank: $0.00 → -$92.50" in said
    assert "2 transactions would be posted; nothing was." in said
    assert not LedgerTransaction.objects.exists()
    assert not JournalImport.objects.exists()
    assert not Wallet.objects.filter(role="general").exists()
    call_command("import_journal", str(file))
    assert LedgerTransaction.objects.count() == 2


def test_accounts_are_mapped_by_a_file(tmp_path: Path, file: Path, db: None) -> None:
    file.write_text(SMALL.replace("Expenses:Office", "Büro"), encoding="utf-8")
    answers = {
        "Assets:Bank USD": {"wallet": "USD-CASH"},
        "Büro": {"class": "expense"},
        "Equity:Start": {"title": "Capital"},
    }
    call_command("import_journal", str(file), map=mapping(tmp_path, answers))
    assert balances() == {
        ("cash", "USD"): "-92.50",
        ("Büro", "USD"): "-7.50",
        ("Capital", "USD"): "100.00",
    }


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ("{", "is no JSON"),
        ("[]", "does not map accounts. It is JSON"),
        ({"Assets:Bank": {"number": "USD-CASH"}}, "does not map accounts"),
        ({"Assets:Bank": {}}, "does not map accounts"),
        ({"Assets:Bnk": {"wallet": "USD-CASH"}}, "The file has no account Assets:Bnk."),
        (
            {"Assets:Bank": {"wallet": "W-000001"}},
            "Assets:Bank USD: W-000001 is no active account of the house in USD.",
        ),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(
    tmp_path: Path, file: Path, db: None, answers: object, sentence: str
) -> None:
    assert sentence in refused("import_journal", file, map=mapping(tmp_path, answers))


def test_accounts_that_are_not_mapped_are_all_named(file: Path, db: None) -> None:
    text = SMALL.replace("Assets:Bank", "Giro").replace("Expenses:Office", "Büro")
    file.write_text(text, encoding="utf-8")
    said = refused("import_journal", file)
    assert "Nothing was imported: accounts are not mapped. Name them in --map." in said
    assert "  Büro USD: Choose the class of the new account: its name does not tell." in said
    assert "  Giro USD: Choose the class" in said


def test_every_bad_row_is_named(file: Path, db: None) -> None:
    file.write_text(HEADER + "1,soon,x,A,USD,1,\n2,2026-01-01,x,A,USD,1,\n", encoding="utf-8")
    assert refused("import_journal", file).splitlines() == [
        "Nothing was imported: 2 things are wrong in the file.",
        "  line 2, date: “soon” is not a day. Write it as 2026-01-31.",
        "  line 3, credit: In USD, transaction 2 lacks 1.00 of credits. Correct its rows.",
    ]


def test_a_long_list_of_bad_rows_is_cut(file: Path, db: None) -> None:
    file.write_text(HEADER + "1,soon,x,A,USD,1,\n" * 1005, encoding="utf-8")
    assert refused("import_journal", file).endswith("\n  and 5 more")


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path, db: None) -> None:
    assert "No such file" in refused("import_journal", tmp_path / "none.csv")


def test_the_same_file_is_refused_the_second_time(file: Path, db: None) -> None:
    call_command("import_journal", str(file))
    with pytest.raises(CommandError, match="was imported already, as I-"):
        call_command("import_journal", str(file))


def test_the_journal_is_written_into_a_file_with_a_trace(
    tmp_path: Path, carol: User, system: User
) -> None:
    brought_in(SMALL, carol)
    output = tmp_path / "out.csv"
    call_command(
        "export_journal",
        *("--format", "csv", "--until", "2026-01-01", "--currency", "usd"),
        *("--output", str(output)),
    )
    assert len(output.read_text(encoding="utf-8").splitlines()) == 3
    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.actor) == ("wallets.journal_exported", system)
    assert event.after == {
        "format": "csv",
        "from": "",
        "until": "2026-01-01",
        "currency": "USD",
    }


def test_the_journal_is_written_to_the_screen(
    carol: User, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    brought_in(SMALL, carol)
    call_command("export_journal", "--format", "hledger", "--from", "2026-01-05")
    said = capsysbinary.readouterr().out.decode()
    assert "; Effective days: from 2026-01-05." in said
    assert "    Expenses:Office  7.50 USD\n" in said
    assert "Equity:Start" not in said


def test_a_currency_that_does_not_exist_is_refused(db: None) -> None:
    said = refused("export_journal", "--format", "csv", "--currency", "XXL")
    assert "“XXL” is not an ISO 4217 currency." in said
