"""Assets, what they cost, and when they are taken."""

from apps.assets.models.asset import Asset, AssetQuerySet
from apps.assets.models.asset_import import AssetImport, AssetImportQuerySet
from apps.assets.models.category import Category
from apps.assets.models.checklist import ChecklistItem
from apps.assets.models.discount import CommissionRate, Discount, DiscountQuerySet
from apps.assets.models.maintenance import Maintenance, MaintenancePlan, MaintenanceQuerySet
from apps.assets.models.opening_hours import OpeningHours, SpecialDays
from apps.assets.models.reservation import Reservation, ReservationQuerySet
from apps.assets.models.tariff import Tariff

__all__ = [
    "Asset",
    "AssetImport",
    "AssetImportQuerySet",
    "AssetQuerySet",
    "Category",
    "ChecklistItem",
    "CommissionRate",
    "Discount",
    "DiscountQuerySet",
    "Maintenance",
    "MaintenancePlan",
    "MaintenanceQuerySet",
    "OpeningHours",
    "Reservation",
    "ReservationQuerySet",
    "SpecialDays",
    "Tariff",
]
