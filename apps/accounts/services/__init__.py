"""What is done to people and roles."""

from apps.accounts.services.people import (
    add_person,
    change_person,
    change_roles,
    deactivate,
    lift_suspension,
    reactivate,
    set_password,
    suspend,
)
from apps.accounts.services.program_accounts import add_program_account, rename_program_account
from apps.accounts.services.resets import (
    ask_factor_reset,
    confirm_factor_reset,
    expire_factor_resets,
    withdraw_factor_reset,
)
from apps.accounts.services.roles import add_role, change_role, load_roles

__all__ = [
    "add_person",
    "add_program_account",
    "add_role",
    "ask_factor_reset",
    "change_person",
    "change_role",
    "change_roles",
    "confirm_factor_reset",
    "deactivate",
    "expire_factor_resets",
    "lift_suspension",
    "load_roles",
    "reactivate",
    "rename_program_account",
    "set_password",
    "suspend",
    "withdraw_factor_reset",
]
