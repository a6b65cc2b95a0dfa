"""How people sign in: django-allauth, with passwords, second factors and single sign-on."""

from datetime import timedelta

from project.settings.env import read

_env = read()
OFFICE_NAME = "Assets"
# It checks passwords and permissions as Django's own does, which would hash a wrong one once more.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"

ACCOUNT_ADAPTER = "apps.accounts.signing_in.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_FORMS = {
    "login": "apps.accounts.signing_in.forms.SignInForm",
    "change_password": "apps.accounts.signing_in.forms.ChangePasswordForm",
    "reset_password": "apps.accounts.signing_in.forms.ForgotPasswordForm",
    "reauthenticate": "apps.accounts.signing_in.forms.PasswordAgainForm",
}
# By the client's address, which the adapter finds out, and by the e-mail; on the shared cache.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/300s/key",
    "reset_password": "20/m/ip,3/300s/key",
    "reset_password_from_key": "20/m/ip",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
}

MFA_ADAPTER = "apps.accounts.signing_in.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 0
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_RECOVERY_CODE_DIGITS = 10
MFA_PASSKEY_LOGIN_ENABLED = True
# Addresses are given by administrators and proved by the link of the invitation.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "authenticate": "apps.accounts.signing_in.forms.CodeForm",
    "reauthenticate": "apps.accounts.signing_in.forms.CodeAgainForm",
    "add_webauthn": "apps.accounts.signing_in.forms.AddKeyForm",
    "activate_totp": "apps.accounts.signing_in.forms.ActivateAppForm",
    "authenticate_webauthn": "apps.accounts.signing_in.security_keys.SecondKeyForm",
    "reauthenticate_webauthn": "apps.accounts.signing_in.security_keys.KeyAgainForm",
    "login_webauthn": "apps.accounts.signing_in.security_keys.PasskeyForm",
}

ALLAUTH_TRUSTED_PROXY_COUNT = _env.assets_trusted_proxy_count
IS_SECOND_FACTOR_REQUIRED = _env.assets_second_factor == "required"
# How long the answer to a forgotten password takes, whether there is an account or not.
FORGOTTEN_SECONDS = 0.3
# How old a sign-in may be, in seconds, for what asks people to show again who they are.
STEP_UP_SECONDS = 300

SOCIALACCOUNT_ADAPTER = "apps.accounts.signing_in.single_sign_on.SingleSignOnAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "provider_class": "apps.accounts.signing_in.identity.SingleSignOn",
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "sso",
                "name": _env.assets_sso_name or "single sign-on",
                "client_id": _env.assets_sso_client_id,
                "secret": _env.assets_sso_client_secret.get_secret_value(),
                "settings": {"server_url": _env.assets_sso_url},
            }
        ]
        if _env.assets_sso_url
        else [],
    }
}

SESSION_IDLE_LIMIT = timedelta(minutes=_env.assets_idle_minutes)
SESSION_ABSOLUTE_LIMIT = timedelta(hours=12)
SESSION_COOKIE_AGE = int(SESSION_ABSOLUTE_LIMIT.total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "apps.accounts.passwords.MaximumLengthValidator", "OPTIONS": {"max_length": 128}},
    {
        "NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "display_name")},
    },
    {"NAME": "apps.accounts.passwords.LeakedPasswordValidator"},
    {
        "NAME": "apps.accounts.passwords.GuessablePasswordValidator",
        "OPTIONS": {"words": (OFFICE_NAME, "office", "lending", "wallet", "admin")},
    },
]
