"""Telling people what is to be collected or brought back: before, at and after the moment.

Each reminder is written once: its key holds the moment at which something is due and the step. So a
return cancels what would follow, an extension starts anew, and of the steps that an outage has
missed only the last one is told.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from apps.assets.states import Unit
from apps.assets.wording import moment, units
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.money import format_amount
from apps.notifications import selectors as notices
from apps.notifications import services as notifications
from apps.tickets.models import Ticket, TicketLine
from apps.tickets.services import quoting
from apps.tickets.services.keeping import locked
from apps.tickets.states import LineStatus, Status

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from apps.accounts.models import User
    from apps.tickets.models import TicketQuerySet

DAY = timedelta(days=1)
AFTER = (1 * DAY, 3 * DAY, 7 * DAY)
"""So long after the moment people are told again; from the last one on, every week."""
LENDER_AFTER = 7 * DAY
_WEEK = 7 * DAY
_AT_ONCE = 500


@dataclass(frozen=True)
class Reminder:
    """What is told about the lines of a ticket that are due at one moment."""

    kind: str
    ticket: Ticket
    due_at: datetime
    after: timedelta
    lines: Sequence[TicketLine]

    @property
    def key(self) -> str:
        """What makes it the one reminder of this moment and step."""
        return f"{self.due_at:%Y-%m-%dT%H:%M%z}:{self.after // timedelta(hours=1)}"

    @property
    def people(self) -> "set[User]":
        """The borrower, the clerk whom it concerns, and after a week the lenders."""
        ticket = self.ticket
        people = {ticket.borrower}
        if self.kind == "tickets.collection_near":
            people.add(ticket.entered_by)
        people |= {line.handed_over_by for line in self.lines if line.handed_over_by}
        if self.after >= LENDER_AFTER:
            people |= {line.lender for line in self.lines}
        return {person for person in people if notifications.can_be_told(person)}

    @property
    def keys(self) -> set[str]:
        """The keys of its notices."""
        return {
            notifications.key_of(self.kind, self.ticket, person, key=self.key)
            for person in self.people
        }


def remind_all(*, now: datetime, actor: "User") -> int:
    """Write every reminder whose time has come and that is not written yet; return how many."""
    reminders = [*_of_returns(_out(now), now=now), *_of_collections(_to_collect(now), now=now)]
    missing: set[int] = set()
    for start in range(0, len(reminders), _AT_ONCE):
        chunk = reminders[start : start + _AT_ONCE]
        known = notices.known(key for reminder in chunk for key in reminder.keys)
        missing |= {reminder.ticket.pk for reminder in chunk if reminder.keys - known}
    return sum(remind(ticket_id, now=now, actor=actor) for ticket_id in sorted(missing))


@deed
def remind(ticket_id: int, *, now: datetime, actor: "User") -> int:
    """Write the reminders of one ticket that are not written yet; return how many."""
    actor.require("tickets.take_back_ticket")
    # A return waits for this, or this finds what has come back.
    ticket = locked(ticket_id)
    lines = _out(now).filter(ticket=ticket)
    reminders = [*_of_returns(lines, now=now)]
    reminders += _of_collections(_to_collect(now).filter(pk=ticket.pk), now=now)
    count = 0
    for reminder in reminders:
        if reminder.keys - notices.known(reminder.keys):
            _tell(reminder, now=now, actor=actor)
            count += 1
    return count


def _out(now: datetime) -> "QuerySet[TicketLine]":
    return (
        TicketLine.objects.filter(
            status=LineStatus.ON_LOAN, due_at__lte=now + settings.REMIND_BEFORE
        )
        .select_related(
            *("ticket__borrower", "ticket__entered_by", "handed_over_by", "lender"),
            *("asset__tariff", "asset__category__tariff"),
        )
        .order_by("ticket", "due_at", "asset")
    )


def _to_collect(now: datetime) -> "TicketQuerySet":
    return (
        Ticket.objects.filter(
            status=Status.APPROVED, starts_at__gt=now, starts_at__lte=now + settings.REMIND_BEFORE
        )
        .select_related("borrower", "entered_by")
        .prefetch_related("lines__asset")
        .order_by("pk")
    )


def _of_returns(lines: "Iterable[TicketLine]", *, now: datetime) -> Iterator[Reminder]:
    """Yield one reminder for all that is due of a ticket at one moment."""
    due: defaultdict[tuple[Ticket, datetime], list[TicketLine]] = defaultdict(list)
    for line in lines:
        due[line.ticket, line.due_at].append(line)
    for (ticket, due_at), together in due.items():
        after = _step(now - due_at)
        if after > timedelta(0):
            # Within the grace of its tariff nothing is late.
            late = [line for line in together if due_at + line.asset.effective_tariff.grace < now]
            if late:
                yield Reminder("tickets.return_late", ticket, due_at, after, late)
        else:
            kind = "tickets.return_due" if after == timedelta(0) else "tickets.return_near"
            yield Reminder(kind, ticket, due_at, after, together)


def _step(elapsed: timedelta) -> timedelta:
    """Return the last step that has come: before the moment, at it, or so long after it."""
    if elapsed < timedelta(0):
        return -settings.REMIND_BEFORE
    if elapsed >= AFTER[-1]:
        return elapsed // _WEEK * _WEEK
    return max((step for step in AFTER if step <= elapsed), default=timedelta(0))


def _of_collections(tickets: "Iterable[Ticket]", *, now: datetime) -> Iterator[Reminder]:
    for ticket in tickets:
        after = _step(now - ticket.starts_at)
        lines = list(ticket.lines.all())
        yield Reminder("tickets.collection_near", ticket, ticket.starts_at, after, lines)


def _tell(reminder: Reminder, *, now: datetime, actor: "User") -> None:
    people = reminder.people
    notifications.announce(
        reminder.kind,
        to=people,
        about=reminder.ticket,
        subject=_subject(reminder),
        body="\n".join([*(str(line.asset) for line in reminder.lines), *_advice(reminder, now)]),
        key=reminder.key,
    )
    audit.record(
        "tickets.reminded",
        actor=actor,
        target=reminder.ticket,
        after={
            "reminder": _subject(reminder),
            "due": moment(reminder.due_at),
            "told": sorted(str(person) for person in people),
        },
    )


def _subject(reminder: Reminder) -> str:
    texts = {
        "tickets.collection_near": _("{ticket} can be collected {at}"),
        "tickets.return_near": _("{ticket} is due back {at}"),
        "tickets.return_due": _("{ticket} is due back now"),
        "tickets.return_late": _("{ticket} is {late} late"),
    }
    return texts[reminder.kind].format(
        ticket=reminder.ticket,
        at=moment(reminder.due_at),
        late=units(Unit.DAY, reminder.after // DAY),
    )


def _advice(reminder: Reminder, now: datetime) -> Iterator[str]:
    match reminder.kind:
        case "tickets.collection_near":
            yield _("It is reserved until it is collected, but not for long: come in time.")
        case "tickets.return_late":
            yield _("It was due back {at}. Please bring it back.").format(
                at=moment(reminder.due_at)
            )
            fee = sum(quoting.late_fee(line, returned_at=now)[0] for line in reminder.lines)
            if fee:
                amount = format_amount(fee, reminder.ticket.currency)
                yield _("Late fee so far: {amount}").format(amount=amount)
        case _:
            yield _("Please bring it back in time, or ask for an extension before.")
