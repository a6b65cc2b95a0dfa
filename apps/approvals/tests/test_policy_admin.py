"""Policies on screen: amounts as people write them, changes recorded."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.approvals.models import Policy
from apps.audit.models import AuditEvent

pytestmark = pytest.mark.django_db

ADD = "admin:approvals_policy_add"


def form(**fields: Any) -> dict[str, Any]:
    return {
        "name": "Big tickets",
        "is_active": "on",
        "scope": "ticket",
        "group": "",
        "currency": "usd",
        "from_amount": "1000.50",
        "to_amount": "",
        "due_hours": "36",
        "levels-TOTAL_FORMS": "1",
        "levels-INITIAL_FORMS": "0",
        "levels-0-number": "1",
        "levels-0-role": str(Group.objects.get(name="Lending approver").pk),
        "levels-0-decider_count": "2",
        **fields,
    }


@pytest.fixture
def desk(client: Client, adam: User) -> Client:
    """Adam, the administrator, has signed in."""
    client.force_login(adam)
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def test_an_administrator_writes_a_policy(desk: Client, adam: User) -> None:
    response = desk.post(reverse(ADD), form())
    assert response.status_code == 302, text(response)
    policy = Policy.objects.get(name="Big tickets")
    assert (policy.currency, policy.amount_from, policy.amount_to) == ("USD", 100050, None)
    assert policy.due_in == timedelta(hours=36)
    assert [level.decider_count for level in policy.levels.all()] == [2]
    event = AuditEvent.objects.get(action="approvals.policy_added", target_id=str(policy.pk))
    assert event.actor == adam


def test_the_form_shows_the_amounts_again(desk: Client) -> None:
    policy = Policy.objects.get(name="Tickets in US dollars below 1,000")
    page = text(desk.get(reverse("admin:approvals_policy_change", args=(policy.pk,))))
    assert 'value="1000.00"' in page
    assert 'value="24"' in page


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"currency": "XXQ"}, "is not an ISO 4217 currency"),
        ({"from_amount": "1.001"}, "this currency has 2 decimals"),
        ({"to_amount": "-1"}, "must be more than"),
        ({"from_amount": "-1"}, "not negative"),
        ({"to_amount": "1000.50"}, "must be more than"),
        ({"currency": ""}, "Name a currency first"),
        ({"levels-TOTAL_FORMS": "0"}, "at least 1"),
        ({"scope": "nonsense"}, "not one of the available choices"),
    ],
)
def test_a_wrong_policy_is_refused_in_words(
    desk: Client, fields: dict[str, Any], fault: str
) -> None:
    assert fault in text(desk.post(reverse(ADD), form(**fields)))
    assert not Policy.objects.filter(name="Big tickets").exists()


def test_a_policy_for_any_currency_has_no_amounts(desk: Client) -> None:
    desk.post(reverse(ADD), form(currency="", from_amount="", due_hours=""))
    policy = Policy.objects.get(name="Big tickets")
    assert (policy.amount_from, policy.amount_to, policy.due_in) == (0, None, None)


def test_the_list_shows_bands_and_chains(desk: Client) -> None:
    page = text(desk.get(reverse("admin:approvals_policy_changelist")))
    assert "$0.00 to below $1,000.00" in page
    assert "from $1,000.00" in page
    assert "Lending approver → Finance controller" in page
    assert "2 × Finance controller" in page


def test_an_auditor_reads_and_does_not_write(client: Client, audrey: User) -> None:
    client.force_login(audrey)
    pages = []
    for policy in Policy.objects.all():
        address = reverse("admin:approvals_policy_change", args=(policy.pk,))
        pages.append(text(client.get(address)))
        assert policy.name in pages[-1]
        assert client.post(address, form()).status_code == 403
    assert "48 hours" in "".join(pages)
    assert client.post(reverse(ADD), form()).status_code == 403


def test_an_approver_does_not_see_policies(client: Client, anna: User) -> None:
    client.force_login(anna)
    assert client.get(reverse("admin:approvals_policy_changelist")).status_code == 403


def test_from_an_amount_on_a_recent_sign_in_is_asked_for(desk: Client) -> None:
    desk.post(reverse(ADD), form(recent_amount="500"))
    policy = Policy.objects.get(name="Big tickets")
    assert policy.step_up_amount == 50000
    page = text(desk.get(reverse("admin:approvals_policy_change", args=(policy.pk,))))
    assert 'name="recent_amount" value="500.00"' in page


def test_without_a_currency_a_recent_sign_in_is_asked_for_always_or_never(desk: Client) -> None:
    anything = {"currency": "", "from_amount": ""}
    refused = text(desk.post(reverse(ADD), form(recent_amount="500", **anything)))
    assert "Name a currency first" in refused
    desk.post(reverse(ADD), form(recent_amount="0", **anything))
    policy = Policy.objects.get(name="Big tickets")
    assert policy.step_up_amount == 0
    page = text(desk.get(reverse("admin:approvals_policy_change", args=(policy.pk,))))
    assert 'name="recent_amount" value="0"' in page


def test_a_negative_amount_is_refused(desk: Client) -> None:
    assert "not negative" in text(desk.post(reverse(ADD), form(recent_amount="-1")))
