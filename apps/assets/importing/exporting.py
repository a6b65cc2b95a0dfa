"""The register as a file: what an import of ours reads back, safe to open in a spreadsheet."""

from typing import TYPE_CHECKING, Any

import tablib
from import_export import resources
from import_export.fields import Field
from import_export.formats.base_formats import CSV, XLSX

from apps.assets.importing.sources import ASSETS_CSV, FIELDS
from apps.assets.models import Asset
from apps.common.formulas import guarded
from apps.common.money import decimal_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

_EXTRA = ("status",)


class _Guarded:
    """Guards every cell before the library writes the file."""

    def export_data(self, dataset: tablib.Dataset, **options: Any) -> Any:
        """Write the guarded cells."""
        safe = tablib.Dataset(headers=dataset.headers)
        safe.extend([guarded(cell) for cell in row] for row in dataset)
        write: Callable[..., Any] = super().export_data  # type: ignore[misc]  # of the format beside it
        return write(safe, **options)


class GuardedCsv(_Guarded, CSV):
    """CSV."""


class GuardedXlsx(_Guarded, XLSX):
    """XLSX."""


class AssetExport(resources.Resource):
    """The register in our own format."""

    class Meta:
        model = Asset

    def __init__(self, **_options: Any) -> None:
        """Write the columns that an import reads, and where the asset is."""
        super().__init__()
        self.fields = {name: Field(attribute=name, column_name=name) for name in (*FIELDS, *_EXTRA)}

    @classmethod
    def get_display_name(cls) -> str:
        """Return the name of our own format."""
        return str(ASSETS_CSV.label)

    def get_export_order(self) -> list[str]:
        """Write the columns in the order of the preview."""
        return list(self.fields)

    def filter_export(self, queryset: "QuerySet[Asset]", **_options: Any) -> "QuerySet[Asset]":
        """Read along what the columns name."""
        return queryset.select_related("category", "lender", "tariff").order_by("tag")

    def export_field(self, field: Field, instance: Asset, **_options: Any) -> object:
        """Return one cell: an amount as a number, everything else as text."""
        match field.attribute:
            case "value":
                return decimal_of(instance.value, instance.currency)
            case "lender":
                return instance.lender.email
            case name:
                value = getattr(instance, name)
                return "" if value is None else str(value)
