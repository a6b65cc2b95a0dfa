"""The keys that sign access tokens: ES256 (RFC 7518), published as RFC 7517 says.

A check of a token costs no query for its key: each process keeps the published keys, reads them
anew after a minute, and sooner only for an identifier that it does not know.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.db.models import Q
from django.utils import timezone
from jwcrypto import jwk

from apps.programs.models import SigningKey

if TYPE_CHECKING:
    from django.db.models import QuerySet

FRESH = 60.0
"""After so many seconds a process reads the published keys anew."""

PATIENCE = 5.0
"""So many seconds pass between two readings for identifiers that nobody knows."""

CURVE = ec.SECP256R1()


class UnknownKey(Exception):
    """No published key has this identifier, or it was retired."""


@dataclass(frozen=True)
class PublishedKey:
    """What vouches for tokens, until it is retired."""

    public: ec.EllipticCurvePublicKey
    retired_at: datetime | None


class PublishedKeys:
    """The published keys as this process knows them."""

    def __init__(self) -> None:
        """Know none yet."""
        self._keys: dict[str, PublishedKey] = {}
        self._read_at = -FRESH
        self._lock = Lock()

    def public(self, key_id: str) -> ec.EllipticCurvePublicKey:
        """Return the public key of this identifier.

        Raises:
            UnknownKey: there is none, or it was retired.
        """
        if key_id not in self._keys or self._age() >= FRESH:
            # Of several threads at once one reads, and those that know nothing yet wait for it.
            with self._lock:
                is_unknown = key_id not in self._keys and self._age() >= PATIENCE
                if is_unknown or self._age() >= FRESH:
                    self._read()
        key = self._keys.get(key_id)
        if key is None or (key.retired_at is not None and key.retired_at <= timezone.now()):
            raise UnknownKey
        return key.public

    def remember(self, key: SigningKey) -> None:
        """Know a key that this process has just made or used."""
        self._keys = {**self._keys, key.key_id: _published(key)}

    def forget(self) -> None:
        """Read anew at the next check."""
        self._keys, self._read_at = {}, -FRESH

    def _age(self) -> float:
        return monotonic() - self._read_at

    def _read(self) -> None:
        # Before the query, so that a database that is away is not asked by every request.
        self._read_at = monotonic()
        self._keys = {key.key_id: _published(key) for key in published(now=timezone.now())}


PUBLISHED = PublishedKeys()


def published(*, now: datetime) -> "QuerySet[SigningKey]":
    """Return the keys that vouch for tokens at that moment, or will."""
    return SigningKey.objects.filter(Q(retired_at=None) | Q(retired_at__gt=now))


def ready(*, now: datetime) -> "QuerySet[SigningKey]":
    """Return the keys that could sign at that moment; the first does."""
    able = published(now=now).filter(signs_from__lte=now).exclude(private_pem="")
    return able.order_by("-signs_from", "-pk")


def make_key(*, signs_from: datetime | None = None) -> SigningKey:
    """Make and publish a key that signs from then on, or at once."""
    private = ec.generate_private_key(CURVE)
    public_pem = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    private_pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    key = SigningKey.objects.create(
        key_id=jwk.JWK.from_pem(public_pem).thumbprint(),
        public_pem=public_pem.decode(),
        private_pem=private_pem.decode(),
        signs_from=signs_from or timezone.now(),
    )
    PUBLISHED.remember(key)
    return key


def signing_key() -> SigningKey:
    """Return the key that signs, the first time a new one."""
    key = ready(now=timezone.now()).first() or make_key()
    PUBLISHED.remember(key)
    return key


def key_set(*, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """Return the JSON web key set: public parts alone."""
    return {"keys": [_as_jwk(key) for key in published(now=now)]}


def _as_jwk(key: SigningKey) -> dict[str, Any]:
    public = jwk.JWK.from_pem(key.public_pem.encode()).export_public(as_dict=True)
    return {**public, "kid": key.key_id, "use": "sig", "alg": "ES256"}


def _published(key: SigningKey) -> PublishedKey:
    public = serialization.load_pem_public_key(key.public_pem.encode())
    assert isinstance(public, ec.EllipticCurvePublicKey)
    return PublishedKey(public, key.retired_at)


def longest_wait(lifetime: timedelta) -> timedelta:
    """Return how long after its last signature a key still vouches: a token’s life and a minute."""
    return lifetime + timedelta(minutes=1)
