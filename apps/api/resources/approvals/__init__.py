"""Requests for approval: what waits for whom, and deciding."""

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _
from ninja import Query

from apps.accounts.models import User
from apps.api.errors import FieldsRefused, Hidden, NotFound
from apps.api.finding import seen
from apps.api.paging import Page, page_of
from apps.api.problems import FieldProblem, problem_of, status_of
from apps.api.request import ApiRequest
from apps.api.resource import Resource
from apps.api.resources.approvals.schemas import (
    Approval,
    ApprovalFilters,
    ApprovalInFull,
    CannedReasons,
    DecisionIn,
    DecisionsIn,
    HandOverIn,
    People,
    ReasonFilters,
    RowResult,
    RowResults,
)
from apps.api.schemas import Identifier, Person
from apps.approvals import selectors, services
from apps.approvals.models import ApprovalRequest, RequestQuerySet
from apps.approvals.services import Outcome
from apps.approvals.states import Verdict
from apps.audit import services as audit

router = Resource(tags=["approvals"])


@router.reads("/approvals", scope="approvals:read", gives=Page[Approval])
def list_approvals(request: ApiRequest, filters: Query[ApprovalFilters]) -> Page[Approval]:
    """List what waits for you, or all requests that you may see.

    With `waiting_for=me` these are the requests on which you can decide now, the oldest first.
    Otherwise the newest come first: your own, and everybody’s when your roles let you view them.
    """
    rows = ApprovalRequest.objects.all()
    if filters.waiting_for:
        rows = selectors.waiting_for(request.user)
    if filters.status:
        rows = rows.filter(status=filters.status)
    if filters.kind:
        rows = rows.filter(scope=filters.kind)
    if filters.about:
        label, _colon, key = filters.about.partition(":")
        app, _dot, model = label.partition(".")
        kind = ContentType.objects.filter(app_label=app, model=model).first()
        rows = rows.filter(subject_type=kind, subject_id=key) if kind else rows.none()
    exact = {
        "requester": filters.requester,
        "requested_at__gte": filters.asked_since,
        "requested_at__lt": filters.asked_before,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value is not None})
    is_queue = filters.waiting_for is not None
    return page_of(
        _shown(request, rows),
        filters,
        Approval.of,
        key=("requested_at", "pk") if is_queue else ("pk",),
        is_ascending=is_queue,
    )


@router.reads("/approvals/reasons", scope="approvals:read", gives=CannedReasons)
def list_canned_reasons(request: ApiRequest, filters: Query[ReasonFilters]) -> CannedReasons:
    """List the sentences that the back office offers for a decision, to save typing."""
    request.user.require("approvals.view_approvalrequest")
    return CannedReasons.of(filters.verdict, filters.kind)


@router.does("/approvals/decisions", scope="approvals:decide", gives=RowResults)
def decide_many_approvals(request: ApiRequest, decisions: DecisionsIn) -> RowResults:
    """Give the same answer to many requests; one that is refused does not spoil the others.

    The status is 200 when the rows could be looked at; each row has a status of its own, and a
    problem when it was refused. The same id twice is one row.
    """
    ids = list(dict.fromkeys(decisions.ids))
    rows = ApprovalRequest.objects.filter(pk__in=ids)
    visible = set(rows.visible_to(request.user).values_list("pk", flat=True))
    for hidden in rows.exclude(pk__in=visible).order_by("pk"):
        audit.keep_denial(Hidden(hidden), "approvals.decide", actor=request.user)
    outcomes = services.decide_many(
        [pk for pk in ids if pk in visible],
        verdict=Verdict(decisions.verdict),
        actor=request.user,
        reason=decisions.reason,
    )
    found = {outcome.request_id: outcome for outcome in outcomes}
    return RowResults(items=[_result(pk, found.get(pk)) for pk in ids])


@router.reads("/approvals/{approval_id}", scope="approvals:read", gives=ApprovalInFull)
def get_approval(request: ApiRequest, approval_id: Identifier) -> ApprovalInFull:
    """Show one request with its levels, the decisions so far, and what they left of it."""
    return _in_full(request, approval_id)


@router.reads("/approvals/{approval_id}/colleagues", scope="approvals:read", gives=People)
def list_approval_colleagues(request: ApiRequest, approval_id: Identifier) -> People:
    """List the colleagues to whom the request can be forwarded, by name."""
    request.user.require("approvals.view_approvalrequest")
    asked = seen(ApprovalRequest.objects.all(), request.user, pk=approval_id)
    colleagues = selectors.colleagues_for(asked).exclude(pk=request.user.pk)
    return People(items=[Person.of(person) for person in colleagues])


@router.does("/approvals/{approval_id}/decisions", scope="approvals:decide", gives=ApprovalInFull)
def decide_approval(
    request: ApiRequest, approval_id: Identifier, decision: DecisionIn
) -> ApprovalInFull:
    """Approve, reject or request changes; the last approval or any refusal concludes the request.

    Who has no right of their own decides for somebody who is away and named them as substitute;
    the decision then says on whose behalf. With `terms` a part of a ticket is approved: a later
    level may only approve less. An approval over the limit of its policy needs a recent sign-in:
    it is refused with 401 and `max_age` in `WWW-Authenticate` (RFC 9470).
    """
    asked = seen(ApprovalRequest.objects.all(), request.user, pk=approval_id)
    terms = decision.terms.model_dump(exclude_none=True) if decision.terms else None
    services.decide(
        asked.pk,
        verdict=Verdict(decision.verdict),
        actor=request.user,
        reason=decision.reason,
        terms=terms,
    )
    return _in_full(request, asked.pk)


@router.does("/approvals/{approval_id}/forward", scope="approvals:decide", gives=ApprovalInFull)
def forward_approval(
    request: ApiRequest, approval_id: Identifier, forward: HandOverIn
) -> ApprovalInFull:
    """Let a colleague decide in your place, on this level of this request and no other."""
    asked = seen(ApprovalRequest.objects.all(), request.user, pk=approval_id)
    colleague = User.objects.filter(pk=forward.to, is_staff=True).first()
    if colleague is None:
        # Who has nothing to forward is not told who works here.
        request.user.require("approvals.view_approvalrequest")
        message = _("There is no such colleague. Choose one from the colleagues of the request.")
        raise FieldsRefused([FieldProblem(field="to", message=message)])
    services.forward(asked.pk, to=colleague, reason=forward.reason, actor=request.user)
    return _in_full(request, asked.pk)


def _shown(request: ApiRequest, rows: RequestQuerySet) -> RequestQuerySet:
    return _marked(request, rows).visible_to(request.user)


def _marked(request: ApiRequest, rows: RequestQuerySet) -> RequestQuerySet:
    marked = selectors.marked_for(request.user, rows)
    return marked.select_related("requester", "role", "subject_type", "policy")


def _in_full(request: ApiRequest, approval_id: int) -> ApprovalInFull:
    row = seen(_marked(request, ApprovalRequest.objects.all()), request.user, pk=approval_id)
    return ApprovalInFull.seen_by(row, request.user)


def _result(request_id: int, outcome: Outcome | None) -> RowResult:
    """Return what became of one row; what the person may not see is not there."""
    refusal = outcome.refusal if outcome else NotFound()
    return RowResult(
        id=request_id,
        status=status_of(type(refusal)) if refusal else 200,
        waits_for=(outcome.waits_for or None) if outcome else None,
        problem=problem_of(refusal) if refusal else None,
    )
