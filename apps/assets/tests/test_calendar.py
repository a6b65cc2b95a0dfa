"""The calendars: what is free when, of a category and of an asset, by month and by week."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.assets import calendar, services
from apps.assets.admin.calendar_page import ROWS
from apps.assets.calendar import Span, Strip
from apps.assets.models import Asset, Category, OpeningHours, SpecialDays
from apps.assets.states import ReservationKind
from apps.assets.tests.conftest import DAY, HOUR, MONDAY, book
from project.testing.make import Make

LONG_AGO = MONDAY - 30 * DAY
FIRST = date(2027, 3, 1)


@pytest.fixture
def category(make: Make) -> Category:
    """Six hours of turnaround."""
    return make.category(name="Cameras", turnaround=6 * HOUR)


@pytest.fixture
def asset(make: Make, category: Category, lena: User) -> Asset:
    """Return one camera."""
    return make.asset(lender=lena, tag="CAM-1", name="Camera", category=category)


def bars(strip: Strip) -> list[tuple[str, float, float]]:
    return [(bar.kind, round(bar.left, 1), round(bar.width, 1)) for bar in strip.bars]


def week_of(asset: Asset, now: datetime = LONG_AGO) -> Strip:
    asset.refresh_from_db()
    (strip,) = calendar.of_assets([asset], FIRST, Span.WEEK.next(FIRST), now=now)
    return strip


def test_a_bar_lies_where_its_time_is(asset: Asset, anna: User, clara: User) -> None:
    # A week has 168 hours: 9:00 on Monday is 5.4 % of it.
    book(asset, anna, MONDAY, MONDAY + DAY)
    book(asset, clara, MONDAY + 3 * DAY, MONDAY + 4 * DAY, kind=ReservationKind.MAINTENANCE)
    assert bars(week_of(asset)) == [
        ("loan", 5.4, 14.3),
        ("turnaround", 19.6, 3.6),
        ("maintenance", 48.2, 14.3),
    ]


def test_what_goes_over_the_edges_is_cut(asset: Asset, anna: User) -> None:
    book(asset, anna, MONDAY - 30 * DAY, MONDAY + 90 * DAY)
    assert bars(week_of(asset)) == [("loan", 0, 100)]
    services.free(asset.reservations.get().pk, actor=anna)
    assert bars(week_of(asset)) == []


def test_what_is_out_and_late_shows_it(asset: Asset, anna: User, clara: User) -> None:
    loan = book(asset, anna, MONDAY, MONDAY + DAY)
    services.hand_over(asset.pk, actor=clara, reservation_id=loan.pk)
    assert bars(week_of(asset)) == [("out", 5.4, 14.3), ("turnaround", 19.6, 3.6)]
    late = week_of(asset, now=MONDAY + 2 * DAY)
    assert bars(late) == [("out", 5.4, 14.3), ("late", 19.6, 14.3), ("away", 33.9, 66.1)]
    # A week later its time is over, and it is still out.
    (strip,) = calendar.of_assets(
        [asset], date(2027, 3, 8), date(2027, 3, 15), now=MONDAY + 9 * DAY
    )
    assert [bar.kind for bar in strip.bars] == ["late", "away"]


def test_what_is_away_is_promised_to_nobody_from_now_on(asset: Asset, clara: User) -> None:
    now = MONDAY - 9 * HOUR

    def title() -> str:
        (bar,) = week_of(asset, now=now).bars
        assert (bar.kind, bar.left, bar.width) == ("away", 0, 100)
        return bar.title

    services.send_to_maintenance(asset.pk, reason="x", actor=clara)
    assert title() == "In maintenance until nobody knows when"
    Asset.objects.filter(pk=asset.pk).update(back_at=MONDAY + 90 * DAY)
    assert title().startswith("In maintenance until 30 May 2027")
    services.lose(asset.pk, reason="x", actor=clara)
    assert title() == "Lost: promised to nobody"
    services.retire(asset.pk, reason="x", actor=clara)
    assert title() == "Retired: promised to nobody"


def test_closed_hours_are_shaded_in_a_week_and_closed_days_in_a_month(asset: Asset) -> None:
    for weekday in range(5):
        OpeningHours.objects.create(weekday=weekday, opens_at=time(6), closes_at=time(18))
    SpecialDays.objects.create(first_on=FIRST, last_on=FIRST, reason="Stocktaking")
    shades = week_of(asset).shades
    # Monday whole, four days with a morning and an evening, Saturday and Sunday whole.
    assert [round(shade.width, 2) for shade in shades] == [14.29, *[3.57] * 8, 14.29, 14.29]
    assert shades[0].title == "1 Mar: closed (Stocktaking)"
    (strip,) = calendar.of_assets([asset], FIRST, Span.MONTH.next(FIRST), now=LONG_AGO)
    assert len(strip.shades) == 1 + 8


def test_a_day_with_an_hour_less_is_as_wide_as_others(
    asset: Asset, anna: User, settings: Any
) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    sunday = date(2027, 3, 28)
    begins = datetime(2027, 3, 27, 23, tzinfo=UTC)
    book(asset, anna, begins, begins + 23 * HOUR)
    (strip,) = calendar.of_assets([asset], date(2027, 3, 22), date(2027, 3, 29), now=LONG_AGO)
    assert bars(strip)[0] == ("loan", 85.7, 14.3)
    days = calendar.of_asset(asset, Span.WEEK, date(2027, 3, 22), now=LONG_AGO)
    assert [day.name for day in days][-1] == f"Sun {sunday.day} Mar"
    assert bars(days[-1]) == [("loan", 0, 100)]


def test_an_asset_shows_weeks_of_a_month_and_days_of_a_week(asset: Asset, anna: User) -> None:
    book(asset, anna, MONDAY, MONDAY + 8 * DAY)
    weeks = calendar.of_asset(asset, Span.MONTH, FIRST, now=LONG_AGO)
    assert [week.name for week in weeks][:2] == ["1 Mar–7 Mar", "8 Mar–14 Mar"]
    assert [[kind for kind, *_place in bars(week)] for week in weeks[:3]] == [
        ["loan"],
        ["loan", "turnaround"],
        [],
    ]
    days = calendar.of_asset(asset, Span.WEEK, FIRST, now=LONG_AGO)
    assert [column.name for column in days[0].columns][:3] == ["0:00", "3:00", "6:00"]
    assert bars(days[0]) == [("loan", 37.5, 62.5)]
    assert bars(days[6]) == [("loan", 0, 100)]


def test_months_and_weeks_follow_each_other() -> None:
    assert Span.MONTH.next(date(2026, 12, 1)) == date(2027, 1, 1)
    assert Span.MONTH.previous(date(2027, 3, 1)) == date(2027, 2, 1)
    assert Span.WEEK.first_day(date(2027, 3, 7)) == FIRST
    assert Span.WEEK.previous(FIRST) == date(2027, 2, 22)


# The pages.


@pytest.fixture
def desk(client: Client, clara: User) -> Client:
    """Sit down as the clerk."""
    client.force_login(clara)
    return client


PAGE = reverse("admin:assets_asset_calendar")


def test_the_calendar_of_a_category_leads_to_reservations(
    desk: Client, asset: Asset, category: Category, anna: User
) -> None:
    loan = book(asset, anna, MONDAY, MONDAY + DAY, reason="T-7 Boris")
    query = f"?category={category.pk}&span=week&on=2027-03-03"
    text = desk.get(PAGE + query).content.decode()
    assert "1 Mar – 7 Mar 2027" in text
    assert reverse("admin:assets_reservation_change", args=(loan.pk,)) in text
    assert "T-7 Boris" in text
    assert "on=2027-02-22" in text
    assert "on=2027-03-08" in text
    own = reverse("admin:assets_asset_calendar_of", args=(asset.pk,))
    assert "Calendar of CAM-1 Camera" in desk.get(own).content.decode()
    for page in (
        reverse("admin:assets_asset_change", args=(asset.pk,)),
        reverse("admin:assets_category_changelist"),
    ):
        assert "Calendar" in desk.get(page).content.decode()


def test_who_may_not_see_reservations_gets_no_links(
    client: Client, asset: Asset, anna: User, fiona: User
) -> None:
    loan = book(asset, anna, timezone.now() + HOUR, timezone.now() + DAY)
    client.force_login(fiona)
    text = client.get(PAGE).content.decode()
    assert loan.in_words in text
    assert f"/assets/reservation/{loan.pk}/" not in text


def test_strangers_and_strange_addresses_are_turned_away(
    desk: Client, asset: Asset, walt: User
) -> None:
    own = reverse("admin:assets_asset_calendar_of", args=(asset.pk,))
    for query in ("?span=year", "?on=tomorrow", "?on=9999-12-31", "?category=x", "?after=%00"):
        assert desk.get(PAGE + query).status_code == 200
        assert desk.get(own + query).status_code == 200
    assert desk.get(reverse("admin:assets_asset_calendar_of", args=(10**9,))).status_code == 404
    stranger = Client()
    stranger.force_login(walt)
    assert stranger.get(PAGE).status_code == 403
    assert stranger.get(own).status_code == 403


def test_without_assets_the_page_says_so(desk: Client) -> None:
    assert "No asset of this category" in desk.get(PAGE).content.decode()


def test_many_assets_are_paged_by_tag_in_as_many_queries_as_few(
    desk: Client, make: Make, category: Category, lena: User, anna: User
) -> None:
    def count(query: str = "") -> tuple[int, str]:
        with CaptureQueriesContext(connection) as queries:
            text = desk.get(PAGE + query).content.decode()
        return len(queries), text

    start = timezone.now() + timedelta(minutes=1)
    for number in range(2):
        book(
            make.asset(lender=lena, tag=f"A-{number:02}", category=category),
            anna,
            start,
            start + DAY,
        )
    count()
    few, text = count()
    assert "More assets" not in text
    for number in range(2, ROWS + 3):
        book(
            make.asset(lender=lena, tag=f"A-{number:02}", category=category),
            anna,
            start,
            start + DAY,
        )
    many, text = count()
    assert many == few
    assert f"after=A-{ROWS - 1:02}" in text
    _count, text = count(f"?after=A-{ROWS - 1:02}")
    assert f"A-{ROWS:02}" in text
    assert "A-03" not in text
    assert "First assets" in text
