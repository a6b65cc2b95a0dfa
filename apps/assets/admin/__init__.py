"""The pages of the asset register."""

from apps.assets.admin.assets import AssetAdmin
from apps.assets.admin.discounts import CommissionRateAdmin, DiscountAdmin
from apps.assets.admin.maintenance import MaintenanceAdmin, MaintenancePlanAdmin
from apps.assets.admin.opening_hours import OpeningHoursAdmin, SpecialDaysAdmin
from apps.assets.admin.prices import CategoryAdmin, TariffAdmin
from apps.assets.admin.reservations import ReservationAdmin

__all__ = [
    "AssetAdmin",
    "CategoryAdmin",
    "CommissionRateAdmin",
    "DiscountAdmin",
    "MaintenanceAdmin",
    "MaintenancePlanAdmin",
    "OpeningHoursAdmin",
    "ReservationAdmin",
    "SpecialDaysAdmin",
    "TariffAdmin",
]
