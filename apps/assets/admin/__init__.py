"""The pages of the asset register."""

from apps.assets.admin.assets import AssetAdmin
from apps.assets.admin.maintenance import MaintenanceAdmin, MaintenancePlanAdmin
from apps.assets.admin.prices import CategoryAdmin, TariffAdmin
from apps.assets.admin.reservations import ReservationAdmin

__all__ = [
    "AssetAdmin",
    "CategoryAdmin",
    "MaintenanceAdmin",
    "MaintenancePlanAdmin",
    "ReservationAdmin",
    "TariffAdmin",
]
