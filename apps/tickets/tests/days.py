"""What people and the clock do to an office on random days, all of it through the services."""

from datetime import timedelta
from typing import Any, NamedTuple

from django.utils import timezone
from hypothesis import strategies as st

from apps.approvals import selectors as approval_questions
from apps.approvals import services as approvals
from apps.approvals.models import ApprovalRequest
from apps.approvals.states import Verdict
from apps.assets import services as assets
from apps.assets.models import Asset
from apps.assets.states import Condition
from apps.tickets import services
from apps.tickets.models import Ticket, WaitingEntry
from apps.tickets.states import LineStatus, Status
from apps.tickets.tests.office import HOURS, Office
from project.testing import make

# How often each is done, beside the others.
WEIGHTS = {
    "ask": 7,
    "decide": 14,
    "hand_over": 13,
    "take_back": 11,
    "inspect": 10,
    "let_time_pass": 8,
    "submit_again": 2,
    "cancel": 2,
    "release": 5,
    "let_jobs_run": 4,
    "pay_in": 3,
    "send_to_maintenance": 2,
    "return_to_service": 4,
    "lose": 1,
    "extend": 3,
    "declare_lost": 1,
    "substitute": 2,
    "wait": 2,
    "answer_offer": 2,
    "say": 1,
    "find": 2,
}
JUMPS = (1, 3, 8, 20, 24, 30, 50, 120)
VERDICTS = (*[Verdict.APPROVE] * 4, *Verdict)
DAMAGES = (0, 0, 0, 900, 9000)
CONDITIONS = tuple(Condition)


class Deed(NamedTuple):
    """One deed, and the dice that say how exactly."""

    name: str
    which: int
    by: int
    mask: int
    more: int


def deeds(weights: dict[str, int]) -> st.SearchStrategy[Deed]:
    """Draw deeds as often as their weights say."""
    names = [name for name, weight in weights.items() for _time in range(weight)]
    die = st.integers(0, 999)
    return st.builds(Deed, st.sampled_from(names), die, die, st.integers(0, 7), die)


