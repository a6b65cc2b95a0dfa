"""What people do with assets.

`reserve`, `free`, `hand_over` and `take_back` are the engine of lending: they ask for no
permission, because the deed that calls them (approving a ticket, taking back) has asked already.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.assets.availability import why_not_taken
from apps.assets.errors import (
    AssetChangedMeanwhile,
    AssetInvalid,
    AssetStillPromised,
    AssetTaken,
    LoanStillOpen,
    PeriodBackwards,
    TagTaken,
    TariffInOtherCurrency,
)
from apps.assets.models import Asset, Category, Reservation, Tariff
from apps.assets.states import Action, ReservationKind
from apps.assets.wording import moment
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.errors import DomainError
from apps.common.money import decimals_of, plain_amount
from apps.notifications import services as notifications

if TYPE_CHECKING:
    from apps.accounts.models import User

# What a person may write; the status and the loan follow from deeds.
WRITABLE = (
    "tag",
    "name",
    "category",
    "lender",
    "value",
    "currency",
    "tariff",
    "serial",
    "model_name",
    "manufacturer",
    "location",
    "condition",
    "purchased_on",
    "notes",
)
# What the lender of an asset wants to know.
_TOLD = frozenset({Action.LOSE, Action.FIND, Action.RETIRE})
_REFERENCES = ("category", "lender", "tariff")


@deed
def register(
    *,
    actor: "User",
    tag: str,
    name: str,
    category: Category,
    lender: "User",
    value: int,
    currency: str,
    reason: str = "",
    **rest: Any,
) -> Asset:
    """Put a new asset into the register, available.

    Raises:
        AssetInvalid: a field cannot be right; `faults` names it.
        TagTaken: another asset has this tag.
        TariffInOtherCurrency: its tariff is not in `currency`.
    """
    actor.require("assets.add_asset")
    asset = Asset(
        tag=tag, name=name, category=category, lender=lender, value=value, currency=currency
    )
    _write(asset, rest)
    _check(asset)
    _keep(asset, actor=actor, reason=reason)
    written = {field for field in WRITABLE if getattr(asset, field) not in {None, ""}}
    audit.record(
        "assets.registered",
        actor=actor,
        target=asset,
        after=_facts(asset, written),
        reason=reason,
    )
    return asset


@deed
def change(
    asset_id: int,
    *,
    actor: "User",
    seen_version: int | None = None,
    reason: str = "",
    **changes: Any,
) -> Asset:
    """Write `changes` into the register; nothing happens when they change nothing.

    Raises:
        AssetChangedMeanwhile: the asset's version is no longer `seen_version`.
        AssetInvalid, TagTaken, TariffInOtherCurrency: as for `register`.
    """
    actor.require("assets.change_asset")
    asset = _locked(asset_id)
    if seen_version is not None and seen_version != asset.version:
        raise AssetChangedMeanwhile(asset=asset)
    old, before = _values(asset), _facts(asset, changes)
    _write(asset, changes)
    _check(asset)
    new, after = _values(asset), _facts(asset, changes)
    changed = [field for field in changes if old[field] != new[field]]
    if not changed:
        return asset
    asset.version += 1
    _keep(asset, actor=actor, reason=reason)
    audit.record(
        "assets.changed",
        actor=actor,
        target=asset,
        before={field: before[field] for field in changed},
        after={field: after[field] for field in changed},
        reason=reason,
    )
    return asset


@deed
def add_category(*, name: str, tariff: Tariff, actor: "User") -> Category:
    """Add the category that an imported register speaks of, without turnaround.

    Raises:
        AssetInvalid: the name cannot be right.
    """
    actor.require("assets.import_asset")
    category = Category(name=name, tariff=tariff, turnaround=timedelta(0))
    try:
        category.clean_fields(exclude=["tariff"])
    except ValidationError as error:
        raise AssetInvalid(tag=name, faults={"category": error.messages}) from None
    category._history_user = actor  # type: ignore[attr-defined]
    category.save()
    audit.record(
        "assets.category_added",
        actor=actor,
        target=category,
        after={"name": name, "tariff": str(tariff), "turnaround": str(category.turnaround)},
    )
    return category


@deed
def note_export(*, count: int, file_format: str, actor: "User") -> None:
    """Record that a register of `count` assets left the house as a file."""
    actor.require("assets.export_asset")
    audit.record("assets.exported", actor=actor, after={"assets": count, "format": file_format})


@deed
def send_to_maintenance(
    asset_id: int, *, reason: str, actor: "User", until: datetime | None = None
) -> Asset:
    """Take the asset out of service, and reserve it for the workshop when `until` is known.

    Raises:
        MoveNotAllowed: it is not available.
        PeriodBackwards: `until` has passed.
        AssetTaken: it is promised to somebody before `until`.
    """
    actor.require("assets.change_asset")
    asset = _locked(asset_id)
    now = timezone.now()
    if until is not None:
        _cut_turnaround(asset, now)
        reserve(
            asset.pk,
            now,
            until,
            kind=ReservationKind.MAINTENANCE,
            reason=reason[:254],
            actor=actor,
        )
    facts = {"until": moment(until)} if until else {}
    return _move(
        asset,
        Action.SEND_TO_MAINTENANCE,
        "assets.sent_to_maintenance",
        actor=actor,
        reason=reason,
        **facts,
    )


@deed
def return_to_service(asset_id: int, *, actor: "User", reason: str = "") -> Asset:
    """Make the asset available again, and free what the workshop had reserved.

    Raises:
        MoveNotAllowed: it is not in maintenance.
    """
    actor.require("assets.change_asset")
    asset = _locked(asset_id)
    now = timezone.now()
    for reservation in asset.reservations.holding().maintenance().current(now):
        free(reservation.pk, actor=actor, until=now)
    return _move(
        asset,
        Action.RETURN_TO_SERVICE,
        "assets.returned_to_service",
        actor=actor,
        reason=reason,
    )


@deed
def retire(asset_id: int, *, reason: str, actor: "User") -> Asset:
    """Lend the asset no more.

    Raises:
        MoveNotAllowed: it is on loan, or retired already.
        LoanStillOpen: it was lost on a loan that is still open.
        AssetStillPromised: somebody has it reserved.
    """
    actor.require("assets.change_asset")
    asset = _locked(asset_id)
    _refuse_open_loan(asset)
    promised = asset.reservations.holding().loans().unfinished(timezone.now()).order_by("period")
    if promised:
        raise AssetStillPromised(
            asset=asset,
            reservations=", ".join(
                _("{reservation} from {start}").format(
                    reservation=reservation.in_words, start=moment(reservation.starts_at)
                )
                for reservation in promised
            ),
        )
    return _move(asset, Action.RETIRE, "assets.retired", actor=actor, reason=reason)


@deed
def lose(asset_id: int, *, reason: str, actor: "User") -> Asset:
    """Report the asset lost, wherever it was.

    Raises:
        MoveNotAllowed: it is lost or retired already.
    """
    actor.require("assets.change_asset")
    return _move(_locked(asset_id), Action.LOSE, "assets.lost", actor=actor, reason=reason)


@deed
def find(asset_id: int, *, reason: str, actor: "User") -> Asset:
    """Report that a lost asset is back in the store.

    Raises:
        MoveNotAllowed: it is not lost.
        LoanStillOpen: it was lost on a loan that is still open, and comes back through its ticket.
    """
    actor.require("assets.change_asset")
    asset = _locked(asset_id)
    _refuse_open_loan(asset)
    return _move(asset, Action.FIND, "assets.found", actor=actor, reason=reason)


@deed
def reserve(
    asset_id: int,
    starts_at: datetime,
    ends_at: datetime,
    *,
    kind: ReservationKind,
    reason: str,
    actor: "User",
) -> Reservation:
    """Take the asset's time from `starts_at` until `ends_at`; a loan also takes the turnaround.

    Raises:
        PeriodBackwards: the period does not end after it starts.
        AssetTaken: the asset is not free then, with every reason.
    """
    # Moments of one zone compare and add by the wall clock, on which an hour in autumn comes twice.
    starts_at, ends_at = starts_at.astimezone(UTC), ends_at.astimezone(UTC)
    if ends_at <= starts_at:
        raise PeriodBackwards(starts_at=moment(starts_at), ends_at=moment(ends_at))
    asset = _locked(asset_id)
    turnaround = asset.category.turnaround if kind == ReservationKind.LOAN else timedelta(0)

    def refuse_when_taken() -> None:
        why = why_not_taken(asset, starts_at, ends_at, turnaround=turnaround, now=timezone.now())
        if why:
            raise AssetTaken(asset=asset, why=why)

    refuse_when_taken()
    try:
        with transaction.atomic():
            reservation = asset.reservations.create(
                period=DateTimeTZRange(starts_at, ends_at + turnaround),
                turnaround=turnaround,
                kind=kind,
                reason=reason,
            )
    except IntegrityError:
        # Somebody who did not lock the asset was quicker; the database decided, now say why.
        refuse_when_taken()
        raise
    audit.record("assets.reserved", actor=actor, target=asset, after=_period_facts(reservation))
    return reservation


@deed
def free(reservation_id: int, *, actor: "User", until: datetime | None = None) -> Reservation:
    """Let go of the asset's time: all of it, or what is left after a return at `until`.

    With `until` the reservation ends with the return and its turnaround, earlier or later than
    planned, but never inside the next reservation. Called twice, it does its work once.
    """
    asset_id = Reservation.objects.values_list("asset_id", flat=True).get(pk=reservation_id)
    asset = _locked(asset_id)
    reservation = Reservation.objects.get(pk=reservation_id)
    before = _period_facts(reservation)
    if not reservation.is_holding:
        return reservation
    until = until and until.astimezone(UTC)
    if until is None or until <= reservation.starts_at:
        reservation.is_holding = False
    else:
        next_starts = (
            asset.reservations.holding()
            .filter(period__startswith__gte=reservation.ends_at)
            .order_by("period")
            .values_list("period__startswith", flat=True)
            .first()
        )
        ends_at = until + reservation.turnaround
        if next_starts is not None:
            ends_at = min(ends_at, next_starts)
        reservation.end(due_at=until, ends_at=ends_at)
    reservation.save(update_fields=["is_holding", "turnaround", "period"])
    after = _period_facts(reservation)
    if after != before:
        audit.record("assets.freed", actor=actor, target=asset, before=before, after=after)
    return reservation


@deed
def hand_over(asset_id: int, *, actor: "User", reservation_id: int | None = None) -> Asset:
    """Let the asset go out on the reservation; without one, nobody knows until when.

    Raises:
        MoveNotAllowed: it is not available.
    """
    asset = _locked(asset_id)
    asset.loan = (
        asset.reservations.holding().get(pk=reservation_id)
        if reservation_id is not None
        else asset.reservations.holding().loans().current(timezone.now()).first()
    )
    facts = {"reservation": asset.loan.in_words} if asset.loan else {}
    return _move(asset, Action.HAND_OVER, "assets.handed_over", actor=actor, **facts)


@deed
def take_back(asset_id: int, *, condition: str, actor: "User") -> Asset:
    """Have the asset back in the store, in that condition.

    Raises:
        MoveNotAllowed: it is not out.
    """
    asset = _locked(asset_id)
    asset.loan = None
    asset.condition = condition
    return _move(
        asset, Action.TAKE_BACK, "assets.taken_back", actor=actor, condition=str(condition)
    )


def _locked(asset_id: int) -> Asset:
    related = ("category__tariff", "tariff", "lender", "loan")
    return Asset.objects.locked().select_related(*related).get(pk=asset_id)


def _cut_turnaround(asset: Asset, now: datetime) -> None:
    """End the turnaround of a loan that is back: the workshop need not wait for it."""
    for reservation in asset.reservations.holding().current(now):
        if reservation.due_at <= now and reservation.pk != asset.loan_id:
            reservation.end(due_at=reservation.due_at, ends_at=now)
            reservation.save(update_fields=["period", "turnaround"])


def _refuse_open_loan(asset: Asset) -> None:
    if asset.loan is not None and asset.status == "lost":
        raise LoanStillOpen(asset=asset, reservation=asset.loan.in_words)


def _move(
    asset: Asset, action: Action, event: str, *, actor: "User", reason: str = "", **facts: str
) -> Asset:
    before = asset.status
    asset.move(action)
    _keep(asset, actor=actor, reason=reason)
    recorded = audit.record(
        event,
        actor=actor,
        target=asset,
        before={"status": before},
        after={"status": asset.status, **facts},
        reason=reason,
    )
    if action in _TOLD and asset.lender != actor:
        notifications.announce(
            event,
            to=asset.lender,
            about=asset,
            subject=_("{asset} is now: {status}").format(
                asset=asset, status=asset.get_status_display()
            ),
            body=reason,
            key=str(recorded.pk),
        )
    return asset


def _keep(asset: Asset, *, actor: "User", reason: str) -> None:
    """Save with a history row that names the actor, also outside a request."""
    asset._history_user = actor  # type: ignore[attr-defined]
    asset._change_reason = reason or None  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            asset.save()
    except IntegrityError as fault:
        if "asset_tag_is_unique" in str(fault):
            raise TagTaken(tag=asset.tag) from None
        raise


def _write(asset: Asset, changes: Mapping[str, Any]) -> None:
    unknown = changes.keys() - set(WRITABLE)
    assert not unknown, f"only deeds change {unknown} of an asset"
    for field, new in changes.items():
        setattr(asset, field, new.strip() if isinstance(new, str) else new)


def _check(asset: Asset) -> None:
    """Refuse what cannot be right, field by field, in as few questions as an import can afford."""
    asset.tag, asset.name = asset.tag.strip(), asset.name.strip()
    faults: dict[str, list[str]] = {}
    try:
        asset.clean_fields(exclude=_REFERENCES)
    except ValidationError as error:
        faults = error.message_dict
    if asset.value < 0:
        faults["value"] = [_("The value may not be negative.")]
    try:
        decimals_of(asset.currency)
    except DomainError as refusal:
        faults["currency"] = [refusal.message]
    if not asset.lender.is_active or asset.lender.is_system:
        faults["lender"] = [
            _("{lender} cannot lend: choose an active person.").format(lender=asset.lender)
        ]
    if faults:
        raise AssetInvalid(tag=asset.tag, faults=faults)
    tariff: Tariff = asset.effective_tariff
    if tariff.currency != asset.currency:
        raise TariffInOtherCurrency(asset=asset, tariff=tariff)


def _values(asset: Asset) -> dict[str, Any]:
    return {field: getattr(asset, field) for field in WRITABLE}


def _facts(asset: Asset, fields: Collection[str]) -> dict[str, Any]:
    """Return these fields as the audit log shows them."""
    facts: dict[str, Any] = {field: getattr(asset, field) for field in WRITABLE if field in fields}
    for field in facts.keys() & set(_REFERENCES):
        facts[field] = str(facts[field]) if facts[field] else None
    if "value" in facts:
        facts["value"] = f"{plain_amount(asset.value, asset.currency)} {asset.currency}"
    return facts


def _period_facts(reservation: Reservation) -> dict[str, Any]:
    return {
        "reservation": str(reservation),
        "kind": reservation.kind,
        "from": reservation.starts_at,
        "until": reservation.ends_at,
        "holds": reservation.is_holding,
    }
