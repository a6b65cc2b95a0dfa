"""Text that lies encrypted in the database: seeds, keys and bank details.

Fernet (AES-128-CBC with HMAC-SHA-256, https://github.com/fyshin/fernet-spec) with the keys of
`ASSETS_FIELD_KEYS`: the first encrypts, all of them decrypt.
"""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models.query_utils import DeferredAttribute

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


TOKEN_START = "gAAAAA"  # noqa: S105
"""What every token begins with: the version of the format, and a time of this century."""


@dataclass(frozen=True)
class Place:
    """A column in which tokens lie: as its whole text, or anywhere in its JSON."""

    table: str
    column: str
    key: str = "id"
    is_json: bool = False


_registered: set[Place] = set()


def register(place: Place) -> None:
    """Name a column that is no `SecretTextField`, so that its tokens get new keys too."""
    _registered.add(place)


def places() -> list[Place]:
    """Return every column with tokens: those of the fields, and those that were registered."""
    found = set(_registered)
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta
        if meta.proxy or not meta.managed or meta.pk is None:
            continue
        found |= {
            Place(meta.db_table, str(field.column), str(meta.pk.column))
            for field in meta.local_fields
            if isinstance(field, SecretTextField)
        }
    return sorted(found, key=lambda place: (place.table, place.column))


class SecretUnreadable(Exception):
    """None of the keys opens the text: a key was taken away too early, or the text was changed."""


def lock_away(text: str) -> str:
    """Return `text` encrypted with the first key, as ASCII."""
    return _keys(tuple(settings.FIELD_KEYS)).encrypt(text.encode()).decode()


def unlock(token: str) -> str:
    """Return the text of a token.

    Raises:
        SecretUnreadable: none of the keys made it.
    """
    try:
        return _keys(tuple(settings.FIELD_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken:
        raise SecretUnreadable from None


def with_the_first_key(token: str) -> str:
    """Return the same text encrypted anew with the first key.

    Raises:
        SecretUnreadable: none of the keys made it.
    """
    try:
        return _keys(tuple(settings.FIELD_KEYS)).rotate(token.encode()).decode()
    except InvalidToken:
        raise SecretUnreadable from None


def is_with_the_first_key(token: str) -> bool:
    """Tell whether a token needs the first key only, so that the others may go.

    Raises:
        SecretUnreadable: none of the keys made it.
    """
    keys = tuple(settings.FIELD_KEYS)
    try:
        _keys(keys[:1]).decrypt(token.encode())
    except InvalidToken:
        unlock(token)
        return False
    return True


@cache
def _keys(texts: tuple[str, ...]) -> MultiFernet:
    """Return the keys; each text is as long as it likes, and its digest is the key."""
    digests = (hashlib.sha256(text.encode()).digest() for text in texts)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


@dataclass(frozen=True)
class Sealed:
    """A token as the column holds it: nobody has asked yet what it says."""

    token: str


class _Opening(DeferredAttribute):
    """Opens the text when it is asked for, so that a row whose text is lost can still be read."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        """Return the text.

        Raises:
            SecretUnreadable: no key opens it.
        """
        value = super().__get__(instance, cls)
        return unlock(value.token) if isinstance(value, Sealed) else value

    def __set__(self, instance: Any, value: Any) -> None:
        """Keep another text, or a token."""
        instance.__dict__[self.field.attname] = value


class SecretTextField(models.TextField):  # type: ignore[type-arg]  # no subscript when it runs
    """A text whose column holds only what `lock_away` makes of it; it cannot be searched.

    It is opened when the attribute is read, and saved as it was when nobody set another one.
    """

    descriptor_class = _Opening

    def from_db_value(
        self, value: str | None, _expression: Any, _connection: "BaseDatabaseWrapper"
    ) -> Sealed | str | None:
        """Leave closed what the column holds."""
        return Sealed(value) if value else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: FBT001  (Django’s)
        """Save what nobody has opened as it is."""
        value = vars(model_instance).get(self.attname)
        return value if isinstance(value, Sealed) else super().pre_save(model_instance, add)

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt what the column shall hold."""
        if isinstance(value, Sealed):
            return value.token
        text = super().get_prep_value(value)
        return lock_away(text) if text else text


def is_lost(row: models.Model, name: str) -> bool:
    """Tell whether the row has a text in this field that no key opens."""
    try:
        getattr(row, name)
    except SecretUnreadable:
        return True
    return False
