"""Claims for damage and loss, and what is owed after a settlement; strikes."""

from django.utils.translation import gettext as _
from ninja import Query
from pydantic import ConfigDict, Field

from apps.api.errors import FieldsRefused
from apps.api.finding import seen
from apps.api.paging import Page, Paging, page_of
from apps.api.problems import FieldProblem
from apps.api.request import ApiRequest
from apps.api.resource import Resource
from apps.api.schemas import Identifier, In, MoneyIn, example
from apps.api.shapes import choices
from apps.api.shapes.claims import ClaimOut, ReceivableOut, StrikeOut
from apps.api.shapes.tickets import Reasoned
from apps.tickets import services
from apps.tickets.models import Claim, Receivable, Strike

router = Resource(tags=["claims"])


class ClaimFilters(Paging):
    """Which claims."""

    ticket: Identifier | None = Field(default=None, description="of this ticket, by id")
    status: choices.ClaimStatus | None = Field(default=None, description="in this status")
    kind: choices.ClaimKind | None = Field(default=None, description="of this kind")


class ReceivableFilters(Paging):
    """Which receivables."""

    ticket: Identifier | None = Field(default=None, description="of this ticket, by id")
    borrower: Identifier | None = Field(default=None, description="of this borrower, by id")
    status: choices.ReceivableStatus | None = Field(default=None, description="in this status")


class StrikeFilters(Paging):
    """Which strikes."""

    person: Identifier | None = Field(default=None, description="of this person, by id")
    is_standing: bool = Field(default=False, description="only those that nobody has lifted")


class RevisionIn(In):
    """What is claimed instead."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=example(
            estimate={"amount": 3000, "currency": "EUR"}, description="Scratched lens, polished"
        ),
    )

    estimate: MoneyIn
    description: str = Field(min_length=1, max_length=2000)


@router.reads("/claims", scope="tickets:read", gives=Page[ClaimOut])
def list_claims(request: ApiRequest, filters: Query[ClaimFilters]) -> Page[ClaimOut]:
    """Claims, the newest first: on what you borrow or lend, all by your role."""
    rows = Claim.objects.visible_to(request.user).with_parts()
    if filters.ticket:
        rows = rows.filter(line__ticket=filters.ticket)
    if filters.status:
        rows = rows.filter(status=filters.status)
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    return page_of(rows, filters, ClaimOut.of)


@router.reads("/claims/{claim_id}", scope="tickets:read", gives=ClaimOut)
def get_claim(request: ApiRequest, claim_id: Identifier) -> ClaimOut:
    """One claim; decisions on it are made on its approval request."""
    return _shown(request, claim_id)


@router.does("/claims/{claim_id}/dispute", scope="tickets:write", gives=ClaimOut)
def dispute_claim(request: ApiRequest, claim_id: Identifier, body: Reasoned) -> ClaimOut:
    """Say no to a claim against you; whoever decides on it reads why."""
    _shown(request, claim_id)
    services.dispute(claim_id, reason=body.reason, actor=request.user)
    return _shown(request, claim_id)


@router.does("/claims/{claim_id}/withdraw", scope="tickets:desk", gives=ClaimOut)
def withdraw_claim(request: ApiRequest, claim_id: Identifier, body: Reasoned) -> ClaimOut:
    """Take a claim back before it is decided."""
    _shown(request, claim_id)
    services.withdraw_claim(claim_id, reason=body.reason, actor=request.user)
    return _shown(request, claim_id)


@router.does("/claims/{claim_id}/revise", scope="tickets:desk", gives=ClaimOut)
def revise_claim(request: ApiRequest, claim_id: Identifier, body: RevisionIn) -> ClaimOut:
    """Change a claim that was sent back, and ask again."""
    currency = _shown(request, claim_id).estimate.currency
    if body.estimate.currency != currency:
        message = _("Send the amount in {currency}, as the ticket is.").format(currency=currency)
        raise FieldsRefused([FieldProblem(field="estimate.currency", message=message)])
    services.revise(
        claim_id,
        estimate=body.estimate.amount,
        description=body.description,
        actor=request.user,
    )
    return _shown(request, claim_id)


@router.reads("/receivables", scope="tickets:read", gives=Page[ReceivableOut])
def list_receivables(request: ApiRequest, filters: Query[ReceivableFilters]) -> Page[ReceivableOut]:
    """Receivables after settlements, the newest first: what you owe, all by your role."""
    rows = Receivable.objects.visible_to(request.user).select_related("borrower", "ticket")
    exact = {name: getattr(filters, name) for name in ("ticket", "borrower", "status")}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    return page_of(rows, filters, ReceivableOut.of)


@router.reads("/receivables/{receivable_id}", scope="tickets:read", gives=ReceivableOut)
def get_receivable(request: ApiRequest, receivable_id: Identifier) -> ReceivableOut:
    """One receivable."""
    rows = Receivable.objects.select_related("borrower", "ticket")
    return ReceivableOut.of(seen(rows, request.user, pk=receivable_id))


@router.does("/receivables/{receivable_id}/collect", scope="wallets:write", gives=ReceivableOut)
def collect_receivable(request: ApiRequest, receivable_id: Identifier) -> ReceivableOut:
    """Take what the borrower’s wallet has available, up to what is owed."""
    rows = Receivable.objects.select_related("borrower", "ticket")
    seen(rows, request.user, pk=receivable_id)
    services.collect(receivable_id, actor=request.user)
    return ReceivableOut.of(seen(rows, request.user, pk=receivable_id))


@router.does(
    "/receivables/{receivable_id}/request-write-off", scope="tickets:desk", gives=ReceivableOut
)
def request_write_off(
    request: ApiRequest, receivable_id: Identifier, body: Reasoned
) -> ReceivableOut:
    """Ask to give up what is still owed; a controller decides."""
    rows = Receivable.objects.select_related("borrower", "ticket")
    seen(rows, request.user, pk=receivable_id)
    services.request_write_off(receivable_id, reason=body.reason, actor=request.user)
    return ReceivableOut.of(seen(rows, request.user, pk=receivable_id))


@router.reads("/strikes", scope="tickets:read", gives=Page[StrikeOut])
def list_strikes(request: ApiRequest, filters: Query[StrikeFilters]) -> Page[StrikeOut]:
    """Strikes, the newest first: your own, all by your role."""
    rows = Strike.objects.visible_to(request.user).select_related("person", "line")
    if filters.person:
        rows = rows.filter(person=filters.person)
    if filters.is_standing:
        rows = rows.standing()
    return page_of(rows, filters, StrikeOut.of)


@router.does("/strikes/{strike_id}/lift", scope="people:write", gives=StrikeOut)
def lift_strike(request: ApiRequest, strike_id: Identifier, body: Reasoned) -> StrikeOut:
    """Let a strike count no more; a suspension that runs is lifted on the person."""
    rows = Strike.objects.select_related("person", "line")
    seen(rows, request.user, pk=strike_id)
    services.lift_strike(strike_id, reason=body.reason, actor=request.user)
    return StrikeOut.of(seen(rows, request.user, pk=strike_id))


def _shown(request: ApiRequest, claim_id: int) -> ClaimOut:
    return ClaimOut.of(seen(Claim.objects.all().with_parts(), request.user, pk=claim_id))
