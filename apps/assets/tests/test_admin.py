"""The pages of the register: what they show, to whom, and that only services write."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.assets import services
from apps.assets.models import Asset, Category
from apps.assets.states import ReservationKind, Status
from apps.assets.tests.conftest import DAY, HOUR, book
from apps.audit.models import AuditEvent
from project.testing.make import Make

LIST = "admin:assets_asset_changelist"


def page(asset: Asset) -> str:
    return reverse("admin:assets_asset_change", args=(asset.pk,))


def dialog(name: str, asset: Asset) -> str:
    return reverse(f"admin:assets_asset_{name}", args=(asset.pk,))


@pytest.fixture
def asset(make: Make, lena: User) -> Asset:
    return make.asset(
        lender=lena, tag="CAM-1", name="Camera", value=123456, category=make.category(name="Cams")
    )


@pytest.fixture
def desk(client: Client, clara: User) -> Client:
    """Clara's browser."""
    client.force_login(clara)
    return client


def typed(asset: Asset, **others: Any) -> dict[str, Any]:
    """Return the form as a browser sends it."""
    return {
        "tag": asset.tag,
        "name": asset.name,
        "category": asset.category_id,
        "lender": asset.lender_id,
        "value": "1234.56",
        "currency": "USD",
        "condition": "good",
        "seen_version": asset.version,
        **others,
    }


# The list.


def test_the_list_shows_money_and_status_as_people_read_them(desk: Client, asset: Asset) -> None:
    text = desk.get(reverse(LIST)).content.decode()
    assert "$1,234.56" in text
    assert "123456" not in text
    assert "available" in text


@pytest.mark.parametrize(
    ("tab", "tags"),
    [
        ("", {"A", "L"}),
        ("active", {"A", "L"}),
        ("lost", {"L"}),
        ("retired", {"R"}),
        ("all", {"A", "L", "R"}),
        ("nonsense", {"A", "L"}),
    ],
)
def test_tabs_part_the_register(
    desk: Client, make: Make, lena: User, tab: str, tags: set[str]
) -> None:
    make.asset(lender=lena, tag="A")
    make.asset(lender=lena, tag="L", status=Status.LOST)
    make.asset(lender=lena, tag="R", status=Status.RETIRED)
    found = desk.get(reverse(LIST), {"tab": tab} if tab else {}).context["cl"].queryset
    assert {asset.tag for asset in found} == tags


@pytest.mark.parametrize("term", ["cam-1", "Camera", "SN-77"])
def test_tags_names_and_serials_are_found(
    desk: Client, asset: Asset, make: Make, lena: User, term: str
) -> None:
    Asset.objects.filter(pk=asset.pk).update(serial="SN-77")
    make.asset(lender=lena, tag="OTHER", name="Drill")
    found = desk.get(reverse(LIST), {"q": term}).context["cl"].queryset
    assert list(found) == [asset]


def _many(make: Make, lena: User, actor: User, count: int) -> None:
    now = timezone.now()
    for number in range(count):
        one = make.asset(lender=lena, category=make.category())
        book(one, actor, now + number * DAY, now + (number + 1) * DAY)


@pytest.mark.parametrize(
    "name", ["assets_asset", "assets_category", "assets_tariff", "assets_reservation"]
)
def test_ten_rows_ask_as_many_questions_as_two(
    desk: Client,
    make: Make,
    lena: User,
    clara: User,
    name: str,
    django_assert_max_num_queries: Any,
) -> None:
    url = reverse(f"admin:{name}_changelist")
    _many(make, lena, clara, 2)
    desk.get(url)
    with django_assert_max_num_queries(60) as two:
        desk.get(url)
    _many(make, lena, clara, 8)
    with django_assert_max_num_queries(60) as ten:
        desk.get(url)
    assert len(ten) == len(two)


