"""Access tokens: JSON web tokens in the shape of RFC 9068, each also a row that can be revoked."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import jwt
from django.conf import settings
from django.utils import timezone
from oauth2_provider.models import AccessToken
from oauth2_provider.settings import oauth2_settings

from apps.accounts.models import User
from apps.programs.errors import TokenRefused
from apps.programs.keys import signing_key
from apps.programs.models import Program, SigningKey

ALGORITHM = "ES256"
TYPE = "at+jwt"


@dataclass(frozen=True)
class Access:
    """What a token stands for: who acts, through which program, and how far it may go."""

    person: User
    program: Program
    scopes: frozenset[str]
    authenticated_at: datetime | None
    """When the person signed in to let the program; None for a program by itself."""


def issuer() -> str:
    """Return the name under which tokens are issued."""
    return str(settings.BASE_URL)


def audience() -> str:
    """Return whom access tokens are for: the API."""
    return f"{settings.BASE_URL}/api"


def issue(
    program: Program,
    *,
    person: User | None = None,
    scopes: Collection[str],
    authenticated_at: datetime | None = None,
) -> str:
    """Return a new access token of the program, for a person or, without one, for itself."""
    lifetime = timedelta(seconds=oauth2_settings.ACCESS_TOKEN_EXPIRE_SECONDS)
    now = timezone.now()
    claims: dict[str, Any] = {
        "iss": issuer(),
        "aud": audience(),
        "sub": str(person.pk) if person else program.client_id,
        "client_id": program.client_id,
        "scope": " ".join(sorted(scopes)),
        "iat": now,
        "exp": now + lifetime,
        "jti": uuid.uuid4().hex,
    }
    if authenticated_at is not None:
        claims["auth_time"] = int(authenticated_at.timestamp())
    key = signing_key()
    token = jwt.encode(
        claims, key.private_pem, algorithm=ALGORITHM, headers={"kid": key.key_id, "typ": TYPE}
    )
    AccessToken.objects.create(
        application=program,
        user=person,
        token=token,
        scope=claims["scope"],
        expires=now + lifetime,
    )
    return token


def access_of(token: str) -> Access:
    """Return what the token stands for at this moment.

    Raises:
        TokenRefused: forged, for another audience, expired or revoked; or the program or the
            person was deactivated.
    """
    claims = _claims_of(token)
    row = (
        AccessToken.objects.select_related("application__user", "user")
        .filter(token_checksum=sha256(token.encode()).hexdigest(), expires__gt=timezone.now())
        .first()
    )
    if row is None or row.application is None or not row.application.is_active:
        raise TokenRefused
    person = row.user or row.application.user
    if person is None or not person.is_active:
        raise TokenRefused
    moment = claims.get("auth_time")
    return Access(
        person=person,
        program=row.application,
        scopes=frozenset(row.scope.split()) & frozenset(row.application.allowed_scopes),
        authenticated_at=datetime.fromtimestamp(moment, tz=UTC) if moment else None,
    )


def _claims_of(token: str) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(token)
        if str(header.get("typ", "")).lower() != TYPE:
            raise TokenRefused
        key = SigningKey.objects.get(key_id=header.get("kid", ""))
        claims: dict[str, Any] = jwt.decode(
            token,
            key.public_pem,
            algorithms=[ALGORITHM],
            audience=audience(),
            issuer=issuer(),
            options={"require": ["exp", "iat", "sub", "client_id", "jti"]},
        )
    except (jwt.InvalidTokenError, SigningKey.DoesNotExist, ValueError):
        raise TokenRefused from None
    return claims
