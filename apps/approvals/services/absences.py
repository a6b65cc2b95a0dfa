"""Naming who decides for somebody who is away."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.approvals.errors import (
    AbsenceBackward,
    AbsenceHasEnded,
    AbsenceTaken,
    ReasonMissing,
    SubstituteCannot,
)
from apps.approvals.models import Substitution
from apps.approvals.services.telling import tell_of_absence
from apps.audit import services as audit
from apps.audit.services import deed

if TYPE_CHECKING:
    from apps.accounts.models import User

ACCESS = "approvals.view_approvalrequest"
FOR_OTHERS = "approvals.name_substitution"


@deed
def name_substitute(
    *,
    person: "User",
    substitute: "User",
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    actor: "User",
) -> Substitution:
    """Let `substitute` decide for `person` from `starts_at` until before `ends_at`.

    People do so for themselves, administrators for anybody. The substitute needs no role of the
    absent person, only access to the approvals: they decide with that person's right.

    Raises:
        NotPermitted: for somebody else, without the permission.
        ReasonMissing: nobody said why.
        AbsenceBackward: it ends before it starts, or is over.
        SubstituteCannot: says why not this one.
        AbsenceTaken: the person has a substitute for a part of that period.
    """
    if actor.pk != person.pk:
        actor.require(FOR_OTHERS)
    else:
        actor.require(ACCESS)
    if not reason.strip():
        raise ReasonMissing
    if ends_at <= max(starts_at, timezone.now()):
        raise AbsenceBackward
    _refuse_unable(person, substitute)
    absence = Substitution(
        person=person,
        substitute=substitute,
        period=DateTimeTZRange(starts_at, ends_at),
        reason=reason.strip(),
        named_by=actor,
    )
    try:
        with transaction.atomic():
            _signed(absence, actor).save()
    except IntegrityError as refusal:
        if "substitution_one_at_a_time" not in str(refusal):
            raise
        raise AbsenceTaken(person=person) from None
    audit.record("approvals.substitute_named", actor=actor, target=absence, after=_facts(absence))
    tell_of_absence(absence, subject=_("{substitute} decides for {person} while they are away"))
    return absence


@deed
def end_absence(absence_id: int, *, actor: "User", reason: str) -> Substitution:
    """Let the substitute decide no more; what they decided stays.

    Raises:
        NotPermitted: it is somebody else's absence, without the permission.
        ReasonMissing: nobody said why.
        AbsenceHasEnded: it was ended before, or is over.
    """
    absence = (
        Substitution.objects.locked().select_related("person", "substitute").get(pk=absence_id)
    )
    if actor.pk != absence.person_id:
        actor.require(FOR_OTHERS)
    if not reason.strip():
        raise ReasonMissing
    if not absence.is_active or absence.ends_at <= timezone.now():
        raise AbsenceHasEnded(person=absence.person)
    absence.is_active = False
    _signed(absence, actor).save(update_fields=("is_active",))
    audit.record(
        "approvals.absence_ended",
        actor=actor,
        target=absence,
        before=_facts(absence),
        reason=reason.strip(),
    )
    tell_of_absence(absence, subject=_("{substitute} no longer decides for {person}"))
    return absence


def _signed(absence: Substitution, actor: "User") -> Substitution:
    # How simple-history is told who it was, outside a request.
    absence._history_user = actor  # type: ignore[attr-defined]  # untyped library
    return absence


def _refuse_unable(person: "User", substitute: "User") -> None:
    if substitute.pk == person.pk:
        raise SubstituteCannot(substitute=substitute, why=_("nobody stands in for themselves"))
    if not (substitute.is_active and substitute.is_staff):
        raise SubstituteCannot(substitute=substitute, why=_("they do not work in the back office"))
    if not substitute.has_perm(ACCESS):
        raise SubstituteCannot(
            substitute=substitute, why=_("none of their roles opens the approvals")
        )


def _facts(absence: Substitution) -> dict[str, object]:
    return {
        "person": absence.person,
        "substitute": absence.substitute,
        "from": _moment(absence.starts_at),
        "until": _moment(absence.ends_at),
        "reason": absence.reason,
    }


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "j M Y, H:i")
