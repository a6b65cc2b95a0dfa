"""XLSX: typed cells that two other programs read, texts that stay texts, the same bytes again."""

import csv as reader
import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django import Settings
from python_calamine import CalamineWorkbook

from apps.accounts.models import User
from apps.reports import building, csv, services, xlsx
from apps.reports.columns import Column, Kind
from apps.reports.errors import Cancelled
from apps.reports.forms import ParameterForm
from apps.reports.models import ReportRun
from apps.reports.paper import Cells, Paper
from apps.reports.report import Frame, Report, TieOut, Totals
from apps.reports.snapshot import Position
from apps.reports.states import Status
from apps.reports.tests.conftest import OCTOBER, ask
from apps.wallets.models import Wallet

POSITION = Position(1234, 1230, datetime(2026, 11, 22, 14, 3, 5, tzinfo=UTC))


def _paper(columns: tuple[Column, ...], row_count: int, **changes: Any) -> Paper:
    class Sample(Report):
        slug, title, form, row_key = "sample", "Sample", ParameterForm, ("a",)

    Sample.columns = columns
    tie_outs = changes.pop("tie_outs", ())
    totals = Totals(row_count, changes.pop("sums", {}))
    return Paper(Sample(), [("Period", "October")], totals, Frame(tie_outs), POSITION, "ab" * 32)


def _no_progress(_rows: int) -> None:
    pass


