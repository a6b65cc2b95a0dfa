"""Taking over a loan that began in another system: out already, with what was paid for it there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.roles import Role as PersonRole
from apps.assets import services as assets
from apps.assets.pricing import WHOLE, LineQuote
from apps.assets.states import ReservationKind
from apps.assets.wording import moment
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.money import format_amount
from apps.tickets.errors import NotABorrower
from apps.tickets.errors.importing import NotOutYet
from apps.tickets.models import Ticket, TicketLine
from apps.tickets.services import quoting
from apps.tickets.services.keeping import facts, keep, signed
from apps.tickets.states import Action, LineAction
from apps.wallets import services as wallets
from apps.wallets.states import Role, TransactionKind

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.assets.models import Asset


@dataclass(frozen=True)
class LineTaken:
    """An asset that is out, and what was paid for it; minor units of the asset’s currency."""

    asset: "Asset"
    fee: int = 0
    deposit: int = 0
    condition: str = "good"


@deed
def take_over(
    lines: Sequence[LineTaken],
    *,
    borrower: "User",
    handed_over_at: datetime,
    due_at: datetime,
    purpose: str,
    actor: "User",
) -> Ticket:
    """Have a ticket on loan for what is out already; nobody is asked to approve it any more.

    Fee and deposit that the other system has collected come in as an opening balance, into escrow;
    from there the ticket is settled like any other. Lateness counts by the assets’ tariffs of
    today.

    Raises:
        NotABorrower: the person does not have the role.
        NotOutYet: the loan has not begun.
        RequestInvalid: it ends before it begins, or mixes currencies.
        MoveNotAllowed, AssetTaken: an asset is not in the store, or promised to somebody else.
    """
    actor.require("tickets.import_loan")
    if not (borrower.is_active and borrower.groups.filter(name=PersonRole.BORROWER).exists()):
        raise NotABorrower(person=borrower, role=PersonRole.BORROWER.value)
    if handed_over_at > timezone.now():
        raise NotOutYet(at=moment(handed_over_at))
    # Refuses what is no period, and prices in two currencies.
    quoting.offer([line.asset for line in lines], handed_over_at, due_at)
    offer = quoting.Offer({line.asset: _quote_of(line) for line in lines}, {})
    ticket = Ticket(
        borrower=borrower,
        entered_by=actor,
        starts_at=handed_over_at,
        ends_at=due_at,
        purpose=purpose.strip() or _("Taken over from another system"),
        currency=offer.currency,
        quote=offer.as_quote(),
    )
    signed(ticket, actor).save()
    # By primary key, as everybody locks assets.
    for line in sorted(lines, key=lambda line: line.asset.pk):
        _take(ticket, line, offer, actor=actor)
    ticket.move(Action.TAKE_OVER)
    keep(ticket, "status", actor=actor)
    _pay_in(ticket, actor=actor)
    audit.record(
        "tickets.taken_over",
        actor=actor,
        target=ticket,
        after=facts(ticket, [line.asset for line in lines]),
        on_behalf_of=borrower,
    )
    return ticket


def _take(ticket: Ticket, taken: LineTaken, offer: quoting.Offer, *, actor: "User") -> None:
    asset = taken.asset
    line = TicketLine(ticket=ticket, asset=asset, lender=asset.lender, due_at=ticket.ends_at)
    offer.price(line)
    line.move(LineAction.RESERVE)
    line.reservation = assets.reserve(
        asset.pk,
        ticket.starts_at,
        ticket.ends_at,
        kind=ReservationKind.LOAN,
        reason=f"{ticket} {ticket.borrower}",
        actor=actor,
        # It began before anybody asked for our hours.
        within_hours=False,
    )
    line.move(LineAction.HAND_OVER)
    line.handed_over_at, line.condition_out = ticket.starts_at, taken.condition
    assets.hand_over(asset.pk, actor=actor, reservation_id=line.reservation.pk)
    signed(line, actor).save()


def _pay_in(ticket: Ticket, *, actor: "User") -> None:
    if not ticket.price:
        return
    opening = wallets.system_wallet(Role.OPENING, ticket.currency)
    escrow = wallets.system_wallet(Role.ESCROW, ticket.currency)
    wallets.post(
        TransactionKind.OPENING,
        [wallets.Entry(opening.pk, -ticket.price), wallets.Entry(escrow.pk, ticket.price)],
        actor=actor,
        key=f"ticket:{ticket.pk}:taken-over",
        description=_("{ticket}: fee and deposit taken over").format(ticket=ticket),
        about=ticket,
    )


def _quote_of(line: LineTaken) -> LineQuote:
    tariff = line.asset.effective_tariff
    currency = line.asset.currency
    paid = _("Taken over: {fee} paid, {deposit} deposited").format(
        fee=format_amount(line.fee, currency), deposit=format_amount(line.deposit, currency)
    )
    share = tariff.commission_share
    commission = line.fee * share // WHOLE
    return LineQuote(line.fee, line.deposit, commission, currency, [paid], commission_share=share)
