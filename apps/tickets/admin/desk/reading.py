"""What a scanned or typed text means, given what lies on the counter."""

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assets.availability import why_not_at_all
from apps.assets.models import Asset
from apps.assets.states import Status as AssetStatus
from apps.tickets import selectors
from apps.tickets.admin.desk.counter import Counter, Said
from apps.tickets.models import Ticket, TicketLine
from apps.tickets.quick_end import is_end
from apps.tickets.states import LineStatus, Status

if TYPE_CHECKING:
    from datetime import datetime


def read(text: str, counter: Counter) -> Said:
    """Put on the counter what the text names, and say what that means."""
    match selectors.find_by_scan(text):
        case Asset() as asset:
            return _asset(asset, counter, now=timezone.now())
        case Ticket() as ticket:
            return _ticket(ticket, counter)
        case User() as person:
            return _borrower(person, counter)
        case _:
            if counter.asset_ids and is_end(text):
                counter.until = text.strip()
                return Said(_("Until {until}.").format(until=counter.until))
            return Said(
                _(
                    "Nothing is called “{text}”: no asset has this tag, no ticket this number, and "
                    "no borrower, or more than one, this name. Correct it, or choose from the list."
                ).format(text=text.strip()[:80]),
                is_refusal=True,
            )


def _borrower(person: User, counter: Counter) -> Said:
    counter.borrower_id = person.pk
    return Said(_("{borrower} borrows. Now scan what goes out.").format(borrower=person))


def _ticket(ticket: Ticket, counter: Counter) -> Said:
    """Lay it open with everything ticked that can go out, else all that can come back."""
    counter.lay(ticket.pk)
    lines = list(ticket.lines.all())
    for status in (LineStatus.RESERVED, LineStatus.ON_LOAN):
        if ready := {line.pk for line in lines if line.status == status}:
            counter.ticked |= ready
            break
    return Said(
        _("{ticket} of {borrower}: {status}.").format(
            ticket=ticket, borrower=ticket.borrower, status=ticket.get_status_display()
        )
    )


def _asset(asset: Asset, counter: Counter, *, now: "datetime") -> Said:
    if line := _line_out(asset):
        _tick(line, counter)
        return Said(
            _("{asset} comes back from {borrower} ({ticket}). F9 takes it back.").format(
                asset=asset, borrower=line.ticket.borrower, ticket=line.ticket
            )
        )
    if line := _line_to_collect(asset, counter, now=now):
        _tick(line, counter)
        return Said(
            _("{asset} is reserved for {borrower} ({ticket}). F8 hands it over.").format(
                asset=asset, borrower=line.ticket.borrower, ticket=line.ticket
            )
        )
    if asset.status != AssetStatus.AVAILABLE and (why := why_not_at_all(asset, now=now)):
        why_text = " ".join(str(reason) for reason in why)
        return Said(f"{asset}: {why_text}", is_refusal=True)
    return _from_store(asset, counter)


def _from_store(asset: Asset, counter: Counter) -> Said:
    if asset.pk in counter.asset_ids:
        return Said(_("{asset} is on the list already.").format(asset=asset))
    counter.asset_ids.append(asset.pk)
    if counter.borrower_id is None:
        return Said(_("{asset} is in the store. Who takes it?").format(asset=asset))
    if not counter.until:
        return Said(_("{asset} is on the list. Until when?").format(asset=asset))
    return Said(_("{asset} is on the list. F10 lends it.").format(asset=asset))


def _tick(line: TicketLine, counter: Counter) -> None:
    counter.lay(line.ticket_id)
    counter.ticked.add(line.pk)


def _line_out(asset: Asset) -> TicketLine | None:
    lines = TicketLine.objects.filter(asset=asset, status=LineStatus.ON_LOAN)
    return lines.select_related("ticket__borrower").first()


def _line_to_collect(asset: Asset, counter: Counter, *, now: "datetime") -> TicketLine | None:
    """Return the line on which it may go out today, unless somebody else stands at the counter."""
    lines = TicketLine.objects.filter(
        asset=asset,
        status=LineStatus.RESERVED,
        ticket__status__in=(Status.APPROVED, Status.ON_LOAN),
        ticket__starts_at__lt=selectors.end_of_day(now),
        due_at__gt=now,
    )
    if counter.borrower_id is not None:
        lines = lines.filter(ticket__borrower=counter.borrower_id)
    return lines.select_related("ticket__borrower").order_by("ticket__starts_at", "pk").first()
