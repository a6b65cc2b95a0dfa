"""Periods: the months of the books, closing and reopening them, and the trial balance."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

from ninja import Query
from pydantic import ConfigDict, Field

from apps.api.finding import seen
from apps.api.money import Why, month_of
from apps.api.paging import Page, Paging, page_of
from apps.api.request import ApiRequest
from apps.api.resource import Resource
from apps.api.schemas import Currency, Day, Money, Out, Person, example
from apps.wallets import selectors
from apps.wallets import services as wallets
from apps.wallets.models import Period
from apps.wallets.states import AccountClass, PeriodStatus, Role

if TYPE_CHECKING:
    from apps.wallets.selectors import AccountBalance

router = Resource(tags=["journal"])

Month = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}$", examples=["2026-10"])]


class PeriodOut(Out):
    """One month of effective days; a closed one takes no entries."""

    model_config = ConfigDict(
        json_schema_extra=example(
            month="2026-10",
            starts_on="2026-10-01",
            ends_on="2026-10-31",
            status="closed",
            closing_count=1,
            changed_at="2026-11-03T16:20:00Z",
            changed_by={"id": 3, "name": "Carol Controller"},
            reason="All statements are in",
        )
    )

    month: str
    starts_on: date
    ends_on: date
    status: PeriodStatus
    closing_count: int = Field(description="how often it was closed")
    changed_at: datetime | None
    changed_by: Person | None
    reason: str

    @classmethod
    def of(cls, period: Period) -> "PeriodOut":
        """Return where the month stands."""
        return cls(
            month=str(period),
            starts_on=period.starts_on,
            ends_on=period.ends_on,
            status=PeriodStatus(period.status),
            closing_count=period.closing_count,
            changed_at=period.changed_at,
            changed_by=Person.of_any(period.changed_by),
            reason=period.reason,
        )


_LINE = {
    "account": "EUR-CASH",
    "name": "Cash at bank",
    "role": "cash",
    "account_class": "asset",
    "balance": {"amount": -20000, "currency": "EUR"},
}


class TrialBalanceLine(Out):
    """An account of the house, or all people’s wallets in a currency together."""

    model_config = ConfigDict(json_schema_extra=example(**_LINE))

    account: str = Field(description="number of the account; empty for people’s wallets")
    name: str
    role: str = Field(description="place in the chart of accounts; empty for people’s wallets")
    account_class: AccountClass
    balance: Money = Field(description="a credit is positive, a debit negative")

    @classmethod
    def of(cls, line: "AccountBalance") -> "TrialBalanceLine":
        """Return what is on the account."""
        return cls(
            account=line.number,
            name=line.title or (str(Role(line.role).label) if line.role else ""),
            role=line.role,
            account_class=line.account_class,
            balance=Money(amount=line.balance, currency=line.currency),
        )


class TrialBalance(Out):
    """The balance of every account; those of a currency add up to zero."""

    model_config = ConfigDict(json_schema_extra=example(as_of="2026-10-31", lines=[_LINE]))

    as_of: date | None = Field(description="the effective day by whose end; null: now")
    lines: list[TrialBalanceLine]


@router.reads("/periods", scope="journal:read", gives=Page[PeriodOut])
def list_periods(request: ApiRequest, filters: Query[Paging]) -> Page[PeriodOut]:
    """List the months of the books, the newest first; a month without entries may be missing."""
    rows = Period.objects.visible_to(request.user).select_related("changed_by")
    return page_of(rows, filters, PeriodOut.of, key=("starts_on",))


@router.reads("/periods/{month}", scope="journal:read", gives=PeriodOut)
def get_period(request: ApiRequest, month: Month) -> PeriodOut:
    """Show one month of the books."""
    rows = Period.objects.select_related("changed_by")
    return PeriodOut.of(seen(rows, request.user, starts_on=month_of(month)))


@router.does("/periods/{month}/close", scope="journal:write", gives=PeriodOut)
def close_period(request: ApiRequest, month: Month, body: Why) -> PeriodOut:
    """Let no more entries take effect in a month that is over, and keep its balances."""
    day = month_of(month)
    return PeriodOut.of(wallets.close_period(day, actor=request.user, reason=body.reason))


@router.does("/periods/{month}/reopen", scope="journal:write", gives=PeriodOut)
def reopen_period(request: ApiRequest, month: Month, body: Why) -> PeriodOut:
    """Let entries take effect in a closed month again; what it said while closed is kept."""
    day = month_of(month)
    return PeriodOut.of(wallets.reopen_period(day, actor=request.user, reason=body.reason))


@router.reads("/trial-balance", scope="journal:read", gives=TrialBalance)
def get_trial_balance(
    request: ApiRequest,
    as_of: Annotated[Day | None, Query(description="by the end of this effective day")] = None,
    currency: Annotated[Currency | None, Query(description="only this one")] = None,
) -> TrialBalance:
    """Show the balance of every account, now or by the end of an effective day."""
    request.user.require("wallets.view_ledgerentry")
    lines = selectors.trial_balance(currency, as_of)
    return TrialBalance(as_of=as_of, lines=[TrialBalanceLine.of(line) for line in lines])
