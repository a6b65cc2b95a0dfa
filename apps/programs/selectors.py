"""Questions about programs and what people let them do."""

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from oauth2_provider.models import RefreshToken

from apps.programs import tokens
from apps.programs.errors import TokenRefused
from apps.programs.models import Consent, Program
from apps.programs.scopes import SCOPES

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from apps.accounts.models import User
    from apps.programs.models import ConsentQuerySet


def consents_of(person: "User") -> "ConsentQuerySet":
    """Return what the person lets programs do at this moment, newest first."""
    return (
        Consent.objects.standing(now=timezone.now())
        .filter(person=person, program__is_active=True)
        .select_related("program")
    )


def consents_to(program: Program) -> "QuerySet[Consent]":
    """Return who lets the program in at this moment, newest first."""
    return (
        Consent.objects.standing(now=timezone.now())
        .filter(program=program)
        .select_related("person")
    )


def in_words(scopes: list[str]) -> list[str]:
    """Return what the scopes allow, in the order of the catalogue."""
    return [str(words) for name, words in SCOPES.items() if name in scopes]


def introspected(token: str, *, by: Program) -> dict[str, Any]:
    """Return what a program may learn about a token (RFC 7662): of its own, everything.

    Of another program’s token it learns what it would of a made-up one.
    """
    try:
        access = tokens.access_of(token)
    except TokenRefused:
        return _refresh_token(token, by=by)
    if access.program != by:
        return {"active": False}
    claims = tokens.claims_of(token)
    return {
        **claims,
        "active": True,
        "scope": " ".join(sorted(access.scopes)),
        "token_type": "Bearer",
    }


def _refresh_token(token: str, *, by: Program) -> dict[str, Any]:
    row = RefreshToken.objects.filter(
        token_checksum=tokens.digest(token), application=by, revoked=None
    ).first()
    consent = row and (
        Consent.objects.standing(now=timezone.now())
        .select_related("program", "person")
        .filter(family=row.token_family, person__is_active=True)
        .first()
    )
    if not consent:
        return {"active": False}
    return {
        "active": True,
        "client_id": by.client_id,
        "scope": " ".join(consent.allowed_scopes),
        "sub": str(consent.person_id),
        "iss": tokens.issuer(),
        "exp": int(consent.ends_at.timestamp()),
    }
