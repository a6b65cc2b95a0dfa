"""How people sign in: django-allauth, with passwords, second factors and single sign-on."""

from project.settings.env import read

_env = read()
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_SESSION_REMEMBER = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 0
MFA_RECOVERY_CODES_SHOW_ONCE = True
ALLAUTH_TRUSTED_PROXY_COUNT = _env.assets_trusted_proxy_count
IS_SECOND_FACTOR_REQUIRED = _env.assets_second_factor == "required"
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
