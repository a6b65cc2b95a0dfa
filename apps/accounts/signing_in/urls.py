"""The pages of signing in; of allauth's own only what this office uses.

No sign-up, no sign-in by a code in an e-mail, no page about e-mails, no trust in browsers.
"""

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from allauth.socialaccount import views as social
from django.urls import include, path

from apps.accounts.signing_in import views
from apps.accounts.signing_in.removing import one_at_a_time, remove_key, removes
from apps.accounts.signing_in.stepping_up import asks_again

_factors = [
    path("", views.home, name="mfa_index"),
    path("authenticate/", factors.authenticate, name="mfa_authenticate"),
    path("reauthenticate/", factors.reauthenticate, name="mfa_reauthenticate"),
    path("totp/activate/", asks_again(one_at_a_time(totp.activate_totp)), name="mfa_activate_totp"),
    path(
        "totp/deactivate/",
        asks_again(removes(totp.deactivate_totp)),
        name="mfa_deactivate_totp",
    ),
    path("recovery-codes/", asks_again(views.recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "recovery-codes/make/",
        asks_again(codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("webauthn/", keys.list_webauthn, name="mfa_list_webauthn"),
    path("webauthn/add/", asks_again(one_at_a_time(keys.add_webauthn)), name="mfa_add_webauthn"),
    path("webauthn/login/", keys.login_webauthn, name="mfa_login_webauthn"),
    path("webauthn/reauthenticate/", views.key_again, name="mfa_reauthenticate_webauthn"),
    path(
        "webauthn/keys/<int:pk>/remove/",
        asks_again(remove_key),
        name="mfa_remove_webauthn",
    ),
    path("webauthn/keys/<int:pk>/edit/", asks_again(keys.edit_webauthn), name="mfa_edit_webauthn"),
]

_social = [
    path("login/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("login/error/", social.login_error, name="socialaccount_login_error"),
    path("signup/", views.no_signup, name="socialaccount_signup"),
    path("connections/", views.home, name="socialaccount_connections"),
]

urlpatterns = [
    path("", views.home, name="account_home"),
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("signup/", views.no_signup, name="account_signup"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.change_password, name="account_change_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    path("password/choose/<str:token>/", views.choose_password, name="password_link"),
    path("sessions/", views.sessions, name="usersessions_list"),
    path("2fa/", include(_factors)),
    path("3rdparty/", include(_social)),
]
