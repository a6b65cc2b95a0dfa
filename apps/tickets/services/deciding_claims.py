"""What a decision on a claim means: charged at settlement, dropped, sent back, or paid back."""

from typing import TYPE_CHECKING

from django.utils import timezone

from apps.approvals import selectors as approval_questions
from apps.approvals import services as approvals
from apps.approvals.states import Verdict
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.errors import MoveNotAllowed
from apps.common.money import format_amount
from apps.tickets.claim_states import ClaimAction, ClaimKind, StrikeKind
from apps.tickets.errors import ReasonMissing
from apps.tickets.errors.claims import AmountFixed, ClaimAmountInvalid
from apps.tickets.services import losing, striking
from apps.tickets.services import telling_claims as telling
from apps.tickets.services.claiming import facts_of, locked_claim
from apps.tickets.services.keeping import keep
from apps.tickets.services.settling import finish_inspection, finish_return

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.approvals.models import ApprovalRequest
    from apps.tickets.models import Claim


def lock(claim_id: int) -> "Claim":
    """Return the claim with its ticket locked, before its approval request is."""
    return locked_claim(claim_id)


@deed
def decide_claim(
    claim_id: int,
    *,
    verdict: Verdict,
    actor: "User",
    amount: int | None = None,
    reason: str = "",
) -> "Claim":
    """Decide on a claim, granting `amount` of it (minor units), or all that it asks for.

    Whoever decides without naming an amount agrees to the one that stands.

    Raises:
        MoveNotAllowed: nobody is asked to decide.
        ClaimAmountInvalid: not between one minor unit and the estimate.
        ReasonMissing: less than the estimate, or a refusal, without a reason.
        AmountFixed: an earlier level has agreed to another amount.
        OwnMatter, NotPermitted, AlreadyDecided: as every decision.
    """
    claim = locked_claim(claim_id)
    request = approval_questions.open_request_of(claim)
    if request is None:
        raise MoveNotAllowed(action=verdict.label, status=claim.get_status_display())
    if verdict == Verdict.APPROVE and amount is not None and amount != claim.amount:
        _assess(claim, amount, request=request, reason=reason.strip(), actor=actor)
    approvals.decide(request.pk, verdict=verdict, actor=actor, reason=reason)
    claim.refresh_from_db()
    return claim


def _assess(
    claim: "Claim", amount: int, *, request: "ApprovalRequest", reason: str, actor: "User"
) -> None:
    """Grant less, or again all, of what was estimated; part of a decision."""
    currency = claim.line.ticket.currency
    if not 0 < amount <= claim.estimate:
        most = format_amount(claim.estimate, currency)
        raise ClaimAmountInvalid(asset=claim.line.asset, most=most)
    if request.decisions.exists():
        raise AmountFixed(claim=claim, amount=format_amount(claim.amount, currency))
    if amount < claim.estimate and not reason:
        raise ReasonMissing
    before = facts_of(claim)
    claim.amount = amount
    claim.amount_reason = reason if amount < claim.estimate else ""
    keep(claim, "amount", "amount_reason", actor=actor)
    audit.record(
        "tickets.claim_assessed",
        actor=actor,
        target=claim.line.ticket,
        before=before,
        after=facts_of(claim),
        reason=reason,
    )


def conclude(
    claim: "Claim",
    verdict: Verdict,
    /,
    *,
    request: "ApprovalRequest",  # noqa: ARG001  (part of what every scope is told)
    actor: "User",
    reason: str,
) -> None:
    """Do to the claim what the last decision means for it; a refusal undoes the decision too."""
    before = facts_of(claim)
    if verdict == Verdict.APPROVE:
        is_whole = claim.amount == claim.estimate
        claim.move(ClaimAction.ACCEPT if is_whole else ClaimAction.REDUCE)
    else:
        claim.move(ClaimAction.DISMISS if verdict == Verdict.REJECT else ClaimAction.SEND_BACK)
    claim.decision_reason = reason
    if not claim.is_undecided:
        claim.decided_at = timezone.now()
    keep(claim, "status", "decided_at", "decision_reason", actor=actor)
    audit.record(
        "tickets.claim_decided",
        actor=actor,
        target=claim.line.ticket,
        before=before,
        after=facts_of(claim),
        reason=reason,
    )
    telling.of_decision(claim)
    if verdict == Verdict.APPROVE:
        _grant(claim, actor=actor)
    elif verdict == Verdict.REJECT and claim.kind == ClaimKind.DAMAGE:
        finish_inspection(claim.line.ticket, actor=actor)


def _grant(claim: "Claim", *, actor: "User") -> None:
    line = claim.line
    match ClaimKind(claim.kind):
        case ClaimKind.DAMAGE:
            line.damage, line.damage_note = claim.amount, claim.description
            keep(line, "damage", "damage_note", actor=actor)
            keep(line.ticket, actor=actor)
            finish_inspection(line.ticket, actor=actor)
            # Last, because people are locked after wallets.
            striking.strike(claim.line, kind=StrikeKind.DAMAGE, actor=actor)
        case ClaimKind.LOSS:
            losing.lose(claim, actor=actor)
            finish_return(line.ticket, actor=actor)
            striking.strike(claim.line, kind=StrikeKind.LOSS, actor=actor)
        case ClaimKind.CREDIT:
            losing.pay_back(claim, actor=actor)
