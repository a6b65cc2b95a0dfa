"""Categories and tariffs: what kinds of assets there are, and what they cost."""

from ninja import Query

from apps.api.paging import Page, Paging, page_of
from apps.api.request import ApiRequest
from apps.api.resource import Resource
from apps.api.schemas import Identifier
from apps.api.shapes.assets import CategoryOut, TariffOut
from apps.assets.models import Category, Tariff

router = Resource(tags=["categories"])


@router.reads("/categories", scope="assets:read", gives=Page[CategoryOut])
def list_categories(request: ApiRequest, filters: Query[Paging]) -> Page[CategoryOut]:
    """Categories, each with its usual tariff; everybody may know them."""
    rows = Category.objects.select_related("tariff").prefetch_related("checklist")
    return page_of(rows, filters, lambda row: CategoryOut.of(row, request.user))


@router.reads("/categories/{category_id}", scope="assets:read", gives=CategoryOut)
def get_category(request: ApiRequest, category_id: Identifier) -> CategoryOut:
    """One category."""
    found = Category.objects.select_related("tariff").get(pk=category_id)
    return CategoryOut.of(found, request.user)


@router.reads("/tariffs", scope="assets:read", gives=Page[TariffOut])
def list_tariffs(request: ApiRequest, filters: Query[Paging]) -> Page[TariffOut]:
    """Tariffs; everybody may know what a loan costs."""
    return page_of(Tariff.objects.all(), filters, lambda row: TariffOut.of(row, request.user))


@router.reads("/tariffs/{tariff_id}", scope="assets:read", gives=TariffOut)
def get_tariff(request: ApiRequest, tariff_id: Identifier) -> TariffOut:
    """One tariff."""
    return TariffOut.of(Tariff.objects.get(pk=tariff_id), request.user)
