"""The limits of a person's day: the database counts and refuses, and here is what it says.

The counting hangs on requests and decisions, by triggers of the part that owns the limits (money),
so that nothing gets around it and two at the same moment wait for each other.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from apps.approvals.errors import DailyLimitReached
from apps.common.money import format_amount

_RULE = "daily_limit_holds"
_NAMES = {
    "adjustment_requested": _("adjustments that you request"),
    "adjustment_approved": _("adjustments that you approve"),
    "payout_requested": _("payouts that you request"),
    "payout_approved": _("payouts that you approve"),
}


@contextmanager
def within_daily_limits() -> Iterator[None]:
    """Raise what the database refuses because of a limit as `DailyLimitReached`.

    The running transaction is lost, as after every error of the database.
    """
    try:
        yield
    except IntegrityError as error:
        diagnostics = getattr(error.__cause__, "diag", None)
        if diagnostics is None or diagnostics.constraint_name != _RULE:
            raise
        raise _told(json.loads(diagnostics.message_detail or "{}")) from error


def _told(facts: dict[str, str | int]) -> DailyLimitReached:
    currency = str(facts["currency"])
    counts = {name: int(facts[name]) for name in ("count", "count_per_day", "used_count")}
    amounts = {name: int(facts[name]) for name in ("amount", "amount_per_day", "used_amount")}
    counts["left_count"] = max(counts["count_per_day"] - counts["used_count"], 0)
    amounts["left_amount"] = max(amounts["amount_per_day"] - amounts["used_amount"], 0)
    return DailyLimitReached(
        limit=_NAMES[str(facts["kind"])],
        **{name: f"{count:,}" for name, count in counts.items()},
        **{name: format_amount(amount, currency) for name, amount in amounts.items()},
    )
