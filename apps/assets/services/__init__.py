"""What people do with assets."""

from apps.assets.services.blocking import black_out, lift_blackout
from apps.assets.services.deeds import find, lose, retire, return_to_service, send_to_maintenance
from apps.assets.services.lending import free, hand_over, lock, prolong, reserve, take_back
from apps.assets.services.maintaining import follow_loan, maintenance_done, plan_maintenance
from apps.assets.services.register import WRITABLE, add_category, change, note_export, register

__all__ = [
    "WRITABLE",
    "add_category",
    "black_out",
    "change",
    "find",
    "follow_loan",
    "free",
    "hand_over",
    "lift_blackout",
    "lock",
    "lose",
    "maintenance_done",
    "note_export",
    "plan_maintenance",
    "prolong",
    "register",
    "reserve",
    "retire",
    "return_to_service",
    "send_to_maintenance",
    "take_back",
]
