"""A lost second factor, reset by two administrators; the password stays as it is.

One asks, another one finds out who it is that asks for help (a call back, an identity card), writes
down how, and confirms. Then nothing of the person is signed in any more, and the next sign-in asks
for a new factor (OWASP ASVS 5.0, 6.4.4). The person is told at once of each step, so that they hear
of it when it was not they who asked.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts import step_up
from apps.accounts.errors import (
    NoSecondFactor,
    OwnAccount,
    ResetOver,
    ResetWaits,
    SamePerson,
    WordsMissing,
)
from apps.accounts.factor_reset import LASTS
from apps.accounts.letters import Letter, send
from apps.accounts.models import FactorReset, User
from apps.accounts.selectors import people_who_may
from apps.accounts.services.locking import locked
from apps.accounts.services.sessions import end_sessions_of
from apps.accounts.states import ResetAction
from apps.audit import services as audit
from apps.audit.services import deed

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from apps.accounts.factor_reset import FactorResetQuerySet

PERMISSION = "accounts.reset_factors"


@deed
def ask_factor_reset(user_id: int, *, reason: str, actor: User) -> FactorReset:
    """Ask that the person’s second factors be reset; another administrator has a day to confirm.

    Raises:
        NotPermitted, OwnAccount, SystemAccount, SuperuserAccount: not this actor, or not for them.
        RecentSignInNeeded: the actor showed too long ago who they are.
        NoSecondFactor: there is none to reset.
        ResetWaits: somebody asked before.
        WordsMissing: nobody said why.
    """
    actor.require(PERMISSION)
    person = locked(user_id, actor=actor)
    if person == actor:
        raise OwnAccount
    step_up.require(actor)
    now = timezone.now()
    _expire(FactorReset.objects.overdue(now=now).filter(person=person), now=now)
    if not Authenticator.objects.filter(user=person).exists():
        raise NoSecondFactor(person=person)
    if not reason.strip():
        raise WordsMissing
    reset = FactorReset(
        person=person, asked_by=actor, reason=reason.strip(), expires_at=now + LASTS
    )
    try:
        with transaction.atomic():
            reset.save(force_insert=True)
    except IntegrityError as refusal:
        if "factor_reset_one_open_each" not in str(refusal):
            raise
        earlier = FactorReset.objects.waiting().select_related("asked_by").get(person=person)
        raise ResetWaits(person=person, asker=earlier.asked_by) from None
    audit.record("accounts.factor_reset_asked", actor=actor, target=person, reason=reset.reason)
    _tell_of_question(reset)
    return reset


@deed
def confirm_factor_reset(reset_id: int, *, words: str, actor: User) -> FactorReset:
    """Let all second factors, recovery codes and sessions of the person end.

    `words` say how the actor made sure who it is.

    Raises:
        NotPermitted, OwnAccount, SamePerson: not this actor.
        RecentSignInNeeded: the actor showed too long ago who they are.
        MoveNotAllowed: somebody confirmed or withdrew it before.
        ResetOver: it waited too long.
        WordsMissing: nobody said how it was checked.
    """
    actor.require(PERMISSION)
    reset = _locked_reset(reset_id, actor=actor)
    if actor.pk == reset.person_id:
        raise OwnAccount
    if actor.pk == reset.asked_by_id:
        raise SamePerson
    step_up.require(actor)
    now = timezone.now()
    reset.move(ResetAction.CONFIRM)
    if now >= reset.expires_at:
        raise ResetOver(person=reset.person, hours=LASTS.days * 24)
    if not words.strip():
        raise WordsMissing
    _end(reset, actor=actor, words=words, now=now)
    factors = Authenticator.objects.filter(user=reset.person)
    kinds = sorted(factors.values_list("type", flat=True))
    factors.delete()
    count = end_sessions_of(reset.person)
    audit.record(
        "accounts.factors_reset",
        actor=actor,
        target=reset.person,
        before={"factors": kinds},
        after={"factors": [], "sessions_ended": count, "asked_by": reset.asked_by},
        reason=reset.words,
    )
    _tell(
        reset,
        reset.person,
        "factors_reset",
        _("Your second factors were reset"),
        _(
            "All your second factors, recovery codes and sessions have ended. Your password is as "
            "it was. At your next sign-in you set up a new second factor. If you did not ask for "
            "this, tell an administrator at once."
        ),
    )
    return reset


@deed
def withdraw_factor_reset(reset_id: int, *, words: str, actor: User) -> FactorReset:
    """Let the reset not happen; whoever may confirm resets may stop them, and who asked.

    Raises:
        NotPermitted, OwnAccount: not this actor.
        MoveNotAllowed: it was confirmed, withdrawn or expired before.
        WordsMissing: nobody said why.
    """
    actor.require(PERMISSION)
    reset = _locked_reset(reset_id, actor=actor)
    if actor.pk == reset.person_id:
        raise OwnAccount
    reset.move(ResetAction.WITHDRAW)
    if not words.strip():
        raise WordsMissing
    _end(reset, actor=actor, words=words, now=timezone.now())
    audit.record(
        "accounts.factor_reset_withdrawn", actor=actor, target=reset.person, reason=reset.words
    )
    return reset


@transaction.atomic
def expire_factor_resets(*, now: datetime) -> int:
    """End the resets that nobody confirmed in time, and return how many."""
    return _expire(FactorReset.objects.overdue(now=now), now=now)


def _expire(overdue: "FactorResetQuerySet", *, now: datetime) -> int:
    system = User.objects.system()
    resets = list(overdue.locked().select_related("person"))
    for reset in resets:
        reset.move(ResetAction.EXPIRE)
        _end(reset, actor=system, words="", now=now)
        audit.record("accounts.factor_reset_expired", actor=system, target=reset.person)
    return len(resets)


def _locked_reset(reset_id: int, *, actor: User) -> FactorReset:
    """Lock person and reset, in this order, as everybody does."""
    person_id = FactorReset.objects.values_list("person_id", flat=True).get(pk=reset_id)
    person = locked(person_id, actor=actor)
    reset = FactorReset.objects.locked().select_related("asked_by").get(pk=reset_id)
    reset.person = person
    return reset


def _end(reset: FactorReset, *, actor: User, words: str, now: datetime) -> None:
    reset.ended_by, reset.ended_at, reset.words = actor, now, words.strip()
    reset.save(update_fields=("status", "ended_by", "ended_at", "words"))


def _tell_of_question(reset: FactorReset) -> None:
    _tell(
        reset,
        reset.person,
        "factor_reset_asked",
        _("Somebody asked to reset your second factors"),
        _(
            "{asker} says that you lost your second factor. Another administrator will make sure "
            "that it is you before anything changes. If you did not ask for this, tell an "
            "administrator at once."
        ).format(asker=reset.asked_by),
    )
    for colleague in people_who_may(PERMISSION).exclude(
        pk__in=(reset.person_id, reset.asked_by_id)
    ):
        _tell(
            reset,
            colleague,
            "factor_reset_waits",
            _("A reset of second factors waits for you: {person}").format(person=reset.person),
            _("{asker} asks for it: {reason}").format(asker=reset.asked_by, reason=reset.reason),
            is_on_screen=True,
        )


def _tell(
    reset: FactorReset,
    to: User,
    kind: str,
    subject: "_StrOrPromise",
    body: "_StrOrPromise",
    *,
    is_on_screen: bool = False,
) -> None:
    send(
        Letter(
            kind=f"accounts.{kind}",
            to=to,
            about=reset,
            subject=str(subject),
            body=str(body),
            key=kind,
            is_on_screen=is_on_screen,
        )
    )
