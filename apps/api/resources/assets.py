"""Assets: the register, as far as each person may see it."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import ConfigDict, Field

from apps.accounts.models import User
from apps.api.errors import FieldsRefused, NotFound
from apps.api.finding import referred, seen
from apps.api.paging import Page, Paging, page_of
from apps.api.problems import FieldProblem
from apps.api.request import ApiRequest
from apps.api.resource import Answer, Resource, unchanged
from apps.api.schemas import Identifier, In, Moment, MoneyIn, Reference, Word, example
from apps.api.shapes import choices
from apps.api.shapes.assets import AssetOut
from apps.assets import availability, selectors, services
from apps.assets.models import Asset, Category, Tariff
from apps.assets.states import Condition

if TYPE_CHECKING:
    from apps.assets.models.asset import AssetQuerySet

router = Resource(tags=["assets"])

_HIDDEN = ("lender", "location")
_Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2100, 1, 1))]


class AssetFilters(Paging):
    """Which assets."""

    tag: str = Field(default="", max_length=40, description="exactly, whatever the case")
    search: str = Field(default="", max_length=100, description="in tags, names, serial numbers")
    category: Identifier | None = Field(default=None, description="in this category, by id")
    status: choices.AssetStatus | None = Field(default=None, description="in this status")
    lender: Identifier | None = Field(default=None, description="for staff, or yourself")
    location: str = Field(default="", max_length=200, description="exactly; for staff")
    kit: Identifier | None = Field(default=None, description="parts of this kit")
    changed_since: Moment | None = Field(
        default=None, description="registered, changed or moved since then, to keep a copy"
    )
    free_from: Moment | None = Field(default=None, description="with `free_until`")
    free_until: Moment | None = Field(default=None, description="with `free_from`")


_EXAMPLE = {
    "tag": "CAM-7",
    "name": "Camera",
    "category": 3,
    "lender": 9,
    "value": {"amount": 250000, "currency": "EUR"},
}


class _Details(In):
    """What may be left out of a new asset."""

    tariff: Reference | None = Field(default=None, description="id; null: the category’s")
    serial: str = Field(default="", max_length=120)
    model_name: str = Field(default="", max_length=200)
    manufacturer: str = Field(default="", max_length=200)
    location: str = Field(default="", max_length=200)
    condition: choices.Condition = Condition.GOOD
    purchased_on: _Day | None = None
    notes: str = Field(default="", max_length=5000)
    reason: str = Field(default="", max_length=1000, description="why, for the history")


class AssetIn(_Details):
    """A new asset."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=example(**_EXAMPLE))

    tag: str = Field(min_length=1, max_length=40)
    name: str = Field(min_length=1, max_length=200)
    category: Reference
    lender: Reference
    value: MoneyIn


