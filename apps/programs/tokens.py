"""Access tokens: JSON web tokens in the shape of RFC 9068, each also a row that can be revoked."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

import jwt
from django.conf import settings
from django.utils import timezone
from oauth2_provider.models import AccessToken, set_token_value
from oauth2_provider.settings import oauth2_settings

from apps.accounts.models import User
from apps.programs import lookup
from apps.programs.errors import TokenRefused
from apps.programs.keys import PUBLISHED, UnknownKey, signing_key
from apps.programs.models import Program
from apps.programs.scopes import SCOPES

ALGORITHM = "ES256"
TYPE = "at+jwt"
_REQUIRED = ["iss", "aud", "exp", "iat", "sub", "client_id", "jti"]
_LONGEST = 4096
_REMEMBERED = 1024
"""So many tokens each process remembers as proved; forged ones it does not."""


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


def metadata_address() -> str:
    """Return where the API says who issues its tokens: its path goes last (RFC 9728, 3.1)."""
    return f"{settings.BASE_URL}/.well-known/oauth-protected-resource/api"


def digest(token: str) -> str:
    """Return what the database keeps of a token, a code or a secret: its SHA-256, as hex.

    All of them are long and random, so nothing slower is needed: there is nothing to guess.
    """
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def lifetime() -> timedelta:
    """Return how long an access token lasts at most."""
    return timedelta(seconds=oauth2_settings.ACCESS_TOKEN_EXPIRE_SECONDS)


def issue(
    program: Program,
    *,
    person: User | None = None,
    scopes: Collection[str],
    authenticated_at: datetime | None = None,
) -> str:
    """Return a new access token of the program, for a person or, without one, for itself."""
    token = signed(
        program,
        person=person,
        scopes=scopes,
        authenticated_at=authenticated_at,
        seconds=int(lifetime().total_seconds()),
    )
    row = AccessToken(
        application=program,
        user=person,
        scope=" ".join(sorted(scopes)),
        expires=timezone.now() + lifetime(),
    )
    # It leaves the column of the token empty and keeps the digest alone.
    set_token_value(row, token)
    row.save()
    return token


def signed(
    program: Program,
    *,
    person: User | None,
    scopes: Collection[str],
    authenticated_at: datetime | None,
    seconds: int,
) -> str:
    """Return a signed token that ends after so many seconds; somebody else keeps its row.

    The claims are those of RFC 9068, section 2.2; a program by itself is its own subject.
    """
    now = timezone.now()
    claims: dict[str, Any] = {
        "iss": issuer(),
        "aud": audience(),
        "sub": str(person.pk) if person else program.client_id,
        "client_id": program.client_id,
        "scope": " ".join(sorted(scopes)),
        "iat": now,
        "exp": now + timedelta(seconds=seconds),
        "jti": uuid.uuid4().hex,
    }
    if person is not None and authenticated_at is not None:
        claims["auth_time"] = int(authenticated_at.timestamp())
    key = signing_key()
    return jwt.encode(
        claims, key.private_pem, algorithm=ALGORITHM, headers={"kid": key.key_id, "typ": TYPE}
    )


def access_of(token: str) -> Access:
    """Return what the token stands for at this moment.

    The signature is checked without the database; one query then finds whether the token was
    revoked, and the program and the person as they are now.

    Raises:
        TokenRefused: forged, for another audience, expired or revoked; or the program or the
            person was deactivated.
    """
    claims = claims_of(token)
    found = lookup.by_digest(digest(token), now=timezone.now())
    if found is None:
        raise TokenRefused
    moment = None if found.is_by_itself else claims.get("auth_time")
    return Access(
        person=found.person,
        program=found.program,
        scopes=found.scopes & frozenset(found.program.allowed_scopes) & SCOPES.keys(),
        authenticated_at=datetime.fromtimestamp(moment, tz=UTC) if moment else None,
    )


def claims_of(token: str) -> dict[str, Any]:
    """Return what a token says, once its signature, audience, issuer, type and times are right.

    Raises:
        TokenRefused: one of them is not.
    """
    if len(token) > _LONGEST:
        raise TokenRefused
    try:
        key_id = _key_id_of(token)
        # The key may have been retired since the token was proved.
        PUBLISHED.public(key_id)
        claims = _proven(token, key_id, audience(), issuer())
    except (jwt.InvalidTokenError, UnknownKey, ValueError):
        raise TokenRefused from None
    if int(claims["exp"]) <= timezone.now().timestamp():
        raise TokenRefused
    return dict(claims)


@lru_cache(maxsize=_REMEMBERED)
def _key_id_of(token: str) -> str:
    header = jwt.get_unverified_header(token)
    # A token of another kind, signed by the same key, must not pass (RFC 8725, section 3.11).
    if header.get("typ") != TYPE or header.get("alg") != ALGORITHM:
        raise jwt.InvalidTokenError
    return str(header.get("kid", ""))


@lru_cache(maxsize=_REMEMBERED)
def _proven(token: str, key_id: str, audience: str, issuer: str) -> Mapping[str, Any]:
    """Return the claims of a token once all is right; what was right once, only its end undoes.

    An identifier is the digest of its key, and the same key under the same bytes says the same:
    a token is proved once in each process.
    """
    claims: dict[str, Any] = jwt.decode(
        token,
        PUBLISHED.public(key_id),
        algorithms=[ALGORITHM],
        audience=audience,
        issuer=issuer,
        options={"require": _REQUIRED, "strict_aud": True},
    )
    return claims
