"""Lost, and found again: the value is claimed, and what was paid goes back when it turns up."""

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.assets import services as assets
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.money import format_amount
from apps.tickets import selectors
from apps.tickets.claim_states import ClaimKind, ReceivableStatus
from apps.tickets.errors.claims import StillOpenTicket
from apps.tickets.models import Claim, TicketLine
from apps.tickets.services import owing, quoting
from apps.tickets.services import telling_claims as telling
from apps.tickets.services.claiming import ask, open_claim
from apps.tickets.services.keeping import chosen, keep, locked
from apps.tickets.states import LINE_LIFECYCLE, LineAction, LineStatus, Status
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.states import Role, TransactionKind

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.tickets.models import Receivable, Ticket


@deed
def declare_lost(
    ticket_id: int,
    *,
    line_id: int,
    reason: str,
    actor: "User",
    value: int | None = None,
    seen_version: int | None = None,
) -> Claim:
    """Ask to have a line that is out treated as lost, and its value paid.

    `value` is in minor units; without it the asset’s value of now is asked for. Until somebody has
    decided, the line stays on loan; then its late fee ends at the moment of this report.

    Raises:
        LineNotAllowed: it is not out.
        AlreadyClaimed: somebody has reported it before.
        ClaimAmountInvalid, ClaimNeedsWords: no value, or not a word about what happened.
    """
    actor.require("tickets.take_back_ticket")
    ticket = locked(ticket_id, seen_version=seen_version)
    (line,) = chosen(ticket, [line_id])
    line.ticket = ticket
    if not LINE_LIFECYCLE.allows(LineAction.LOSE, LineStatus(line.status)):
        # Raises, and names the asset.
        line.move(LineAction.LOSE)
    claim = open_claim(
        line,
        kind=ClaimKind.LOSS,
        estimate=line.asset.value if value is None else value,
        description=reason,
        actor=actor,
    )
    keep(ticket, actor=actor)
    ask([claim], actor=actor)
    return claim


def lose(claim: Claim, *, actor: "User") -> None:
    """Let the line be lost and cost what was granted; part of the decision on the claim."""
    line = claim.line
    line.move(LineAction.LOSE)
    line.late_fee, arithmetic = quoting.lateness(line, returned_at=claim.opened_at)
    line.damage, line.damage_note = claim.amount, claim.description
    assets.lose_on_loan(line.asset_id, reason=claim.description, actor=actor)
    assets.free(line.reservation_id, actor=actor, until=timezone.now())  # type: ignore[arg-type]  # a line that is out has one
    keep(line, "status", "late_fee", "damage", "damage_note", actor=actor)
    keep(line.ticket, actor=actor)
    audit.record(
        "tickets.lost",
        actor=actor,
        target=line.ticket,
        before={str(line.asset): LineStatus.ON_LOAN.label},
        after={str(line.asset): f"{line.get_status_display()}. {arithmetic}".strip()},
        reason=claim.description,
    )


@deed
def found_again(line_id: int, *, condition: str, actor: "User", note: str = "") -> TicketLine:
    """Have back what was paid for as lost, and ask for the borrower’s credit.

    The credit is what was granted for the loss, less what was written off of it. A controller
    decides, and may grant less: the late fee until the loss stays paid, and damage or wear is
    deducted there, with a reason.

    Raises:
        StillOpenTicket: nothing is paid yet; it is taken back like anything else.
        LineNotAllowed: it is not lost, or was found before.
    """
    actor.require("tickets.take_back_ticket")
    ticket = locked(TicketLine.objects.values_list("ticket_id", flat=True).get(pk=line_id))
    (line,) = chosen(ticket, [line_id])
    line.ticket = ticket
    if line.status == LineStatus.LOST and ticket.status != Status.CLOSED:
        raise StillOpenTicket(ticket=ticket, asset=line.asset)
    line.move(LineAction.FIND)
    line.condition_in, line.note_in = condition, note.strip()
    line.returned_at, line.returned_to = timezone.now(), actor
    assets.take_back(line.asset_id, condition=condition, actor=actor)
    keep(line, "status", "condition_in", "note_in", "returned_at", "returned_to", actor=actor)
    keep(ticket, actor=actor)
    audit.record(
        "tickets.found",
        actor=actor,
        target=ticket,
        before={str(line.asset): LineStatus.LOST.label},
        after={str(line.asset): line.get_status_display()},
        reason=note.strip(),
    )
    telling.of_find(line)
    if credit := _credit_for(line):
        claim = open_claim(
            line,
            kind=ClaimKind.CREDIT,
            estimate=credit,
            description=note.strip() or _("Found again."),
            actor=actor,
        )
        ask([claim], actor=actor)
    return line


def _credit_for(line: TicketLine) -> int:
    """Return what the borrower paid or still owes for the loss; what was written off is not."""
    debt = selectors.receivable_of(line.ticket)
    written_off = debt.rest if debt and debt.status == ReceivableStatus.WRITTEN_OFF else 0
    return max(line.damage - written_off, 0)


def pay_back(claim: Claim, *, actor: "User") -> None:
    """Credit the borrower: the lender pays as far as their wallet reaches, goodwill the rest.

    What the borrower still owes for the ticket is paid from it at once.
    """
    line = claim.line
    ticket = line.ticket
    debt = _open_debt(ticket)
    goodwill = wallets.system_wallet(Role.GOODWILL, ticket.currency)
    theirs = wallets.wallet_for(line.lender, ticket.currency, actor=actor)
    borrowers = wallets.wallet_for(ticket.borrower, ticket.currency, actor=actor)
    by_pk = {wallet.pk: wallet for wallet in _locked(goodwill, theirs, borrowers)}
    if line.lender_id != ticket.borrower_id:
        given = min(claim.amount, selectors.payable_from(by_pk[theirs.pk]))
        entries = [
            wallets.Entry(theirs.pk, -given),
            wallets.Entry(goodwill.pk, given - claim.amount),
            wallets.Entry(borrowers.pk, claim.amount),
        ]
        posted = wallets.post(
            TransactionKind.TRANSFER,
            [entry for entry in entries if entry.amount],
            actor=actor,
            key=f"claim:{claim.pk}:credit",
            description=_("{ticket}: credit, {asset} was found again").format(
                ticket=ticket, asset=line.asset
            ),
            about=ticket,
        )
        claim.posting_id = posted.transaction_id
        keep(claim, "posting", actor=actor)
        audit.record(
            "tickets.credited",
            actor=actor,
            target=ticket,
            after={
                "asset": str(line.asset),
                "credit": format_amount(claim.amount, ticket.currency),
                "from the lender": format_amount(given, ticket.currency),
                "from goodwill": format_amount(claim.amount - given, ticket.currency),
            },
        )
    if debt:
        owing.draw(debt, actor=actor)


def _open_debt(ticket: "Ticket") -> "Receivable | None":
    """Return what is still owed for the ticket, locked; before wallets are."""
    return owing.locked_receivables().filter(ticket=ticket, status=ReceivableStatus.OPEN).first()


def _locked(*chart_and_people: Wallet) -> list[Wallet]:
    return list(Wallet.objects.locked().filter(pk__in=[one.pk for one in chart_and_people]))
