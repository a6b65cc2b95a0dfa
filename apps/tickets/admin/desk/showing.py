"""What the templates of the desk print: the counter as it stands now, and the day beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assets import availability
from apps.assets.states import Condition
from apps.assets.wording import moment
from apps.common.errors import DomainError
from apps.common.money import format_amount
from apps.tickets import selectors, services
from apps.tickets.admin.page import VARIANTS, next_step
from apps.tickets.models import Ticket, TicketLine
from apps.tickets.quick_end import end_of
from apps.tickets.services import quoting
from apps.tickets.states import LineStatus, Status

if TYPE_CHECKING:
    from datetime import datetime

    from apps.assets.models import Asset
    from apps.tickets.admin.desk.counter import Counter

MOST = 8
_OPEN = (Status.APPROVED, Status.ON_LOAN)


@dataclass(frozen=True)
class Row:
    """A line of a ticket on the counter."""

    line: TicketLine
    is_open: bool
    """Whether it can go out or come back; then it has a box to tick."""
    is_ticked: bool
    condition: str
    note: str
    remarks: Sequence[str]
    is_bad: bool = False


@dataclass(frozen=True)
class Card:
    """A ticket on the counter, with the deed that comes next."""

    ticket: Ticket
    variant: str
    sentence: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Wanted:
    """An asset that is to be lent: what it costs, and why it cannot be."""

    asset: "Asset"
    price: str = ""
    arithmetic: Sequence[str] = ()
    why: Sequence[str] = ()


@dataclass
class Basket:
    """What somebody at the counter wants, with its price as soon as the end is known."""

    borrower: User | None = None
    wanted: Sequence[Wanted] = ()
    starts: str = ""
    ends: str = ""
    total: str = ""
    available: str = ""
    missing: str = ""
    refusal: str = ""
    theirs: Sequence[Ticket] = field(default_factory=tuple)

    @property
    def is_ready(self) -> bool:
        """Tell whether it can be asked for; the service has the last word."""
        is_free = not any(one.why for one in self.wanted)
        return bool(self.borrower and self.wanted and self.total and is_free)


def content_of(counter: "Counter", *, user: User) -> dict[str, Any]:
    """Return what the counter and the day look like now; what is gone is taken off the counter."""
    now = timezone.now()
    cards = _cards(counter, user=user, now=now)
    ticked = [row.line.status for card in cards for row in card.rows if row.is_ticked]
    return {
        "counter": counter,
        "cards": cards,
        "basket": _basket(counter, now=now),
        "out_count": ticked.count(LineStatus.RESERVED),
        "back_count": ticked.count(LineStatus.ON_LOAN),
        "conditions": Condition.choices,
        "reserved": LineStatus.RESERVED,
        "day": _day(now),
        "may": {
            name: user.has_perm(f"tickets.{name}_ticket")
            for name in ("hand_over", "take_back", "submit")
        },
    }


def _cards(counter: "Counter", *, user: User, now: "datetime") -> list[Card]:
    marked = selectors.marked(Ticket.objects.filter(pk__in=counter.ticket_ids), now=now)
    found = {ticket.pk: ticket for ticket in marked.select_related("borrower")}
    counter.ticket_ids = [pk for pk in counter.ticket_ids if pk in found]
    lines = TicketLine.objects.filter(ticket__in=found).select_related(
        "asset__category__tariff", "asset__tariff", "asset__loan"
    )
    by_ticket: dict[int, list[TicketLine]] = {}
    for line in lines.order_by("pk"):
        line.ticket = found[line.ticket_id]
        by_ticket.setdefault(line.ticket_id, []).append(line)
    cards = []
    for pk in counter.ticket_ids:
        ticket = found[pk]
        is_overdue = bool(ticket.is_overdue)  # type: ignore[attr-defined]  # annotated by `marked`
        cards.append(
            Card(
                ticket,
                "danger" if is_overdue else VARIANTS[Status(ticket.status)],
                next_step(ticket, user=user, is_overdue=is_overdue),
                [_row(line, counter, now=now) for line in by_ticket.get(pk, [])],
            )
        )
    return cards


def _row(line: TicketLine, counter: "Counter", *, now: "datetime") -> Row:
    remarks: list[str] = []
    is_bad, usual = False, line.asset.condition
    match LineStatus(line.status):
        case LineStatus.RESERVED:
            why = availability.why_not(
                line.asset, now, line.due_at, now=now, except_reservation=line.reservation_id
            )
            is_bad, remarks = bool(why), [str(reason) for reason in why]
        case LineStatus.ON_LOAN:
            usual = line.condition_out or usual
            remarks = [_("Due back {due}.").format(due=moment(line.due_at))]
            late_fee, arithmetic = quoting.late_fee(line, returned_at=now)
            if late_fee:
                is_bad = True
                remarks.append(_("Late fee: {arithmetic}").format(arithmetic=arithmetic))
        case _:
            pass
    is_open = line.status in {LineStatus.RESERVED, LineStatus.ON_LOAN}
    return Row(
        line,
        is_open,
        is_open and line.pk in counter.ticked,
        counter.conditions.get(line.pk) or usual,
        counter.notes.get(line.pk, ""),
        remarks,
        is_bad,
    )


def _basket(counter: "Counter", *, now: "datetime") -> Basket:
    basket = Basket()
    if counter.borrower_id:
        basket.borrower = User.objects.filter(pk=counter.borrower_id).first()
        theirs = Ticket.objects.filter(borrower=counter.borrower_id, status__in=_OPEN)
        others = theirs.exclude(pk__in=counter.ticket_ids).order_by("starts_at", "pk")
        basket.theirs = list(others[:MOST])
    assets = _assets(counter)
    basket.wanted = [Wanted(asset, why=_why_not_at_all(asset, now)) for asset in assets]
    starts_at = services.walk_in_start(now)
    if not (assets and counter.until):
        return basket
    try:
        ends_at = end_of(counter.until, starts_at)
        basket.starts, basket.ends = moment(starts_at), moment(ends_at)
        offer = quoting.offer(assets, starts_at, ends_at)
    except DomainError as refusal:
        basket.refusal = refusal.message
        return basket
    basket.wanted = [
        Wanted(
            asset,
            format_amount(quote.fee + quote.deposit, quote.currency),
            quote.arithmetic,
            [str(one) for one in availability.why_not(asset, starts_at, ends_at, now=now)],
        )
        for asset, quote in offer.quotes.items()
    ]
    _price(basket, offer)
    return basket


def _assets(counter: "Counter") -> "list[Asset]":
    """Return the assets of the basket in the order of the scans; what is gone is left out."""
    known = quoting.known_assets(counter.asset_ids)
    counter.asset_ids = [pk for pk in counter.asset_ids if pk in known]
    return [known[pk] for pk in counter.asset_ids]


def _why_not_at_all(asset: "Asset", now: "datetime") -> list[str]:
    return [str(reason) for reason in availability.why_not_at_all(asset, now=now)]


def _price(basket: Basket, offer: quoting.Offer) -> None:
    quote = offer.as_quote()
    total = quote["fee"] + quote["deposit"]
    basket.total = format_amount(total, offer.currency)
    if basket.borrower is None:
        return
    ticket = Ticket(borrower=basket.borrower, currency=offer.currency)
    available = selectors.spendable_of(selectors.wallet_of(ticket))
    basket.available = format_amount(available, offer.currency)
    if available < total:
        basket.missing = format_amount(total - available, offer.currency)


def _day(now: "datetime") -> list[dict[str, Any]]:
    until = selectors.end_of_day(now)
    queues = (
        (_("To hand over today"), _("Nothing more today."), selectors.to_hand_over(until)),
        (_("Due back today"), _("Nothing more today."), selectors.due_back(now, until)),
        (_("Overdue"), _("Nothing is overdue."), selectors.overdue(now)),
    )
    return [
        {"title": title, "empty": empty, "tickets": tickets.select_related("borrower")[:MOST]}
        for title, empty, tickets in queues
    ]
