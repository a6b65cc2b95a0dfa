"""Which roles need a second factor: the product says, and the office says more."""

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from apps.accounts import services as accounts
from apps.accounts.errors import OwnAccount, SecondFactorFixed
from apps.accounts.models import RolePolicy, User
from apps.accounts.roles import Role
from apps.audit.models import AuditEvent
from apps.common.errors import NotPermitted
from project import reference

WITHOUT = {Role.BORROWER, Role.LENDER}


@pytest.mark.parametrize("name", Role.values)
def test_every_role_of_the_staff_is_fixed_by_the_product(db: None, name: str) -> None:
    policy = RolePolicy.objects.get(role__name=name)

    assert policy.needs_second_factor is (name not in WITHOUT)
    assert policy.is_fixed is (name not in WITHOUT)


def test_nobody_turns_off_what_the_product_asks_for(adam: User) -> None:
    role = Group.objects.get(name=Role.AUDITOR)

    with pytest.raises(SecondFactorFixed, match="Make a role of your own"):
        accounts.require_second_factor(role.pk, is_needed=False, reason="Slow", actor=adam)


def test_the_database_knows_it_too(db: None) -> None:
    with pytest.raises(IntegrityError, match="role_policy_fixed_needs_second_factor"):
        RolePolicy.objects.filter(role__name=Role.AUDITOR).update(needs_second_factor=False)


def test_the_office_asks_borrowers_for_one_and_loading_keeps_that(adam: User) -> None:
    role = Group.objects.get(name=Role.BORROWER)

    accounts.require_second_factor(role.pk, is_needed=True, reason="Expensive lenses", actor=adam)
    accounts.require_second_factor(role.pk, is_needed=True, reason="Again", actor=adam)
    reference.load()

    policy = RolePolicy.objects.get(role=role)
    assert (policy.needs_second_factor, policy.is_fixed) == (True, False)
    event = AuditEvent.objects.get(action="accounts.role_policy_changed")
    assert (event.before, event.after) == (
        {"needs_second_factor": False},
        {"needs_second_factor": True},
    )


def test_loading_fixes_again_what_somebody_loosened_in_the_database(db: None) -> None:
    RolePolicy.objects.filter(role__name=Role.AUDITOR).update(
        is_fixed=False, needs_second_factor=False
    )

    reference.load()

    assert RolePolicy.objects.get(role__name=Role.AUDITOR).needs_second_factor


def test_a_role_of_the_office_needs_one_until_it_is_excused(adam: User) -> None:
    role = accounts.add_role(name="Viewer", permissions=["tickets.view_ticket"], actor=adam)
    assert RolePolicy.objects.get(role=role).needs_second_factor

    accounts.require_second_factor(role.pk, is_needed=False, reason="A screen", actor=adam)

    assert not RolePolicy.objects.get(role=role).needs_second_factor


def test_who_may_decide(adam: User, clara: User) -> None:
    borrower = Group.objects.get(name=Role.BORROWER)
    with pytest.raises(NotPermitted):
        accounts.require_second_factor(borrower.pk, is_needed=True, reason="x", actor=clara)
    adam.groups.add(borrower)
    with pytest.raises(OwnAccount):
        accounts.require_second_factor(borrower.pk, is_needed=True, reason="x", actor=adam)


def test_an_administrator_decides_in_a_dialog(client: Client, adam: User) -> None:
    client.force_login(adam)
    role = Group.objects.get(name=Role.LENDER)
    fixed = Group.objects.get(name=Role.AUDITOR)
    page = reverse("admin:auth_group_change", args=(role.pk,))
    dialog = reverse("admin:auth_group_require_second_factor", args=(role.pk,))
    assert client.get(dialog).context["form"]["is_needed"].initial == "no"

    done = client.post(dialog, {"_form_submitted": "True", "is_needed": "yes", "reason": "Payouts"})

    assert done["HX-Redirect"] == page
    assert "People with this role need a second factor." in client.get(page).content.decode()
    closed = reverse("admin:auth_group_require_second_factor", args=(fixed.pk,))
    assert client.get(closed).status_code == 403
    assert "always need a second factor" in (
        client.get(reverse("admin:auth_group_change", args=(fixed.pk,))).content.decode()
    )