def test_a_page_asks_as_many_questions_for_ten_reservations_as_for_two(
    desk: Client, asset: Asset, clara: User, django_assert_max_num_queries: Any
) -> None:
    now = timezone.now()
    for day in range(2):
        book(asset, clara, now + day * DAY, now + (day + 1) * DAY)
    desk.get(page(asset))
    with django_assert_max_num_queries(60) as two:
        desk.get(page(asset))
    for day in range(2, 10):
        book(asset, clara, now + day * DAY, now + (day + 1) * DAY)
    with django_assert_max_num_queries(60) as ten:
        desk.get(page(asset))
    assert len(ten) == len(two)


# The page.


def test_the_page_says_where_it_is_and_what_comes(desk: Client, asset: Asset, clara: User) -> None:
    now = timezone.now()
    assert "Nobody has reserved it." in desk.get(page(asset)).content.decode()
    coming = book(asset, clara, now + DAY, now + 2 * DAY, reason="T-8 Bella")
    assert f"Next: {coming} (loan: T-8 Bella)" in desk.get(page(asset)).content.decode()
    current = book(asset, clara, now - HOUR, now + HOUR, reason="T-7 Boris")
    text = desk.get(page(asset)).content.decode()
    assert f"to be collected: {current} (loan: T-7 Boris)" in text
    services.hand_over(asset.pk, actor=clara, reservation_id=current.pk)
    text = desk.get(page(asset)).content.decode()
    assert f"Out on {current} (loan: T-7 Boris), due back on" in text
    assert "1 day × $10.00 = $10.00" in text
    assert "loan endangered" not in text


def test_the_page_names_the_loans_that_are_endangered(
    desk: Client, asset: Asset, clara: User, time_machine: Any
) -> None:
    now = timezone.now()
    current = book(asset, clara, now - HOUR, now + HOUR, reason="T-7 Boris")
    book(asset, clara, now + DAY, now + 2 * DAY, reason="T-8 Bella")
    book(asset, clara, now + 3 * DAY, now + 4 * DAY, kind=ReservationKind.BLACKOUT)
    services.hand_over(asset.pk, actor=clara, reservation_id=current.pk)
    time_machine.move_to(now + 2 * HOUR)
    # The session has ended meanwhile.
    desk.force_login(clara)
    text = desk.get(page(asset)).content.decode()
    assert f"It is late: {current} (loan: T-7 Boris) was due back" in text
    assert "1 loan endangered" in text
    # What is out too long stays in the list, though its time is over.
    assert text.count("T-7 Boris") >= 2
    services.lose(asset.pk, reason="gone", actor=clara)
    assert "1 loan endangered" in desk.get(page(asset)).content.decode()


def test_the_page_says_until_when_it_is_in_maintenance(
    desk: Client, asset: Asset, clara: User
) -> None:
    services.send_to_maintenance(asset.pk, reason="lens", actor=clara, until=timezone.now() + DAY)
    assert "In maintenance until" in desk.get(page(asset)).content.decode()


def test_the_page_says_why_there_is_no_price(desk: Client, asset: Asset, make: Make) -> None:
    Asset.objects.filter(pk=asset.pk).update(tariff=make.tariff(currency="EUR"))
    assert "Choose a tariff in USD" in desk.get(page(asset)).content.decode()


def test_a_turnaround_is_on_the_page(desk: Client, asset: Asset, clara: User) -> None:
    Category.objects.update(turnaround=timedelta(hours=2))
    asset.refresh_from_db()
    now = timezone.now()
    back = book(asset, clara, now - DAY, now + HOUR)
    services.free(back.pk, actor=clara, until=now - HOUR)
    text = desk.get(page(asset)).content.decode()
    assert "2 hours" in text
    assert "Nobody has reserved it." in text


def test_who_may_only_read_sees_facts_and_no_form(
    client: Client, audrey: User, asset: Asset, clara: User
) -> None:
    client.force_login(audrey)
    services.change(asset.pk, actor=clara, name="Cine camera", reason="typo")
    text = client.get(page(asset)).content.decode()
    assert "$1,234.56" in text
    assert 'name="tag"' not in text
    assert "Send to maintenance" not in text
    # The auditor also reads what happened, and why.
    assert "assets.changed" in text
    assert "typo" in text
    assert client.post(page(asset), typed(asset, name="x")).status_code == 403


