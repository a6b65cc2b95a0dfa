"""What is done to programs, to what people let them do, and to the keys of their tokens."""

from apps.programs.services.consents import revoke_tokens, withdraw
from apps.programs.services.keys import rotate_signing_keys, rotate_when_due
from apps.programs.services.registering import (
    Registered,
    change_program,
    deactivate_program,
    reactivate_program,
    register_program,
    rotate_secret,
)
from apps.programs.services.sweeping import sweep

__all__ = [
    "Registered",
    "change_program",
    "deactivate_program",
    "reactivate_program",
    "register_program",
    "revoke_tokens",
    "rotate_secret",
    "rotate_signing_keys",
    "rotate_when_due",
    "sweep",
    "withdraw",
]