class Days(Office):
    """One deed after the other; what is refused is refused whole."""

    def do(self, deed: Deed) -> None:
        """Do it, and see that everything agrees afterwards."""
        getattr(self, deed.name)(deed)
        self.check()

    @staticmethod
    def picked[T](things: "list[T] | tuple[T, ...]", number: int) -> T:
        """Return one of them."""
        return things[number % len(things)]

    def ticket(self, deed: Deed, *statuses: Status) -> Ticket | None:
        """Return a ticket in one of these statuses; now and then, or when there is none, any."""
        found = Ticket.objects.order_by("pk")
        fitting = found.filter(status__in=statuses)
        chosen = list(fitting if deed.more % 8 else found) or list(found)
        return self.picked(chosen, deed.which) if chosen else None

    def lines(self, ticket: Ticket, status: LineStatus, mask: int) -> list[int]:
        """Return some of the ticket’s lines in that status, sometimes all, or any when none is."""
        found = list(ticket.lines.filter(status=status).order_by("pk").values_list("pk", flat=True))
        found = found or list(ticket.lines.order_by("pk").values_list("pk", flat=True))
        return [pk for place, pk in enumerate(found) if not mask >> place & 1] or found

    # The desk

    def ask(self, deed: Deed) -> None:
        """Enter what somebody wants, and submit it."""
        clerk = self.picked(self.clerks, deed.by)
        starts_at = self.quarter() + (deed.more % 40 - 1) * HOURS
        chosen = {deed.which % 5, deed.which * deed.mask % 5}
        fields: dict[str, Any] = {
            "borrower": self.picked(self.borrowers, deed.which // 5),
            "starts_at": starts_at,
            "ends_at": starts_at + (1 + deed.more % 73) * HOURS,
            "purpose": "A film",
            "asset_ids": [self.assets[number].pk for number in chosen],
        }
        ticket = self.attempt(lambda: services.draft(**fields, actor=clerk))
        if ticket:
            self.attempt(lambda: services.submit(ticket.pk, actor=clerk))

    def submit_again(self, deed: Deed) -> None:
        """Submit what came back, or was never submitted."""
        if ticket := self.ticket(deed, Status.CHANGES_REQUESTED, Status.DRAFT):
            clerk = self.picked(self.clerks, deed.by)
            self.attempt(lambda: services.submit(ticket.pk, actor=clerk))

    def decide(self, deed: Deed) -> None:
        """Decide on what waits; mostly by somebody who may."""
        waiting = list(ApprovalRequest.objects.waiting().order_by("pk"))
        if not waiting:
            return
        request = self.picked(waiting, deed.which)
        able = list(approval_questions.deciders_of(request).order_by("pk"))
        people = able if able and deed.more % 6 else self.deciders
        decider, verdict = self.picked(people, deed.by), self.picked(VERDICTS, deed.more)
        self.attempt(
            lambda: approvals.decide(request.pk, verdict=verdict, actor=decider, reason="Because")
        )

    def hand_over(self, deed: Deed) -> None:
        """Hand over some lines, waiting for the day of collection first."""
        ticket = self.ticket(deed, Status.APPROVED)
        if ticket is None:
            return
        if deed.more % 3 and ticket.starts_at > timezone.now():
            self.now.move_to(ticket.starts_at)
        condition = self.picked(CONDITIONS, deed.more)
        outs = [
            services.LineOut(pk, condition)
            for pk in self.lines(ticket, LineStatus.RESERVED, deed.mask)
        ]
        clerk = self.picked(self.clerks, deed.by)
        self.attempt(lambda: services.hand_over(ticket.pk, lines=outs, actor=clerk))

    def take_back(self, deed: Deed) -> None:
        """Take some lines back, early, in time or late."""
        ticket = self.ticket(deed, Status.ON_LOAN)
        if ticket is None:
            return
        condition = self.picked(CONDITIONS, deed.more)
        ins = [
            services.LineIn(pk, condition)
            for pk in self.lines(ticket, LineStatus.ON_LOAN, deed.mask)
        ]
        clerk = self.picked(self.clerks, deed.by)
        self.attempt(lambda: services.take_back(ticket.pk, lines=ins, actor=clerk))

    def inspect(self, deed: Deed) -> None:
        """Inspect some of what came back, and find damage now and then."""
        ticket = self.ticket(deed, Status.RETURNED, Status.ON_LOAN)
        if ticket is None:
            return
        damage = self.picked(DAMAGES, deed.more)
        findings = [
            services.Finding(pk, damage, "Scratched" if damage else "")
            for pk in self.lines(ticket, LineStatus.RETURNED, deed.mask)
        ]
        clerk = self.picked(self.clerks, deed.by)
        self.attempt(lambda: services.inspect(ticket.pk, findings=findings, actor=clerk))

    def cancel(self, deed: Deed) -> None:
        """Cancel what was not handed over."""
        if ticket := self.ticket(deed, Status.APPROVED, Status.SUBMITTED):
            clerk = self.picked(self.clerks, deed.by)
            self.attempt(lambda: services.cancel(ticket.pk, reason="Not needed", actor=clerk))

    def release(self, deed: Deed) -> None:
        """Let go of what nobody collects, of a ticket of which the rest is out."""
        waiting = Ticket.objects.on_loan().filter(lines__status=LineStatus.RESERVED)
        ticket = waiting.order_by("pk").first() or self.ticket(deed, Status.ON_LOAN)
        if ticket is None:
            return
        line_ids = self.lines(ticket, LineStatus.RESERVED, deed.mask)
        clerk = self.picked(self.clerks, deed.by)
        self.attempt(
            lambda: services.release_lines(
                ticket.pk, line_ids=line_ids, reason="Nobody came", actor=clerk
            )
        )

    def extend(self, deed: Deed) -> None:
        """Ask to keep what is out for longer."""
        ticket = self.ticket(deed, Status.ON_LOAN)
        if ticket is None:
            return
        until = max(ticket.ends_at, self.quarter()) + (deed.more % 50 - 2) * HOURS
        clerk = self.picked(self.clerks, deed.by)
        self.attempt(
            lambda: services.request_extension(
                ticket.pk, until=until, reason="One more day", actor=clerk
            )
        )

    def declare_lost(self, deed: Deed) -> None:
        """Report that something will not come back."""
        ticket = self.ticket(deed, Status.ON_LOAN)
        if ticket is None:
            return
        line_id = self.picked(self.lines(ticket, LineStatus.ON_LOAN, 0), deed.which)
        clerk = self.picked(self.clerks, deed.by)
        self.attempt(
            lambda: services.declare_lost(
                ticket.pk, line_id=line_id, reason="It fell into the sea", actor=clerk
            )
        )

    def substitute(self, deed: Deed) -> None:
        """Lend another asset for one that waits to be collected."""
        ticket = self.ticket(deed, Status.APPROVED)
        if ticket is None:
            return
        line_id = self.picked(self.lines(ticket, LineStatus.RESERVED, 0), deed.which)
        other, clerk = self.picked(self.assets, deed.more), self.picked(self.clerks, deed.by)
        self.attempt(
            lambda: services.substitute(
                ticket.pk, line_id, other.pk, reason="It is late", actor=clerk
            )
        )

    def wait(self, deed: Deed) -> None:
        """Put somebody on the waiting list."""
        clerk = self.picked(self.clerks, deed.by)
        self.attempt(
            lambda: services.join_waiting_list(
                person=self.picked(self.borrowers, deed.which),
                length=(1 + deed.more % 48) * HOURS,
                purpose="A film",
                asset=self.picked(self.assets, deed.more),
                actor=clerk,
            )
        )

    def answer_offer(self, deed: Deed) -> None:
        """Accept or decline what was offered."""
        if offers := list(WaitingEntry.objects.open()):
            entry, clerk = self.picked(offers, deed.which), self.picked(self.clerks, deed.by)
            answer = services.accept_offer if deed.more % 4 else services.decline_offer
            self.attempt(lambda: answer(entry.pk, actor=clerk))

    def say(self, deed: Deed) -> None:
        """Comment on a ticket, and mention somebody."""
        if ticket := self.ticket(deed, *Status):
            clerk, other = (self.picked(self.clerks, deed.by + place) for place in (0, 1))
            body = f"Look at this, @{other.display_name}"
            self.attempt(lambda: services.comment(ticket.pk, body=body, actor=clerk))

    # The store

    def send_to_maintenance(self, deed: Deed) -> None:
        """Take an asset out of service, for some hours or nobody knows how long."""
        asset = self.picked(self.assets, deed.which)
        until = timezone.now() + timedelta(hours=5 + deed.more % 40) if deed.more % 3 else None
        self.attempt(
            lambda: assets.send_to_maintenance(
                asset.pk, reason="It rattles", actor=self.clerks[0], until=until
            )
        )

    def return_to_service(self, deed: Deed) -> None:
        """Return an asset to service."""
        if away := list(Asset.objects.filter(status="in_maintenance").order_by("pk")):
            asset = self.picked(away, deed.which)
            self.attempt(lambda: assets.return_to_service(asset.pk, actor=self.clerks[0]))

    def lose(self, deed: Deed) -> None:
        """Report an asset lost, wherever it is."""
        asset = self.picked(self.assets, deed.which)
        self.attempt(lambda: assets.lose(asset.pk, reason="Nobody has it", actor=self.clerks[0]))

    def find(self, deed: Deed) -> None:
        """Find what was lost."""
        if lost := list(Asset.objects.filter(status="lost").order_by("pk")):
            asset = self.picked(lost, deed.which)
            self.attempt(lambda: assets.find(asset.pk, reason="Behind it", actor=self.clerks[0]))

    # Money and time

    def pay_in(self, deed: Deed) -> None:
        """Bring a borrower’s money in."""
        make.wallet(self.picked(self.borrowers, deed.which), balance=5_000 + deed.more * 40)

    def let_time_pass(self, deed: Deed) -> None:
        """Jump, by an hour or by days."""
        self.pass_hours(self.picked(JUMPS, deed.more))

    def let_jobs_run(self, _deed: Deed) -> None:
        """Run every job of the beat, and again: the second time there is nothing left to do."""
        self.jobs()
        before = self.figures()
        self.jobs()
        assert self.figures() == before, "a job that has nothing to do does nothing"

    def jobs(self) -> None:
        """Run what the beat runs."""
        now, actor = timezone.now(), self.system
        approvals.remind_and_escalate(now=now, actor=actor)
        services.expire_uncollected(now=now, actor=actor)
        services.expire_extensions(now=now, actor=actor)
        services.offer_what_is_free(now=now, actor=actor)
        services.collect_what_is_there(actor=actor)
        services.remind_debtors(now=now, actor=actor)
        services.remind_all(now=now, actor=actor)
        assets.plan_maintenance(now=now, actor=actor)
