"""Policies by category, lender and asset value, and why one of them applied."""

from typing import Any

import pytest

from apps.accounts.models import User
from apps.approvals import services
from apps.approvals.models import Policy
from apps.approvals.services import Choice
from apps.approvals.tests.conftest import Matters, policy

pytestmark = pytest.mark.django_db

APPROVER = ("Lending approver", 1)


def chosen(**facts: Any) -> Choice:
    return services.choose(**{"scope": "matter", "amount": 125_000, "currency": "USD", **facts})


def test_a_category_or_a_lender_of_any_line_is_enough(lena: User, bella: User) -> None:
    policy(APPROVER)
    cameras = policy(APPROVER, group="Cameras")
    assert chosen(groups={"Cameras", "Tools"}).policy == cameras
    lenas = policy(APPROVER, lender=lena)
    assert chosen(groups={"Cameras"}, lenders={lena, bella}).policy == lenas
    assert chosen(groups={"Cameras"}, lenders={bella}).policy == cameras


def test_a_band_of_asset_values_holds_its_first_value_and_not_its_last() -> None:
    anything = policy(APPROVER, currency="USD")
    dear = policy(APPROVER, currency="USD", value_from=500_000, value_to=900_000)
    assert chosen(value=499_999).policy == anything
    assert chosen(value=500_000).policy == dear
    assert chosen(value=900_000).policy == anything


def test_of_two_categories_the_higher_amount_wins_and_then_the_stricter() -> None:
    policy(APPROVER, group="Tools", currency="USD")
    higher = policy(APPROVER, group="Cameras", currency="USD", amount_from=100_000)
    assert chosen(groups={"Cameras", "Tools"}).policy == higher
    stricter = policy(("Lending approver", 2), group="Tools", currency="USD", amount_from=100_000)
    assert chosen(groups={"Cameras", "Tools"}).policy == stricter


def test_of_equals_the_one_that_is_never_automatic_wins() -> None:
    policy(("Lending approver", 2), currency="USD", automatic_below=1_000)
    careful = policy(APPROVER, currency="USD")
    assert chosen().policy == careful


def test_of_equals_in_everything_the_older_wins() -> None:
    older = policy(APPROVER)
    policy(APPROVER)
    assert chosen().policy == older


def test_why_is_said_in_a_sentence_and_in_facts(lena: User) -> None:
    first, second = policy(APPROVER), policy(APPROVER, currency="USD")
    third = policy(APPROVER, currency="USD", group="Cameras", amount_from=100_000)
    choice = chosen(groups={"Cameras"}, lenders={lena}, value=250_000)
    assert choice.why == (
        "amount 1,250.00 USD from 1,000.00; category Cameras; lender any; asset value any; "
        "the most specific of 3 that match"
    )
    assert choice.facts == {
        "amount": 125_000,
        "currency": "USD",
        "groups": ["Cameras"],
        "lenders": [lena.pk],
        "value": 250_000,
        "policy": third.pk,
        "matching": [first.pk, second.pk, third.pk],
    }


def test_bands_and_people_are_named(lena: User) -> None:
    policy(APPROVER, currency="USD", lender=lena, amount_to=200_000, value_from=1_000)
    assert chosen(lenders={lena}, value=1_000).why == (
        "amount 1,250.00 USD below 2,000.00; category any; lender Lena; asset value from 10.00; "
        "the only one that matches"
    )


def test_the_request_keeps_why(matters: Matters, one_approver: Policy, clara: User) -> None:
    request = matters.ask(clara, group="Cameras")
    assert request.why == (
        "amount 100.00 USD of any size; category any; lender any; asset value any; "
        "the only one that matches"
    )
    assert request.why_facts["policy"] == one_approver.pk
    assert request.why_facts["groups"] == ["Cameras"]
