"""The pages of people and roles."""

from apps.accounts.admin.people import PersonAdmin
from apps.accounts.admin.resets import FactorResetAdmin
from apps.accounts.admin.roles import RoleAdmin

__all__ = ["FactorResetAdmin", "PersonAdmin", "RoleAdmin"]
