"""How accounts writes to people without knowing who delivers: the notices register as carrier."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.models import Model

    from apps.accounts.models import User


@dataclass(frozen=True)
class Letter:
    """An e-mail to one person; nothing of it is secret, links are made when it leaves."""

    kind: str
    to: "User"
    about: "Model | None"
    subject: str
    body: str
    key: str
    is_on_screen: bool = False
    """Whether it also stands among the notices of the back office."""


type Carrier = Callable[[Letter], None]

_carriers: list[Carrier] = []


def register(carrier: Carrier) -> None:
    """Let `carrier` take every letter; called from the `ready` of its app."""
    if carrier not in _carriers:
        _carriers.append(carrier)


def send(letter: Letter) -> None:
    """Promise the letter within the transaction of the deed; it leaves after the commit."""
    assert _carriers, "nobody carries letters"
    for carrier in _carriers:
        carrier(letter)
