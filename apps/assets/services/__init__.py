"""What people do with assets."""

from apps.assets.services.deeds import find, lose, retire, return_to_service, send_to_maintenance
from apps.assets.services.lending import free, hand_over, prolong, reserve, take_back
from apps.assets.services.register import WRITABLE, add_category, change, note_export, register

__all__ = [
    "WRITABLE",
    "add_category",
    "change",
    "find",
    "free",
    "hand_over",
    "lose",
    "note_export",
    "prolong",
    "register",
    "reserve",
    "retire",
    "return_to_service",
    "send_to_maintenance",
    "take_back",
]
