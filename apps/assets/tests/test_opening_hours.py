"""Opening hours: when a loan may start and end, by the clock on the office's wall."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DataError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.assets import services
from apps.assets.availability import Week, why_not
from apps.assets.errors import AssetTaken
from apps.assets.models import Asset, OpeningHours, SpecialDays
from apps.assets.states import ReasonKind, ReservationKind
from apps.assets.tests.conftest import DAY, HOUR, MONDAY, book
from apps.audit.models import AuditEvent
from apps.common.errors import NotPermitted
from project.testing.make import Make

NINE, NOON, FIVE, MIDNIGHT = time(9), time(12), time(17), time(0)
LONG_AGO = MONDAY - 30 * DAY


@pytest.fixture
def asset(make: Make, lena: User) -> Asset:
    """No turnaround."""
    return make.asset(lender=lena, tag="CAM-1", name="Camera")


@pytest.fixture
def berlin(settings: Any) -> ZoneInfo:
    """Put the office into a zone with summer time."""
    settings.TIME_ZONE = "Europe/Berlin"
    return ZoneInfo("Europe/Berlin")


def spell(weekday: int, opens_at: time, closes_at: time) -> OpeningHours:
    return OpeningHours.objects.create(weekday=weekday, opens_at=opens_at, closes_at=closes_at)


@pytest.fixture
def weekdays(db: None) -> None:
    """Open from Monday to Friday, with an hour for lunch."""
    for weekday in range(5):
        spell(weekday, NINE, NOON)
        spell(weekday, time(13), FIVE)


def closed(asset: Asset, start: datetime, end: datetime, now: datetime = LONG_AGO) -> list[str]:
    reasons = why_not(asset, start, end, now=now)
    assert {reason.kind for reason in reasons} <= {ReasonKind.CLOSED}
    return [str(reason) for reason in reasons]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment of the week of Monday the 1st of March 2027."""
    return datetime(2027, 3, 1 + day, hour, minute, tzinfo=UTC)


def test_without_hours_the_office_is_always_open(asset: Asset) -> None:
    assert closed(asset, at(5, 3), at(6, 4)) == []


@pytest.mark.usefixtures("weekdays")
def test_a_loan_starts_and_ends_while_the_office_is_open(asset: Asset) -> None:
    assert closed(asset, at(0, 9), at(4, 17)) == []
    assert closed(asset, at(0, 8, 59), at(4, 17, 1)) == [
        (
            "The office is closed when it starts, on 1 Mar 2027 08:59 UTC; "
            "open on Monday 1 Mar: 9:00–12:00, 13:00–17:00."
        ),
        (
            "The office is closed when it ends, on 5 Mar 2027 17:01 UTC; "
            "open on Friday 5 Mar: 9:00–12:00, 13:00–17:00."
        ),
    ]
    # As the door closes things may be brought, but no longer collected.
    assert closed(asset, at(0, 9), at(0, 12)) == []
    assert len(closed(asset, at(0, 12), at(0, 13))) == 1
    (sentence,) = closed(asset, at(4, 9), at(5, 10))
    assert sentence.endswith("open on Saturday 6 Mar: closed.")


@pytest.mark.usefixtures("weekdays")
def test_special_days_speak_before_the_week(asset: Asset) -> None:
    SpecialDays.objects.create(
        first_on=date(2027, 3, 1), last_on=date(2027, 3, 2), reason="Stocktaking"
    )
    SpecialDays.objects.create(
        first_on=date(2027, 3, 6),
        last_on=date(2027, 3, 6),
        opens_at=time(10),
        closes_at=time(14),
        reason="Open house",
    )
    (sentence,) = closed(asset, at(1, 10), at(5, 11))
    assert sentence.endswith("open on Tuesday 2 Mar: closed (Stocktaking).")
    (sentence,) = closed(asset, at(2, 10), at(5, 15))
    assert sentence.endswith("open on Saturday 6 Mar: 10:00–14:00 (Open house).")


@pytest.mark.usefixtures("weekdays")
def test_what_began_already_is_judged_by_nobody(asset: Asset) -> None:
    night = at(0, 22)
    assert len(closed(asset, night, at(1, 10), now=night - HOUR)) == 1
    assert closed(asset, night, at(1, 10), now=night) == []


