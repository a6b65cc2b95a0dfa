"""Every status × every action, against a table written by hand."""

from itertools import product

import pytest

from apps.common.errors import MoveNotAllowed
from apps.notifications.states import LIFECYCLE, Action, Status

MOVES = {
    (Status.WAITING, Action.CLAIM): Status.SENDING,
    (Status.SENDING, Action.SEND): Status.SENT,
    (Status.SENDING, Action.POSTPONE): Status.WAITING,
    (Status.SENDING, Action.GIVE_UP): Status.FAILED,
    (Status.FAILED, Action.TRY_AGAIN): Status.WAITING,
}


@pytest.mark.parametrize(("status", "action"), list(product(Status, Action)))
def test_every_move_is_in_the_table(status: Status, action: Action) -> None:
    expected = MOVES.get((status, action))
    if expected is None:
        with pytest.raises(MoveNotAllowed):
            LIFECYCLE.after(action, status)
    else:
        assert LIFECYCLE.after(action, status) == expected
