"""What programs and their makers find at the root of the site, without asking anybody."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from apps.programs.keys import key_set
from apps.programs.scopes import SCOPES
from apps.programs.tokens import audience, issuer

if TYPE_CHECKING:
    from django.http import HttpRequest

SHELF_LIFE = int(timedelta(minutes=15).total_seconds())
"""So long anybody may keep the key set: less than a key is published before it signs."""

_SECRET_METHODS = ["client_secret_basic", "client_secret_post"]


@login_not_required
@require_safe
@cache_control(public=True, max_age=SHELF_LIFE)
def authorization_server(_request: "HttpRequest") -> JsonResponse:
    """Describe how tokens are got (RFC 8414)."""
    return JsonResponse(
        {
            "issuer": issuer(),
            "authorization_endpoint": _address("oauth_authorize"),
            "token_endpoint": _address("oauth_token"),
            "revocation_endpoint": _address("oauth_revoke"),
            "introspection_endpoint": _address("oauth_introspect"),
            "jwks_uri": _address("jwks"),
            "scopes_supported": list(SCOPES),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": [*_SECRET_METHODS, "none"],
            "revocation_endpoint_auth_methods_supported": [*_SECRET_METHODS, "none"],
            "introspection_endpoint_auth_methods_supported": _SECRET_METHODS,
            "authorization_response_iss_parameter_supported": True,
        }
    )


@login_not_required
@require_safe
@cache_control(public=True, max_age=SHELF_LIFE)
def protected_resource(_request: "HttpRequest") -> JsonResponse:
    """Describe what the tokens are for (RFC 9728)."""
    return JsonResponse(
        {
            "resource": audience(),
            "authorization_servers": [issuer()],
            "jwks_uri": _address("jwks"),
            "scopes_supported": list(SCOPES),
            "bearer_methods_supported": ["header"],
            "resource_name": "Assets",
        }
    )


@login_not_required
@require_safe
@cache_control(public=True, max_age=SHELF_LIFE)
def jwks(_request: "HttpRequest") -> JsonResponse:
    """Publish the public keys that vouch for tokens, and those that soon will (RFC 7517)."""
    keys: dict[str, Any] = key_set(now=timezone.now())
    return JsonResponse(keys, content_type="application/jwk-set+json")


def _address(name: str) -> str:
    return f"{settings.BASE_URL}{reverse(name)}"