@pytest.mark.usefixtures("weekdays")
def test_only_loans_keep_the_hours_and_the_desk_may_leave_them_out(
    asset: Asset, clara: User, anna: User
) -> None:
    book(asset, clara, at(5, 3), at(5, 4), kind=ReservationKind.MAINTENANCE)
    with pytest.raises(AssetTaken, match="The office is closed when it starts"):
        book(asset, anna, at(6, 3), at(6, 4))
    assert why_not(asset, at(6, 3), at(6, 4), now=LONG_AGO, within_hours=False) == []


def test_a_night_is_two_spells_and_midnight_belongs_to_both_days(asset: Asset) -> None:
    spell(0, time(20), MIDNIGHT)
    spell(1, MIDNIGHT, time(4))
    assert closed(asset, at(0, 23, 59), at(1, 3)) == []
    assert closed(asset, at(0, 20), at(1, 0)) == []
    assert closed(asset, at(1, 0), at(1, 4)) == []
    OpeningHours.objects.get(weekday=1).delete()
    # The door closes at midnight: brought then is brought in time.
    assert closed(asset, at(0, 20), at(1, 0)) == []
    assert len(closed(asset, at(1, 0), at(1, 0) + HOUR)) == 2


# Both nights in which the clock changes.


def test_in_the_night_with_an_hour_twice_both_of_them_are_open(
    asset: Asset, berlin: ZoneInfo
) -> None:
    spell(6, time(1), time(3))
    first = datetime(2026, 10, 25, 2, 30, tzinfo=berlin)
    second = first.replace(fold=1)
    assert second.astimezone(UTC) - first.astimezone(UTC) == HOUR
    before = first - 30 * DAY
    assert closed(asset, first, second, now=before) == []
    # The hour from 3 to 4 comes after both.
    late = datetime(2026, 10, 25, 3, 1, tzinfo=berlin)
    assert late.astimezone(UTC) - first.astimezone(UTC) == HOUR + timedelta(minutes=31)
    assert len(closed(asset, first, late, now=before)) == 1


def test_in_the_night_without_an_hour_three_follows_two(asset: Asset, berlin: ZoneInfo) -> None:
    spell(6, time(1), time(2))
    spell(6, time(3), time(4))
    one = datetime(2027, 3, 28, 1, 30, tzinfo=berlin)
    # Half an hour after half past one the clock shows three.
    three = (one.astimezone(UTC) + timedelta(minutes=30)).astimezone(berlin)
    assert three.hour == 3
    assert closed(asset, one, three, now=one - 9 * DAY) == []
    past_four = (one.astimezone(UTC) + timedelta(minutes=91)).astimezone(berlin)
    assert len(closed(asset, one, past_four, now=one - 9 * DAY)) == 1


def test_the_hours_are_those_of_the_office_in_summer_and_winter(
    asset: Asset, berlin: ZoneInfo
) -> None:
    for weekday in range(7):
        spell(weekday, NINE, FIVE)
    winter, summer = (datetime(2027, month, 3, 9, tzinfo=berlin) for month in (3, 7))
    assert winter.utcoffset() != summer.utcoffset()
    assert closed(asset, winter, summer) == []
    assert len(closed(asset, winter - timedelta(minutes=1), summer)) == 1


