"""CSV: golden bytes, texts that stay texts, numbers that stay numbers."""

import csv as reader
import hashlib
import io
from pathlib import Path

import pytest
from django.db import DataError
from pytest_django import Settings

from apps.reports import csv
from apps.reports.columns import Column, Kind
from apps.reports.report import Query


def _no_progress(_rows: int) -> None:
    pass


def _written(tmp_path: Path, columns: list[Column], sql: str, **values: object) -> str:
    path = tmp_path / "x.csv"
    written = csv.write(path, columns, Query(sql, values), progress=_no_progress)
    data = path.read_bytes()
    assert written.sha256 == hashlib.sha256(data).hexdigest()
    assert written.size == len(data)
    return data.decode()


@pytest.mark.parametrize("start", [*list("=+-@"), "\t", "\r", "\n"])
@pytest.mark.django_db
def test_a_text_that_a_spreadsheet_would_run_stays_a_text(tmp_path: Path, start: str) -> None:
    text = _written(tmp_path, [Column("note", "Note")], "SELECT %(note)s::text", note=f"{start}1+1")

    (_header, [cell]) = reader.reader(io.StringIO(text, newline=""))
    assert cell == "'" + f"{start}1+1".replace("\r", "\r\n").replace("\n", "\r\n").replace(
        "\r\r", "\r"
    )


@pytest.mark.parametrize(
    ("amount", "currency", "cell"),
    [
        (123_456, "USD", "1234.56"),
        (-5, "EUR", "-0.05"),
        (1234, "JPY", "1234"),
        (1234, "KWD", "1.234"),
        (12_345, "CLF", "1.2345"),
        (None, "USD", ""),
        (-(10**15), "USD", "-10000000000000.00"),
    ],
)
@pytest.mark.django_db
def test_an_amount_is_a_plain_decimal_of_its_currency(
    tmp_path: Path, amount: int | None, currency: str, cell: str
) -> None:
    columns = [Column("amount", "Amount", Kind.AMOUNT), Column("currency", "Currency")]

    text = _written(tmp_path, columns, "SELECT %(a)s::bigint, %(c)s::text", a=amount, c=currency)

    assert text == f"Amount,Currency\r\n{cell},{currency}\r\n"


@pytest.mark.django_db
def test_moments_say_their_offset_and_days_do_not(tmp_path: Path, settings: Settings) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    columns = [Column("at", "At", Kind.MOMENT), Column("on", "On", Kind.DATE)]

    text = _written(
        tmp_path,
        columns,
        "SELECT moment, '2026-03-29'::date FROM (VALUES"
        " (timestamptz '2026-03-29 00:59:59Z'), (timestamptz '2026-03-29 01:00:00Z')) AS v(moment)",
    )

    assert text.splitlines()[1:] == [
        "2026-03-29T01:59:59+01:00,2026-03-29",
        "2026-03-29T03:00:00+02:00,2026-03-29",
    ]
    assert Query("SELECT current_setting('TimeZone')").rows() == [("UTC",)]


@pytest.mark.django_db
def test_lines_end_with_cr_lf_also_inside_a_cell(tmp_path: Path) -> None:
    text = _written(
        tmp_path, [Column("note", 'A "100 %" note')], "SELECT %(note)s::text", note="a\r\nb\rc\nd"
    )

    assert text == '"A ""100 %"" note"\r\n"a\r\nb\r\nc\r\nd"\r\n'


@pytest.mark.django_db
def test_rows_pass_in_buffers_and_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv, "_BUFFER", 100)
    seen: list[int] = []
    query = Query("SELECT i FROM generate_series(1, 100) AS i")

    written = csv.write(
        tmp_path / "x.csv", [Column("i", "i", Kind.COUNT)], query, progress=seen.append
    )

    assert seen[-1] == 100
    assert len(seen) > 2
    assert sorted(seen) == seen
    lines = (tmp_path / "x.csv").read_bytes().split(b"\r\n")
    assert lines == [b"i", *(str(i).encode() for i in range(1, 101)), b""]
    assert written.size == (tmp_path / "x.csv").stat().st_size


@pytest.mark.django_db
def test_a_fault_on_the_way_is_django_s(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        _written(
            tmp_path,
            [Column("i", "i", Kind.COUNT)],
            "SELECT 1 / (50 - i) FROM generate_series(1, 100) AS i",
        )
