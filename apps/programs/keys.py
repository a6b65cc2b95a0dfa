"""The keys that sign access tokens: ES256, by RFC 7518."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwcrypto import jwk

from apps.programs.models import SigningKey


def make_key() -> SigningKey:
    """Make a key and let it sign from now on."""
    private = ec.generate_private_key(ec.SECP256R1())
    public_pem = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    private_pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return SigningKey.objects.create(
        key_id=jwk.JWK.from_pem(public_pem).thumbprint(),
        public_pem=public_pem.decode(),
        private_pem=private_pem.decode(),
    )


def signing_key() -> SigningKey:
    """Return the key that signs, the first time a new one."""
    return SigningKey.objects.filter(retired_at=None).first() or make_key()
