"""How programs get their tokens: django-oauth-toolkit, with every gate of RFC 9700 shut."""

from project.settings.env import read

_BASE_URL = read().assets_base_url.rstrip("/")

OAUTH2_PROVIDER_APPLICATION_MODEL = "programs.Program"
OAUTH2_PROVIDER = {
    "SCOPES": {},
    "SCOPES_BACKEND_CLASS": "apps.programs.oauth.scopes.ProgramScopes",
    "OAUTH2_SERVER_CLASS": "apps.programs.oauth.server.ProgramServer",
    "OAUTH2_VALIDATOR_CLASS": "apps.programs.oauth.validator.ProgramValidator",
    "OIDC_ISS_ENDPOINT": _BASE_URL,
    "OIDC_RESPONSE_TYPES_SUPPORTED": ["code"],
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "PKCE_REQUIRED": True,
    "ROTATE_REFRESH_TOKEN": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": 0,
    "ACCESS_TOKEN_EXPIRE_SECONDS": 600,
    # From the consent on, and no rotation moves it.
    "REFRESH_TOKEN_EXPIRE_SECONDS": 12 * 60 * 60,
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": 60,
    **{
        f"COMPLIANT_BCP_RFC9700_{gate}": True
        for gate in (
            *("IMPLICIT_GRANT", "PASSWORD_GRANT", "PKCE_METHOD", "PKCE_REQUIRED"),
            *("ACCESS_TOKEN_TRANSPORT", "AUTHZ_RESPONSE_ISS", "TOKEN_STORAGE"),
            *("REFRESH_TOKEN", "REDIRECT_URI_SCHEME", "REDIRECT_URI_MATCHING"),
        )
    },
}
