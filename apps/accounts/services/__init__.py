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
from apps.accounts.services.roles import add_role, change_role, load_roles

__all__ = [
    "add_person",
    "add_program_account",
    "add_role",
    "change_person",
    "change_role",
    "change_roles",
    "deactivate",
    "lift_suspension",
    "load_roles",
    "reactivate",
    "rename_program_account",
    "set_password",
    "suspend",
]
