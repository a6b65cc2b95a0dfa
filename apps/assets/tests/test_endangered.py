"""Broken promises: which loans begin before their asset can be back, and who is told."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.assets import promises, selectors, services
from apps.assets.availability import why_not
from apps.assets.errors import AssetTaken, PeriodBackwards
from apps.assets.models import Asset, Reservation
from apps.assets.promises import Promise
from apps.assets.states import ReasonKind, ReservationKind
from apps.assets.tests.conftest import DAY, HOUR, book
from apps.notifications.models import Notice
from project.testing.make import Make


@pytest.fixture
def now() -> datetime:
    """Return this moment."""
    return timezone.now()


@pytest.fixture
def asset(make: Make, lena: User) -> Asset:
    """Two hours of turnaround."""
    category = make.category(turnaround=2 * HOUR)
    return make.asset(lender=lena, tag="CAM-1", name="Camera", category=category)


@pytest.fixture
def soon(asset: Asset, anna: User, now: datetime) -> Reservation:
    """Reserve it for tomorrow."""
    return book(asset, anna, now + DAY, now + 2 * DAY, reason="T-8 Bella")


@pytest.fixture
def far(asset: Asset, anna: User, now: datetime) -> Reservation:
    """Reserve it for three months later."""
    return book(asset, anna, now + 90 * DAY, now + 91 * DAY, reason="T-9 Ben")


def endangered(at: datetime, asset: Asset | None = None) -> list[Reservation]:
    return list(selectors.endangered(at, asset=asset))


@pytest.mark.usefixtures("soon", "far")
def test_what_is_in_the_store_endangers_nothing(now: datetime) -> None:
    assert endangered(now) == []


def test_what_is_lost_endangers_all_that_is_ahead(
    asset: Asset, soon: Reservation, far: Reservation, clara: User, now: datetime
) -> None:
    services.lose(asset.pk, reason="gone", actor=clara)
    assert endangered(now) == endangered(now, asset) == [soon, far]
    # What is over was kept or not; nobody can save it.
    assert endangered(soon.due_at) == [far]


def test_what_is_late_endangers_what_begins_soon(
    asset: Asset, soon: Reservation, far: Reservation, clara: User, anna: User, now: datetime
) -> None:
    current = book(asset, anna, now - DAY, now + HOUR)
    services.hand_over(asset.pk, actor=clara, reservation_id=current.pk)
    assert endangered(now) == []
    late = now + 2 * HOUR
    assert endangered(late) == [soon]
    assert endangered(far.starts_at - DAY, asset) == [far]
    services.take_back(asset.pk, condition="good", actor=clara)
    assert endangered(late) == []


def test_what_is_out_without_an_end_endangers_what_begins_soon(
    asset: Asset, soon: Reservation, clara: User, now: datetime
) -> None:
    services.hand_over(asset.pk, actor=clara)
    assert endangered(now) == [soon]


@pytest.mark.usefixtures("far")
def test_maintenance_without_an_end_endangers_what_begins_soon(
    asset: Asset, soon: Reservation, clara: User, now: datetime
) -> None:
    services.send_to_maintenance(asset.pk, reason="lens", actor=clara)
    assert endangered(now) == [soon]
    services.return_to_service(asset.pk, actor=clara)
    assert endangered(now) == []


def test_a_loan_that_is_back_is_in_no_danger_from_its_own_turnaround(
    asset: Asset, clara: User, anna: User, now: datetime
) -> None:
    current = book(asset, anna, now - DAY, now + DAY)
    services.hand_over(asset.pk, actor=clara, reservation_id=current.pk)
    services.take_back(asset.pk, condition="damaged", actor=clara)
    services.free(current.pk, actor=clara, until=now)
    services.lose(asset.pk, reason="gone", actor=clara)
    assert endangered(now + HOUR) == []


def test_a_blackout_is_no_promise(asset: Asset, clara: User, now: datetime) -> None:
    book(asset, clara, now + DAY, now + 2 * DAY, kind=ReservationKind.BLACKOUT)
    services.lose(asset.pk, reason="gone", actor=clara)
    assert endangered(now) == []


# Maintenance that breaks promises: only knowingly.


def test_maintenance_over_a_promise_has_to_name_it(
    asset: Asset, soon: Reservation, far: Reservation, clara: User, now: datetime
) -> None:
    options: dict[str, Any] = {"reason": "lens", "actor": clara, "until": now + 5 * DAY}
    for despite in ((), (far.pk,)):
        with pytest.raises(AssetTaken, match="T-8 Bella"):
            services.send_to_maintenance(asset.pk, despite=despite, **options)
    services.send_to_maintenance(asset.pk, despite=(soon.pk, far.pk), **options)
    asset.refresh_from_db()
    assert asset.back_at == now + 5 * DAY
    workshop = asset.reservations.get(kind=ReservationKind.MAINTENANCE)
    assert workshop.ends_at == soon.starts_at
    assert endangered(now) == [soon]


def test_what_the_workshop_has_longer_is_promised_to_nobody_before(
    asset: Asset, soon: Reservation, clara: User, now: datetime
) -> None:
    back = now + 5 * DAY
    services.send_to_maintenance(asset.pk, reason="x", actor=clara, until=back, despite=[soon.pk])
    services.free(soon.pk, actor=clara)
    asset.refresh_from_db()
    (reason,) = why_not(asset, now + 3 * DAY, now + 4 * DAY, now=now)
    assert reason.kind == ReasonKind.MAINTENANCE
    assert str(reason).startswith("It is in maintenance until")
    assert why_not(asset, back, back + DAY, now=now) == []


def test_a_blackout_cannot_be_broken(asset: Asset, clara: User, now: datetime) -> None:
    kind = ReservationKind.BLACKOUT
    blackout = book(asset, clara, now + DAY, now + 2 * DAY, kind=kind)
    with pytest.raises(AssetTaken, match="blackout"):
        services.send_to_maintenance(
            asset.pk, reason="x", actor=clara, until=now + 5 * DAY, despite=[blackout.pk]
        )
    with pytest.raises(PeriodBackwards):
        services.send_to_maintenance(asset.pk, reason="x", actor=clara, until=now - HOUR)


def test_what_should_be_collected_today_leaves_the_workshop_no_time_of_its_own(
    asset: Asset, clara: User, anna: User, now: datetime
) -> None:
    today = book(asset, anna, now - HOUR, now + DAY)
    services.send_to_maintenance(
        asset.pk, reason="x", actor=clara, until=now + 2 * HOUR, despite=[today.pk]
    )
    assert not asset.reservations.maintenance().exists()
    assert endangered(now) == [today]


def test_back_in_service_nothing_is_awaited(asset: Asset, clara: User, now: datetime) -> None:
    services.send_to_maintenance(asset.pk, reason="x", actor=clara, until=now + DAY)
    services.return_to_service(asset.pk, actor=clara)
    asset.refresh_from_db()
    assert asset.back_at is None


# Who is told.


@pytest.fixture
def promised(
    soon: Reservation, boris: User, anna: User, monkeypatch: pytest.MonkeyPatch
) -> Reservation:
    """Let something stand behind the reservation, as tickets do."""
    promise = Promise(about=boris, borrower=boris, people=frozenset({boris, anna}))
    monkeypatch.setattr(promises, "_finders", [lambda pks: dict.fromkeys(pks, promise)])
    return soon


@pytest.mark.usefixtures("promised")
def test_those_concerned_are_told_once(asset: Asset, clara: User, boris: User, anna: User) -> None:
    services.send_to_maintenance(asset.pk, reason="lens", actor=clara)
    notices = Notice.objects.filter(kind="assets.promise_endangered")
    assert {notice.recipient for notice in notices} == {boris, anna}
    assert {notice.subject for notice in notices} == {
        "CAM-1 Camera of Boris may not be there: it is now in maintenance"
    }
    count = notices.count()
    services.return_to_service(asset.pk, actor=clara)
    assert notices.count() == count


@pytest.mark.usefixtures("soon")
def test_nobody_is_told_of_what_nobody_counts_on(
    asset: Asset, clara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promises, "_finders", [])
    services.lose(asset.pk, reason="gone", actor=clara)
    assert not Notice.objects.filter(kind="assets.promise_endangered").exists()


# The pages.


@pytest.fixture
def desk(client: Client, clara: User) -> Client:
    """Sit down as the clerk."""
    client.force_login(clara)
    return client


def queue(desk: Client) -> str:
    return desk.get(reverse("admin:assets_reservation_endangered")).content.decode()


def test_the_queue_says_why_and_counts(
    desk: Client, asset: Asset, promised: Reservation, clara: User, now: datetime
) -> None:
    assert "Every promise can be kept." in queue(desk)
    services.lose(asset.pk, reason="gone", actor=clara)
    text = queue(desk)
    assert "It has been reported lost" in text
    assert "Boris" in text
    first = desk.get(reverse("admin:index")).content.decode()
    assert "Broken promises" in first
    assert "CAM-1 Camera" in first
    assert promised.starts_at > now


def test_a_stranger_sees_no_queue(client: Client, walt: User) -> None:
    client.force_login(walt)
    assert client.get(reverse("admin:assets_reservation_endangered")).status_code == 403


def test_the_queue_asks_as_much_for_many_as_for_one(
    desk: Client,
    make: Make,
    lena: User,
    clara: User,
    now: datetime,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(12):
        one = make.asset(lender=lena, tag=f"X-{number}")
        book(one, clara, now + DAY, now + 2 * DAY)
        services.lose(one.pk, reason="gone", actor=clara)
    desk.get(reverse("admin:index"))
    with django_assert_max_num_queries(16):
        queue(desk)


def test_the_dialog_lists_what_maintenance_breaks_and_wants_a_tick(
    desk: Client, asset: Asset, soon: Reservation, now: datetime
) -> None:
    url = reverse("admin:assets_asset_send_to_maintenance", args=(asset.pk,))
    shown = desk.get(url)
    assert "1 loan is ahead:" in shown.content.decode()
    until = timezone.localtime(now + 5 * DAY).strftime("%Y-%m-%dT%H:%M")
    typed = {"_form_submitted": "1", "reason": "lens", "until": until, "seen": str(soon.pk)}
    refused = desk.post(url, typed).content.decode()
    assert "T-8 Bella" in refused
    assert desk.post(url, typed | {"has_seen": "on"}).headers["HX-Redirect"]
    asset.refresh_from_db()
    assert asset.status == "in_maintenance"
    page = desk.get(reverse("admin:assets_asset_change", args=(asset.pk,))).content.decode()
    assert "1 loan endangered" in page


def test_without_a_promise_the_dialog_wants_no_tick(desk: Client, asset: Asset) -> None:
    for name in ("send_to_maintenance", "report_lost"):
        url = reverse(f"admin:assets_asset_{name}", args=(asset.pk,))
        assert "ahead:" not in desk.get(url).content.decode()
    assert timedelta(days=14) == selectors.FORESIGHT
