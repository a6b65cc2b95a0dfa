"""The pages of people and roles.

allauth brings pages of its own for seeds, sessions and accounts elsewhere, on which rows could be
changed past every service: they are taken away.
"""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin

from apps.accounts.admin.people import PersonAdmin
from apps.accounts.admin.resets import FactorResetAdmin
from apps.accounts.admin.roles import RoleAdmin

__all__ = ["FactorResetAdmin", "PersonAdmin", "RoleAdmin"]

for _model in (EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken, UserSession):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)
