"""What leaves of an asset when the register is exported: what an import of ours reads back."""

from apps.assets.importing.sources import FIELDS
from apps.common.admin import ExportField, Shape

_PATHS = {"category": "category__name", "lender": "lender__email", "tariff": "tariff__name"}

# Titles are the headers that an import knows, in every language; choices are written as stored.
ASSET_FIELDS = tuple(
    ExportField(_PATHS.get(name, name), name, Shape.STORED) for name in (*FIELDS, "status")
)