# The database, and the sentence before it.


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("opens", "closes", "rule"),
    [
        (NOON, NINE, "opening_hours_run_forward"),
        (NOON, NOON, "opening_hours_run_forward"),
        (time(10), time(11), "opening_hours_do_not_overlap"),
        (time(11), MIDNIGHT, "opening_hours_do_not_overlap"),
    ],
)
def test_the_database_refuses_hours_that_cannot_be(opens: time, closes: time, rule: str) -> None:
    spell(0, NINE, NOON)
    with pytest.raises((IntegrityError, DataError), match=rule):
        spell(0, opens, closes)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"last_on": date(2027, 2, 28)}, "special_days_run_forward"),
        ({"opens_at": NINE}, "special_days_are_open_or_closed"),
        ({"opens_at": NOON, "closes_at": NINE}, "special_days_are_open_or_closed"),
        ({"reason": ""}, "special_days_have_reason"),
        ({"last_on": date(2027, 3, 9)}, "special_days_do_not_overlap"),
    ],
)
def test_the_database_refuses_days_that_cannot_be(fields: dict[str, Any], rule: str) -> None:
    SpecialDays.objects.create(
        first_on=date(2027, 3, 8), last_on=date(2027, 3, 20), reason="Holidays"
    )
    day = {"first_on": date(2027, 3, 1), "last_on": date(2027, 3, 1), "reason": "Stocktaking"}
    with pytest.raises((IntegrityError, DataError), match=rule), transaction.atomic():
        SpecialDays.objects.create(**day | fields)


# The pages.


@pytest.fixture
def desk(client: Client, adam: User) -> Client:
    """Sit down as the administrator."""
    client.force_login(adam)
    return client


def test_an_administrator_keeps_the_hours(desk: Client, adam: User) -> None:
    add = reverse("admin:assets_openinghours_add")
    typed = {"weekday": 0, "opens_at": "09:00", "closes_at": "12:00"}
    assert desk.post(add, typed).status_code == 302
    assert AuditEvent.objects.get(action="assets.openinghours_added").actor == adam
    refused = desk.post(add, typed | {"opens_at": "11:00", "closes_at": "13:00"})
    assert "“Monday 9:00–12:00” is open then already." in refused.content.decode()
    refused = desk.post(add, typed | {"opens_at": "14:00"})
    assert "It must close after it opens" in refused.content.decode()
    assert (
        "9:00–12:00" in desk.get(reverse("admin:assets_openinghours_changelist")).content.decode()
    )


def test_days_are_kept_too_and_not_twice(desk: Client) -> None:
    add = reverse("admin:assets_specialdays_add")
    typed = {"first_on": "2027-12-24", "last_on": "2027-12-31", "reason": "Holidays"}
    assert desk.post(add, typed).status_code == 302
    refused = desk.post(add, typed)
    assert "“24 Dec 2027–31 Dec 2027 Holidays” speaks of these days" in refused.content.decode()
    shown = desk.get(reverse("admin:assets_specialdays_changelist")).content.decode()
    assert "24 Dec 2027–31 Dec 2027" in shown


def test_what_no_longer_holds_is_removed_with_a_reason(desk: Client, adam: User) -> None:
    hours = spell(0, NINE, NOON)
    url = reverse("admin:assets_openinghours_remove", args=(hours.pk,))
    assert "Remove" in desk.get(url).content.decode()
    assert OpeningHours.objects.exists()
    desk.post(url, {"_form_submitted": "1", "reason": "Summer"})
    assert not OpeningHours.objects.exists()
    event = AuditEvent.objects.get(action="assets.openinghours_removed")
    assert (event.actor, event.reason) == (adam, "Summer")
    assert OpeningHours.history.latest("history_id").history_type == "-"


def test_clerks_read_the_hours_and_remove_none(client: Client, clara: User) -> None:
    hours = spell(0, NINE, NOON)
    days = SpecialDays.objects.create(
        first_on=date(2027, 3, 8), last_on=date(2027, 3, 8), reason="Holidays"
    )
    client.force_login(clara)
    assert client.get(reverse("admin:assets_openinghours_changelist")).status_code == 200
    with pytest.raises(NotPermitted):
        services.remove_hours(hours.pk, reason="x", actor=clara)
    with pytest.raises(NotPermitted):
        services.remove_special_days(days.pk, reason="x", actor=clara)


def test_special_days_are_removed_too(adam: User) -> None:
    days = SpecialDays.objects.create(
        first_on=date(2027, 3, 8), last_on=date(2027, 3, 8), reason="Holidays"
    )
    assert Week(days.first_on, days.last_on).day(days.first_on).is_closed
    services.remove_special_days(days.pk, reason="Moved", actor=adam)
    assert not Week(date(2027, 3, 8), date(2027, 3, 8)).day(date(2027, 3, 8)).is_closed
