"""Strikes: what counts against a borrower, and the suspension when it is too many."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.assets.wording import moment
from apps.audit import services as audit
from apps.audit.services import deed
from apps.tickets.claim_states import StrikeKind
from apps.tickets.errors import ReasonMissing
from apps.tickets.errors.claims import AlreadyLifted, OwnStrike
from apps.tickets.models import Strike, StrikePolicy
from apps.tickets.services import telling_claims as telling
from apps.tickets.services.keeping import keep, signed

if TYPE_CHECKING:
    from datetime import datetime

    from apps.tickets.models import TicketLine


def strike(line: "TicketLine", *, kind: StrikeKind, actor: User) -> Strike | None:
    """Leave a strike for this line, and suspend its borrower when a policy says so.

    One line leaves one strike, whatever happened to it first. The last part of a deed: the person
    is locked, and people are locked after wallets.
    """
    person = User.objects.select_for_update(of=("self",), no_key=True).get(
        pk=line.ticket.borrower_id
    )
    if Strike.objects.filter(line=line).exists():
        return None
    now = timezone.now()
    left = Strike(person=person, line=line, kind=kind, note=_note(line, kind)[:254], struck_at=now)
    signed(left, actor).save()
    until = _suspended_until(left, now=now)
    if until:
        left.suspended_until = until
        keep(left, "suspended_until", actor=actor)
        accounts.suspend(
            person.pk,
            until=until,
            reason=_("Strikes: {note}").format(note=left.note),
            actor=User.objects.system(),
        )
    audit.record(
        "tickets.struck",
        actor=actor,
        target=line.ticket,
        after={
            "person": str(person),
            "strike": left.note,
            **({"suspended until": moment(until)} if until else {}),
        },
    )
    telling.of_strike(left)
    return left


def _note(line: "TicketLine", kind: StrikeKind) -> str:
    texts = {
        StrikeKind.LATE: _("{asset} on {ticket} was back late."),
        StrikeKind.DAMAGE: _("{asset} on {ticket} was damaged."),
        StrikeKind.LOSS: _("{asset} on {ticket} was lost."),
    }
    return texts[kind].format(asset=line.asset, ticket=line.ticket)


def _suspended_until(left: Strike, *, now: "datetime") -> "datetime | None":
    """Return the latest end among the policies that this strike fulfils, if any."""
    ends = []
    for policy in StrikePolicy.objects.filter(is_active=True):
        if left.kind not in policy.kinds:
            continue
        counted = Strike.objects.standing().filter(
            person=left.person,
            kind__in=policy.kinds,
            struck_at__gt=now - timedelta(days=policy.within_days),
        )
        if counted.count() >= policy.strike_count:
            ends.append(now + timedelta(days=policy.suspended_days))
    return max(ends, default=None)


@deed
def lift_strike(strike_id: int, *, reason: str, actor: User) -> Strike:
    """Let a strike count no more; a suspension that runs is lifted on the person’s page.

    Raises:
        OwnStrike: it is the actor’s own.
        ReasonMissing: nobody said why.
        AlreadyLifted: it counts no more.
    """
    actor.require("accounts.suspend_user")
    left = (
        Strike.objects.locked()
        .select_related("person", "line__ticket", "lifted_by")
        .get(pk=strike_id)
    )
    if left.person_id == actor.pk:
        raise OwnStrike(permission="accounts.suspend_user")
    if not reason.strip():
        raise ReasonMissing
    if left.lifted_at:
        raise AlreadyLifted(person=left.lifted_by, at=moment(left.lifted_at))
    left.lifted_at, left.lifted_by, left.lift_reason = timezone.now(), actor, reason.strip()
    keep(left, "lifted_at", "lifted_by", "lift_reason", actor=actor)
    audit.record(
        "tickets.strike_lifted",
        actor=actor,
        target=left.line.ticket,
        before={"strike": left.note},
        reason=left.lift_reason,
    )
    telling.of_lifted_strike(left)
    return left


@deed
def load_strike_policies(rows: Sequence[Mapping[str, Any]]) -> int:
    """Create the policies that are missing by name, and leave those that an administrator has."""
    known = set(StrikePolicy.objects.values_list("name", flat=True))
    system = User.objects.system()
    for row in rows:
        if row["name"] in known:
            continue
        policy = StrikePolicy(**row)
        policy._history_user = system  # type: ignore[attr-defined]  # how simple-history is told
        policy.save()
        audit.record("tickets.strike_policy_added", actor=system, target=policy, after=row)
    return len(rows)
