"""Pages are laid out before they are printed."""

from datetime import UTC, datetime

import pytest

from apps.reports.columns import Column, Kind, printed
from apps.reports.layout import Row, Sheet
from apps.reports.measuring import FONT_SIZE, MISSING, MOST_LINES, measured
from apps.reports.measuring import wrapped as joined

MOMENT = datetime(2026, 10, 1, 9, 30, tzinfo=UTC)
COLUMNS = [Column("note", "Note", width=40), Column("amount", "Amount", Kind.AMOUNT, width=20)]
SHEET = Sheet(COLUMNS, is_landscape=False)


def wrapped(text: str, width: float) -> list[str]:
    """Return the lines of a text."""
    return joined(text, width).split("\n")


def test_a_text_breaks_at_spaces_and_nothing_is_lost() -> None:
    text = "one two three four five six seven eight"

    lines = wrapped(text, 60)

    assert len(lines) > 1
    assert " ".join(lines) == text
    assert all(measured(line) <= 60 for line in lines)


def test_a_word_longer_than_the_line_breaks_anywhere() -> None:
    lines = wrapped("x " + "W" * 40, 60)

    assert lines[0] == "x"
    assert "".join(lines[1:]) == "W" * 40
    assert all(measured(line) <= 60 for line in lines)


def test_line_breaks_stay_and_an_empty_text_is_one_line() -> None:
    assert wrapped("a\nb", 60) == ["a", "b"]
    assert wrapped("", 60) == [""]


def test_a_text_without_end_ends_in_dots() -> None:
    lines = wrapped("word\n" * 100, 60)

    assert len(lines) == MOST_LINES
    assert lines[-1] == "…"


def test_a_character_that_our_fonts_lack_is_shown_by_a_sign() -> None:
    assert wrapped("a \N{DEVANAGARI LETTER A}\x07", 60) == [f"a {MISSING}{MISSING}"]
    assert measured("\N{DEVANAGARI LETTER A}") == measured(MISSING)


def test_even_a_character_wider_than_the_line_gets_one() -> None:
    assert wrapped("WW", 1) == ["W", "W"]


def test_a_figure_is_set_smaller_and_never_broken() -> None:
    usual = SHEET.row({"amount": 1}, "USD").cells[1]
    wide = SHEET.row({"amount": -(10**17)}, "USD").cells[1]

    assert (usual.text, usual.size) == ("0.01", None)
    assert wide.text == "−1,000,000,000,000,000.00"
    assert wide.size is not None
    assert wide.size < FONT_SIZE


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, Kind.AMOUNT, ""),
        (-123_456, Kind.AMOUNT, "−1,234.56"),
        (1234, Kind.COUNT, "1,234"),
        (MOMENT.date(), Kind.DATE, "2026-10-01"),
        (MOMENT, Kind.MOMENT, "2026-10-01 09:30"),
        ("-x", Kind.TEXT, "-x"),
    ],
)
def test_a_cell_is_printed_by_its_kind(value: object, kind: Kind, text: str) -> None:
    assert printed(value, kind, "USD") == text


@pytest.mark.parametrize("is_landscape", [True, False])
def test_pages_are_filled_and_every_row_is_on_one(*, is_landscape: bool) -> None:
    sheet = Sheet(COLUMNS, is_landscape)
    rows = [sheet.row({"note": f"{number}\n" * (number % 4 + 1)}, "") for number in range(200)]

    pages = list(sheet.pages(rows, head_height=100))

    assert [row for page in pages for row in page] == rows
    heights = [sum(sheet.height(row) for row in page) for page in pages]
    assert heights[0] <= sheet.capacity - 100
    assert all(height <= sheet.capacity for height in heights)
    tallest = 4 * sheet.leading.line + 10
    assert all(height > sheet.capacity - tallest for height in heights[1:-1])


def test_a_heading_does_not_stand_alone_at_the_foot_of_a_page() -> None:
    row = SHEET.row({"note": "x"}, "")
    fitting = int((SHEET.capacity - 1) // SHEET.height(row))
    rows = [row] * (fitting - 1) + [SHEET.across("USD", "section"), row]

    first, second = SHEET.pages(rows, head_height=0)

    assert len(first) == fitting - 1
    assert [each.style for each in second] == ["section", "row"]


def test_a_total_does_not_stand_alone_at_the_top_of_a_page() -> None:
    row, total = SHEET.row({"note": "x"}, ""), SHEET.row({"note": "Total"}, "", "total")
    fitting = int(SHEET.capacity // SHEET.height(row))

    first, second = SHEET.pages([row] * fitting + [total], head_height=0)

    assert len(first) == fitting - 1
    assert [each.style for each in second] == ["row", "total"]


def test_no_rows_are_one_empty_page() -> None:
    assert list(SHEET.pages([], head_height=0)) == [[]]


def test_a_row_is_as_high_as_its_longest_cell() -> None:
    one, three = SHEET.row({"note": "x"}, ""), SHEET.row({"note": "x\ny\nz"}, "")

    assert isinstance(one, Row)
    assert SHEET.height(three) - SHEET.height(one) == 2 * SHEET.leading.line
