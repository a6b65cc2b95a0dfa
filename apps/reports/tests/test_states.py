"""The life of a run: every status × every action, against a table written by hand."""

from itertools import product

import pytest

from apps.common.errors import MoveNotAllowed
from apps.reports.models import ReportRun
from apps.reports.states import Action, Status

MOVES = {
    (Status.QUEUED, Action.CLAIM): Status.RUNNING,
    (Status.RUNNING, Action.CLAIM): Status.RUNNING,
    (Status.RUNNING, Action.FINISH): Status.DONE,
    (Status.QUEUED, Action.FAIL): Status.FAILED,
    (Status.RUNNING, Action.FAIL): Status.FAILED,
    (Status.QUEUED, Action.CANCEL): Status.CANCELLED,
    (Status.RUNNING, Action.CANCEL): Status.CANCELLED,
    (Status.DONE, Action.EXPIRE): Status.EXPIRED,
}


@pytest.mark.parametrize(("status", "action"), list(product(Status, Action)))
def test_a_run_moves_only_as_the_table_says(status: Status, action: Action) -> None:
    run = ReportRun(status=status)
    if (status, action) in MOVES:
        run.move(action)
        assert run.status == MOVES[status, action]
    else:
        with pytest.raises(MoveNotAllowed):
            run.move(action)
        assert run.status == status
