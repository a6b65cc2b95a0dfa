"""Lending another asset of the same category for the one that was promised."""

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.assets import services as assets
from apps.assets.models import Asset
from apps.assets.states import ReservationKind
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.errors import OwnMatter
from apps.tickets.errors import LineNotAllowed, ReasonMissing, UnknownAssets
from apps.tickets.errors.substituting import (
    KitStands,
    OnTicketAlready,
    OtherCategory,
    OtherCurrency,
)
from apps.tickets.services import telling
from apps.tickets.services.keeping import chosen, keep, locked, may_borrow
from apps.tickets.states import LineStatus

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.tickets.models import Ticket, TicketLine

PERMISSION = "tickets.hand_over_ticket"


@deed
def substitute(
    ticket_id: int,
    line_id: int,
    asset_id: int,
    *,
    actor: "User",
    reason: str,
    seen_version: int | None = None,
) -> "Ticket":
    """Promise another asset for a line that waits to be collected, at the price that was fixed.

    The old asset is free again and the new one reserved; its lender is the one who is paid. What
    is held stays held.

    Raises:
        LineNotAllowed: the line is not reserved, or was handed over meanwhile.
        OtherCategory, OtherCurrency, OnTicketAlready: the asset cannot stand in for the old one.
        OwnMatter: it is the actor's own asset.
        AssetTaken: it is not free then, with every reason.
    """
    actor.require(PERMISSION)
    ticket = locked(ticket_id, seen_version=seen_version)
    if not reason.strip():
        raise ReasonMissing
    (line,) = chosen(ticket, [line_id])
    old_lender = line.lender
    old, new = _both_locked(line, asset_id)
    _refuse(ticket, line, new, actor=actor)
    may_borrow(ticket.borrower)
    _reserve(ticket, line, new, actor=actor)
    _carry_terms(ticket, old, new)
    keep(line, "asset", "lender", "reservation", actor=actor)
    keep(ticket, "quote", actor=actor)
    audit.record(
        "tickets.substituted",
        actor=actor,
        target=ticket,
        before={"asset": str(old), "lender": str(old_lender)},
        after={"asset": str(new), "lender": str(new.lender)},
        reason=reason.strip(),
    )
    telling.of_substitution(ticket, old, new, {old_lender, new.lender}, reason=reason.strip())
    return ticket


def _both_locked(line: "TicketLine", asset_id: int) -> tuple[Asset, Asset]:
    """Return the old and the new asset, locked by primary key as everybody locks assets."""
    related = ("category__tariff", "tariff", "lender")
    rows = Asset.objects.locked().select_related(*related)
    both = {asset.pk: asset for asset in rows.filter(pk__in={line.asset_id, asset_id})}
    if asset_id not in both:
        raise UnknownAssets
    return both[line.asset_id], both[asset_id]


def _refuse(ticket: "Ticket", line: "TicketLine", new: Asset, *, actor: "User") -> None:
    if line.status != LineStatus.RESERVED:
        raise LineNotAllowed(
            asset=line.asset, action=_("Substitute"), status=line.get_status_display()
        )
    for asset in (line.asset, new):
        if asset.is_kit:
            raise KitStands(asset=asset)
    if ticket.lines.filter(asset=new).exists():
        raise OnTicketAlready(asset=new, ticket=ticket)
    if new.category_id != line.asset.category_id:
        raise OtherCategory(
            asset=new, category=new.category, old=line.asset, needed=line.asset.category
        )
    currency = new.effective_tariff.currency
    if currency != ticket.currency:
        raise OtherCurrency(asset=new, currency=currency, ticket=ticket, needed=ticket.currency)
    if new.lender_id == actor.pk:
        raise OwnMatter(permission=PERMISSION, part=_("lender"))


def _reserve(ticket: "Ticket", line: "TicketLine", new: Asset, *, actor: "User") -> None:
    """Free the old asset and take the new one, from now on when the period has begun."""
    if line.reservation_id is not None:
        assets.free(line.reservation_id, actor=actor)
    line.reservation = assets.reserve(
        new.pk,
        max(ticket.starts_at, timezone.now()),
        line.due_at,
        kind=ReservationKind.LOAN,
        reason=f"{ticket} {ticket.borrower}",
        actor=actor,
    )
    line.asset, line.lender = new, new.lender


def _carry_terms(ticket: "Ticket", old: Asset, new: Asset) -> None:
    """Let the arithmetic and the late fee's terms, as they were fixed, count for the new asset."""
    terms = ticket.quote["lines"].pop(str(old.pk), None)
    if terms is not None:
        ticket.quote["lines"][str(new.pk)] = terms
