"""Periods: months are closed when they are over, and reopened when something was wrong."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from apps.audit import services as audit
from apps.audit.services import deed
from apps.wallets.errors import PeriodNotOver
from apps.wallets.models import Period
from apps.wallets.services.refusals import explained
from apps.wallets.states import PeriodAction

if TYPE_CHECKING:
    from apps.accounts.models import User

_CHANGING = ("status", "closing_count", "changed_at", "changed_by", "reason")


@deed
def close_period(month: date, *, actor: "User", reason: str) -> Period:
    """Let no more entries take effect in the month of that day or before, and keep its balances.

    Raises:
        PeriodNotOver: the month has not ended.
        EarlierPeriodOpen: the month before has entries and is open.
        MoveNotAllowed: it is closed already.
    """
    actor.require("wallets.close_period")
    period = _locked(month)
    if period.ends_on >= timezone.localdate():
        raise PeriodNotOver(period=period, ends_on=period.ends_on)
    period.closing_count += 1
    _move(period, PeriodAction.CLOSE, actor=actor, reason=reason)
    audit.record(
        "wallets.period_closed",
        actor=actor,
        target=period,
        after={"through": period.ends_on, "closing": period.closing_count},
        reason=reason,
    )
    return period


@deed
def reopen_period(month: date, *, actor: "User", reason: str) -> Period:
    """Let entries take effect in the month again; what it said while closed is kept.

    Raises:
        LaterPeriodClosed: a later month is closed, and has to be reopened first.
        MoveNotAllowed: it is open.
    """
    actor.require("wallets.close_period")
    period = _locked(month)
    _move(period, PeriodAction.REOPEN, actor=actor, reason=reason)
    audit.record("wallets.period_reopened", actor=actor, target=period, reason=reason)
    return period


def _locked(month: date) -> Period:
    starts_on = month.replace(day=1)
    ends_on = (starts_on + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    Period.objects.get_or_create(starts_on=starts_on, defaults={"ends_on": ends_on})
    return Period.objects.select_for_update().get(starts_on=starts_on)


def _move(period: Period, action: PeriodAction, *, actor: "User", reason: str) -> None:
    period.move(action)
    period.changed_at = timezone.now()
    period.changed_by = actor
    period.reason = reason
    with explained():
        # Its days never change, and the application has no right to them.
        period.save(update_fields=_CHANGING)
