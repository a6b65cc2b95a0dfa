"""Trusting people, so that nobody has to decide on what is small."""

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.approvals.errors import AlreadyTrusted, NotTrusted, OwnTrust, ReasonMissing
from apps.approvals.models import TrustedPerson
from apps.audit import services as audit
from apps.audit.services import deed

if TYPE_CHECKING:
    from apps.accounts.models import User

PERMISSION = "approvals.trust_person"


@deed
def trust(person: "User", *, reason: str, actor: "User") -> TrustedPerson:
    """Trust a person: policies may approve their small requests by themselves from now on.

    Raises:
        NotPermitted: the actor may not.
        OwnTrust: nobody trusts themselves.
        ReasonMissing: nobody said why.
        AlreadyTrusted: somebody does already.
    """
    actor.require(PERMISSION)
    if actor.pk == person.pk:
        raise OwnTrust
    if not reason.strip():
        raise ReasonMissing
    try:
        with transaction.atomic():
            row = TrustedPerson.objects.create(
                person=person, trusted_by=actor, reason=reason.strip()
            )
    except IntegrityError as refusal:
        if "trust_is_open_once" not in str(refusal):
            raise
        raise AlreadyTrusted(person=person) from None
    audit.record(
        "approvals.trusted", actor=actor, target=row, after={"person": person}, reason=row.reason
    )
    return row


@deed
def end_trust(trust_id: int, *, reason: str, actor: "User") -> TrustedPerson:
    """End it: everything this person asks for waits for a decision again.

    Raises:
        NotPermitted: the actor may not.
        ReasonMissing: nobody said why.
        NotTrusted: it was ended before.
    """
    actor.require(PERMISSION)
    if not reason.strip():
        raise ReasonMissing
    row = (
        TrustedPerson.objects.select_for_update(of=("self",))
        .select_related("person")
        .get(pk=trust_id)
    )
    if row.ended_at is not None:
        raise NotTrusted(person=row.person)
    row.ended_at, row.ended_by, row.ending_reason = timezone.now(), actor, reason.strip()
    row.save(update_fields=("ended_at", "ended_by", "ending_reason"))
    audit.record(
        "approvals.trust_ended",
        actor=actor,
        target=row,
        before={"person": row.person},
        reason=row.ending_reason,
    )
    return row
