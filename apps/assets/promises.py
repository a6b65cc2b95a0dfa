"""To whom a reservation was promised: told by the app that lends, which knows its tickets.

The register knows reservations, and not for whom they are. Whoever makes reservations registers
here how to find what stands behind them, so that pages can lead there and people can be told.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.models import Model

    from apps.accounts.models import User
    from apps.assets.models import Reservation


@dataclass(frozen=True)
class Promise:
    """What stands behind a reservation, for whom it is, and who is told when it is in danger."""

    about: "Model"
    borrower: "User"
    people: "frozenset[User]"


type Finder = Callable[[Collection[int]], Mapping[int, Promise]]

_finders: list[Finder] = []


def register(finder: Finder) -> None:
    """Let `finder` say what stands behind reservations, by their primary keys."""
    if finder not in _finders:
        _finders.append(finder)


def behind(reservations: "Collection[Reservation]") -> dict[int, Promise]:
    """Return what stands behind these reservations, by primary key; one query for all."""
    pks = [reservation.pk for reservation in reservations]
    found: dict[int, Promise] = {}
    for finder in _finders:
        found.update(finder(pks) if pks else {})
    return found
