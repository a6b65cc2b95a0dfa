"""A lost second factor: one administrator asks, another confirms, and nobody does both."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts import tasks
from apps.accounts.errors import (
    NoSecondFactor,
    OwnAccount,
    ResetOver,
    ResetWaits,
    SamePerson,
    SuperuserAccount,
    WordsMissing,
)
from apps.accounts.models import FactorReset, User
from apps.accounts.states import RESETS, ResetAction, ResetStatus
from apps.audit.context import Origin, coming_from
from apps.audit.models import AuditEvent, Outcome, Source
from apps.common.errors import DomainError, MoveNotAllowed, NotPermitted, RecentSignInNeeded
from apps.notifications.models import Notice

pytestmark = pytest.mark.django_db

HELD = "She called; I called back on the number we have."


def enrol(person: User) -> None:
    for kind in (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES):
        Authenticator.objects.create(user=person, type=kind, data={})


@pytest.fixture
def ada(audrey: User) -> User:
    """Another administrator."""
    audrey.groups.set(Group.objects.filter(name="Administrator"))
    return audrey


@pytest.fixture
def carla(carol: User) -> User:
    """Give Carol, a finance controller, second factors; she has lost her telephone."""
    enrol(carol)
    return carol


@pytest.fixture
def asked(carla: User, adam: User) -> FactorReset:
    """Adam asks for the reset."""
    return accounts.ask_factor_reset(carla.pk, reason="Lost the telephone", actor=adam)


def test_two_administrators_reset_what_was_lost(
    carla: User, adam: User, ada: User, django_capture_on_commit_callbacks: Any
) -> None:
    client = Client()
    carla.set_password("correct horse battery")
    carla.save()
    client.force_login(carla)
    asked = accounts.ask_factor_reset(carla.pk, reason="Lost the telephone", actor=adam)
    assert Authenticator.objects.filter(user=carla).count() == 2
    with django_capture_on_commit_callbacks(execute=True):
        done = accounts.confirm_factor_reset(asked.pk, words=HELD, actor=ada)
    assert (done.status, done.ended_by) == (ResetStatus.CONFIRMED, ada)
    assert not Authenticator.objects.filter(user=carla).exists()
    assert not client.session.get("_auth_user_id"), "the session has ended"
    carla.refresh_from_db()
    assert carla.check_password("correct horse battery")
    event = AuditEvent.objects.get(action="accounts.factors_reset")
    assert (event.actor, event.target_id, event.reason) == (ada, str(carla.pk), HELD)
    assert event.before == {"factors": ["recovery_codes", "totp"]}
    assert str(event.after["asked_by"]).startswith("Adam")
    assert event.after["sessions_ended"] == 1
    told = Notice.objects.get(kind="accounts.factors_reset")
    assert told.recipient == carla
    assert "set up a new second factor" in told.body
    assert not mail.outbox or told.subject in {one.subject for one in mail.outbox}


def test_the_person_and_the_other_administrators_hear_of_the_question(
    asked: FactorReset, carla: User, ada: User, adam: User
) -> None:
    to_carla = Notice.objects.get(kind="accounts.factor_reset_asked")
    assert (to_carla.recipient, to_carla.channel) == (carla, "email")
    # Ada has become an administrator after Adam had asked.
    accounts.withdraw_factor_reset(asked.pk, words="Once more", actor=adam)
    accounts.ask_factor_reset(carla.pk, reason="Lost it", actor=adam)
    to_others = Notice.objects.filter(kind="accounts.factor_reset_waits")
    assert {notice.recipient for notice in to_others} == {ada}
    assert {notice.channel for notice in to_others} == {"admin", "email"}


@pytest.mark.parametrize(
    ("who", "refusal"),
    [("clara", NotPermitted), ("adam", SamePerson), ("carol", NotPermitted)],
)
def test_who_may_not_confirm(
    request: pytest.FixtureRequest, asked: FactorReset, who: str, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        accounts.confirm_factor_reset(asked.pk, words=HELD, actor=request.getfixturevalue(who))
    asked.refresh_from_db()
    assert asked.status == ResetStatus.ASKED
    denied = AuditEvent.objects.get(outcome=Outcome.DENIED)
    assert denied.action == "accounts.confirm_factor_reset"


def test_nobody_asks_or_confirms_for_themselves(adam: User, ada: User) -> None:
    enrol(adam)
    with pytest.raises(OwnAccount):
        accounts.ask_factor_reset(adam.pk, reason="I lost it", actor=adam)
    asked = accounts.ask_factor_reset(adam.pk, reason="He lost it", actor=ada)
    with pytest.raises(OwnAccount):
        accounts.confirm_factor_reset(asked.pk, words=HELD, actor=adam)
    with pytest.raises(OwnAccount):
        accounts.withdraw_factor_reset(asked.pk, words="No", actor=adam)


def test_a_superuser_is_only_for_superusers(carla: User, adam: User) -> None:
    User.objects.filter(pk=carla.pk).update(is_superuser=True)
    with pytest.raises(SuperuserAccount):
        accounts.ask_factor_reset(carla.pk, reason="Lost it", actor=adam)


def test_both_must_have_signed_in_a_moment_ago(
    asked: FactorReset, boris: User, adam: User, ada: User
) -> None:
    enrol(boris)
    old = Origin(source=Source.ADMIN, authenticated_at=timezone.now() - timedelta(hours=1))
    with coming_from(old):
        with pytest.raises(RecentSignInNeeded):
            accounts.ask_factor_reset(boris.pk, reason="Lost it", actor=adam)
        with pytest.raises(RecentSignInNeeded):
            accounts.confirm_factor_reset(asked.pk, words=HELD, actor=ada)


def test_there_must_be_something_to_reset(boris: User, adam: User) -> None:
    with pytest.raises(NoSecondFactor, match="nothing to reset"):
        accounts.ask_factor_reset(boris.pk, reason="Lost it", actor=adam)


def test_words_are_needed_each_time(asked: FactorReset, boris: User, adam: User, ada: User) -> None:
    enrol(boris)
    with pytest.raises(WordsMissing):
        accounts.ask_factor_reset(boris.pk, reason=" ", actor=adam)
    with pytest.raises(WordsMissing):
        accounts.confirm_factor_reset(asked.pk, words=" ", actor=ada)
    with pytest.raises(WordsMissing):
        accounts.withdraw_factor_reset(asked.pk, words="", actor=ada)


def test_one_reset_waits_for_each_person(asked: FactorReset, carla: User, ada: User) -> None:
    with pytest.raises(ResetWaits, match="Adam asked for it"):
        accounts.ask_factor_reset(carla.pk, reason="Lost it", actor=ada)


def test_after_a_day_it_is_over(asked: FactorReset, carla: User, ada: User) -> None:
    _grow_old(asked)
    with pytest.raises(ResetOver, match="more than 24 hours"):
        accounts.confirm_factor_reset(asked.pk, words=HELD, actor=ada)
    assert tasks.expire_factor_resets() == "1 expired"
    assert tasks.expire_factor_resets() == ""
    asked.refresh_from_db()
    assert asked.status == ResetStatus.EXPIRED
    assert Authenticator.objects.filter(user=carla).exists()


def test_a_new_question_ends_the_one_that_is_over(
    asked: FactorReset, carla: User, ada: User
) -> None:
    _grow_old(asked)
    anew = accounts.ask_factor_reset(carla.pk, reason="Still lost", actor=ada)
    asked.refresh_from_db()
    assert (asked.status, anew.status) == (ResetStatus.EXPIRED, ResetStatus.ASKED)


def _grow_old(reset: FactorReset) -> None:
    at = timezone.now() - timedelta(seconds=1)
    FactorReset.objects.filter(pk=reset.pk).update(expires_at=at)


def test_withdrawn_it_changes_nothing(asked: FactorReset, carla: User, ada: User) -> None:
    accounts.withdraw_factor_reset(asked.pk, words="She found it", actor=ada)
    assert Authenticator.objects.filter(user=carla).count() == 2
    event = AuditEvent.objects.get(action="accounts.factor_reset_withdrawn")
    assert (event.actor, event.reason) == (ada, "She found it")
    with pytest.raises(MoveNotAllowed):
        accounts.confirm_factor_reset(asked.pk, words=HELD, actor=ada)


MOVES = {
    (ResetAction.CONFIRM, ResetStatus.ASKED): ResetStatus.CONFIRMED,
    (ResetAction.WITHDRAW, ResetStatus.ASKED): ResetStatus.WITHDRAWN,
    (ResetAction.EXPIRE, ResetStatus.ASKED): ResetStatus.EXPIRED,
}


@pytest.mark.parametrize(("action", "status"), list(product(ResetAction, ResetStatus)))
def test_every_move(action: ResetAction, status: ResetStatus) -> None:
    if (action, status) in MOVES:
        assert RESETS.after(action, status) == MOVES[action, status]
    else:
        with pytest.raises(MoveNotAllowed):
            RESETS.after(action, status)


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("factor_reset_confirmer_is_a_third", {"ended_by": "adam", "words": "Me again"}),
        ("factor_reset_confirmer_is_a_third", {"ended_by": "carol", "words": "It is I"}),
        ("factor_reset_confirmer_is_a_third", {"ended_by": "ada", "words": ""}),
        ("factor_reset_ended_by_somebody", {"words": "Nobody"}),
        ("factor_reset_confirmed_in_time", {"ended_by": "ada", "words": "Late", "late": True}),
    ],
)
def test_the_database_knows_who_may_confirm(
    request: pytest.FixtureRequest, asked: FactorReset, constraint: str, change: dict[str, Any]
) -> None:
    late = timedelta(days=2) if change.get("late") else timedelta(0)
    who = change.get("ended_by")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        FactorReset.objects.filter(pk=asked.pk).update(
            status=ResetStatus.CONFIRMED,
            ended_by=request.getfixturevalue(who) if who else None,
            ended_at=timezone.now() + late if who else None,
            words=change["words"],
        )


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("factor_reset_asker_is_somebody_else", {"asked_by": "carol"}),
        ("factor_reset_one_open_each", {}),
        ("factor_reset_has_reason", {"reason": ""}),
        ("factor_reset_has_status", {"status": "lost", "ended_by": "carol", "ended_at": "now"}),
    ],
)
def test_the_database_knows_what_a_question_is(
    asked: FactorReset, carla: User, adam: User, constraint: str, fields: dict[str, str]
) -> None:
    meant = {"carol": carla, "now": timezone.now()}
    row = {
        "person": carla,
        "asked_by": adam,
        "reason": "Lost it",
        "expires_at": timezone.now(),
        **{name: meant.get(value, value) for name, value in fields.items()},
    }
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        FactorReset.objects.create(**row)
