"""Tariffs and categories, written as people write money, shares and lengths of time."""

from datetime import timedelta
from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.assets.admin.fields import LengthField, PercentField
from apps.assets.models import Category, Tariff
from apps.assets.states import DepositKind
from apps.assets.wording import length, share
from apps.audit.models import AuditEvent
from project.testing.make import Make

ADD = "admin:assets_tariff_add"
EXAMPLE = "admin:assets_tariff_example"
TYPED = {
    "name": "Cameras",
    "currency": "usd",
    "day_price": "100",
    "week_price": "500.00",
    "grace": "0:15",
    "deposit_kind": "share",
    "deposit_share": "25.5",
    "late_fee": "20",
    "late_fee_unit": "day",
    "late_fee_cap": "50",
    "commission_share": "20",
}


@pytest.fixture
def office(client: Client, adam: User) -> Client:
    """Adam's browser."""
    client.force_login(adam)
    return client


def page(tariff: Tariff) -> str:
    return reverse("admin:assets_tariff_change", args=(tariff.pk,))


def test_a_tariff_is_added_in_amounts_and_recorded(office: Client, adam: User) -> None:
    assert office.post(reverse(ADD), TYPED).status_code == 302
    tariff = Tariff.objects.get()
    assert (tariff.currency, tariff.day_price, tariff.week_price) == ("USD", 10000, 50000)
    assert (tariff.hour_price, tariff.minimum_fee, tariff.late_fee_cap) == (None, 0, 5000)
    assert (tariff.deposit_share, tariff.commission_share) == (2550, 2000)
    assert tariff.grace == timedelta(minutes=15)
    event = AuditEvent.objects.get(action="assets.tariff_added")
    assert (event.actor, event.after["day_price"]) == (adam, 10000)


def test_a_change_is_shown_typed_and_recorded_in_its_units(office: Client, make: Make) -> None:
    tariff = make.tariff(deposit_kind=DepositKind.SHARE, deposit_share=2550)
    shown = office.get(page(tariff)).content.decode()
    for value in ('value="10.00"', 'value="25.5"', 'value="20"', 'value="0:15"'):
        assert value in shown
    changed = {**TYPED, "name": tariff.name, "day_price": "12.50", "grace": "2:00"}
    changed["commission_share"] = "22.5"
    assert office.post(page(tariff), changed).status_code == 302
    tariff.refresh_from_db()
    assert (tariff.day_price, tariff.grace) == (1250, timedelta(hours=2))
    event = AuditEvent.objects.get(action="assets.tariff_changed")
    assert (event.before["day_price"], event.after["day_price"]) == (1000, 1250)
    history = reverse("admin:assets_tariff_history", args=(tariff.pk,))
    shown = office.get(history).content.decode()
    for text in ("$10.00", "$12.50", "15 minutes", "2 hours", "20 %", "22.5 %"):
        assert text in shown


def test_the_currency_of_a_tariff_stays(office: Client, make: Make) -> None:
    tariff = make.tariff()
    office.post(page(tariff), {**TYPED, "name": "New", "currency": "EUR"})
    tariff.refresh_from_db()
    assert (tariff.name, tariff.currency) == ("New", "USD")


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"day_price": "12.345"}, "day_price", "this currency has 2 decimals"),
        ({"day_price": "1e9"}, "day_price", "write digits with a point"),
        ({"late_fee": "-1"}, "late_fee", "may not be negative"),
        ({"currency": "XYZ"}, "currency", "is not an ISO 4217 currency"),
        ({"day_price": "", "week_price": ""}, "__all__", "Give the price of at least one unit."),
        ({"deposit_kind": "fixed"}, "deposit_amount", "Give it, or choose another kind"),
        ({"deposit_share": ""}, "deposit_share", "Give it, or choose another kind"),
        ({"deposit_share": "101"}, "deposit_share", "less than or equal to 100"),
        ({"commission_share": "20.005"}, "commission_share", "no more than 2 decimal places"),
        ({"grace": "soon"}, "grace", "“soon” is no length of time."),
        ({"grace": ""}, "grace", "This field is required."),
    ],
)
def test_what_cannot_be_a_tariff_is_refused_at_its_field(
    office: Client, wrong: dict[str, str], field: str, sentence: str
) -> None:
    answer = office.post(reverse(ADD), {**TYPED, **wrong})
    assert sentence in " ".join(answer.context["adminform"].form.errors[field])
    assert not Tariff.objects.exists()


def test_the_page_works_an_example(office: Client, make: Make) -> None:
    tariff = make.tariff(
        day_price=10000,
        week_price=50000,
        deposit_kind=DepositKind.SHARE,
        deposit_share=2500,
    )
    shown = office.get(page(tariff)).content.decode()
    assert "1 week × $500.00 + 1 day × $100.00 = $600.00" in shown
    assert "Deposit for a value of $1,000.00" in shown
    assert "Returned 1 day 2 hours late: 2 days × $5.00 = $10.00" in shown


