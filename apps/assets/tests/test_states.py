"""Every status × every action against a table written by hand."""

from itertools import product

import pytest

from apps.assets.states import LIFECYCLE, Action, Status
from apps.common.errors import MoveNotAllowed

#                        available         on_loan      in_maintenance  lost         retired
TABLE = """
hand_over                on_loan           -            -               -            -
take_back                -                 available    -               available    -
send_to_maintenance      in_maintenance    -            -               -            -
return_to_service        -                 -            available       -            -
lose                     lost              lost         lost            -            -
find                     -                 -            -               available    -
retire                   retired           -            retired         retired      -
"""
STATUSES = [
    Status.AVAILABLE,
    Status.ON_LOAN,
    Status.IN_MAINTENANCE,
    Status.LOST,
    Status.RETIRED,
]
EXPECTED = {
    (action, status): end
    for action, *ends in (line.split() for line in TABLE.strip().splitlines())
    for status, end in zip(STATUSES, ends, strict=True)
}


@pytest.mark.parametrize(("action", "status"), list(product(Action, Status)))
def test_the_table_is_the_whole_truth(action: Action, status: Status) -> None:
    expected = EXPECTED[action.value, status]
    if expected == "-":
        assert not LIFECYCLE.allows(action, status)
        with pytest.raises(MoveNotAllowed, match=str(action.label)):
            LIFECYCLE.after(action, status)
    else:
        assert LIFECYCLE.after(action, status) == Status(expected)
