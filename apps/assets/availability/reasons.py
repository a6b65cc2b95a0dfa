"""Why an asset is not free: a kind for programs, a sentence for people."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from apps.assets.states import ReasonKind, ReservationKind
from apps.assets.wording import length, moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apps.accounts.models import User
    from apps.assets.models import Asset, Reservation

_KINDS = {
    ReservationKind.LOAN: ReasonKind.RESERVATION,
    ReservationKind.MAINTENANCE: ReasonKind.MAINTENANCE,
    ReservationKind.BLACKOUT: ReasonKind.BLACKOUT,
}


@dataclass(frozen=True)
class Reason:
    """One reason; `str()` is the sentence, `reservation_id` the reservation that it speaks of.

    `discreet` says the same without telling who has it; empty when the sentence tells nothing.
    """

    kind: ReasonKind
    sentence: str
    reservation_id: int | None = None
    discreet: str = ""

    def __str__(self) -> str:
        return self.sentence


def told_to(
    person: "User", why: "Sequence[Reason]", *, lender_id: int | None = None
) -> "list[Reason]":
    """Return the reasons as this person may know them: who has it, staff and its lender learn."""
    if person.is_system or person.pk == lender_id or person.has_perm("assets.view_asset"):
        return list(why)
    return [replace(one, sentence=one.discreet or one.sentence) for one in why]


def of_part(part: "Asset", why: Reason) -> Reason:
    """Say why the part of a kit is not free."""
    text = _("Its part {part}: {reason}")
    said, discreet = (
        text.format(part=part, reason=reason) for reason in (why, why.discreet or why)
    )
    return Reason(why.kind, said, why.reservation_id, discreet)


def backwards(starts_at: datetime, ends_at: datetime) -> Reason:
    """Say that the period does not end after it starts."""
    text = _("The period must end after it starts: it goes from {start} to {end}.")
    return Reason(ReasonKind.PERIOD, text.format(start=moment(starts_at), end=moment(ends_at)))


def lost() -> Reason:
    """Say that nobody knows where it is."""
    return Reason(ReasonKind.LOST, _("It has been reported lost; report it found first."))


def retired() -> Reason:
    """Say that it is not lent any more."""
    return Reason(ReasonKind.RETIRED, _("It has been retired and is not lent any more."))


def out_without_end() -> Reason:
    """Say that it is out, and nobody wrote down until when."""
    return Reason(
        ReasonKind.OUT,
        _("It is out on loan, and no reservation says until when; take it back first."),
    )


def late(loan: "Reservation") -> Reason:
    """Say that it should be back and is not."""
    text = _(
        "It is late: {reservation} was due back on {due} and is still out. "
        "Take it back before it is promised again."
    )
    said, discreet = (
        text.format(reservation=name, due=moment(loan.due_at))
        for name in (loan.in_words, _discreetly(loan))
    )
    return Reason(ReasonKind.LATE, said, loan.pk, discreet)


def in_maintenance_without_end() -> Reason:
    """Say that the workshop has it, and nobody knows for how long."""
    return Reason(
        ReasonKind.MAINTENANCE,
        _("It is in maintenance, and nobody knows until when; return it to service first."),
    )


def in_maintenance_until(back_at: datetime) -> Reason:
    """Say that the workshop has it, also over what was promised to others."""
    text = _("It is in maintenance until {end}.")
    return Reason(ReasonKind.MAINTENANCE, text.format(end=moment(back_at)))


def in_the_way(reservation: "Reservation", starts_at: datetime, ends_at: datetime) -> Reason:
    """Say that another reservation takes the time, or that a turnaround would not fit."""
    facts = {
        "start": moment(reservation.starts_at),
        "due": moment(reservation.due_at),
        "end": moment(reservation.ends_at),
        "turnaround": length(reservation.turnaround),
    }
    kind = ReasonKind.BUFFER
    if reservation.starts_at >= ends_at:
        text = _(
            "It would not be ready in time: {reservation} begins on {start}, "
            "within the turnaround of this category."
        )
    elif reservation.due_at <= starts_at:
        text = _(
            "It is not ready by then: {reservation} is due back on {due}, "
            "and the turnaround of {turnaround} ends on {end}."
        )
    else:
        kind = _KINDS[ReservationKind(reservation.kind)]
        text = (
            _("{reservation} takes it from {start} to {due}, with its turnaround until {end}.")
            if reservation.turnaround
            else _("{reservation} takes it from {start} to {due}.")
        )
    said, discreet = (
        text.format(reservation=name, **facts)
        for name in (reservation.in_words, _discreetly(reservation))
    )
    return Reason(kind, said, reservation.pk, discreet)


def _discreetly(reservation: "Reservation") -> str:
    return f"{reservation} ({reservation.get_kind_display()})"
