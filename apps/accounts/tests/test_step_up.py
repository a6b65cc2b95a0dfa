"""Step-up: who showed too long ago who they are is asked again."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from apps.accounts import step_up
from apps.accounts.models import User
from apps.audit.context import Origin, coming_from
from apps.audit.models import Source
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
