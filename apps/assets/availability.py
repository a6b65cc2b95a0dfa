"""Whether an asset is free, and if not, why not: the one answer that every screen and deed uses.

A period is half-open, `[from, until)`. The category's turnaround belongs to a loan: the asset must
be free for the loan and for the turnaround after it. An asset that should be back and is not is
promised to nobody, for no period at all, because nobody knows when it will be back. A kit is free
when it and all of its parts are.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from apps.assets.models import Asset, Reservation
from apps.assets.states import Status
from apps.assets.wording import length, moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta


def why_not(
    asset: Asset,
    starts_at: datetime,
    ends_at: datetime,
    *,
    now: datetime,
    except_reservation: int | None = None,
) -> list[str]:
    """Return every reason why `asset` cannot be lent for this period; empty means that it is free.

    `except_reservation` is the caller's own reservation, which does not stand in its own way. Who
    has reserved a kit has reserved its parts with it, each by a reservation of its own.
    """
    reasons = why_not_taken(
        asset,
        starts_at,
        ends_at,
        turnaround=asset.category.turnaround,
        now=now,
        except_reservation=except_reservation,
    )
    if asset.is_kit and not reasons and except_reservation is None:
        # When the kit itself is taken, its parts are for the same reason.
        reasons = list(_why_not_parts(asset, starts_at, ends_at, now=now))
    return reasons


def _why_not_parts(
    kit: Asset, starts_at: datetime, ends_at: datetime, *, now: datetime
) -> "Iterator[str]":
    for part in kit.parts.select_related("category", "loan").order_by("tag"):
        for reason in why_not(part, starts_at, ends_at, now=now):
            yield _("Its part {part}: {reason}").format(part=part, reason=reason)


def why_not_taken(
    asset: Asset,
    starts_at: datetime,
    ends_at: datetime,
    *,
    turnaround: "timedelta",
    now: datetime,
    except_reservation: int | None = None,
) -> list[str]:
    """Answer as `why_not` does, for any use of the asset and the turnaround that follows it."""
    # Moments of one zone compare by the wall clock, on which an hour in autumn comes twice.
    starts_at, ends_at = starts_at.astimezone(UTC), ends_at.astimezone(UTC)
    if ends_at <= starts_at:
        return [
            _("The period must end after it starts: it goes from {start} to {end}.").format(
                start=moment(starts_at), end=moment(ends_at)
            )
        ]
    reasons = why_not_at_all(asset, now=now, except_reservation=except_reservation)
    in_the_way = (
        asset.reservations.holding().overlapping(starts_at, ends_at + turnaround).order_by("period")
    )
    reasons += [
        _in_the_way(reservation, starts_at, ends_at)
        for reservation in in_the_way
        if reservation.pk != except_reservation
    ]
    return reasons


def why_not_at_all(
    asset: Asset, *, now: datetime, except_reservation: int | None = None
) -> list[str]:
    """Return why `asset` can be promised to nobody, whatever the period."""
    match asset.status:
        case Status.LOST:
            return [_("It has been reported lost; report it found first.")]
        case Status.RETIRED:
            return [_("It has been retired and is not lent any more.")]
        case Status.ON_LOAN:
            return list(_still_out(asset, now=now, except_reservation=except_reservation))
        case Status.IN_MAINTENANCE:
            return list(_still_in_maintenance(asset, now=now))
        case _:
            return []


def _still_out(asset: Asset, *, now: datetime, except_reservation: int | None) -> "Iterator[str]":
    loan = asset.loan
    if loan is None:
        yield _("It is out on loan, and no reservation says until when; take it back first.")
    elif loan.pk != except_reservation and loan.due_at < now:
        yield _(
            "It is late: {reservation} was due back on {due} and is still out. "
            "Take it back before it is promised again."
        ).format(reservation=loan.in_words, due=moment(loan.due_at))


def _still_in_maintenance(asset: Asset, *, now: datetime) -> "Iterator[str]":
    planned = asset.reservations.holding().maintenance().current(now).first()
    if planned is None:
        yield _("It is in maintenance, and nobody knows until when; return it to service first.")


def _in_the_way(reservation: Reservation, starts_at: datetime, ends_at: datetime) -> str:
    facts = {
        "reservation": reservation.in_words,
        "start": moment(reservation.starts_at),
        "due": moment(reservation.due_at),
        "end": moment(reservation.ends_at),
        "turnaround": length(reservation.turnaround),
    }
    if reservation.starts_at >= ends_at:
        return _(
            "It would not be ready in time: {reservation} begins on {start}, "
            "within the turnaround of this category."
        ).format(**facts)
    if reservation.due_at <= starts_at:
        return _(
            "It is not ready by then: {reservation} is due back on {due}, "
            "and the turnaround of {turnaround} ends on {end}."
        ).format(**facts)
    if reservation.turnaround:
        return _(
            "{reservation} takes it from {start} to {due}, with its turnaround until {end}."
        ).format(**facts)
    return _("{reservation} takes it from {start} to {due}.").format(**facts)