def test_the_example_follows_what_is_typed(office: Client, make: Make) -> None:
    shown = office.get(reverse(EXAMPLE), {**TYPED, "name": ""}).content.decode()
    assert "1 week × $500.00 + 1 day × $100.00 = $600.00" in shown
    tariff = make.tariff()
    query = {**TYPED, "tariff": str(tariff.pk), "currency": "", "day_price": "1"}
    assert "8 days × $1.00 = $8.00" in office.get(reverse(EXAMPLE), query).content.decode()
    tariff.refresh_from_db()
    assert tariff.day_price == 1000


@pytest.mark.parametrize(
    "query", [{}, {"tariff": "x"}, {**TYPED, "day_price": "x"}, {**TYPED, "currency": "X"}]
)
def test_an_example_that_cannot_be_worked_says_what_is_missing(
    office: Client, query: dict[str, str]
) -> None:
    shown = office.get(reverse(EXAMPLE), query).content.decode()
    assert "then the example stands here" in shown


def test_strangers_work_no_example(client: Client, walt: User) -> None:
    client.force_login(walt)
    assert client.get(reverse(EXAMPLE), TYPED).status_code == 403


def test_who_may_only_read_sees_money_and_no_form(client: Client, clara: User, make: Make) -> None:
    tariff = make.tariff(hour_price=123, week_price=4567, month_price=8901)
    client.force_login(clara)
    shown = client.get(page(tariff)).content.decode()
    for text in ("$1.23", "$10.00", "$45.67", "$89.01", "20 %", "15 minutes"):
        assert text in shown
    assert 'name="day_price"' not in shown
    assert client.post(page(tariff), TYPED).status_code == 403


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ({"deposit_kind": DepositKind.FIXED, "deposit_amount": 5000}, "$50.00"),
        ({"deposit_kind": DepositKind.SHARE, "deposit_share": 2500}, "25 %"),
        ({"deposit_kind": DepositKind.NONE}, "–"),
    ],
)
def test_the_list_shows_prices_and_deposits(
    office: Client, make: Make, kind: dict[str, Any], shown: str
) -> None:
    make.category(tariff=make.tariff(hour_price=150, **kind))
    text = office.get(reverse("admin:assets_tariff_changelist")).content.decode()
    assert "$1.50 / hour · $10.00 / day" in text
    assert shown in text


def test_a_category_has_its_turnaround_in_hours(office: Client, make: Make) -> None:
    tariff = make.tariff()
    add = reverse("admin:assets_category_add")
    typed = {"name": "Cameras", "tariff": tariff.pk, "turnaround": "2:30"}
    no_checklist = {"checklist-TOTAL_FORMS": 0, "checklist-INITIAL_FORMS": 0}
    office.post(add, {**typed, **no_checklist})
    category = Category.objects.get()
    assert category.turnaround == timedelta(hours=2, minutes=30)
    assert AuditEvent.objects.filter(action="assets.category_added").count() == 1
    page = reverse("admin:assets_category_change", args=(category.pk,))
    assert 'value="2:30"' in office.get(page).content.decode()
    make.category()
    shown = office.get(reverse("admin:assets_category_changelist")).content.decode()
    assert "2 hours 30 minutes" in shown


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("0:15", 15),
        ("2:00", 120),
        ("26:30", 1590),
        ("00:15:00", 15),
        ("15 min", 15),
        ("2 h", 120),
        ("1 day 2 hours", 1560),
        ("90 minutes", 90),
        ("1d", 1440),
        ("0", 0),
        (" 0:00 ", 0),
    ],
)
def test_lengths_are_read_as_people_write_them(text: str, minutes: int) -> None:
    assert LengthField().clean(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["15", "2:70", "-1:00", "1 fortnight", "1 h soon", "1.5 h"])
def test_a_length_that_could_mean_two_things_is_refused(text: str) -> None:
    with pytest.raises(forms.ValidationError, match="Write 2:30, 15 min or 1 day 2 h"):
        LengthField().clean(text)


def test_fields_know_what_has_changed() -> None:
    quarter = timedelta(minutes=15)
    assert not LengthField().has_changed(quarter, "0:15")
    assert LengthField().has_changed(quarter, "0:16")
    assert LengthField().has_changed(quarter, "soon")
    assert LengthField(required=False).clean("") is None
    assert LengthField().prepare_value(timedelta(seconds=75)) == "0:01:15"
    assert LengthField().prepare_value("as typed") == "as typed"
    assert not PercentField().has_changed(2550, "25.50")
    assert PercentField().has_changed(2550, "25")
    assert PercentField().has_changed(2550, "x")
    assert PercentField().prepare_value("as typed") == "as typed"


@pytest.mark.parametrize(
    ("basis_points", "text"), [(0, "0 %"), (5, "0.05 %"), (2550, "25.5 %"), (10000, "100 %")]
)
def test_shares_are_written_in_percent(basis_points: int, text: str) -> None:
    assert share(basis_points) == text
    assert f"{PercentField().prepare_value(basis_points)} %" == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 minutes"),
        (1, "1 minute"),
        (59 * 60 + 30, "1 hour"),
        (86400, "1 day"),
        (2 * 86400 + 3600 + 60, "2 days 1 hour 1 minute"),
    ],
)
def test_lengths_are_written_in_words(seconds: int, text: str) -> None:
    assert length(timedelta(seconds=seconds)) == text
