"""The waiting list: whoever came first gets the offer, alone, with a deadline.

The rules:

- The line of an asset or a category is in the order in which people came.
- Each minute a sweep offers what is free to the first in line whom it fits, and whoever that is, is
  told; nobody else is. Suspended people keep their place and are passed over.
- An offer takes the asset’s time by a reservation of its own until it is answered or ends.
- A wish without a start begins when the offer is accepted, so the time until the deadline is kept
  free too.
- Accepting submits a ticket; the time stays reserved while that is decided on.
- An offer that nobody answers lapses, and the same sweep passes it to the next.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from apps.assets import availability
from apps.assets import services as assets
from apps.assets.models import Asset, Reservation
from apps.assets.states import ReservationKind
from apps.assets.states import Status as AssetStatus
from apps.assets.wording import length as in_words
from apps.assets.wording import moment
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.errors import DomainError
from apps.tickets.errors import PurposeMissing
from apps.tickets.errors.waiting import (
    NothingOffered,
    OfferLapsed,
    WaitingAlready,
    WaitingForFree,
    WaitingOver,
    WaitingStartPast,
    WaitingUnclear,
)
from apps.tickets.models import WaitingEntry
from apps.tickets.services import drafting, telling
from apps.tickets.services.keeping import act_for, keep, lines_of, may_borrow, signed
from apps.tickets.states import LineStatus, WaitingAction, WaitingStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from apps.accounts.models import User
    from apps.assets.models import Category
    from apps.tickets.models import Ticket

logger = logging.getLogger(__name__)

PERMISSION = "tickets.manage_waitingentry"
OFFERED_FOR = timedelta(hours=24)
# So many assets of a category are looked at for one wish; the next sweep looks again.
LOOKED_AT = 20


@deed
def join_waiting_list(
    *,
    person: "User",
    length: timedelta,
    purpose: str,
    actor: "User",
    asset: Asset | None = None,
    category: "Category | None" = None,
    starts_at: datetime | None = None,
) -> WaitingEntry:
    """Put the person at the end of the line of that asset or category.

    Raises:
        RequestInvalid: they may not borrow, or nobody said what for.
        WishInvalid: they wait already, or need not wait; the fact names the field.
    """
    act_for(person, PERMISSION, actor=actor)
    now = timezone.now()
    may_borrow(person, now=now)
    wanted = asset or category
    if wanted is None or (asset and category) or length <= timedelta(0):
        raise WaitingUnclear
    if not purpose.strip():
        raise PurposeMissing
    if starts_at and starts_at <= now:
        raise WaitingStartPast(starts_at=moment(starts_at))
    before = WaitingEntry.objects.open().filter(asset=asset, category=category)
    if mine := before.filter(person=person).first():
        raise WaitingAlready(person=person, wanted=wanted, entry=mine)
    entry = WaitingEntry(
        person=person,
        asset=asset,
        category=category,
        starts_at=starts_at,
        length=length,
        purpose=purpose.strip(),
        entered_by=actor,
        created_at=now,
    )
    if not before.exists() and (free := _fitting(entry, now=now)):
        raise WaitingForFree(asset=free)
    signed(entry, actor).save()
    _record("tickets.waiting", entry, actor=actor, wanted=str(wanted), length=in_words(length))
    return entry


def offer_what_is_free(*, now: datetime, actor: "User") -> tuple[int, int]:
    """End the offers whose deadline has passed, and make new ones; return how many of each.

    Each is a deed of its own: one that cannot be done does not keep the others. Called twice, it
    does its work once.
    """
    late = WaitingEntry.objects.offered().filter(expires_at__lte=now)
    lapsed = [
        _tried(_lapse, pk, now=now, actor=actor) for pk in list(late.values_list("pk", flat=True))
    ]
    wishes = WaitingEntry.objects.waiting()
    offered = [
        _tried(_offer, pk, now=now, actor=actor) for pk in list(wishes.values_list("pk", flat=True))
    ]
    return sum(offered), sum(lapsed)


@deed
def accept_offer(entry_id: int, *, actor: "User") -> "Ticket":
    """Turn the offer into a submitted ticket, whose time stays reserved while it is decided on.

    Raises:
        NothingOffered, WaitingOver, OfferLapsed: there is no open offer (any more).
        RequestInvalid: it cannot be lent like this; the fact names the field.
    """
    entry = _locked(entry_id)
    act_for(entry.person, PERMISSION, actor=actor)
    _refuse_ended(entry)
    if entry.reservation is None or entry.expires_at is None or entry.offered_asset is None:
        raise NothingOffered(entry=entry)
    now = timezone.now()
    if entry.expires_at <= now:
        raise OfferLapsed(entry=entry, at=moment(entry.expires_at))
    starts_at = entry.starts_at or full_hour(now)
    # Between these two nobody else gets the asset: this transaction keeps its lock.
    assets.free(entry.reservation.pk, actor=actor)
    ticket = drafting.draft(
        borrower=entry.person,
        starts_at=starts_at,
        ends_at=starts_at + entry.length,
        purpose=entry.purpose,
        asset_ids=[entry.offered_asset.pk],
        actor=actor,
    )
    ticket = drafting.submit(ticket.pk, actor=actor)
    keep_time(ticket, actor=actor)
    entry.ticket = ticket
    _end(entry, WaitingAction.TAKE, now=now, actor=actor)
    return ticket


@deed
def decline_offer(entry_id: int, *, actor: "User") -> WaitingEntry:
    """Give the offer to whoever is next; the person does not wait any more.

    Raises:
        NothingOffered, WaitingOver: there is no open offer (any more).
    """
    entry = _locked(entry_id)
    act_for(entry.person, PERMISSION, actor=actor)
    _refuse_ended(entry)
    if entry.status != WaitingStatus.OFFERED:
        raise NothingOffered(entry=entry)
    _end(entry, WaitingAction.DECLINE, now=timezone.now(), actor=actor)
    return entry


@deed
def leave_waiting_list(entry_id: int, *, actor: "User") -> WaitingEntry:
    """Let the person wait no more; an open offer goes to whoever is next.

    Raises:
        WaitingOver: it has ended.
    """
    entry = _locked(entry_id)
    act_for(entry.person, PERMISSION, actor=actor)
    _refuse_ended(entry)
    _end(entry, WaitingAction.CANCEL, now=timezone.now(), actor=actor)
    return entry


def keep_time(ticket: "Ticket", *, actor: "User") -> None:
    """Reserve the time of a ticket that waits for a decision; an automatic approval has already."""
    for line in lines_of(ticket):
        if line.status == LineStatus.REQUESTED:
            line.reservation = assets.reserve(
                line.asset_id,
                ticket.starts_at,
                ticket.ends_at,
                kind=ReservationKind.LOAN,
                reason=f"{ticket} {ticket.borrower}",
                actor=actor,
            )
            keep(line, "reservation", actor=actor)


def full_hour(now: datetime) -> datetime:
    """Return the next full hour."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


