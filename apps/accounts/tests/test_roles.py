"""Roles that an office makes for itself."""

import pytest
from django.contrib.auth.models import Group

from apps.accounts import services as accounts
from apps.accounts.errors import OwnAccount, RoleExists, StandardRole, UnknownPermission
from apps.accounts.models import User
from apps.accounts.selectors import permissions_of
from apps.audit.models import AuditEvent
from apps.common.errors import NotPermitted


@pytest.fixture
def counter(adam: User) -> Group:
    """Make a role of the office’s own."""
    return accounts.add_role(name="Counter", permissions=["tickets.view_ticket"], actor=adam)


def test_a_role_is_added(counter: Group, adam: User) -> None:
    assert permissions_of(counter) == ["tickets.view_ticket"]
    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.actor) == ("accounts.role_added", adam)
    assert event.after == {"name": "Counter", "permissions": ["tickets.view_ticket"]}


def test_a_role_is_changed(counter: Group, adam: User) -> None:
    accounts.change_role(counter.pk, name="Desk", permissions=["assets.view_asset"], actor=adam)

    counter.refresh_from_db()
    assert (counter.name, permissions_of(counter)) == ("Desk", ["assets.view_asset"])
    event = AuditEvent.objects.latest("pk")
    assert event.action == "accounts.role_changed"
    assert event.before == {"name": "Counter", "permissions": ["tickets.view_ticket"]}


def test_a_role_that_stays_as_it_is_leaves_no_trace(counter: Group, adam: User) -> None:
    events = AuditEvent.objects.count()

    accounts.change_role(
        counter.pk, name="Counter", permissions=["tickets.view_ticket"], actor=adam
    )

    assert AuditEvent.objects.count() == events


def test_the_roles_of_the_product_are_not_changed(adam: User) -> None:
    role = Group.objects.get(name="Auditor")

    with pytest.raises(StandardRole, match="“Auditor” is a role of the product"):
        accounts.change_role(role.pk, name="Auditor", permissions=[], actor=adam)


def test_nobody_adds_rights_to_a_role_that_they_hold(counter: Group, adam: User) -> None:
    adam.groups.add(counter)

    with pytest.raises(OwnAccount):
        accounts.change_role(
            counter.pk, name="Counter", permissions=["wallets.decide_adjustment"], actor=adam
        )

    assert permissions_of(counter) == ["tickets.view_ticket"]


def test_names_of_roles_are_unique(counter: Group, adam: User) -> None:
    with pytest.raises(RoleExists, match="“Auditor”"):
        accounts.add_role(name="Auditor", permissions=[], actor=adam)
    with pytest.raises(RoleExists, match="“Auditor”"):
        accounts.change_role(counter.pk, name="Auditor", permissions=[], actor=adam)


def test_only_administrators_make_roles(counter: Group, carol: User, adam: User) -> None:
    with pytest.raises(NotPermitted):
        accounts.add_role(name="Mine", permissions=[], actor=carol)
    with pytest.raises(NotPermitted):
        accounts.change_role(counter.pk, name="Mine", permissions=[], actor=carol)
    with pytest.raises(UnknownPermission):
        accounts.add_role(name="Mine", permissions=["no.such"], actor=adam)

    assert not Group.objects.filter(name="Mine").exists()
