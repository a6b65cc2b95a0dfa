"""The pages of roles."""

import pytest
from django.contrib.auth.models import Group
from django.forms import MultipleChoiceField
from django.test import Client
from django.urls import reverse

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.accounts.selectors import permissions_of
from apps.audit.models import AuditEvent


@pytest.fixture
def counter(adam: User) -> Group:
    """Make a role of the office’s own."""
    return accounts.add_role(name="Counter", permissions=["tickets.view_ticket"], actor=adam)


def page_of(role: Group) -> str:
    return reverse("admin:auth_group_change", args=(role.pk,))


def test_roles_are_called_roles(client: Client, adam: User, counter: Group) -> None:
    client.force_login(adam)

    text = client.get(reverse("admin:auth_group_changelist")).content.decode()

    assert "Roles" in text
    assert "Groups" not in text
    assert "Counter" in text


def test_an_auditor_reads_what_a_role_may_and_who_holds_it(
    client: Client, audrey: User, clara: User
) -> None:
    client.force_login(audrey)

    text = client.get(page_of(Group.objects.get(name="Lending clerk"))).content.decode()

    assert "Can hand over" in text
    assert "Clara" in text
    assert "accounts.role_added" in text
    assert "_historical" not in text


def test_a_role_of_the_product_is_not_edited(client: Client, adam: User) -> None:
    role = Group.objects.get(name="Wallet clerk")
    before = permissions_of(role)
    client.force_login(adam)

    answer = client.post(page_of(role), {"name": "Mine", "rights": []})

    assert answer.status_code == 403
    role.refresh_from_db()
    assert (role.name, permissions_of(role)) == ("Wallet clerk", before)
    assert "Can open wallets" in client.get(page_of(role)).content.decode()


def test_a_role_of_the_office_is_made_and_edited(client: Client, adam: User) -> None:
    client.force_login(adam)

    client.post(reverse("admin:auth_group_add"), {"name": "Desk", "rights": ["assets.view_asset"]})
    role = Group.objects.get(name="Desk")
    asked = client.get(page_of(role))
    assert asked.context["adminform"].form["rights"].initial == ["assets.view_asset"]
    client.post(page_of(role), {"name": "Counter", "rights": ["tickets.view_ticket"]})

    role.refresh_from_db()
    assert (role.name, permissions_of(role)) == ("Counter", ["tickets.view_ticket"])
    actions = AuditEvent.objects.filter(target_label__in=("Desk", "Counter")).order_by("pk")
    assert [event.action for event in actions] == ["accounts.role_added", "accounts.role_changed"]


def test_rights_that_are_nobodys_cannot_be_given(client: Client, adam: User) -> None:
    client.force_login(adam)

    answer = client.post(
        reverse("admin:auth_group_add"),
        {"name": "Desk", "rights": ["accounts.change_historicaluser"]},
    )

    assert answer.status_code == 200
    assert not Group.objects.filter(name="Desk").exists()


def test_nobody_adds_rights_to_their_own_role(client: Client, adam: User, counter: Group) -> None:
    adam.groups.add(counter)
    client.force_login(adam)

    answer = client.post(
        page_of(counter), {"name": "Counter", "rights": ["wallets.decide_adjustment"]}
    )

    assert answer.status_code == 403
    assert permissions_of(counter) == ["tickets.view_ticket"]


def test_what_the_service_refuses_comes_back_in_the_filled_form(
    client: Client, adam: User, counter: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(adam)
    monkeypatch.setattr(Group, "validate_unique", lambda *_args, **_options: None)
    typed = {"name": "Auditor", "rights": ["assets.view_asset", "tickets.view_ticket"]}

    changed = client.post(page_of(counter), typed)
    added = client.post(reverse("admin:auth_group_add"), typed)

    for page in (changed, added):
        form = page.context["adminform"].form
        assert form.errors == {"name": ["There is a role “Auditor” already. Choose another name."]}
        assert form["rights"].value() == typed["rights"]
    counter.refresh_from_db()
    assert (counter.name, permissions_of(counter)) == ("Counter", ["tickets.view_ticket"])


def test_a_right_that_is_gone_is_said_at_the_rights(
    client: Client, adam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(adam)
    monkeypatch.setattr(
        MultipleChoiceField, "valid_value", lambda _field, _value: True, raising=True
    )

    page = client.post(
        reverse("admin:auth_group_add"), {"name": "Desk", "rights": ["tickets.dance"]}
    )

    assert list(page.context["adminform"].form.errors) == ["rights"]
    assert not Group.objects.filter(name="Desk").exists()


def test_a_denied_attempt_is_audited_although_its_form_comes_back(
    client: Client, adam: User, counter: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    adam.groups.add(counter)
    client.force_login(adam)
    # As if the role had been given to them after the page was asked for its rights.
    monkeypatch.setattr(
        "apps.accounts.admin.roles.RoleAdmin.has_change_permission", lambda *_args: True
    )

    page = client.post(page_of(counter), {"name": "Treasury", "rights": ["auth.change_group"]})

    assert "Nobody changes their own rights" in str(page.context["adminform"].form.errors)
    assert page.context["adminform"].form["name"].value() == "Treasury"
    event = AuditEvent.objects.get(outcome="denied")
    assert (event.actor, event.action) == (adam, "accounts.change_role")
    counter.refresh_from_db()
    assert counter.name == "Counter"


@pytest.mark.parametrize("name", ["clara", "carol"])
def test_others_have_no_business_here(
    client: Client, counter: Group, name: str, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(name))

    assert client.get(reverse("admin:auth_group_changelist")).status_code == 403
    assert client.get(page_of(counter)).status_code == 403
    assert client.post(reverse("admin:auth_group_add"), {"name": "X"}).status_code == 403


def test_a_role_that_is_not_there_leads_home(client: Client, adam: User) -> None:
    client.force_login(adam)

    assert client.get(page_of(Group(pk=987654))).status_code == 302
