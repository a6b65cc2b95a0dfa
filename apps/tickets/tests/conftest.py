"""A desk with tickets in every status, brought there through the services."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.approvals import selectors as approval_questions
from apps.approvals import services as approvals
from apps.approvals.states import Verdict
from apps.assets.models import Asset
from apps.assets.states import Condition
from apps.tickets import selectors, services
from apps.tickets.models import Ticket
from apps.tickets.states import LineStatus
from project.testing.cast import person
from project.testing.make import Make

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Desk:
    """Moves tickets as Clara the clerk and Anna the approver do; the money is ten days’ worth."""

    def __init__(self, make: Make, clara: User, anna: User, boris: User, lena: User) -> None:
        """Keep the people."""
        self.make, self.clara, self.anna, self.boris, self.lena = make, clara, anna, boris, lena
        self.start = timezone.now() + timedelta(minutes=10)

    def pay_in(self, amount: int = 100_000, *, owner: User | None = None) -> None:
        """Give the borrower money."""
        self.make.wallet(owner or self.boris, balance=amount)

    def assets(self, count: int = 1, **fields: Any) -> list[Asset]:
        """Register assets of Lena’s."""
        return [self.make.asset(lender=self.lena, **fields) for _ in range(count)]

    def draft(
        self,
        assets: Sequence[Asset] | None = None,
        *,
        borrower: User | None = None,
        actor: User | None = None,
        starts_at: datetime | None = None,
        days: int = 2,
        purpose: str = "Film school",
    ) -> Ticket:
        """Write down a wish for one asset and two days."""
        starts_at = starts_at or self.start
        return services.draft(
            borrower=borrower or self.boris,
            starts_at=starts_at,
            ends_at=starts_at + days * DAY,
            purpose=purpose,
            asset_ids=[asset.pk for asset in assets or self.assets()],
            actor=actor or self.clara,
        )

    def submitted(self, *args: Any, **fields: Any) -> Ticket:
        """Return a ticket that waits for approval."""
        return services.submit(self.draft(*args, **fields).pk, actor=self.clara)

    def approved(self, *args: Any, **fields: Any) -> Ticket:
        """Return a ticket that is reserved and held for."""
        ticket = self.submitted(*args, **fields)
        self.decide(ticket, Verdict.APPROVE)
        return self.again(ticket)

    def on_loan(self, *args: Any, **fields: Any) -> Ticket:
        """Return a ticket of which everything is out."""
        return self.hand_over(self.approved(*args, **fields))

    def returned(self, *args: Any, late: timedelta = timedelta(0), **fields: Any) -> Ticket:
        """Return a ticket of which everything is back."""
        ticket = self.on_loan(*args, **fields)
        return self.take_back(ticket, at=ticket.ends_at + late)

    def closed(self, *args: Any, **fields: Any) -> Ticket:
        """Return a settled ticket."""
        ticket = self.returned(*args, **fields)
        return self.inspect(ticket)

    def decide(
        self, ticket: Ticket, verdict: Verdict, *, reason: str = "", actor: User | None = None
    ) -> None:
        """Decide on the open request."""
        request = approval_questions.open_request_of(ticket)
        assert request is not None
        approvals.decide(request.pk, verdict=verdict, actor=actor or self.anna, reason=reason)

    def hand_over(self, ticket: Ticket, *, at: datetime | None = None) -> Ticket:
        """Hand over what is reserved."""
        outs = [services.LineOut(pk, Condition.GOOD) for pk in lines(ticket, LineStatus.RESERVED)]
        at = at or ticket.starts_at
        return services.hand_over(ticket.pk, lines=outs, actor=self.clara, at=at)

    def take_back(self, ticket: Ticket, *, at: datetime | None = None) -> Ticket:
        """Take back what is out."""
        ins = [services.LineIn(pk, Condition.GOOD) for pk in lines(ticket, LineStatus.ON_LOAN)]
        at = at or ticket.ends_at
        return services.take_back(ticket.pk, lines=ins, actor=self.clara, at=at)

    def inspect(self, ticket: Ticket, *, damage: int = 0) -> Ticket:
        """Inspect what is back with the same damage on each line, all of which is granted."""
        self.claim(ticket, damage=damage)
        return self.decide_claims(ticket)

    def claim(self, ticket: Ticket, *, damage: int) -> Ticket:
        """Inspect what is back; nobody has decided yet on what is claimed."""
        note = "Scratched lens" if damage else ""
        back = lines(ticket, LineStatus.RETURNED)
        findings = [services.Finding(pk, damage, note) for pk in back]
        return services.inspect(ticket.pk, findings=findings, actor=self.clara)

    def decide_claims(
        self,
        ticket: Ticket,
        verdict: Verdict = Verdict.APPROVE,
        *,
        amount: int | None = None,
        reason: str = "",
    ) -> Ticket:
        """Let controllers decide on every claim that waits, until nothing waits any more."""
        for claim in selectors.claims_of(ticket).undecided():
            deciders = iter((self.carol, self.conrad))
            while approval_questions.open_request_of(claim):
                services.decide_claim(
                    claim.pk, verdict=verdict, amount=amount, reason=reason, actor=next(deciders)
                )
        return self.again(ticket)

    @cached_property
    def carol(self) -> User:
        """A controller, who comes when needed."""
        return _controller("Carol")

    @cached_property
    def conrad(self) -> User:
        """A controller too."""
        return _controller("Conrad")

    def again(self, ticket: Ticket) -> Ticket:
        """Return the ticket as it is now."""
        return Ticket.objects.get(pk=ticket.pk)

    def in_status(self, status: str) -> Ticket:
        """Return a ticket in that status."""
        self.pay_in()
        ready: dict[str, Callable[[], Ticket]] = {
            "draft": self.draft,
            "submitted": self.submitted,
            "changes_requested": lambda: self._decided(Verdict.RETURN),
            "approved": self.approved,
            "on_loan": self.on_loan,
            "returned": self.returned,
            "closed": self.closed,
            "rejected": lambda: self._decided(Verdict.REJECT),
            "cancelled": lambda: services.cancel(
                self.draft().pk, reason="Not needed", actor=self.clara
            ),
            "expired": self._expired,
        }
        ticket = self.again(ready[status]())
        assert ticket.status == status
        return ticket

    def _decided(self, verdict: Verdict) -> Ticket:
        ticket = self.submitted()
        self.decide(ticket, verdict, reason="Too long")
        return ticket

    def _expired(self) -> Ticket:
        ticket = self.approved()
        system = User.objects.system()
        assert services.expire(ticket.pk, now=ticket.ends_at, actor=system)
        return ticket


def _controller(name: str) -> User:
    known = User.objects.filter(display_name=name).first()
    return known or person(name, "Finance controller")


def lines(ticket: Ticket, status: LineStatus | None = None) -> list[int]:
    """Return the ids of the ticket’s lines, those in `status` when it is given."""
    found = ticket.lines.filter(status=status) if status else ticket.lines.all()
    return list(found.order_by("pk").values_list("pk", flat=True))


@pytest.fixture
def desk(make: Make, clara: User, anna: User, boris: User, lena: User) -> Desk:
    """Return the desk."""
    return Desk(make, clara, anna, boris, lena)
