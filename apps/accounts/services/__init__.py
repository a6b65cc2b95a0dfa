"""What is done to people and roles."""

from apps.accounts.services.invitations import (
    address_of,
    choose_password,
    forgot_password,
    invite,
    link_of,
)
from apps.accounts.services.people import (
    add_person,
    change_person,
    change_roles,
    deactivate,
    lift_suspension,
    reactivate,
    suspend,
)
from apps.accounts.services.program_accounts import add_program_account, rename_program_account
from apps.accounts.services.resets import (
    ask_factor_reset,
    confirm_factor_reset,
    expire_factor_resets,
    withdraw_factor_reset,
)
from apps.accounts.services.roles import add_role, change_role, load_roles, require_second_factor
from apps.accounts.services.sessions import (
    end_own_sessions,
    end_sessions,
    end_sessions_of,
    forget_sessions,
)

__all__ = [
    "add_person",
    "add_program_account",
    "add_role",
    "address_of",
    "ask_factor_reset",
    "change_person",
    "change_role",
    "change_roles",
    "choose_password",
    "confirm_factor_reset",
    "deactivate",
    "end_own_sessions",
    "end_sessions",
    "end_sessions_of",
    "expire_factor_resets",
    "forget_sessions",
    "forgot_password",
    "invite",
    "lift_suspension",
    "link_of",
    "load_roles",
    "reactivate",
    "rename_program_account",
    "require_second_factor",
    "suspend",
    "withdraw_factor_reset",
]
