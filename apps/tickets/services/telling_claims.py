"""What people are told about claims, debts and strikes, and in which words."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from apps.assets.wording import moment
from apps.common.money import format_amount
from apps.notifications import services as notifications
from apps.tickets.claim_states import ClaimKind, ClaimStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from apps.accounts.models import User
    from apps.tickets.models import Claim, Receivable, Strike, TicketLine


def of_claim(claim: "Claim") -> None:
    """Tell the borrower at once what is claimed and how to answer, and the lender that it is."""
    ticket = claim.line.ticket
    answer = (
        _("Somebody else than who filed it decides, and you are told.")
        if claim.kind == ClaimKind.CREDIT
        else _(
            "If you do not agree, say so before it is decided: answer on the ticket or tell the "
            "office, and the claim is marked as disputed. What is granted is taken from the "
            "deposit first, then from your wallet; what is missing you owe."
        )
    )
    _about_claim(
        claim,
        "tickets.claimed",
        {ticket.borrower, ticket.entered_by, claim.line.lender},
        _("{claim} on {ticket}: {kind}, {amount}"),
        f"{claim.line.asset}: {claim.description}\n{answer}",
        key=f"{claim.pk}:{claim.estimate}",
    )


def of_dispute(claim: "Claim", deciders: "Iterable[User]", *, reason: str) -> None:
    """Tell those who decide, and who filed it, that the borrower does not agree."""
    _about_claim(
        claim,
        "tickets.claim_disputed",
        {*deciders, claim.opened_by},
        _("{claim} on {ticket} is disputed"),
        reason,
    )


def of_decision(claim: "Claim") -> None:
    """Tell borrower, lender and who filed it how it was decided."""
    texts = {
        ClaimStatus.ACCEPTED: _("{claim} on {ticket} is accepted: {amount}"),
        ClaimStatus.REDUCED: _("{claim} on {ticket} is accepted in part: {amount}"),
        ClaimStatus.DISMISSED: _("{claim} on {ticket} is dismissed"),
        ClaimStatus.RETURNED: _("{claim} on {ticket} is sent back for changes"),
    }
    people = {claim.opened_by}
    if claim.status != ClaimStatus.RETURNED:
        people |= {claim.line.ticket.borrower, claim.line.lender}
    body = "\n".join(dict.fromkeys(filter(None, (claim.amount_reason, claim.decision_reason))))
    key = f"{claim.pk}:{claim.status}:{claim.estimate}"
    _about_claim(
        claim, "tickets.claim_decided", people, texts[ClaimStatus(claim.status)], body, key=key
    )


def of_withdrawal(claim: "Claim") -> None:
    """Tell the borrower and the lender that nothing is claimed any more."""
    _about_claim(
        claim,
        "tickets.claim_withdrawn",
        {claim.line.ticket.borrower, claim.line.lender},
        _("{claim} on {ticket} is withdrawn"),
        claim.decision_reason,
    )


def of_find(line: "TicketLine") -> None:
    """Tell the borrower and the lender that what was lost is there again."""
    notifications.announce(
        "tickets.found",
        to={line.ticket.borrower, line.lender},
        about=line.ticket,
        subject=_("{asset} was found again").format(asset=line.asset),
        body=_("What was paid for it on {ticket} is looked at for a credit.").format(
            ticket=line.ticket
        ),
        key=str(line.pk),
    )


def _about_claim(
    claim: "Claim", kind: str, to: "Iterable[User]", subject: str, body: str, *, key: str = ""
) -> None:
    ticket = claim.line.ticket
    amount = claim.estimate if claim.is_undecided else claim.amount
    notifications.announce(
        kind,
        to=to,
        about=ticket,
        subject=subject.format(
            claim=claim,
            ticket=ticket,
            kind=claim.get_kind_display(),
            amount=format_amount(amount, ticket.currency),
        ),
        body=body,
        key=key or str(claim.pk),
    )


def of_payment(debt: "Receivable", amount: int) -> None:
    """Tell the borrower what was taken from their wallet, and what is left to pay."""
    notifications.announce(
        "tickets.receivable_collected",
        to=debt.borrower,
        about=debt.ticket,
        subject=_("{amount} were paid of what you owe for {ticket}").format(
            amount=format_amount(amount, debt.currency), ticket=debt.ticket
        ),
        body=_("Still owed: {rest}").format(rest=format_amount(debt.rest, debt.currency)),
        key=f"{debt.pk}:{debt.paid}",
    )


def of_debt(debt: "Receivable", *, days: int) -> None:
    """Remind the borrower of what they owe."""
    notifications.announce(
        "tickets.debtor_reminded",
        to=debt.borrower,
        about=debt.ticket,
        subject=_("You owe {rest} for {ticket}").format(
            rest=format_amount(debt.rest, debt.currency), ticket=debt.ticket
        ),
        body=_(
            "It is due since {at}. Have it paid into your wallet; it is taken from there, and then "
            "you may borrow again."
        ).format(at=moment(debt.due_at)),
        key=f"{debt.pk}:{days}",
    )


def of_strike(strike: "Strike") -> None:
    """Tell the person what counts against them, and until when they may not borrow."""
    suspended = _("You may not borrow until {at}.")
    notifications.announce(
        "tickets.struck",
        to=strike.person,
        about=strike.line.ticket,
        subject=_("A strike: {note}").format(note=strike.note),
        body=suspended.format(at=moment(strike.suspended_until)) if strike.suspended_until else "",
        key=str(strike.pk),
    )


def of_lifted_strike(strike: "Strike") -> None:
    """Tell the person that it counts no more."""
    notifications.announce(
        "tickets.strike_lifted",
        to=strike.person,
        about=strike.line.ticket,
        subject=_("Lifted: {note}").format(note=strike.note),
        body=strike.lift_reason,
        key=str(strike.pk),
    )
