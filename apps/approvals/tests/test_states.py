"""Every status × every action, against a table written by hand."""

from itertools import product

import pytest

from apps.approvals.states import LIFECYCLE, Action, Status
from apps.common.errors import MoveNotAllowed

MOVES = {
    (Status.PENDING, Action.APPROVE): Status.APPROVED,
    (Status.PENDING, Action.REJECT): Status.REJECTED,
    (Status.PENDING, Action.RETURN): Status.RETURNED,
    (Status.PENDING, Action.WITHDRAW): Status.WITHDRAWN,
    (Status.PENDING, Action.EXPIRE): Status.EXPIRED,
}


@pytest.mark.parametrize(("status", "action"), list(product(Status, Action)))
def test_every_move_is_in_the_table(status: Status, action: Action) -> None:
    expected = MOVES.get((status, action))
    if expected is None:
        with pytest.raises(MoveNotAllowed):
            LIFECYCLE.after(action, status)
    else:
        assert LIFECYCLE.after(action, status) == expected
