"""Bytes to cells: every file that is no register gets one sentence."""

import csv
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.assets.importing.reading import read
from apps.assets.importing.sources import SOURCES, Source
from apps.common.sheets import FileUnreadable

CSV = "tag,name\nA-1,Camera\n"


def test_cells_know_their_line() -> None:
    sheet = read(b'tag,name\nA-1,Camera\n\n,\nA-2,"Two\nlines"\nA-3,Tripod\n')
    assert sheet.header == ["tag", "name"]
    assert [(row.line, row.cells["name"]) for row in sheet.rows] == [
        (2, "Camera"),
        (5, "Two\nlines"),
        (7, "Tripod"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        CSV.encode("utf-8-sig"),
        CSV.replace("\n", "\r\n").encode(),
        CSV.replace("\n", "\r").encode(),
        CSV.replace(",", ";").encode(),
        CSV.replace(",", "\t").encode(),
        b"\n\n" + CSV.encode(),
        b"tag,name,,\nA-1,Camera,,\n",
        b" tag , name \nA-1 , Camera",
        b'"tag","name"\n"A-1","Camera"',
    ],
)
def test_usual_variants_read_the_same(content: bytes) -> None:
    (row,) = read(content).rows
    assert row.cells == {"tag": "A-1", "name": "Camera"}


def test_doubled_quotes_are_one() -> None:
    (row,) = read(b'tag,name\nA,"Macbook Pro 13"""\n').rows
    assert row.cells["name"] == 'Macbook Pro 13"'


def test_missing_cells_at_the_end_are_empty() -> None:
    (row,) = read(b"tag,name,notes\nA,Camera\n").rows
    assert row.cells == {"tag": "A", "name": "Camera", "notes": ""}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty. Choose a file with a header and rows."),
        (b"\n\n", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b"tag,name\n", "The file has a header, but no row under it."),
        (b"tag,name\n,\n\n", "The file has a header, but no row under it."),
        (b"PK\x03\x04rest", "This is a spreadsheet or an archive. Save it as “CSV UTF-8”"),
        (CSV.encode("utf-16"), "The file is in UTF-16. Save it as “CSV UTF-8”"),
        (CSV.encode("utf-16-be"), "This is not a text file."),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "This is not a text file."),
        ("tag,name\nA,Kamera\nB,Gerät\n".encode("latin-1"), "Line 3 has a character"),
        (os.urandom(10 * 1024 * 1024), "The file has 10 MB, and at most 5 MB go in at once."),
        (b"x" * 200_000, "Line 1 cannot be read as CSV (field larger than field limit"),
        (b'tag,name\nA,"open\nB,Camera\n', "Line 2 cannot be read as CSV (unexpected end of data)"),
        (b'tag,name\nA,"a"b\n', "Line 2 cannot be read as CSV"),
        (b"tag,name\nA,Camera,extra\n", "Line 2 has “extra” in a column without a header."),
        (b"tag,,name\nA,lost,Camera\n", "Line 2 has “lost” in a column without a header."),
        (b"tag,Tag\nA,B\n", "The column “Tag” appears twice."),
        (b",,\nA,B,C\n", "The first line is no header"),
        (b"a," * 300 + b"\n1\n", "The first line is no header"),
        (b"tag\n" + b"x\n" * 10_001, "The file has more than 10000 rows; that many go in at once."),
    ],
)
def test_what_is_no_register_gets_one_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(FileUnreadable) as refusal:
        read(content)
    assert refusal.value.message.startswith(sentence)
    assert refusal.value.message.endswith(".")
    assert len(refusal.value.message) < 200


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_any_bytes_are_a_sheet_or_one_sentence(content: bytes) -> None:
    try:
        sheet = read(content)
    except FileUnreadable:
        return
    assert sheet.rows
    assert all(list(row.cells) == sheet.header for row in sheet.rows)


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
@given(table=st.lists(st.lists(st.text(max_size=12), min_size=3, max_size=3), max_size=4))
def test_any_cells_are_rows_or_one_sentence(source: Source, table: list[list[str]]) -> None:
    header = [source.usual(name) for name in dict.fromkeys(("tag", "name", *source.required))][:3]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *[row[: len(header)] for row in table]])
    try:
        rows = source.rows(read(text.getvalue().encode()))
    except FileUnreadable:
        return
    assert all(row.line > 1 for row in rows)


def test_the_other_files_of_that_organisation_are_no_register(real_data: Path) -> None:
    for name in ("snipe-it-users-sample.csv", "snipe-it-locations-sample.csv"):
        sheet = read((real_data / "assets" / name).read_bytes())
        for source in SOURCES.values():
            with pytest.raises(FileUnreadable, match="This is no file of"):
                source.columns(sheet)
