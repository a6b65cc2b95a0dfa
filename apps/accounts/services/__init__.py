"""What is done to people and roles."""

from apps.accounts.services.invitations import (
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
from apps.accounts.services.roles import add_role, change_role, load_roles, require_second_factor
from apps.accounts.services.sessions import end_own_sessions, end_sessions, end_sessions_of

__all__ = [
    "add_person",
    "add_role",
    "change_person",
    "change_role",
    "change_roles",
    "choose_password",
    "deactivate",
    "end_own_sessions",
    "end_sessions",
    "end_sessions_of",
    "forgot_password",
    "invite",
    "lift_suspension",
    "link_of",
    "load_roles",
    "reactivate",
    "require_second_factor",
    "suspend",
]
