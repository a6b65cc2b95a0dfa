"""What people do with assets."""

from apps.assets.services.deeds import find, lose, retire, return_to_service, send_to_maintenance
from apps.assets.services.kits import dissolve_kit, make_kit, put_into_kit, take_out_of_kit
from apps.assets.services.lending import free, hand_over, lose_on_loan, reserve, take_back
from apps.assets.services.opening import remove_hours, remove_special_days
from apps.assets.services.register import (
    WRITABLE,
    add_category,
    change,
    note_export,
    register,
    register_all,
    unregistered,
)

__all__ = [
    "WRITABLE",
    "add_category",
    "change",
    "dissolve_kit",
    "find",
    "free",
    "hand_over",
    "lose",
    "lose_on_loan",
    "make_kit",
    "note_export",
    "put_into_kit",
    "register",
    "register_all",
    "remove_hours",
    "remove_special_days",
    "reserve",
    "retire",
    "return_to_service",
    "send_to_maintenance",
    "take_back",
    "take_out_of_kit",
    "unregistered",
]
