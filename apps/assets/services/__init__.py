"""What people do with assets."""

from apps.assets.services.blocking import black_out, lift_blackout
from apps.assets.services.deeds import find, lose, retire, return_to_service, send_to_maintenance
from apps.assets.services.kits import dissolve_kit, make_kit, put_into_kit, take_out_of_kit
from apps.assets.services.labelling import labels_of, order_labels
from apps.assets.services.lending import (
    free,
    hand_over,
    lock,
    lose_on_loan,
    prolong,
    reserve,
    take_back,
)
from apps.assets.services.maintaining import follow_loan, maintenance_done, plan_maintenance
from apps.assets.services.opening import remove_hours, remove_special_days
from apps.assets.services.register import (
    WRITABLE,
    add_category,
    change,
    register,
    register_all,
    unregistered,
)

__all__ = [
    "WRITABLE",
    "add_category",
    "black_out",
    "change",
    "dissolve_kit",
    "find",
    "follow_loan",
    "free",
    "hand_over",
    "labels_of",
    "lift_blackout",
    "lock",
    "lose",
    "lose_on_loan",
    "maintenance_done",
    "make_kit",
    "order_labels",
    "plan_maintenance",
    "prolong",
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
