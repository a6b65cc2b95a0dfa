"""Loans as they stand, with their money in the ledger, without the moves that lead there."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from apps.accounts.models import User
from apps.assets.models import Asset, Reservation
from apps.assets.states import ReservationKind
from apps.tickets.claim_states import ClaimKind, ClaimStatus
from apps.tickets.models import Claim, Ticket, TicketLine
from apps.tickets.states import LineStatus, Status
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.states import Role, TransactionKind
from project.testing.make import Make

_keys = count(1)


def ticket_of(borrower: User, *, starts_at: datetime, status: Status, **fields: Any) -> Ticket:
    """Write a ticket as it stands in `status`, without the moves that lead there."""
    return Ticket.objects.create(
        borrower=borrower,
        entered_by=borrower,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(days=3),
        purpose="A film",
        currency="USD",
        status=status,
        **fields,
    )


def line_of(ticket: Ticket, make: Make, lender: User, **fields: Any) -> TicketLine:
    """Put an asset on the ticket: fee 30.00, deposit 50.00, commission 6.00."""
    asset = fields.pop("asset", None) or make.asset(lender=lender)
    reservation = Reservation.objects.create(
        asset=asset,
        period=(ticket.starts_at, ticket.ends_at),
        turnaround=timedelta(0),
        kind=ReservationKind.LOAN,
    )
    return TicketLine.objects.create(
        ticket=ticket,
        asset=asset,
        reservation=reservation,
        lender=lender,
        due_at=ticket.ends_at,
        **{"fee": 3000, "deposit": 5000, "commission": 600, **fields},
    )


def post(
    amounts: dict[Wallet, int],
    actor: User,
    key: str = "",
    kind: TransactionKind = TransactionKind.SETTLEMENT,
    **fields: Any,
) -> int:
    """Post one entry for each wallet; return the number of the transaction."""
    return wallets.post(
        kind,
        [wallets.Entry(wallet.pk, amount) for wallet, amount in amounts.items() if amount],
        actor=actor,
        key=key or f"test-loan:{next(_keys)}",
        **fields,
    ).transaction_id


def day(number: int, hour: int = 9) -> datetime:
    """Return a moment of October 2026."""
    return datetime(2026, 10, number, hour, tzinfo=UTC)


def lent(make: Make, borrower: User, asset: Asset, *, out: datetime, **fields: Any) -> TicketLine:
    """Hand the asset out for three days: fee 30.00, deposit 50.00 in escrow, commission 6.00."""
    late = {"currency": "USD", "grace": 900, "late_fee": 500, "late_fee_unit": "day"}
    quote = {"fee": 3000, "lines": {str(asset.pk): {"late": {**late, "late_fee_cap": None}}}}
    ticket = ticket_of(borrower, starts_at=out, status=Status.ON_LOAN, quote=quote)
    line = line_of(
        ticket,
        make,
        asset.lender,
        asset=asset,
        **{"status": LineStatus.ON_LOAN, "handed_over_at": out, **fields},
    )
    post(
        {
            wallets.wallet_for(borrower, "USD", actor=borrower): -line.price,
            wallets.system_wallet(Role.ESCROW, "USD"): line.price,
        },
        User.objects.system(),
        kind=TransactionKind.TRANSFER,
        effective_on=out.date(),
        about=ticket,
    )
    return line


def claimed(line: TicketLine, kind: ClaimKind, estimate: int, amount: int, at: datetime) -> Claim:
    """Claim the estimate and grant the amount, all of it in one moment."""
    status = ClaimStatus.ACCEPTED if amount == estimate else ClaimStatus.REDUCED
    return Claim.objects.create(
        line=line,
        kind=kind,
        status=status if amount else ClaimStatus.DISMISSED,
        estimate=estimate,
        amount=amount,
        amount_reason="" if amount == estimate else "It was used.",
        description="It fell.",
        opened_by=line.lender,
        opened_at=at,
        decided_at=at,
    )


def settled(line: TicketLine, *, back: datetime, late_fee: int = 0, damage: int = 0) -> Ticket:
    """Settle the only line of a ticket: the deposit pays late fee and damage, and goes back."""
    is_lost = line.claims.filter(kind=ClaimKind.LOSS).exists()
    line.status = LineStatus.LOST if is_lost else LineStatus.INSPECTED
    line.returned_at = None if is_lost else back
    line.late_fee, line.damage, line.damage_note = late_fee, damage, "It fell." if damage else ""
    line.save()
    ticket = line.ticket
    person = User.objects.system()
    borrower = wallets.wallet_for(ticket.borrower, "USD", actor=person)
    lender = wallets.wallet_for(line.lender, "USD", actor=person)
    amounts = {
        wallets.system_wallet(Role.ESCROW, "USD"): -line.price,
        wallets.system_wallet(Role.COMMISSION, "USD"): line.commission,
        wallets.system_wallet(Role.LATE_FEES, "USD"): late_fee,
        lender: line.fee - line.commission + damage,
    }
    # Whoever borrows from themselves has one entry for both.
    amounts[borrower] = amounts.get(borrower, 0) + line.deposit - late_fee - damage
    ticket.settlement_id = post(amounts, person, effective_on=back.date(), about=ticket)
    ticket.status, ticket.closed_at = Status.CLOSED, back
    ticket.save()
    return ticket


def credited(line: TicketLine, amount: int, *, on: date, goodwill: int = 0) -> Claim:
    """Find what was lost: the lender gives the amount back, goodwill a part of it."""
    at = datetime(on.year, on.month, on.day, 15, tzinfo=UTC)
    claim = claimed(line, ClaimKind.CREDIT, amount, amount, at)
    person = User.objects.system()
    claim.posting_id = post(
        {
            wallets.wallet_for(line.lender, "USD", actor=person): goodwill - amount,
            wallets.system_wallet(Role.GOODWILL, "USD"): -goodwill,
            wallets.wallet_for(line.ticket.borrower, "USD", actor=person): amount,
        },
        person,
        kind=TransactionKind.TRANSFER,
        effective_on=on,
        about=line.ticket,
    )
    claim.save()
    line.status, line.returned_at = LineStatus.FOUND, at
    line.save()
    return claim


class October:
    """Four loans of October 2026 between Boris and Lena, told in the reports’ tests.

    A camera is out since the 5th and due on the 8th. A tripod came back two days late and
    scratched, settled on the 12th. A lamp was lost, settled on the 16th for 40.00 of its 45.00 and
    found on the 20th; of the credit goodwill gave 10.00. A lens came back in time on the 24th.
    """

    def __init__(self, make: Make, boris: User, lena: User) -> None:
        """Write them down with their money."""
        make.wallet(boris, balance=100_000)
        make.wallet(lena, balance=10_000)
        self.category = make.category(name="Film")
        things = ("Camera", "Tripod", "Lamp", "Lens")
        self.camera, self.tripod, self.lamp, self.lens = (
            make.asset(
                lender=lena,
                tag=f"FILM-{number}",
                name=name,
                category=self.category,
                registered_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
            for number, name in enumerate(things, start=1)
        )
        # As if they had been registered then, also for the history.
        Asset.history.update(history_date=self.camera.registered_at)
        self.out = lent(make, boris, self.camera, out=day(5))
        self.late = lent(make, boris, self.tripod, out=day(7))
        claimed(self.late, ClaimKind.DAMAGE, 2500, 2000, day(12, 10))
        settled(self.late, back=day(12), late_fee=1000, damage=2000)
        self.lost = lent(make, boris, self.lamp, out=day(9))
        claimed(self.lost, ClaimKind.LOSS, 4500, 4000, day(16))
        settled(self.lost, back=day(16), damage=4000)
        credited(self.lost, 4000, on=date(2026, 10, 20), goodwill=1000)
        self.punctual = lent(make, boris, self.lens, out=day(21))
        settled(self.punctual, back=day(24))
