"""Where a deed comes from: the request, its address and its door, kept for the running thread."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime

from apps.audit.models import AuditEvent, Source

AUTHENTICATED_AT = "authenticated_at"
"""Where a session keeps when its person last showed who they are, as ISO 8601 text."""


@dataclass(frozen=True)
class Origin:
    """One click, job or shell: everything that it does shares `request_id`."""

    source: Source = Source.SHELL
    ip_address: str | None = None
    request_id: uuid.UUID = field(default_factory=uuid.uuid4)
    authenticated_at: datetime | None = None
    """When the person behind it last showed who they are, with all factors; None is never."""
    denied: list[AuditEvent] = field(default_factory=list, compare=False, repr=False)
    """What was refused on the way, for whoever has to write it down once more."""


_origin: ContextVar[Origin | None] = ContextVar("origin", default=None)


def origin() -> Origin:
    """Return where the running deed comes from; a shell when nobody said otherwise."""
    current = _origin.get()
    if current is None:
        current = Origin()
        _origin.set(current)
    return current


def current() -> Origin | None:
    """Return where the running deed comes from, if somebody has said so."""
    return _origin.get()


@contextmanager
def coming_from(there: Origin) -> Iterator[Origin]:
    """Name the origin of every deed inside the block."""
    token = _origin.set(there)
    try:
        yield there
    finally:
        _origin.reset(token)