def _written(folder: Path, rows: list[Cells], *columns: Column, **changes: Any) -> Path:
    path = folder / "x.xlsx"
    paper = _paper(columns, len(rows), **changes)
    written = xlsx.write(path, paper, rows, progress=_no_progress)
    data = path.read_bytes()
    assert (written.size, written.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    return path


def _texts(folder: Path, *texts: str) -> list[str]:
    """Write texts, and return what both readers read when they agree."""
    path = _written(folder, [(text,) for text in texts], Column("a", "A"))
    sheet = load_workbook(path)["Rows"]
    assert {cell.data_type for cell in sheet["A"]} <= {"s", "inlineStr"}
    read = [cell.value for cell in sheet["A"]]
    again = CalamineWorkbook.from_path(path).get_sheet_by_name("Rows").to_python()
    assert [row[0] for row in again] == read
    return read[1:]


def test_every_cell_has_its_type(tmp_path: Path, settings: Settings) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    path = _written(
        tmp_path,
        [
            (7, "0049", date(2026, 3, 29), datetime(2026, 3, 29, 1, 0, 7, 9, tzinfo=UTC), 12_345),
            (8, None, None, None, None),
            (9, "x", date(1899, 1, 1), datetime(1800, 1, 1, 12, tzinfo=UTC), -5),
        ],
        Column("key", "Key", Kind.KEY),
        Column("a", "A"),
        Column("on", "On", Kind.DATE),
        Column("at", "At", Kind.MOMENT),
        Column("n", "N", Kind.COUNT),
    )

    sheet = load_workbook(path)["Rows"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows == [
        ["A", "On", "At", "N"],
        ["0049", datetime(2026, 3, 29), datetime(2026, 3, 29, 3, 0, 7), 12_345],  # noqa: DTZ001  (a cell has no zone)
        [None, None, None, None],
        ["x", "1899-01-01", "1800-01-01 12:53:28", -5],
    ]
    assert [cell.number_format for cell in sheet[2]] == [
        "General",
        "yyyy-mm-dd",
        "yyyy-mm-dd hh:mm:ss",
        "#,##0",
    ]
    again = CalamineWorkbook.from_path(path).get_sheet_by_name("Rows").to_python()
    assert again[1] == ["0049", date(2026, 3, 29), datetime(2026, 3, 29, 3, 0, 7), 12_345.0]  # noqa: DTZ001  (as above)


@pytest.mark.parametrize(
    ("amount", "currency", "number", "number_format"),
    [
        (123_456, "USD", 1234.56, "#,##0.00"),
        (-5, "USD", -0.05, "#,##0.00"),
        (1234, "JPY", 1234, "#,##0"),
        (1234, "KWD", 1.234, "#,##0.000"),
        (10**15 - 1, "USD", 9_999_999_999_999.99, "#,##0.00"),
        (10**15 + 1, "USD", "10000000000000.01", "General"),
        (-(10**15) - 1, "KWD", "-1000000000000.001", "General"),
        (10**15, "JPY", "1000000000000000", "General"),
    ],
)
def test_an_amount_is_a_number_with_the_decimals_of_its_currency(
    tmp_path: Path, amount: int, currency: str, number: object, number_format: str
) -> None:
    columns = (Column("amount", "Amount", Kind.AMOUNT), Column("currency", "Currency"))

    cell = load_workbook(_written(tmp_path, [(amount, currency)], *columns))["Rows"]["A2"]

    assert (cell.value, cell.number_format) == (number, number_format)


def test_decimals_and_long_counts_are_exact(tmp_path: Path) -> None:
    columns = (Column("d", "D", Kind.DECIMAL), Column("n", "N", Kind.COUNT))
    rows: list[Cells] = [(Decimal("12.5"), 10**18 + 1), (Decimal("1000000000000000.5"), 3)]

    sheet = load_workbook(_written(tmp_path, rows, *columns))["Rows"]

    assert [cell.value for row in sheet["A2:B3"] for cell in row] == [
        12.5,
        "1000000000000000001",
        "1000000000000000.5",
        3,
    ]
    assert sheet["A2"].number_format == "#,##0.0"


def test_a_text_stays_a_text(tmp_path: Path) -> None:
    texts = [
        "007",
        "1e5",
        "=1+1",
        "@x",
        "-1",
        "http://example.org/",
        "mailto:a@example.org",
        " edges ",
        "two\nlines",
        "<r><t>x</t></r>",
        "a & <b> “c”",
        "true",
        "漢字 עברית 😀",
    ]

    assert _texts(tmp_path, *texts) == texts


def test_a_text_that_looks_like_an_escape_is_escaped(tmp_path: Path) -> None:
    path = _written(tmp_path, [("_x0041_",)], Column("a", "A"))

    # As the format has it; openpyxl leaves such texts as they are.
    sheet = CalamineWorkbook.from_path(path).get_sheet_by_name("Rows")
    assert sheet.to_python() == [["A"], ["_x0041_"]]


def test_characters_that_xml_forbids_break_no_file(tmp_path: Path) -> None:
    assert _texts(tmp_path, "a\x01b", "a\r\nb\rc", "\ufffe!\uffff") == [
        "a\ufffdb",
        "a\nb\nc",
        "\ufffd!\ufffd",
    ]


def test_a_text_that_is_too_long_is_cut_and_the_proof_says_so(tmp_path: Path) -> None:
    fitting = "x" * xlsx.MOST_CHARACTERS
    # Each of these takes two of the units that the format counts.
    faces = "😀" * 20_000
    path = _written(tmp_path, [(fitting,), (fitting + "x",), (faces,)], Column("a", "A"))

    book = load_workbook(path)
    assert [cell.value for cell in book["Rows"]["A"]][1:] == [
        fitting,
        "x" * (xlsx.MOST_CHARACTERS - 1) + "…",
        "😀" * 16_383 + "…",
    ]
    facts = {row[0]: row[1] for row in book["Proof"].iter_rows(values_only=True)}
    assert facts["Texts too long for a cell, cut with “…”; the CSV has all of them"] == 2


def test_the_header_is_frozen_bold_and_filters(tmp_path: Path) -> None:
    path = _written(tmp_path, [("a", 1), ("b", 2)], Column("a", "A"), Column("n", "N", Kind.COUNT))

    sheet = load_workbook(path)["Rows"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:B3")
    assert [cell.font.bold for cell in sheet[1]] == [True, True]
    assert sheet.column_dimensions["B"].width >= 12


def test_rows_beyond_the_limit_go_on_the_next_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 4)

    book = load_workbook(_written(tmp_path, [(i,) for i in range(7)], Column("n", "N", Kind.COUNT)))

    assert book.sheetnames == ["Rows 1", "Rows 2", "Rows 3", "Proof"]
    rows = [[row[0] for row in book[name].values] for name in book.sheetnames[:3]]
    assert rows == [["N", 0, 1, 2], ["N", 3, 4, 5], ["N", 6]]
    full = _written(tmp_path, [(i,) for i in range(3)], Column("n", "N", Kind.COUNT))
    assert load_workbook(full).sheetnames == ["Rows", "Proof"]


def test_no_rows_give_a_header(tmp_path: Path) -> None:
    book = load_workbook(_written(tmp_path, [], Column("a", "A")))

    assert [list(book["Rows"].values), book["Rows"].auto_filter.ref] == [[("A",)], "A1"]


def test_the_proof_says_where_the_rows_come_from(tmp_path: Path) -> None:
    path = _written(
        tmp_path,
        [(5, "KWD")],
        Column("fee", "Fee", Kind.AMOUNT, is_summed=True),
        Column("currency", "Currency"),
        sums={"KWD": {"fee": 5}},
        tie_outs=(TieOut("Fees", 6, 5, "KWD", "ledger"), TieOut("Rows", 1, 1)),
    )

    rows = [
        [cell for cell in row if cell is not None]
        for row in load_workbook(path)["Proof"].iter_rows(values_only=True)
    ]
    assert rows == [
        ["Report", "Sample"],
        ["Period", "October"],
        ["Ledger position", POSITION.in_words],
        ["Transactions in the ledger", 1230],
        ["Rows", 1],
        ["SHA-256 of the CSV", "ab" * 32],
        [],
        ["Totals", "Fee"],
        ["KWD", 0.005],
        [],
        ["These figures do not agree", "Expected", "Found", "Currency", "Agrees", "Source"],
        ["Fees", 0.006, 0.005, "KWD", "no", "ledger"],
        ["Rows", 1, 1, "yes"],
        ["Do not sign this report: find out first why the figures differ."],
    ]


def test_the_same_rows_give_the_same_bytes(tmp_path: Path, time_machine: Any) -> None:
    columns = (Column("a", "A"), Column("on", "On", Kind.DATE))
    time_machine.move_to("2026-11-22T12:00:00Z")
    first = _written(tmp_path, [("x", date(2026, 1, 2))], *columns).read_bytes()
    time_machine.move_to("2031-07-01T03:00:00Z")

    assert _written(tmp_path, [("x", date(2026, 1, 2))], *columns).read_bytes() == first


def test_it_says_how_far_it_is_and_stops_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx, "_SAID_EACH", 2)
    seen: list[int] = []

    def stop_at_four(rows: int) -> None:
        seen.append(rows)
        if rows == 4:
            raise Cancelled

    paper = _paper((Column("a", "A"),), 9)
    with pytest.raises(Cancelled):
        xlsx.write(tmp_path / "x", paper, [("x",)] * 9, progress=stop_at_four)

    assert seen == [2, 4]
    assert not (tmp_path / "x").exists()


@pytest.mark.django_db
def test_it_has_the_figures_of_the_csv(wallet: Wallet, tmp_path: Path) -> None:
    for asked in (
        ask("wallet-statement", wallet=wallet.pk, **OCTOBER),
        ask("trial-balance", detail="wallets"),
    ):
        query = asked.report.query(asked.answers)
        table, book = tmp_path / "t.csv", tmp_path / "t.xlsx"
        csv.write(table, asked.report.columns, query, progress=_no_progress)
        xlsx.write(book, asked.paper, query.streamed(), progress=_no_progress)

        with table.open(newline="") as file:
            lines = list(reader.reader(file))
        columns = [column for column in asked.report.columns if column.kind is not Kind.KEY]
        rows = list(load_workbook(book)["Rows"].iter_rows(values_only=True))
        assert len(rows) == len(lines)
        for line, row in zip(lines[1:], rows[1:], strict=True):
            for column, text, value in zip(columns, line, row, strict=True):
                assert _as_in_csv(value, column.kind) == text.removeprefix("'")


def _as_in_csv(value: Any, kind: Kind) -> str:
    if value is None:
        return ""
    if kind is Kind.AMOUNT:
        return f"{value:.2f}"
    if kind is Kind.DATE:
        return str(value.date().isoformat())
    if kind is Kind.MOMENT:
        return str(value.astimezone().isoformat(timespec="seconds"))
    return str(value)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("broker")
def test_a_run_keeps_it_and_hands_it_out(fiona: User, wallet: Wallet, files: Path) -> None:
    runs = [
        services.run(
            "wallet-statement",
            parameters={"wallet": wallet.pk, **OCTOBER},
            formats=["xlsx"],
            actor=fiona,
        )
        for _again in range(2)
        if _built_all()
    ]
    _built_all()

    first, second = (run.files.get() for run in runs)
    assert first.sha256 == second.sha256
    assert ReportRun.objects.filter(status=Status.DONE).count() == 2
    client = Client()
    client.force_login(fiona)
    answer = client.get(reverse("admin:reports_reportrun_download", args=(runs[0].pk, "xlsx")))
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    assert answer["Content-Disposition"].endswith('-wallet-statement.xlsx"')
    answer.close()
    proof = load_workbook(files / str(first.file))["Proof"]
    assert proof["B1"].value == "Wallet statement"


def _built_all() -> bool:
    for run in ReportRun.objects.unfinished():
        building.build(run.pk)
    return True
