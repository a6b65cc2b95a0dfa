"""Discounts and rates of commission, typed as people write them, recorded and shown."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.assets.models import Category, CommissionRate, Discount
from apps.audit.models import AuditEvent
from project.testing.make import Make

ADD = "admin:assets_discount_add"
RATE = "admin:assets_commissionrate_add"
TYPED = {"name": "Long loans", "kind": "share", "share": "12.5", "minimum_length": "14 days"}
VOUCHER = {"name": "Voucher", "kind": "amount", "amount": "20", "currency": "usd"}


@pytest.fixture
def office(client: Client, adam: User) -> Client:
    """Adam's browser."""
    client.force_login(adam)
    return client


def test_a_share_from_a_length_is_added_shown_and_recorded(office: Client) -> None:
    assert office.post(reverse(ADD), {**TYPED, "amount": "5"}).status_code == 302
    discount = Discount.objects.get()
    assert (discount.share, discount.amount, discount.currency) == (1250, 0, "")
    assert discount.minimum_length == timedelta(days=14)
    page = reverse("admin:assets_discount_change", args=(discount.pk,))
    shown = office.get(page).content.decode()
    assert 'value="14 days"' in shown
    assert "A ticket gets one discount at most" in shown
    assert office.post(page, {**TYPED, "share": "10"}).status_code == 302
    event = AuditEvent.objects.get(action="assets.discount_changed")
    assert (event.before["share"], event.after["share"]) == (1250, 1000)
    history = reverse("admin:assets_discount_history", args=(discount.pk,))
    shown = office.get(history).content.decode()
    assert "12.5 %" in shown
    listed = office.get(reverse("admin:assets_discount_changelist")).content.decode()
    for text in ("10 %", "From 14 days", "on any day"):
        assert text in listed


def test_an_amount_is_added_in_its_currency_and_may_become_a_share(
    office: Client, make: Make, boris: User
) -> None:
    category = make.category()
    typed = VOUCHER | {"category": category.pk, "person": boris.pk, "valid_until": "2027-03-31"}
    assert office.post(reverse(ADD), typed).status_code == 302
    discount = Discount.objects.get()
    assert (discount.amount, discount.currency, discount.share) == (2000, "USD", 0)
    listed = office.get(reverse("admin:assets_discount_changelist")).content.decode()
    for text in ("$20.00 per ticket", f"{category}, Boris", "… – 2027-03-31"):
        assert text in listed
    page = reverse("admin:assets_discount_change", args=(discount.pk,))
    assert 'value="20.00"' in office.get(page).content.decode()
    assert office.post(page, TYPED).status_code == 302
    history = reverse("admin:assets_discount_history", args=(discount.pk,))
    assert office.get(history).status_code == 200


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({**TYPED, "share": ""}, "share", "Give it, or choose another kind"),
        ({**TYPED, "share": "101"}, "share", "less than or equal to 100"),
        ({**VOUCHER, "amount": "0"}, "amount", "Give an amount above zero."),
        ({**VOUCHER, "amount": "x"}, "amount", "write digits with a point"),
        ({**VOUCHER, "currency": ""}, "currency", "Say in which currency"),
        ({**VOUCHER, "currency": "XYZ"}, "currency", "is not an ISO 4217 currency"),
        (
            {**TYPED, "valid_from": "2027-03-02", "valid_until": "2027-03-01"},
            "__all__",
            "may not be before",
        ),
    ],
)
def test_what_cannot_be_a_discount_is_refused_at_its_field(
    office: Client, typed: dict[str, str], field: str, sentence: str
) -> None:
    answer = office.post(reverse(ADD), typed)
    assert sentence in " ".join(answer.context["adminform"].form.errors[field])
    assert not Discount.objects.exists()


def test_a_rate_is_added_recorded_and_ended(office: Client, lena: User) -> None:
    assert office.post(reverse(RATE), {"share": "12"}).status_code == 200
    typed = {"lender": lena.pk, "share": "12", "is_active": "on"}
    assert office.post(reverse(RATE), typed).status_code == 302
    rate = CommissionRate.objects.get()
    assert (rate.share, str(rate)) == (1200, "Lena")
    again = office.post(reverse(RATE), typed)
    assert "Change that one." in str(again.context["adminform"].form.errors)
    page = reverse("admin:assets_commissionrate_change", args=(rate.pk,))
    assert "before the tariff’s" in office.get(page).content.decode().replace(
        "that before", "before"
    )
    assert office.post(page, {"lender": lena.pk, "share": "12"}).status_code == 302
    event = AuditEvent.objects.get(action="assets.commissionrate_changed")
    assert event.after == {"is_active": False}


def test_the_example_of_a_tariff_shows_discounts_and_commissions(
    office: Client, make: Make, lena: User
) -> None:
    category = make.category(tariff=make.tariff(day_price=10000, week_price=50000))
    Discount.objects.create(name="Long loans", share=1000, minimum_length=timedelta(days=14))
    Discount.objects.create(name="Lenses only", share=1000, category=make.category())
    CommissionRate.objects.create(lender=lena, category=category, share=500)
    page = reverse("admin:assets_tariff_change", args=(category.tariff.pk,))
    shown = office.get(page).content.decode()
    for text in (
        "35 days with “Long loans”",
        "Discount “Long loans”: 10 % of $2,500.00 = -$250.00; leaves $2,250.00",
        "Commission: 20 % of $600.00 = $120.00",
        f"Commission: 5 % of $600.00 = $30.00, the rate of Lena, {category}",
    ):
        assert text in shown
    assert "Lenses only" not in shown


def test_a_category_says_how_its_values_fall(office: Client, make: Make) -> None:
    typed = {
        "name": "Cameras",
        "tariff": make.tariff().pk,
        "turnaround": "0",
        "checklist-TOTAL_FORMS": 0,
        "checklist-INITIAL_FORMS": 0,
    }
    add = reverse("admin:assets_category_add")
    fall = {"useful_life": "48", "residual_share": "12.5"}
    assert office.post(add, {**typed, **fall}).status_code == 302
    category = Category.objects.get()
    assert (category.useful_life, category.residual_share) == (48, 1250)
    listed = office.get(reverse("admin:assets_category_changelist")).content.decode()
    assert "48 months, down to 12.5 %" in listed
    answer = office.post(add, {**typed, "name": "Lights", "useful_life": "0"})
    assert "at least one month" in str(answer.context["adminform"].form.errors)
