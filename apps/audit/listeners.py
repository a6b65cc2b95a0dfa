"""Whoever wants to hear of each deed in its transaction, without this app knowing them."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.models import Model

    from apps.audit.models import AuditEvent

type Told = Sequence[tuple["AuditEvent", "Model | None"]]
"""Events of deeds that were done, each with its target."""

type Listener = Callable[[Told], None]
"""Hears of deeds in their transaction: what it writes is kept with the deed, or not at all."""

registered: list[Listener] = []


def register(listener: Listener) -> None:
    """Tell `listener` of every deed from now on; called from the `ready` of its app."""
    if listener not in registered:
        registered.append(listener)


def tell(events: Told) -> None:
    """Tell everybody who listens."""
    for listener in registered:
        listener(events)