@pytest.mark.parametrize("name", ["send_to_maintenance", "report_lost", "retire"])
def test_who_may_only_read_opens_no_dialog(
    client: Client, audrey: User, asset: Asset, name: str
) -> None:
    client.force_login(audrey)
    assert client.post(dialog(name, asset), {"reason": "x"}).status_code == 403


def test_a_page_that_is_not_there_is_said_so(desk: Client) -> None:
    assert desk.get(reverse("admin:assets_asset_change", args=(999,))).status_code == 302


# The form.


def test_the_form_registers_through_the_service(desk: Client, asset: Asset, clara: User) -> None:
    answer = desk.post(
        reverse("admin:assets_asset_add"),
        typed(asset, tag="NEW-1", value="99.90", currency="usd", reason="bought"),
    )
    new = Asset.objects.get(tag="NEW-1")
    assert answer.status_code == 302
    assert (new.value, new.currency) == (9990, "USD")
    assert new.history.get().history_change_reason == "bought"
    assert AuditEvent.objects.get(action="assets.registered").actor == clara
    assert "NEW-1" in desk.get(reverse(LIST)).content.decode()


def test_the_form_changes_through_the_service(desk: Client, asset: Asset, clara: User) -> None:
    text = desk.get(page(asset)).content.decode()
    assert 'value="1234.56"' in text
    desk.post(page(asset), typed(asset, name="Cine camera", value="2000", reason="typo"))
    asset.refresh_from_db()
    assert (asset.name, asset.value, asset.version) == ("Cine camera", 200000, 2)
    event = AuditEvent.objects.get(action="assets.changed")
    assert (event.actor, event.reason) == (clara, "typo")
    assert event.before == {"name": "Camera", "value": "1234.56 USD"}
    history = desk.get(reverse("admin:assets_asset_history", args=(asset.pk,))).content.decode()
    assert "$2,000.00" in history
    assert "200000" not in history


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("value", "12.345", "this currency has 2 decimals"),
        ("value", "-5", "The value may not be negative."),
        ("value", "1e9", "write digits with a point"),
        ("value", "9" * 40, "it is too large"),
        ("value", "", "This field is required."),
        ("currency", "XYZ", "is not an ISO 4217 currency"),
        ("currency", "EUR", "Choose a tariff in EUR"),
        ("currency", "", "This field is required."),
        ("tag", "other", "Another asset has this tag already."),
        ("name", " ", "This field is required."),
        ("lender", "", "This field is required."),
    ],
)
def test_a_refusal_stands_at_its_field_and_keeps_what_was_typed(
    desk: Client, asset: Asset, make: Make, lena: User, field: str, text: str, sentence: str
) -> None:
    make.asset(lender=lena, tag="OTHER")
    answer = desk.post(page(asset), typed(asset, location="typed", **{field: text}))
    assert answer.status_code == 200
    shown = answer.content.decode()
    assert sentence in shown
    assert "typed" in shown
    asset.refresh_from_db()
    assert (asset.location, asset.version) == ("", 1)


def test_a_stale_form_changes_nothing(desk: Client, asset: Asset, clara: User) -> None:
    stale = typed(asset, name="Mine")
    services.change(asset.pk, actor=clara, name="Theirs")
    answer = desk.post(page(asset), stale)
    assert "Somebody has changed CAM-1 Theirs since you opened this page" in answer.content.decode()
    assert Asset.objects.get().name == "Theirs"


def test_an_old_version_is_read_and_never_written_back(desk: Client, asset: Asset) -> None:
    version = asset.history.get()
    url = reverse("admin:assets_asset_simple_history", args=(asset.pk, version.history_id))
    assert desk.get(url).status_code == 302
    assert desk.post(url, typed(asset)).status_code == 405


