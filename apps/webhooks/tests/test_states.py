"""Every status with every action."""

from itertools import product

import pytest

from apps.common.errors import MoveNotAllowed
from apps.webhooks.states import (
    LIFECYCLE,
    MESSAGE_LIFECYCLE,
    Action,
    MessageAction,
    MessageStatus,
    Status,
)


@pytest.mark.parametrize(("action", "status"), list(product(Action, Status)))
def test_every_move_of_a_subscription(action: Action, status: Status) -> None:
    moves = {
        (Action.PAUSE, Status.ACTIVE): Status.PAUSED,
        (Action.RESUME, Status.PAUSED): Status.ACTIVE,
        (Action.RESUME, Status.DISABLED): Status.ACTIVE,
        (Action.DISABLE, Status.ACTIVE): Status.DISABLED,
        (Action.REMOVE, Status.ACTIVE): Status.REMOVED,
        (Action.REMOVE, Status.PAUSED): Status.REMOVED,
        (Action.REMOVE, Status.DISABLED): Status.REMOVED,
    }
    if (action, status) in moves:
        assert LIFECYCLE.after(action, status) == moves[action, status]
    else:
        with pytest.raises(MoveNotAllowed):
            LIFECYCLE.after(action, status)


@pytest.mark.parametrize(("action", "status"), list(product(MessageAction, MessageStatus)))
def test_every_move_of_a_message(action: MessageAction, status: MessageStatus) -> None:
    moves = {
        ("claim", "waiting"): "sending",
        ("deliver", "sending"): "delivered",
        ("postpone", "sending"): "waiting",
        ("give up", "sending"): "failed",
        ("withhold", "waiting"): "withheld",
        ("replay", "delivered"): "waiting",
        ("replay", "failed"): "waiting",
    }
    wanted = moves.get((action.value, status.value))
    if wanted:
        assert MESSAGE_LIFECYCLE.after(action, status) == wanted
    else:
        with pytest.raises(MoveNotAllowed):
            MESSAGE_LIFECYCLE.after(action, status)
