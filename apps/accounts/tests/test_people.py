"""What is done to people: who may, what is kept, what is refused."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.errors import (
    AlreadyActive,
    AlreadyInactive,
    EmailTaken,
    NotSuspended,
    OwnAccount,
    SuperuserAccount,
    SuspensionInThePast,
    SystemAccount,
    UnknownRole,
)
from apps.accounts.models import User
from apps.accounts.selectors import roles_of
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import NotPermitted

LATER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def root(db: None) -> User:
    """Whom no permission stops."""
    return User.objects.create_superuser("root@example.com", "x" * 20, display_name="Root")


def last_event() -> AuditEvent:
    return AuditEvent.objects.latest("pk")


def test_a_person_is_added_with_roles(adam: User) -> None:
    person = accounts.add_person(
        email="Nina@Example.com",
        display_name="Nina",
        roles=["Lending clerk"],
        password="correct horse battery",
        is_staff=True,
        actor=adam,
    )

    assert person.email == "nina@example.com"
    assert person.check_password("correct horse battery")
    assert person.has_perm("assets.add_asset")
    event = last_event()
    assert (event.action, event.actor, event.target_label) == (
        "accounts.person_added",
        adam,
        "Nina",
    )
    assert event.after["groups"] == [f"Lending clerk (#{person.groups.get().pk})"]
    assert "password" not in event.after
    assert person.history.last().history_user == adam


def test_without_a_password_nobody_signs_in(adam: User) -> None:
    person = accounts.add_person(email="b@example.com", display_name="B", actor=adam)

    assert not person.has_usable_password()
    assert roles_of(person) == []


def test_an_e_mail_is_one_persons(adam: User, boris: User) -> None:
    with pytest.raises(EmailTaken, match=r"boris@example\.com"):
        accounts.add_person(email="BORIS@example.com", display_name="Other", actor=adam)


def test_only_those_who_may_give_roles_add_a_person_with_roles(adam: User, clara: User) -> None:
    with pytest.raises(NotPermitted):
        accounts.add_person(email="x@example.com", display_name="X", actor=clara)

    adam.groups.get().permissions.remove(
        *adam.groups.get().permissions.filter(codename="change_roles")
    )
    with pytest.raises(NotPermitted, match="change_roles"):
        accounts.add_person(email="x@example.com", display_name="X", roles=["Auditor"], actor=adam)

    assert not User.objects.filter(email="x@example.com").exists()


def test_a_person_is_changed(adam: User, clara: User) -> None:
    accounts.change_person(
        clara.pk, display_name="Clara Clerk", email="Clara.Clerk@example.com", actor=adam
    )

    clara.refresh_from_db()
    assert (clara.display_name, clara.email) == ("Clara Clerk", "clara.clerk@example.com")
    event = last_event()
    assert event.action == "accounts.person_changed"
    assert event.before == {"email": "clara@example.com", "display_name": "Clara"}
    assert event.after == {"email": "clara.clerk@example.com", "display_name": "Clara Clerk"}
    assert clara.history.first().history_user == adam


def test_a_change_that_changes_nothing_leaves_no_trace(adam: User, clara: User) -> None:
    events, versions = AuditEvent.objects.count(), clara.history.count()

    accounts.change_person(clara.pk, display_name="Clara", is_staff=True, actor=adam)

    assert (AuditEvent.objects.count(), clara.history.count()) == (events, versions)


def test_a_changed_e_mail_must_be_free(adam: User, clara: User, boris: User) -> None:
    with pytest.raises(EmailTaken):
        accounts.change_person(clara.pk, email="Boris@example.com", actor=adam)


def test_nobody_makes_themselves_staff_or_superuser(adam: User, root: User) -> None:
    with pytest.raises(OwnAccount):
        accounts.change_person(adam.pk, is_superuser=True, actor=adam)
    with pytest.raises(OwnAccount):
        accounts.change_person(root.pk, is_staff=False, actor=root)


def test_only_a_superuser_makes_a_superuser(adam: User, root: User, clara: User) -> None:
    with pytest.raises(SuperuserAccount):
        accounts.change_person(clara.pk, is_superuser=True, actor=adam)

    assert accounts.change_person(clara.pk, is_superuser=True, actor=root).is_superuser
    assert last_event().after == {"is_superuser": True}


def test_roles_are_changed_with_a_reason(adam: User, clara: User) -> None:
    accounts.change_roles(
        clara.pk, roles=["Lending approver", "Auditor"], reason="Promoted", actor=adam
    )

    clara = User.objects.get(pk=clara.pk)
    assert roles_of(clara) == ["Auditor", "Lending approver"]
    event = last_event()
    assert (event.action, event.reason) == ("accounts.roles_changed", "Promoted")
    assert event.before == {"roles": ["Lending clerk"]}
    assert event.after == {"roles": ["Auditor", "Lending approver"]}
    newest, older = clara.history.all()[:2]
    assert (newest.history_user, newest.history_change_reason) == (adam, "Promoted")
    assert newest.diff_against(older).changed_fields == ["groups"]


def test_the_same_roles_again_leave_no_trace(adam: User, clara: User) -> None:
    events, versions = AuditEvent.objects.count(), clara.history.count()

    accounts.change_roles(clara.pk, roles=["Lending clerk"], actor=adam)

    assert (AuditEvent.objects.count(), clara.history.count()) == (events, versions)


def test_nobody_changes_their_own_roles(adam: User, root: User) -> None:
    for person in (adam, root):
        with pytest.raises(OwnAccount):
            accounts.change_roles(person.pk, roles=["Finance controller"], actor=person)

    assert roles_of(adam) == ["Administrator"]
    denied = AuditEvent.objects.filter(action="accounts.change_roles", outcome=Outcome.DENIED)
    assert denied.filter(actor=adam).count() == 1


def test_roles_need_the_permission_and_must_exist(adam: User, carol: User, clara: User) -> None:
    with pytest.raises(NotPermitted):
        accounts.change_roles(clara.pk, roles=[], actor=carol)
    with pytest.raises(UnknownRole, match="“King”"):
        accounts.change_roles(clara.pk, roles=["King"], actor=adam)

    assert roles_of(clara) == ["Lending clerk"]


def test_a_deactivated_person_may_do_nothing(adam: User, clara: User) -> None:
    accounts.deactivate(clara.pk, reason="Left", actor=adam)

    clara = User.objects.get(pk=clara.pk)
    assert not clara.is_active
    with pytest.raises(NotPermitted):
        clara.require("assets.add_asset")
    event = last_event()
    assert (event.action, event.reason) == ("accounts.deactivated", "Left")
    assert (event.before, event.after) == ({"is_active": True}, {"is_active": False})
    assert clara.history.first().history_change_reason == "Left"


def test_a_person_comes_back_with_their_roles(adam: User, clara: User) -> None:
    accounts.deactivate(clara.pk, reason="Left", actor=adam)
    accounts.reactivate(clara.pk, reason="Came back", actor=adam)

    User.objects.get(pk=clara.pk).require("assets.add_asset")
    assert last_event().action == "accounts.reactivated"


def test_deactivating_is_refused(adam: User, clara: User, carol: User, root: User) -> None:
    with pytest.raises(OwnAccount):
        accounts.deactivate(adam.pk, reason="Tired", actor=adam)
    with pytest.raises(NotPermitted):
        accounts.deactivate(clara.pk, reason="No", actor=carol)
    with pytest.raises(SuperuserAccount):
        accounts.deactivate(root.pk, reason="No", actor=adam)
    with pytest.raises(AlreadyActive, match="Clara is active"):
        accounts.reactivate(clara.pk, reason="No", actor=adam)
    with pytest.raises(NotPermitted):
        accounts.reactivate(clara.pk, reason="No", actor=carol)
    accounts.deactivate(clara.pk, reason="Left", actor=adam)
    with pytest.raises(AlreadyInactive, match="Clara is deactivated"):
        accounts.deactivate(clara.pk, reason="Left", actor=adam)


def test_nobody_touches_the_system(adam: User, root: User, system: User) -> None:
    for actor in (adam, root):
        with pytest.raises(SystemAccount):
            accounts.deactivate(system.pk, reason="Why not", actor=actor)
        with pytest.raises(SystemAccount):
            accounts.change_roles(system.pk, roles=["Auditor"], actor=actor)


def test_a_suspension_keeps_its_end_and_reason(anna: User, boris: User) -> None:
    accounts.suspend(boris.pk, until=LATER, reason="Lost a lens", actor=anna)

    boris.refresh_from_db()
    assert boris.is_suspended(now=timezone.now())
    assert not boris.is_suspended(now=LATER)
    assert boris.suspension_reason == "Lost a lens"
    event = last_event()
    assert (event.action, event.reason) == ("accounts.suspended", "Lost a lens")
    assert event.after["suspended_until"] == "2100-01-01 00:00:00+00:00"


def test_a_shorter_suspension_does_not_end_a_longer_one(boris: User, system: User) -> None:
    accounts.suspend(boris.pk, until=LATER, reason="First", actor=system)
    accounts.suspend(boris.pk, until=LATER - timedelta(days=9), reason="Second", actor=system)

    boris.refresh_from_db()
    assert (boris.suspended_until, boris.suspension_reason) == (LATER, "Second")


def test_the_system_suspends_also_a_superuser(root: User, system: User) -> None:
    assert accounts.suspend(root.pk, until=LATER, reason="Owes", actor=system).suspended_until


def test_a_suspension_is_lifted_with_a_reason(anna: User, boris: User) -> None:
    accounts.suspend(boris.pk, until=LATER, reason="Owes", actor=anna)
    accounts.lift_suspension(boris.pk, reason="Has paid", actor=anna)

    boris.refresh_from_db()
    assert (boris.suspended_until, boris.suspension_reason) == (None, "")
    event = last_event()
    assert (event.action, event.reason) == ("accounts.suspension_lifted", "Has paid")
    assert event.before["suspension_reason"] == "Owes"


def test_suspensions_are_refused(anna: User, boris: User, clara: User) -> None:
    with pytest.raises(NotPermitted):
        accounts.suspend(boris.pk, until=LATER, reason="No", actor=clara)
    with pytest.raises(NotPermitted):
        accounts.lift_suspension(boris.pk, reason="No", actor=clara)
    with pytest.raises(NotSuspended, match="Boris is not suspended"):
        accounts.lift_suspension(boris.pk, reason="No", actor=anna)
    with time_machine.travel(LATER), pytest.raises(SuspensionInThePast):
        accounts.suspend(boris.pk, until=LATER, reason="No", actor=anna)


def test_nobody_lifts_their_own_suspension(anna: User, system: User) -> None:
    accounts.suspend(anna.pk, until=LATER, reason="Owes", actor=system)

    with pytest.raises(OwnAccount):
        accounts.lift_suspension(anna.pk, reason="I am nice", actor=anna)