class AssetChange(_Details):
    """What shall change of an asset; whatever is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=example(location="Shelf 4"))

    tag: str = Field(default_factory=str, min_length=1, max_length=40)
    name: str = Field(default_factory=str, min_length=1, max_length=200)
    category: Reference = Field(default_factory=int)
    lender: Reference = Field(default_factory=int)
    value: MoneyIn = Field(default_factory=lambda: MoneyIn(amount=0, currency="EUR"))


@router.reads("/assets", scope="assets:read", gives=Page[AssetOut])
def list_assets(request: ApiRequest, filters: Query[AssetFilters]) -> Page[AssetOut]:
    """Assets, the newest first.

    Everybody sees what is lent; lenders and staff see `details` too. `free_from` and `free_until`
    keep what can be lent for the whole of that time.
    """
    person = request.user
    rows = Asset.objects.visible_to(person).select_related("category__tariff", "tariff", "lender")
    return page_of(_kept(rows, filters, person), filters, lambda asset: AssetOut.of(asset, person))


@router.reads("/assets/by-tag/{tag}", scope="assets:read", gives=AssetOut)
def get_asset_by_tag(request: ApiRequest, tag: Word) -> AssetOut:
    """Find the asset that a scanner means.

    Case and blanks around the tag do not matter.
    """
    found = selectors.find_by_scan(tag)
    if found is None:
        raise NotFound
    return AssetOut.of(seen(_whole(), request.user, pk=found.pk), request.user)


@router.reads("/assets/{asset_id}", scope="assets:read", gives=AssetOut)
def get_asset(request: ApiRequest, asset_id: Identifier) -> AssetOut:
    """One asset."""
    return AssetOut.of(seen(_whole(), request.user, pk=asset_id), request.user)


@router.does("/assets", scope="assets:write", gives=AssetOut, status=201)
def register_asset(request: ApiRequest, body: AssetIn) -> Answer:
    """Register an asset.

    It is available at once. To register many, send their file to `/asset-imports`.
    """
    request.user.require("assets.add_asset")
    registered = services.register(actor=request.user, **_written(body))
    out = AssetOut.of(_whole().get(pk=registered.pk), request.user)
    return Answer(out, status=201, headers={"Location": f"/api/v1/assets/{registered.pk}"})


@router.changes("/assets/{asset_id}", scope="assets:write", gives=AssetOut)
def change_asset(request: ApiRequest, asset_id: Identifier, body: AssetChange) -> AssetOut:
    """Change what the register says of an asset.

    Its status is no field: it follows from what happens to the asset.
    """
    person = request.user
    known = seen(_whole(), person, is_locked=True, pk=asset_id)
    unchanged(request, AssetOut.of(known, person))
    services.change(asset_id, actor=person, seen_version=known.version, **_written(body))
    return AssetOut.of(_whole().get(pk=asset_id), person)


def asset_for(asset_id: int, person: User) -> AssetOut:
    """Return an asset as the person sees it."""
    return AssetOut.of(_whole().get(pk=asset_id), person)


def _whole() -> "AssetQuerySet":
    return Asset.objects.select_related("category__tariff", "tariff", "lender")


def _kept(rows: "AssetQuerySet", filters: AssetFilters, person: User) -> "AssetQuerySet":
    if not person.has_perm("assets.view_asset"):
        _refuse_hidden(filters, person)
    exact = {
        "tag__iexact": filters.tag,
        "category": filters.category,
        "status": filters.status,
        "lender": filters.lender,
        "location": filters.location,
        "kit": filters.kit,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if filters.search:
        rows = rows.filter(_matching(filters.search, person))
    if filters.changed_since:
        versions = Asset.history.filter(history_date__gte=filters.changed_since)
        rows = rows.filter(pk__in=versions.values("id"))
    if filters.free_from and filters.free_until:
        now = timezone.now()
        return availability.free_assets(rows, filters.free_from, filters.free_until, now=now)
    if filters.free_from or filters.free_until:
        missing = "free_until" if filters.free_from else "free_from"
        raise FieldsRefused([FieldProblem(field=missing, message=_("Send both, or none."))])
    return rows


def _matching(text: str, person: User) -> Q:
    found = Q(tag__icontains=text) | Q(name__icontains=text)
    # Serial numbers are among the details, which not everybody sees.
    shown = Q() if person.has_perm("assets.view_asset") else Q(lender=person)
    return found | (Q(serial__icontains=text) & shown)


def _refuse_hidden(filters: AssetFilters, person: User) -> None:
    if filters.lender == person.pk:
        return
    problems = [
        FieldProblem(field=name, message=_("Only staff may look for this. Leave it out."))
        for name in _HIDDEN
        if getattr(filters, name)
    ]
    if problems:
        raise FieldsRefused(problems)


def _written(body: AssetIn | AssetChange) -> dict[str, Any]:
    """Return what was sent as the service takes it."""
    sent: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
    if "value" in sent:
        sent["value"], sent["currency"] = body.value.amount, body.value.currency
    if "category" in sent:
        categories = Category.objects.select_related("tariff")
        sent["category"] = referred(categories, body.category, field="category")
    if "lender" in sent:
        people = User.objects.filter(is_system=False)
        sent["lender"] = referred(people, body.lender, field="lender")
    if sent.get("tariff"):
        sent["tariff"] = referred(Tariff.objects.all(), sent["tariff"], field="tariff")
    return sent
