"""A table of moves is the whole truth."""

from enum import Enum
from itertools import product

import pytest
from django.db.models import TextChoices

from apps.common.errors import DomainError, MoveNotAllowed
from apps.common.lifecycle import Lifecycle


class Light(TextChoices):
    """Statuses with labels for people."""

    RED = "red", "is red"
    GREEN = "green", "is green"
    BROKEN = "broken", "is broken"


class Press(Enum):
    """Actions without labels."""

    GO = "go"
    STOP = "stop"
    REPAIR = "repair"


LIFECYCLE = Lifecycle[Light, Press](
    {
        Press.GO: ({Light.RED}, Light.GREEN),
        Press.STOP: ({Light.GREEN, Light.RED}, Light.RED),
        Press.REPAIR: ({Light.BROKEN}, Light.RED),
    }
)
ALLOWED = {
    (Press.GO, Light.RED): Light.GREEN,
    (Press.STOP, Light.GREEN): Light.RED,
    (Press.STOP, Light.RED): Light.RED,
    (Press.REPAIR, Light.BROKEN): Light.RED,
}


@pytest.mark.parametrize(("action", "status"), list(product(Press, Light)))
def test_only_the_moves_of_the_table_are_possible(action: Press, status: Light) -> None:
    end = ALLOWED.get((action, status))

    assert LIFECYCLE.allows(action, status) == (end is not None)
    if end is not None:
        assert LIFECYCLE.after(action, status) is end
        return
    with pytest.raises(MoveNotAllowed) as refusal:
        LIFECYCLE.after(action, status)
    assert f"“{action.value}” is not possible" in refusal.value.message
    assert status.label in refusal.value.message


def test_a_refused_move_says_what_to_do() -> None:
    with pytest.raises(DomainError, match="Reload the page"):
        LIFECYCLE.after(Press.GO, Light.BROKEN)
