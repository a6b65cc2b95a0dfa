"""Writing down what somebody wants to borrow, and asking for it."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypedDict, Unpack

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.approvals import services as approvals
from apps.assets.wording import moment
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.money import format_amount
from apps.tickets.errors import NotEditable, PurposeMissing, StartIsPast, WayMissing
from apps.tickets.models import Ticket, TicketLine
from apps.tickets.services import quoting
from apps.tickets.services.keeping import (
    act_for,
    difference,
    facts,
    keep,
    lines_of,
    locked,
    may_borrow,
    on_behalf,
    signed,
)
from apps.tickets.states import EDITABLE, Action

if TYPE_CHECKING:
    from collections.abc import Iterable

    from apps.accounts.models import User
    from apps.assets.models import Asset

SCOPE = "ticket"
# At the desk the clock runs on between the choice of “from now” and the click on “Submit”.
LEEWAY = timedelta(hours=1)


_CHANGEABLE = ("borrower", "starts_at", "ends_at", "purpose", "came_by", "asked_by")


class Changes(TypedDict, total=False):
    """What may be changed while a ticket is a draft."""

    borrower: "User"
    starts_at: datetime
    ends_at: datetime
    purpose: str
    asset_ids: "Iterable[int]"
    came_by: str
    asked_by: str


@deed
def draft(
    *,
    borrower: "User",
    starts_at: datetime,
    ends_at: datetime,
    purpose: str,
    asset_ids: "Iterable[int]",
    actor: "User",
    came_by: str = "",
    asked_by: str = "",
) -> Ticket:
    """Write down what somebody wants to borrow; nothing is promised or held by that.

    `came_by` is the `Way` in which it reached the office, `asked_by` who spoke for the borrower.

    Raises:
        WayMissing: somebody spoke for the borrower, and nobody said how.
        RequestInvalid: it could never be lent like this; the fact names the field.
    """
    act_for(borrower, "tickets.add_ticket", actor=actor)
    may_borrow(borrower)
    assets = quoting.find_assets(asset_ids)
    offer = quoting.offer(assets, starts_at, ends_at, borrower=borrower)
    _refuse_without(purpose)
    quoting.refuse_taken(assets, starts_at, ends_at, now=timezone.now(), actor=actor)
    ticket = Ticket(
        borrower=borrower,
        entered_by=actor,
        starts_at=starts_at,
        ends_at=ends_at,
        purpose=purpose.strip(),
        came_by=came_by,
        asked_by=asked_by.strip(),
        currency=offer.currency,
        quote=offer.as_quote(),
    )
    _refuse_without_way(ticket)
    signed(ticket, actor).save()
    _fit_lines(ticket, assets, offer, actor=actor)
    audit.record(
        "tickets.drafted",
        actor=actor,
        target=ticket,
        after=facts(ticket, assets),
        on_behalf_of=on_behalf(ticket, actor),
    )
    return ticket


@deed
def change_draft(
    ticket_id: int, *, seen_version: int, actor: "User", **changes: Unpack[Changes]
) -> Ticket:
    """Change what is asked for, as long as nobody is asked to decide on it.

    Raises:
        StalePage: somebody else changed it after the person saw `seen_version`.
        NotEditable: it was submitted meanwhile.
        RequestInvalid: it could never be lent like this; the fact names the field.
    """
    ticket = locked(ticket_id, seen_version=seen_version)
    act_for(ticket.borrower, "tickets.change_ticket", actor=actor)
    if ticket.status not in EDITABLE:
        raise NotEditable(ticket=ticket, status=ticket.get_status_display())
    was = lines_of(ticket)
    before = facts(ticket, [line.asset for line in was])
    ticket.borrower = changes.get("borrower", ticket.borrower)
    act_for(ticket.borrower, "tickets.change_ticket", actor=actor)
    ticket.starts_at = changes.get("starts_at", ticket.starts_at)
    ticket.ends_at = changes.get("ends_at", ticket.ends_at)
    ticket.purpose = changes.get("purpose", ticket.purpose).strip()
    ticket.came_by = changes.get("came_by", ticket.came_by)
    ticket.asked_by = changes.get("asked_by", ticket.asked_by).strip()
    _refuse_without_way(ticket)
    may_borrow(ticket.borrower)
    # Parts follow their kit, so that nobody asks for them by themselves.
    kept = [line.asset_id for line in was if not line.kit_line_id]
    assets = quoting.find_assets(changes.get("asset_ids", kept))
    offer = quoting.offer(assets, ticket.starts_at, ticket.ends_at, borrower=ticket.borrower)
    _refuse_without(ticket.purpose)
    quoting.refuse_taken(assets, ticket.starts_at, ticket.ends_at, now=timezone.now(), actor=actor)
    _keep_offer(ticket, offer, *_CHANGEABLE, actor=actor)
    _fit_lines(ticket, assets, offer, actor=actor)
    was_so, is_so = difference(before, facts(ticket, assets))
    audit.record(
        "tickets.changed",
        actor=actor,
        target=ticket,
        before=was_so,
        after=is_so,
        on_behalf_of=on_behalf(ticket, actor),
    )
    return ticket


@deed
def submit(ticket_id: int, *, actor: "User", seen_version: int | None = None) -> Ticket:
    """Fix the quote and ask those who decide; nothing is reserved or held before they agree.

    Raises:
        MoveNotAllowed: it was submitted before, or is past that.
        RequestInvalid: it cannot be lent like this now; the fact names the field.
        NoPolicy: nobody has laid down who decides on so much.
    """
    ticket = locked(ticket_id, seen_version=seen_version)
    act_for(ticket.borrower, "tickets.submit_ticket", actor=actor)
    before = ticket.get_status_display()
    ticket.move(Action.SUBMIT)
    now = timezone.now()
    may_borrow(ticket.borrower, now=now)
    if ticket.starts_at < now - LEEWAY:
        raise StartIsPast(starts_at=moment(ticket.starts_at))
    lines = lines_of(ticket)
    assets = [line.asset for line in lines]
    offer = quoting.offer(
        assets,
        ticket.starts_at,
        ticket.ends_at,
        borrower=ticket.borrower,
        kit_of=quoting.parts_on(lines),
    )
    quoting.refuse_taken(assets, ticket.starts_at, ticket.ends_at, now=now, actor=actor)
    ticket.submitted_at = now
    _keep_offer(ticket, offer, "status", "submitted_at", actor=actor)
    _fit_lines(ticket, assets, offer, actor=actor)
    audit.record(
        "tickets.submitted",
        actor=actor,
        target=ticket,
        before={"status": before},
        after=facts(ticket, assets),
        on_behalf_of=on_behalf(ticket, actor),
    )
    # Last, because nobody may have to decide, and then it is approved when this returns.
    _ask(ticket, assets, offer, actor=actor)
    return ticket


def _ask(ticket: Ticket, assets: "list[Asset]", offer: quoting.Offer, *, actor: "User") -> None:
    # Parts go along with their kit: its category decides who is asked.
    paid_for = [asset for asset in assets if asset.pk not in offer.kit_of]
    approvals.open_request(
        ticket,
        scope=SCOPE,
        title=_("{ticket}: {assets} for {borrower}").format(
            ticket=ticket, assets=_shortened(paid_for), borrower=ticket.borrower
        ),
        requester=actor,
        amount=ticket.price,
        currency=ticket.currency,
        categories={asset.category.name for asset in paid_for},
        lenders={asset.lender for asset in assets},
        value=max(asset.value for asset in assets),
        facts=_asked_for(ticket),
        beneficiary=ticket.borrower,
        parties={
            _("borrower"): ticket.borrower,
            _("lender"): {asset.lender for asset in assets},
            _("person who entered it"): ticket.entered_by,
        },
        actor=actor,
    )


def _asked_for(ticket: Ticket) -> dict[str, object]:
    """Return what is asked for by the names that those who decide read."""
    return {
        _("Borrower"): str(ticket.borrower),
        _("From"): moment(ticket.starts_at),
        _("Until"): moment(ticket.ends_at),
        _("Purpose"): ticket.purpose,
        _("Assets"): [
            _("{asset} at {price}").format(
                asset=line.asset, price=format_amount(line.price, ticket.currency)
            )
            for line in lines_of(ticket)
        ],
        _("Fee"): format_amount(ticket.quote["fee"], ticket.currency),
        _("Deposit"): format_amount(ticket.quote["deposit"], ticket.currency),
    }


def _shortened(assets: "list[Asset]") -> str:
    if len(assets) == 1:
        return str(assets[0])
    return _("{asset} and {count} more").format(asset=assets[0], count=len(assets) - 1)


def _keep_offer(ticket: Ticket, offer: quoting.Offer, *fields: str, actor: "User") -> None:
    ticket.currency = offer.currency
    ticket.quote = offer.as_quote()
    keep(ticket, "currency", "quote", *fields, actor=actor)


def _fit_lines(
    ticket: Ticket, assets: "list[Asset]", offer: quoting.Offer, *, actor: "User"
) -> None:
    """Give the ticket one line for each asset, at the price of the offer; parts after kits."""
    lines = {line.asset_id: line for line in ticket.lines.all()}
    gone = [lines.pop(asset_id) for asset_id in lines.keys() - {asset.pk for asset in assets}]
    for asset in sorted(assets, key=lambda asset: asset.pk in offer.kit_of):
        line = lines.get(asset.pk) or TicketLine(ticket=ticket)
        lines[asset.pk] = line
        known = (line.pk, line.lender_id, line.due_at, line.kit_line_id)
        line.asset, line.lender, line.due_at = asset, asset.lender, ticket.ends_at
        line.kit_line = lines[offer.kit_of[asset.pk]] if asset.pk in offer.kit_of else None
        changed = offer.price(line)
        if changed or known != (line.pk, line.lender_id, line.due_at, line.kit_line_id):
            signed(line, actor).save()
    for line in sorted(gone, key=lambda line: line.kit_line_id is None):
        signed(line, actor).delete()


def _refuse_without(purpose: str) -> None:
    if not purpose.strip():
        raise PurposeMissing


def _refuse_without_way(ticket: Ticket) -> None:
    if ticket.asked_by and not ticket.came_by:
        raise WayMissing
