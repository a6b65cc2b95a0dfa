"""An end as somebody types it at the desk."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import override_settings
from django.utils import timezone

from apps.tickets.errors.desk import EndUnclear
from apps.tickets.quick_end import end_of, is_end

BERLIN = ZoneInfo("Europe/Berlin")
# Saturday before the night in which the clocks go forward.
START = datetime(2026, 3, 28, 14, 30, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("3h", datetime(2026, 3, 28, 17, 30, tzinfo=BERLIN)),
        ("18:00", datetime(2026, 3, 28, 18, 0, tzinfo=BERLIN)),
        ("9:15", datetime(2026, 3, 29, 9, 15, tzinfo=BERLIN)),
        ("14:30", datetime(2026, 3, 29, 14, 30, tzinfo=BERLIN)),
        ("30.3.", datetime(2026, 3, 30, 14, 30, tzinfo=BERLIN)),
        ("30.03. 8:00", datetime(2026, 3, 30, 8, 0, tzinfo=BERLIN)),
        ("1.2.", datetime(2027, 2, 1, 14, 30, tzinfo=BERLIN)),
        ("1.2.2028", datetime(2028, 2, 1, 14, 30, tzinfo=BERLIN)),
        ("2026-04-01", datetime(2026, 4, 1, 14, 30, tzinfo=BERLIN)),
        (" 2026-04-01   10:00 ", datetime(2026, 4, 1, 10, 0, tzinfo=BERLIN)),
    ],
)
def test_an_end_is_understood(text: str, end: datetime) -> None:
    with timezone.override(BERLIN):
        assert end_of(text, START) == end
        assert is_end(text)


@pytest.mark.parametrize(
    ("text", "length"),
    [("2d", timedelta(days=2)), ("1W", timedelta(weeks=1)), ("1 d", timedelta(days=1))],
)
def test_a_length_is_what_tariffs_count_also_when_the_clocks_change(
    text: str, length: timedelta
) -> None:
    with timezone.override(BERLIN):
        end = end_of(text, START)
        assert end.timestamp() - START.timestamp() == length.total_seconds()


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2x", "25:00", "31.2.", "2026-13-01", "10:00 28.3.", "2d 3h", "12", "9999w"],
)
def test_anything_else_is_refused_with_examples(text: str) -> None:
    assert not is_end(text)
    with pytest.raises(EndUnclear, match="2d"):
        end_of(text, START)


@override_settings(TIME_ZONE="UTC")
def test_a_day_that_no_calendar_reaches_is_refused() -> None:
    with pytest.raises(EndUnclear):
        end_of("0000-01-01", START)
