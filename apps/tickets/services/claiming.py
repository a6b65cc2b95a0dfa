"""Claims while they are open: filed, disputed, revised, withdrawn; whoever filed never decides."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.approvals import selectors as approval_questions
from apps.approvals import services as approvals
from apps.assets.wording import moment
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.money import LARGEST, format_amount
from apps.tickets.claim_states import ClaimAction, ClaimKind, ClaimStatus
from apps.tickets.errors import ReasonMissing
from apps.tickets.errors.claims import (
    AlreadyClaimed,
    AlreadyDisputed,
    ClaimAmountInvalid,
    ClaimNeedsWords,
)
from apps.tickets.models import Claim, TicketLine
from apps.tickets.services import telling_claims as telling
from apps.tickets.services.commenting import comment
from apps.tickets.services.filing import attach
from apps.tickets.services.keeping import act_for, keep, locked, signed
from apps.tickets.services.settling import finish_inspection
from apps.tickets.states import FilePurpose

if TYPE_CHECKING:
    from django.core.files.base import File

    from apps.accounts.models import User

SCOPE = "claim"
_STANDING = (
    ClaimStatus.OPEN,
    ClaimStatus.RETURNED,
    ClaimStatus.ACCEPTED,
    ClaimStatus.REDUCED,
)


def locked_claim(claim_id: int) -> Claim:
    """Return the claim, locked after its ticket, with both in one piece."""
    ticket = locked(Claim.objects.values_list("line__ticket_id", flat=True).get(pk=claim_id))
    claim = (
        Claim.objects.locked()
        .select_related("line__lender", "line__asset__category", "opened_by", "disputed_by")
        .get(pk=claim_id)
    )
    claim.line.ticket = ticket
    return claim


def open_claim(
    line: TicketLine,
    *,
    kind: ClaimKind,
    estimate: int,
    description: str,
    actor: "User",
    photos: "Sequence[File[bytes]]" = (),
) -> Claim:
    """Write down what is claimed, with its photos; the caller holds the ticket, and asks later.

    Raises:
        ClaimAmountInvalid, ClaimNeedsWords: it cannot be right.
        AlreadyClaimed: one of this kind stands on the line.
    """
    _refuse_unclear(line, estimate, description)
    standing = line.claims.filter(kind=kind, status__in=_STANDING).first()
    if standing:
        raise AlreadyClaimed(asset=line.asset, claim=standing, status=standing.get_status_display())
    ticket = line.ticket
    claim = Claim(
        line=line,
        kind=kind,
        estimate=estimate,
        amount=estimate,
        description=description.strip(),
        opened_by=actor,
        opened_at=timezone.now(),
    )
    signed(claim, actor).save()
    attach(ticket, photos, purpose=FilePurpose.CLAIM, actor=actor, line=line)
    audit.record(
        "tickets.claimed",
        actor=actor,
        target=ticket,
        after={**facts_of(claim), "photos": len(photos)},
        reason=claim.description,
    )
    return claim


def ask(claims: Iterable[Claim], *, actor: "User") -> None:
    """Ask those who decide on these claims, and tell borrower and lender; the end of a deed."""
    for claim in claims:
        telling.of_claim(claim)
        line = claim.line
        approvals.open_request(
            claim,
            scope=SCOPE,
            title=_("{ticket}: {kind}, {asset}").format(
                ticket=line.ticket, kind=claim.get_kind_display(), asset=line.asset
            ),
            requester=actor,
            amount=claim.estimate,
            currency=line.ticket.currency,
            parties={"borrower": line.ticket.borrower, "lender": line.lender},
            actor=actor,
        )


@deed
def dispute(claim_id: int, *, reason: str, actor: "User") -> Claim:
    """Say no to a claim: the reason is a comment, and whoever decides sees it.

    The borrower does it, or a clerk on their behalf. It may still be decided, in either way.

    Raises:
        ReasonMissing: nobody said why.
        MoveNotAllowed: it is decided.
        AlreadyDisputed: it was disputed before.
    """
    claim = locked_claim(claim_id)
    ticket = claim.line.ticket
    act_for(ticket.borrower, "tickets.comment_ticket", actor=actor)
    if not reason.strip():
        raise ReasonMissing
    if not claim.is_undecided:
        # The table says it in the words of every other refusal.
        claim.move(ClaimAction.WITHDRAW)
    if claim.disputed_at and claim.disputed_by:
        raise AlreadyDisputed(claim=claim, person=claim.disputed_by, at=moment(claim.disputed_at))
    claim.disputed_at, claim.disputed_by = timezone.now(), actor
    keep(claim, "disputed_at", "disputed_by", actor=actor)
    audit.record(
        "tickets.claim_disputed",
        actor=actor,
        target=ticket,
        after=facts_of(claim),
        reason=reason.strip(),
    )
    body = _("{claim} is disputed: {reason}").format(claim=claim, reason=reason.strip())
    comment(ticket.pk, body=body, actor=actor)
    if waiting := approval_questions.open_request_of(claim):
        telling.of_dispute(claim, approval_questions.deciders_of(waiting), reason=reason.strip())
    return claim


@deed
def revise(claim_id: int, *, estimate: int, description: str, actor: "User") -> Claim:
    """Change a claim that was sent back, and ask again.

    Raises:
        MoveNotAllowed: nobody asked for changes.
        ClaimAmountInvalid, ClaimNeedsWords: it cannot be right.
    """
    actor.require("tickets.inspect_ticket")
    claim = locked_claim(claim_id)
    before = facts_of(claim)
    claim.move(ClaimAction.REVISE)
    _refuse_unclear(claim.line, estimate, description)
    claim.estimate = claim.amount = estimate
    claim.description, claim.amount_reason = description.strip(), ""
    keep(claim, "status", "estimate", "amount", "amount_reason", "description", actor=actor)
    audit.record(
        "tickets.claim_revised",
        actor=actor,
        target=claim.line.ticket,
        before=before,
        after=facts_of(claim),
        reason=claim.description,
    )
    ask([claim], actor=actor)
    return claim


@deed
def withdraw_claim(claim_id: int, *, reason: str, actor: "User") -> Claim:
    """Take a claim back before it is decided; a ticket that waited only for it closes.

    Raises:
        ReasonMissing: nobody said why.
        MoveNotAllowed: it is decided.
    """
    actor.require("tickets.inspect_ticket")
    claim = locked_claim(claim_id)
    if not reason.strip():
        raise ReasonMissing
    _end(claim, ClaimAction.WITHDRAW, reason=reason.strip(), actor=actor)
    finish_inspection(claim.line.ticket, actor=actor)
    return claim


def annul_losses(lines: Iterable[TicketLine], *, actor: "User") -> None:
    """End what was claimed for the loss of these lines, because they come back unpaid.

    The caller holds the ticket; before assets and wallets are locked, because requests are.
    """
    losses = Claim.objects.locked().filter(
        line__in=list(lines), kind=ClaimKind.LOSS, status__in=_STANDING
    )
    by_pk = {line.pk: line for line in lines}
    for claim in losses:
        claim.line = by_pk[claim.line_id]
        claim.line.damage, claim.line.damage_note = 0, ""
        _end(claim, ClaimAction.ANNUL, reason=_("It came back."), actor=actor)


def _end(claim: Claim, action: ClaimAction, *, reason: str, actor: "User") -> None:
    before = facts_of(claim)
    claim.move(action)
    claim.decided_at, claim.decision_reason = timezone.now(), reason
    approvals.withdraw(claim, actor=actor, reason=reason)
    keep(claim, "status", "decided_at", "decision_reason", actor=actor)
    audit.record(
        "tickets.claim_withdrawn",
        actor=actor,
        target=claim.line.ticket,
        before=before,
        after=facts_of(claim),
        reason=reason,
    )
    telling.of_withdrawal(claim)


def _refuse_unclear(line: TicketLine, estimate: int, description: str) -> None:
    if not 0 < estimate <= LARGEST:
        most = format_amount(LARGEST, line.ticket.currency)
        raise ClaimAmountInvalid(asset=line.asset, most=most)
    if not description.strip():
        raise ClaimNeedsWords(asset=line.asset)


def facts_of(claim: Claim) -> dict[str, object]:
    """Return what the audit log shows of a claim, in the words of the screens."""
    ticket = claim.line.ticket
    return {
        "claim": str(claim),
        "asset": str(claim.line.asset),
        "kind": claim.get_kind_display(),
        "claim status": claim.get_status_display(),
        "estimate": format_amount(claim.estimate, ticket.currency),
        "amount": format_amount(claim.amount, ticket.currency),
    }
