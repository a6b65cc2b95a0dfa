"""What people do with assets."""

from apps.assets.services.deeds import find, lose, retire, return_to_service, send_to_maintenance
from apps.assets.services.labelling import labels_of, order_labels
from apps.assets.services.lending import free, hand_over, reserve, take_back
from apps.assets.services.register import WRITABLE, add_category, change, note_export, register

__all__ = [
    "WRITABLE",
    "add_category",
    "change",
    "find",
    "free",
    "hand_over",
    "labels_of",
    "lose",
    "note_export",
    "order_labels",
    "register",
    "reserve",
    "retire",
    "return_to_service",
    "send_to_maintenance",
    "take_back",
]
