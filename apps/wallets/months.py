"""Months of the books: which there are, which is closed next, and what speaks against it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.common.money import format_amount
from apps.wallets import selectors
from apps.wallets.models import Adjustment, Hold, LedgerTransaction, Period, Wallet
from apps.wallets.states import AdjustmentStatus, PeriodStatus, Role

if TYPE_CHECKING:
    from django.db.models import QuerySet

# Nobody needs to know exactly how many when there are more.
_MANY = 1000


@dataclass(frozen=True)
class Month:
    """A month of effective days, and its period once somebody closed it."""

    starts_on: date
    period: Period | None = None

    @property
    def ends_on(self) -> date:
        """The last day."""
        return following(self.starts_on) - timedelta(days=1)

    @property
    def is_closed(self) -> bool:
        """Whether it takes no entries."""
        return self.period is not None and self.period.status == PeriodStatus.CLOSED

    @property
    def is_over(self) -> bool:
        """Whether its last day has passed, so that it can be closed."""
        return self.ends_on < timezone.localdate()


def following(month: date) -> date:
    """Return the first day of the month after that of the day."""
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1)


def months() -> list[Month]:
    """Return every month from the first effective day until this one, the newest first."""
    periods = {period.starts_on: period for period in Period.objects.select_related("changed_by")}
    first = min([*periods, _first_effective_day() or timezone.localdate()]).replace(day=1)
    found = []
    while first <= timezone.localdate():
        found.append(Month(first, periods.get(first)))
        first = following(first)
    return found[::-1]


def last_closed() -> Period | None:
    """Return the last closed period: the one that may be reopened."""
    return Period.objects.closed().order_by("-starts_on").first()


def next_to_close() -> Month | None:
    """Return the month that is closed next, when it is over: months are closed in their order."""
    if last := last_closed():
        starts_on = following(last.starts_on)
    elif first := _first_effective_day():
        starts_on = first.replace(day=1)
    else:
        return None
    month = Month(starts_on, Period.objects.filter(starts_on=starts_on).first())
    return month if month.is_over else None


def warnings_about(month: Month) -> list[str]:
    """Return what is unfinished in that month; none of it forbids to close."""
    return [*_suspense(month), *_holds(month), *_adjustments(month)]


def _first_effective_day() -> date | None:
    first: date | None = LedgerTransaction.objects.aggregate(day=Min("effective_on"))["day"]
    return first


def _suspense(month: Month) -> list[str]:
    return [
        _("{wallet} has {amount} at the end of the month; it should be empty.").format(
            wallet=wallet, amount=format_amount(balance, wallet.currency)
        )
        for wallet in Wallet.objects.of_the_system().filter(role=Role.SUSPENSE).order_by("currency")
        if (balance := selectors.balance_of(wallet, as_of=month.ends_on))
    ]


def _holds(month: Month) -> list[str]:
    count = _up_to_many(Hold.objects.active().filter(placed_at__date__lte=month.ends_on))
    if not count:
        return []
    return [
        ngettext(
            "{count} hold of that month or before is still active.",
            "{count} holds of that month or before are still active.",
            count,
        ).format(count=_said(count))
    ]


def _adjustments(month: Month) -> list[str]:
    waiting = Adjustment.objects.filter(
        status=AdjustmentStatus.PENDING, created_at__date__lte=month.ends_on
    )
    count = _up_to_many(waiting)
    if not count:
        return []
    return [
        ngettext(
            "{count} adjustment waits for its approval and is not posted.",
            "{count} adjustments wait for their approval and are not posted.",
            count,
        ).format(count=_said(count))
    ]


def _up_to_many(rows: "QuerySet[Hold] | QuerySet[Adjustment]") -> int:
    return len(rows.values_list("pk", flat=True)[:_MANY])


def _said(count: int) -> str:
    return str(count) if count < _MANY else _("{count} or more").format(count=_MANY)
