"""The deeds of the desk: each one POST, each ticket one call of a service.

What is refused stays ticked, with everything typed for it, and says why; the others are done.
"""

from collections.abc import Callable, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import DomainError
from apps.tickets import services
from apps.tickets.admin.deeds import TicketDeeds
from apps.tickets.admin.desk.counter import Counter, Said
from apps.tickets.admin.drafts import page_url
from apps.tickets.admin.page import next_step
from apps.tickets.errors import NothingChosen
from apps.tickets.errors.desk import EndUnclear
from apps.tickets.models import Ticket, TicketLine
from apps.tickets.quick_end import end_of
from apps.tickets.states import LineStatus, Status

_OPEN = (LineStatus.RESERVED, LineStatus.ON_LOAN)


def hand_over(counter: Counter, *, actor: User) -> list[Said]:
    """Hand over what is ticked and reserved, ticket by ticket."""

    def deed(ticket_id: int, lines: Sequence[TicketLine]) -> Ticket:
        outs = [services.LineOut(line.pk, *_typed(counter, line)) for line in lines]
        version = counter.seen.get(ticket_id)
        return services.hand_over(ticket_id, lines=outs, actor=actor, seen_version=version)

    return _by_ticket(counter, LineStatus.RESERVED, deed, _("{assets} handed over to {borrower}."))


def take_back(counter: Counter, *, actor: User) -> list[Said]:
    """Take back what is ticked and out, ticket by ticket."""

    def deed(ticket_id: int, lines: Sequence[TicketLine]) -> Ticket:
        ins = [services.LineIn(line.pk, *_typed(counter, line)) for line in lines]
        version = counter.seen.get(ticket_id)
        return services.take_back(ticket_id, lines=ins, actor=actor, seen_version=version)

    return _by_ticket(counter, LineStatus.ON_LOAN, deed, _("{assets} taken back from {borrower}."))


def lend(counter: Counter, *, actor: User) -> list[Said]:
    """Ask for what is on the list; when a policy agrees at once, it lies ready to go out."""
    starts_at = services.walk_in_start()
    try:
        if not counter.until:
            raise EndUnclear(text="")
        ticket = services.walk_in(
            borrower=User.objects.filter(pk=counter.borrower_id or 0).first(),
            starts_at=starts_at,
            ends_at=end_of(counter.until, starts_at),
            purpose=counter.purpose,
            asset_ids=counter.asset_ids,
            actor=actor,
        )
    except DomainError as refusal:
        return [Said(refusal.message, is_refusal=True)]
    counter.asset_ids, counter.until, counter.purpose = [], "", _("Walk-in")
    counter.lay(ticket.pk)
    reserved = ticket.lines.filter(status=LineStatus.RESERVED)
    counter.ticked |= set(reserved.values_list("pk", flat=True))
    if ticket.status == Status.APPROVED:
        text = _("{ticket} is approved. F8 hands it over.").format(ticket=ticket)
    else:
        waits = next_step(ticket, user=actor, is_overdue=False)
        text = _("{ticket} is asked for. {waits}").format(ticket=ticket, waits=waits)
    return [Said(text, url=page_url(ticket.pk), link=str(ticket))]


def _by_ticket(
    counter: Counter,
    status: LineStatus,
    deed: "Callable[[int, Sequence[TicketLine]], Ticket]",
    success: str,
) -> list[Said]:
    ticked = TicketLine.objects.filter(
        pk__in=counter.ticked, ticket__in=counter.ticket_ids, status=status
    )
    by_ticket: dict[int, list[TicketLine]] = {}
    for line in ticked.select_related("asset").order_by("pk"):
        by_ticket.setdefault(line.ticket_id, []).append(line)
    if not by_ticket:
        return [Said(NothingChosen().message, is_refusal=True)]
    said = []
    for ticket_id, lines in by_ticket.items():
        try:
            ticket = deed(ticket_id, lines)
        except DomainError as refusal:
            said.append(_refused(ticket_id, lines, status, refusal))
            continue
        for line in lines:
            counter.forget(line)
        if not ticket.lines.filter(status__in=_OPEN).exists():
            counter.put_away(ticket_id)
        names = ", ".join(str(line.asset) for line in lines)
        text = success.format(assets=names, borrower=ticket.borrower)
        said.append(Said(text, url=page_url(ticket_id), link=str(ticket)))
    return said


def _typed(counter: Counter, line: TicketLine) -> tuple[str, str]:
    """Return condition and note as they stand on the card."""
    usual = line.asset.condition if line.status == LineStatus.RESERVED else line.condition_out
    return counter.conditions.get(line.pk) or usual, counter.notes.get(line.pk, "")


def _refused(
    ticket_id: int, lines: Sequence[TicketLine], status: LineStatus, refusal: DomainError
) -> Said:
    """Say why, and lead to the page on which what is missing can be added."""
    text = f"TK-{ticket_id}: {refusal.message}"
    name = "hand_over" if status == LineStatus.RESERVED else "take_back"
    return Said(
        text,
        is_refusal=True,
        url=deed_url(name, ticket_id, lines),
        link=_("Open TK-{number}").format(number=ticket_id),
    )


def deed_url(name: str, ticket_id: int, lines: Sequence[TicketLine]) -> str:
    """Return the page of a deed with these lines ticked; the ticket’s, while it is a dialog."""
    if hasattr(getattr(TicketDeeds, name), "dialog"):
        return page_url(ticket_id)
    query = "&".join(f"line={line.pk}" for line in lines)
    return reverse(f"admin:tickets_ticket_{name}", args=(ticket_id,)) + f"?{query}"
