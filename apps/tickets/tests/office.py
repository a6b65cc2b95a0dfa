"""An office at random: who works in it, and what must be true of its tables after every step.

No model stands beside it. The tables check each other: what the tickets say is in escrow is what
the ledger says, what is held is what waits to be collected, who has an asset is who should.
"""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import time_machine
from django.db import connection, transaction
from django.db.models import Count, F, Sum
from django.utils import timezone

from apps.accounts.models import User
from apps.assets.models import Asset
from apps.assets.states import Status as AssetStatus
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import DomainError
from apps.notifications.models import Notice
from apps.tickets import selectors
from apps.tickets.models import ExtensionLine, Ticket, TicketLine
from apps.tickets.states import ExtensionStatus, LineStatus, Status
from apps.wallets import selectors as wallets
from apps.wallets.models import Hold, LedgerTransaction, Wallet
from apps.wallets.states import HoldStatus, Role
from project.testing import make
from project.testing.cast import person

# Far enough back that no day of a run lies ahead of the database's own clock.
BEGIN = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=200)
HOURS = timedelta(hours=1)
CURRENCY = "USD"

_OVERLAPS = """
SELECT one.id, other.id FROM asset_reservations one JOIN asset_reservations other
    ON one.asset_id = other.asset_id AND one.id < other.id AND one.period && other.period
 WHERE one.is_holding AND other.is_holding
"""
# In escrow is what was taken for lines that went out, until their ticket is settled.
_IN_ESCROW = (*(LineStatus.ON_LOAN, LineStatus.RETURNED, LineStatus.INSPECTED, LineStatus.LOST),)


