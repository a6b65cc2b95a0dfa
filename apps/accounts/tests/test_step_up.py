"""Step-up: who showed too long ago who they are is asked again."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts import step_up
from apps.accounts.models import User
from apps.audit.context import Origin, coming_from
from apps.audit.models import AuditEvent, Outcome, Source
from apps.common.errors import NotPermitted, RecentSignInNeeded

LIMIT = timedelta(seconds=settings.STEP_UP_SECONDS)
DOORS = (Source.ADMIN, Source.API)


@pytest.mark.parametrize("door", DOORS)
def test_who_has_just_signed_in_passes(door: Source) -> None:
    with coming_from(Origin(source=door, authenticated_at=timezone.now())):
        step_up.require(User())


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "ago", [LIMIT + timedelta(seconds=1), -(LIMIT + timedelta(minutes=1)), None]
)
def test_an_old_an_unknown_and_an_impossible_sign_in_are_refused(
    door: Source, ago: timedelta | None
) -> None:
    at = None if ago is None else timezone.now() - ago
    with (
        coming_from(Origin(source=door, authenticated_at=at)),
        pytest.raises(RecentSignInNeeded, match="within the last 5 minutes") as refusal,
    ):
        step_up.require(User())
    assert refusal.value.max_age == settings.STEP_UP_SECONDS
    assert isinstance(refusal.value, NotPermitted), "the attempt is audited as denied"


@pytest.mark.parametrize("door", [Source.JOB, Source.SHELL])
def test_jobs_and_the_shell_are_not_asked(door: Source) -> None:
    with coming_from(Origin(source=door)):
        step_up.require(User())


def test_the_system_is_not_asked_whatever_the_door() -> None:
    with coming_from(Origin(source=Source.ADMIN)):
        step_up.require(User(is_system=True))


OLD = Origin(source=Source.ADMIN, authenticated_at=timezone.now() - timedelta(hours=1))


def _dangerous(adam: User, boris: User) -> dict[str, Callable[[], object]]:
    role = Group.objects.create(name="Of the office")
    return {
        "change_roles": lambda: accounts.change_roles(boris.pk, roles=["Auditor"], actor=adam),
        "invite": lambda: accounts.invite(boris.pk, actor=adam),
        "require_second_factor": lambda: accounts.require_second_factor(
            role.pk, is_needed=False, reason="Nobody has one", actor=adam
        ),
        "change_person": lambda: accounts.change_person(boris.pk, is_staff=True, actor=adam),
        "add_person": lambda: accounts.add_person(
            email="new@example.org", display_name="New", roles=["Auditor"], actor=adam
        ),
        "add_role": lambda: accounts.add_role(name="More", permissions=(), actor=adam),
        "change_role": lambda: accounts.change_role(
            role.pk, name="Else", permissions=(), actor=adam
        ),
    }


DANGEROUS = (
    *("change_roles", "invite", "require_second_factor", "change_person", "add_person"),
    "add_role",
)


@pytest.mark.django_db
@pytest.mark.parametrize("deed", [*DANGEROUS, "change_role"])
def test_rights_are_given_by_somebody_who_has_just_signed_in(
    deed: str, adam: User, boris: User
) -> None:
    dangerous = _dangerous(adam, boris)[deed]
    with coming_from(OLD), pytest.raises(RecentSignInNeeded):
        dangerous()
    denied = AuditEvent.objects.get(outcome=Outcome.DENIED)
    assert (denied.action, denied.actor) == (f"accounts.{deed}", adam)
    with coming_from(Origin(source=Source.ADMIN, authenticated_at=timezone.now())):
        dangerous()


@pytest.mark.django_db
def test_a_name_is_corrected_without_being_asked(adam: User, boris: User) -> None:
    with coming_from(OLD):
        accounts.change_person(boris.pk, display_name="Boris B.", actor=adam)
        accounts.add_person(email="new@example.org", display_name="New", actor=adam)


@pytest.mark.django_db
def test_who_may_not_do_it_at_all_is_not_asked_to_sign_in(boris: User, clara: User) -> None:
    with coming_from(OLD), pytest.raises(NotPermitted) as refusal:
        accounts.change_roles(boris.pk, roles=["Auditor"], actor=clara)
    assert not isinstance(refusal.value, RecentSignInNeeded)
