"""Why an asset is not free: a kind for programs, a sentence for people."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from apps.assets.states import ReasonKind, ReservationKind
from apps.assets.wording import length, moment

if TYPE_CHECKING:
    from apps.assets.models import Asset, Reservation

_KINDS = {
    ReservationKind.LOAN: ReasonKind.RESERVATION,
    ReservationKind.MAINTENANCE: ReasonKind.MAINTENANCE,
    ReservationKind.BLACKOUT: ReasonKind.BLACKOUT,
}


@dataclass(frozen=True)
class Reason:
    """One reason; `str()` is the sentence, `reservation_id` the reservation that it speaks of."""

    kind: ReasonKind
    sentence: str
    reservation_id: int | None = None

    def __str__(self) -> str:
        return self.sentence


def of_part(part: "Asset", why: Reason) -> Reason:
    """Say why the part of a kit is not free."""
    text = _("Its part {part}: {reason}")
    return Reason(why.kind, text.format(part=part, reason=why), why.reservation_id)


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
    sentence = text.format(reservation=loan.in_words, due=moment(loan.due_at))
    return Reason(ReasonKind.LATE, sentence, loan.pk)


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
        "reservation": reservation.in_words,
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
    return Reason(kind, text.format(**facts), reservation.pk)
