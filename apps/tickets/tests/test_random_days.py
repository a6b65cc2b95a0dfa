"""Whatever people do on random days of an office: assets, money, audit and notices agree.

`office.py` says what must be true after every deed, `days.py` does at random what people and jobs
do. `HYPOTHESIS_PROFILE=deep` looks for an hour.
"""

import os
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.audit.models import AuditEvent
from apps.tickets.models import Ticket
from apps.tickets.tests.days import WEIGHTS, Days, Deed, deeds

PROFILES = {
    "quick": settings(max_examples=6, derandomize=True),
    "deep": settings(max_examples=400, print_blob=True),
}
profile = settings(
    PROFILES[os.environ.get("HYPOTHESIS_PROFILE", "quick")],
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
HAPPENED = {
    f"tickets.{deed}"
    for deed in (
        *("approved", "cancelled", "changes_requested", "closed", "drafted"),
        *("handed_over", "inspected", "rejected", "submitted", "taken_back"),
    )
}
done: Counter[str] = Counter()


@profile
@given(days=st.lists(deeds(WEIGHTS), min_size=60, max_size=120))
def random_days(days: list[Deed]) -> None:
    with Days() as office:
        for deed in days:
            office.do(deed)
        done.update(AuditEvent.objects.values_list("action", flat=True))


def test_on_random_days_assets_money_audit_and_notices_agree(db: None) -> None:
    random_days()
    assert not Ticket.objects.exists()
    assert done.keys() >= HAPPENED, "the dice leave something out: look at the weights"
