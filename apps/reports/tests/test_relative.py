"""Days in words: what each means on which day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.reports import relative
from apps.reports.catalogue import find

DAYS = st.dates(date(2000, 2, 1), date(2100, 12, 31))


def meant(word: str, day: date) -> date:
    return relative.WORDS[word][1](day)


@pytest.mark.parametrize(
    ("word", "day"),
    [
        ("today", "2024-03-31"),
        ("yesterday", "2024-03-30"),
        ("this-month-first", "2024-03-01"),
        ("this-year-first", "2024-01-01"),
        ("last-week-monday", "2024-03-18"),
        ("last-week-sunday", "2024-03-24"),
        ("last-month-first", "2024-02-01"),
        ("last-month-last", "2024-02-29"),
        ("last-quarter-first", "2023-10-01"),
        ("last-quarter-last", "2023-12-31"),
        ("last-year-first", "2023-01-01"),
        ("last-year-last", "2023-12-31"),
    ],
)
def test_each_word_means_a_day(word: str, day: str) -> None:
    assert meant(word, date(2024, 3, 31)) == date.fromisoformat(day)


def test_every_word_is_tried() -> None:
    assert len(relative.WORDS) == 12


@given(day=DAYS)
def test_a_stretch_ends_right_before_the_one_that_holds_today(day: date) -> None:
    for name in ("month", "quarter", "year"):
        first, last = meant(f"last-{name}-first", day), meant(f"last-{name}-last", day)
        assert first.day == 1
        assert first <= last < day
        assert meant(f"last-{name}-last", last + timedelta(days=1)) == last
        assert meant(f"last-{name}-first", last + timedelta(days=1)) == first
    monday, sunday = meant("last-week-monday", day), meant("last-week-sunday", day)
    assert (monday.weekday(), sunday - monday) == (0, timedelta(days=6))
    assert timedelta(days=1) <= day - sunday <= timedelta(days=7)


@given(day=DAYS, word=st.sampled_from(sorted(relative.WORDS)))
def test_the_word_found_for_a_day_means_that_day(day: date, word: str) -> None:
    kept = meant(word, day).isoformat()

    assert meant(relative.words_for(kept, day), day).isoformat() == kept


def test_a_day_without_a_word_stays_itself() -> None:
    assert relative.words_for("1999-05-05", date(2024, 3, 31)) == "1999-05-05"


def test_the_words_of_a_report_become_days_and_the_rest_stays() -> None:
    report = find("lending-register")
    kept = {"from_on": "last-month-first", "until_on": "2024-03-31"}

    assert relative.resolved(report, kept, date(2024, 4, 2)) == {
        "from_on": "2024-03-01",
        "until_on": "2024-03-31",
    }
    assert relative.described(report, kept, date(2024, 4, 2)) == [
        ("From", "last month: first day"),
        ("Until", "2024-03-31"),
    ]