class Office:
    """People, assets and a clock; nothing of it stays when its block ends."""

    def __enter__(self) -> Self:
        """Open the office."""
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.clock = time_machine.travel(BEGIN, tick=False)
        self.now = self.clock.start()
        self.open()
        return self

    def __exit__(self, *_raised: object) -> None:
        """Leave nothing."""
        self.clock.stop()
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def open(self) -> None:
        """Let people in, with money, and assets in the store."""
        self.system = User.objects.system()
        self.clerks = [person("Clara", "Lending clerk"), person("Cleo", "Lending clerk")]
        self.deciders = [
            person("Anna", "Lending approver"),
            person("Arno", "Lending approver"),
            person("Carol", "Finance controller"),
            person("Conrad", "Finance controller"),
        ]
        self.lenders = [person(name, "Lender", is_staff=False) for name in ("Lena", "Lars")]
        self.borrowers = [
            person(name, "Borrower", is_staff=False) for name in ("Boris", "Bella", "Bruno")
        ]
        # Somebody who lends and borrows, and works here.
        both = person("Dora", "Lending clerk", "Lending approver", "Borrower", "Lender")
        self.clerks.append(both)
        self.deciders.append(both)
        self.lenders.append(both)
        self.borrowers.append(both)
        for borrower in self.borrowers:
            make.wallet(borrower, balance=40_000)
        quick = make.category(turnaround=timedelta(0))
        slow = make.category(
            turnaround=timedelta(hours=3),
            tariff=make.tariff(day_price=2_000, hour_price=300, late_fee_cap=4_000),
        )
        self.assets = [
            make.asset(lender=self.lenders[number % len(self.lenders)], category=category)
            for number, category in enumerate([quick, slow, quick, slow, quick])
        ]

    # How it is asked

    def attempt[T](self, deed: Callable[[], T]) -> T | None:
        """Do it and see it audited; or be refused, and see that nothing has changed."""
        before = self.figures()
        try:
            with transaction.atomic():
                done = deed()
        except DomainError as refusal:
            said, done = refusal.message, None
        else:
            said = ""
        after = self.figures()
        if said:
            assert after == before, f"refused, but not undone: {said}"
        else:
            assert after == before or after["events"] > before["events"], "a deed without an event"
        return done

    def figures(self) -> dict[str, Any]:
        """Return what any deed would change."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), coalesce(sum(hashtext(r::text)::bigint), 0)"
                " FROM asset_reservations r"
            )
            reservations = cursor.fetchone()
        return {
            "events": AuditEvent.objects.filter(outcome=Outcome.DONE).count(),
            "tickets": Ticket.objects.aggregate(Count("pk"), Sum("version")),
            "lines": Counter(TicketLine.objects.values_list("status", flat=True)),
            "reservations": reservations,
            "assets": Counter(Asset.objects.values_list("status", "version")),
            "transactions": LedgerTransaction.objects.count(),
            "holds": Counter(Hold.objects.values_list("status", flat=True)),
            "notices": Notice.objects.count(),
        }

    def tickets(self, *statuses: Status) -> list[Ticket]:
        """Return the tickets in these statuses; all when there are none, so that some is tried."""
        found = list(Ticket.objects.filter(status__in=statuses).order_by("pk"))
        return found or list(Ticket.objects.order_by("pk"))

    # What must be true after every step

    def check(self) -> None:
        """See that everything agrees."""
        for name in sorted(name for name in dir(self) if name.startswith("sees_")):
            getattr(self, name)()

    def sees_no_asset_is_promised_twice(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_OVERLAPS)
            assert cursor.fetchall() == []

    def sees_the_books_balance_and_every_transaction_does(self) -> None:
        assert sum(wallet.posted for wallet in Wallet.objects.with_posted()) == 0
        sums = LedgerTransaction.objects.annotate(total=Sum("entries__amount"))
        assert not sums.exclude(total=0).exists()

    def sees_escrow_is_what_open_loans_have_paid(self) -> None:
        open_lines = TicketLine.objects.filter(status__in=_IN_ESCROW).exclude(
            ticket__status=Status.CLOSED
        )
        paid = open_lines.aggregate(total=Sum(F("fee") + F("deposit")))["total"] or 0
        escrow = Wallet.objects.get(role=Role.ESCROW, currency=CURRENCY)
        assert wallets.balance_of(escrow) == paid

    def sees_held_is_what_waits_to_be_collected(self) -> None:
        waiting = TicketLine.objects.filter(status=LineStatus.RESERVED)
        promised = waiting.aggregate(total=Sum(F("fee") + F("deposit")))["total"] or 0
        active = Hold.objects.filter(status=HoldStatus.ACTIVE)
        longer = ExtensionLine.objects.filter(
            extension__status=ExtensionStatus.REQUESTED, dropped_at__isnull=True
        )
        promised += longer.aggregate(total=Sum("fee"))["total"] or 0
        assert sum(hold.rest for hold in active) == promised
        for wallet in Wallet.objects.filter(owner__isnull=False):
            held = sum(hold.rest for hold in active if hold.wallet_id == wallet.pk)
            assert wallet.held == held
            assert wallet.available >= (wallet.floor or 0)

    def sees_what_is_owed_is_what_the_ledger_says(self) -> None:
        assert all(one.difference == 0 for one in selectors.tie_outs())

    def sees_a_closed_ticket_waits_for_no_claim(self) -> None:
        for ticket in Ticket.objects.filter(status=Status.CLOSED):
            assert not selectors.waits_for_claims(ticket)

    def sees_an_asset_is_out_on_one_line_or_none(self) -> None:
        out = Counter(
            TicketLine.objects.filter(status=LineStatus.ON_LOAN).values_list("asset", flat=True)
        )
        assert all(count == 1 for count in out.values())
        on_loan = Asset.objects.filter(status=AssetStatus.ON_LOAN)
        assert set(on_loan.values_list("pk", flat=True)) <= out.keys()
        for asset in on_loan.select_related("loan__ticket_line"):
            assert asset.loan, "it is out on a reservation"
            assert asset.loan.ticket_line.status == LineStatus.ON_LOAN

    def sees_a_ticket_and_its_lines_agree(self) -> None:
        allowed = {
            Status.DRAFT: {LineStatus.REQUESTED},
            Status.SUBMITTED: {LineStatus.REQUESTED},
            Status.CHANGES_REQUESTED: {LineStatus.REQUESTED},
            Status.APPROVED: {LineStatus.RESERVED, LineStatus.RELEASED},
            Status.CLOSED: {
                *(LineStatus.INSPECTED, LineStatus.RELEASED, LineStatus.LOST, LineStatus.FOUND),
            },
            **{
                ended: {LineStatus.RELEASED}
                for ended in (Status.REJECTED, Status.CANCELLED, Status.EXPIRED)
            },
        }
        for ticket in Ticket.objects.prefetch_related("lines"):
            statuses = {LineStatus(line.status) for line in ticket.lines.all()}
            assert statuses <= allowed.get(Status(ticket.status), set(LineStatus))
            if ticket.status == Status.ON_LOAN:
                assert statuses & {LineStatus.ON_LOAN, LineStatus.RESERVED}

    def sees_only_what_takes_time_is_reserved(self) -> None:
        for line in TicketLine.objects.select_related("reservation"):
            if line.status in {LineStatus.RESERVED, LineStatus.ON_LOAN}:
                assert line.reservation, "reserved on nothing"
                assert line.reservation.is_holding
            if line.status == LineStatus.RELEASED and line.reservation:
                assert not line.reservation.is_holding

    def sees_everybody_is_told_once(self) -> None:
        told = Counter(
            Notice.objects.values_list(
                "recipient", "channel", "kind", "about_type", "about_id", "key"
            )
        )
        assert all(count == 1 for count in told.values())

    def pass_hours(self, hours: int) -> None:
        """Let time pass."""
        self.now.shift(hours * HOURS)

    def quarter(self) -> datetime:
        """Return now, to the full minute."""
        return timezone.now().replace(second=0, microsecond=0)