@deed
def _offer(entry_id: int, *, now: datetime, actor: "User") -> bool:
    actor.require(PERMISSION)
    entry = _locked(entry_id)
    if entry.status != WaitingStatus.WAITING:
        return False
    if entry.starts_at and entry.starts_at <= now:
        _end(entry, WaitingAction.LAPSE, now=now, actor=actor)
        return False
    # Whoever may not borrow now keeps the place, and the next in line is asked.
    may_borrow(entry.person, now=now)
    asset = _fitting(entry, now=now)
    if asset is None:
        return False
    starts_at, ends_at, expires_at = _offered_time(entry, now)
    entry.reservation = assets.reserve(
        asset.pk,
        starts_at,
        ends_at,
        kind=ReservationKind.LOAN,
        reason=f"{entry} {entry.person}",
        actor=actor,
    )
    entry.move(WaitingAction.OFFER)
    entry.offered_asset, entry.offered_at, entry.expires_at = asset, now, expires_at
    keep(entry, "status", "reservation", "offered_asset", "offered_at", "expires_at", actor=actor)
    _record("tickets.offered", entry, actor=actor, asset=str(asset), until=moment(expires_at))
    telling.of_offer(entry)
    return True


@deed
def _lapse(entry_id: int, *, now: datetime, actor: "User") -> bool:
    actor.require(PERMISSION)
    entry = _locked(entry_id)
    if entry.status != WaitingStatus.OFFERED or not entry.expires_at or entry.expires_at > now:
        return False
    _end(entry, WaitingAction.LAPSE, now=now, actor=actor)
    return True


def _end(entry: WaitingEntry, action: WaitingAction, *, now: datetime, actor: "User") -> None:
    """End the wish, and let go of the time that was kept for it."""
    entry.move(action)
    entry.ended_at = now
    if entry.reservation_id:
        assets.free(entry.reservation_id, actor=actor)
    keep(entry, "status", "ended_at", "ticket", actor=actor)
    _record(f"tickets.waiting_{entry.status}", entry, actor=actor, wanted=str(entry.wanted))
    if action == WaitingAction.LAPSE:
        telling.of_lapse(entry)


def _offered_time(entry: WaitingEntry, now: datetime) -> tuple[datetime, datetime, datetime]:
    """Return what the offer keeps free, from and until, and when it ends."""
    expires_at = now + OFFERED_FOR
    if entry.starts_at:
        return entry.starts_at, entry.starts_at + entry.length, min(expires_at, entry.starts_at)
    # It begins when it is accepted, at the latest with the full hour after the deadline.
    return now, full_hour(expires_at) + entry.length, expires_at


def _fitting(entry: WaitingEntry, *, now: datetime) -> Asset | None:
    """Return the first asset that is free for the wish, by its tag."""
    starts_at, ends_at, _expires_at = _offered_time(entry, now)
    taken = Reservation.objects.holding().filter(asset=OuterRef("pk"))
    wanted = Q(category=entry.category_id) if entry.category_id else Q(pk=entry.asset_id)
    free = (
        Asset.objects.filter(wanted)
        .exclude(status__in=(AssetStatus.LOST, AssetStatus.RETIRED))
        .exclude(Exists(taken.overlapping(starts_at, ends_at)))
        .select_related("category", "loan")
        .order_by("tag")
    )
    for asset in free[:LOOKED_AT]:
        if not availability.why_not(asset, starts_at, ends_at, now=now):
            return asset
    return None


def _locked(entry_id: int) -> WaitingEntry:
    related = ("person", "asset", "category", "offered_asset", "reservation")
    return WaitingEntry.objects.locked().select_related(*related).get(pk=entry_id)


def _refuse_ended(entry: WaitingEntry) -> None:
    if entry.ended_at is not None:
        at, status = moment(entry.ended_at), entry.get_status_display()
        raise WaitingOver(entry=entry, status=status, at=at)


def _tried(deed_of: "Callable[..., bool]", entry_id: int, *, now: datetime, actor: "User") -> bool:
    try:
        return deed_of(entry_id, now=now, actor=actor)
    except DomainError as refusal:
        logger.info("W-%s: %s", entry_id, refusal)
        return False


def _record(event: str, entry: WaitingEntry, *, actor: "User", **facts: str) -> None:
    audit.record(
        event,
        actor=actor,
        target=entry,
        after={"status": entry.get_status_display(), **facts},
        on_behalf_of=None if actor.pk == entry.person_id or actor.is_system else entry.person,
    )