def test_the_history_speaks_of_statuses_in_words(desk: Client, asset: Asset, clara: User) -> None:
    now = timezone.now()
    reservation = book(asset, clara, now, now + HOUR)
    services.hand_over(asset.pk, actor=clara, reservation_id=reservation.pk)
    services.take_back(asset.pk, condition="good", actor=clara)
    services.send_to_maintenance(asset.pk, reason="lens", actor=clara)
    services.change(asset.pk, actor=clara, condition="damaged", location="Workshop")
    history = desk.get(reverse("admin:assets_asset_history", args=(asset.pk,))).content.decode()
    assert "in maintenance" in history
    assert "in_maintenance" not in history
    assert "Deleted" not in history
    assert "Workshop" in history


# The dialogs.

CASES: list[tuple[str, Status, dict[str, str], Status]] = [
    ("send_to_maintenance", Status.AVAILABLE, {"reason": "lens"}, Status.IN_MAINTENANCE),
    ("return_to_service", Status.IN_MAINTENANCE, {}, Status.AVAILABLE),
    ("report_lost", Status.ON_LOAN, {"reason": "gone"}, Status.LOST),
    ("report_found", Status.LOST, {"reason": "there"}, Status.AVAILABLE),
    ("retire", Status.AVAILABLE, {"reason": "old"}, Status.RETIRED),
]


@pytest.mark.parametrize(("name", "before", "data", "after"), CASES)
def test_a_dialog_does_its_deed_by_post_only(
    desk: Client, asset: Asset, name: str, before: Status, data: dict[str, str], after: Status
) -> None:
    Asset.objects.filter(pk=asset.pk).update(status=before)
    assert desk.get(dialog(name, asset)).status_code == 200
    assert Asset.objects.get().status == before
    answer = desk.post(dialog(name, asset), {**data, "_form_submitted": "1"})
    assert answer["HX-Redirect"] == page(asset)
    assert Asset.objects.get().status == after
    assert f"is now: {after.label}" in desk.get(page(asset)).content.decode()


@pytest.mark.parametrize(("name", "status", "data", "_after"), CASES)
def test_a_button_is_there_when_its_deed_is_possible(
    desk: Client, asset: Asset, name: str, status: Status, data: dict[str, str], _after: Status
) -> None:
    for other in Status:
        Asset.objects.filter(pk=asset.pk).update(status=other)
        is_there = dialog(name, asset) in desk.get(page(asset)).content.decode()
        assert is_there == (desk.get(dialog(name, asset)).status_code == 200)
        assert is_there or other != status


def test_a_reason_is_asked_for(desk: Client, asset: Asset) -> None:
    answer = desk.post(dialog("retire", asset), {"reason": " ", "_form_submitted": "1"})
    assert "This field is required." in answer.content.decode()
    assert Asset.objects.get().status == Status.AVAILABLE


def test_a_refusal_keeps_the_dialog_open(desk: Client, asset: Asset, clara: User) -> None:
    now = timezone.now()
    book(asset, clara, now + DAY, now + 2 * DAY, reason="T-7 Boris")
    answer = desk.post(dialog("retire", asset), {"reason": "old", "_form_submitted": "1"})
    assert "T-7 Boris" in answer.content.decode()
    assert "old" in answer.content.decode()


def test_maintenance_until_then(desk: Client, asset: Asset) -> None:
    past = {"reason": "lens", "until": "2020-01-01T10:00", "_form_submitted": "1"}
    answer = desk.post(dialog("send_to_maintenance", asset), past)
    assert "This has passed." in answer.content.decode()
    until = timezone.localtime(timezone.now() + DAY).replace(second=0, microsecond=0)
    desk.post(dialog("send_to_maintenance", asset), {**past, "until": f"{until:%Y-%m-%dT%H:%M}"})
    assert asset.reservations.get().ends_at == until


def test_what_was_lost_on_a_loan_has_no_button_to_find_or_retire_it(
    desk: Client, asset: Asset, clara: User
) -> None:
    now = timezone.now()
    reservation = book(asset, clara, now - HOUR, now + HOUR)
    services.hand_over(asset.pk, actor=clara, reservation_id=reservation.pk)
    services.lose(asset.pk, reason="gone", actor=clara)
    text = desk.get(page(asset)).content.decode()
    assert dialog("report_found", asset) not in text
    assert dialog("retire", asset) not in text
