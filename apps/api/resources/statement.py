"""Statements: the entries of one wallet, page by page, with the balance after each."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from ninja import Query
from pydantic import ConfigDict, Field

from apps.api.addresses import About
from apps.api.errors import FieldsRefused
from apps.api.finding import seen
from apps.api.money import Amount, WalletName, about_of
from apps.api.paging import Paging, rows_along
from apps.api.problems import FieldProblem
from apps.api.request import ApiRequest
from apps.api.resource import Resource
from apps.api.schemas import Day, Identifier, Money, Out, example
from apps.wallets import selectors, statements
from apps.wallets.models import Wallet
from apps.wallets.states import TransactionKind

if TYPE_CHECKING:
    from apps.wallets.statements import Line

router = Resource(tags=["wallets"])

_LINE = {
    "transaction": 31,
    "line": 2,
    "kind": "transfer",
    "amount": -4000,
    "balance": 6000,
    "position": 2,
    "effective_on": "2026-11-26",
    "posted_at": "2026-11-26T09:00:00Z",
    "description": "Rent",
    "about": {"type": "tickets.ticket", "id": "12", "path": "/api/v1/tickets/12"},
}


class StatementLine(Out):
    """One entry of the wallet."""

    model_config = ConfigDict(json_schema_extra=example(**_LINE))

    transaction: int = Field(description="number in the journal")
    line: int
    kind: TransactionKind
    amount: Amount = Field(description="minor units; a credit is positive")
    balance: int | None = Field(
        description="after it, in the order of this page; null when nobody knows yet"
    )
    position: int | None = Field(
        description="1, 2, 3 … within the wallet; null while an entry of the last seconds waits"
    )
    effective_on: date
    posted_at: datetime
    description: str
    about: About | None = Field(description="what it was posted for, if anything")

    @classmethod
    def of(cls, line: "Line") -> "StatementLine":
        """Return what the line says."""
        entry = line.entry
        return cls(
            transaction=entry.transaction_id,
            line=entry.line,
            kind=TransactionKind(entry.transaction.kind),
            amount=entry.amount,
            balance=line.balance,
            position=entry.position,
            effective_on=entry.effective_on,
            posted_at=entry.transaction.posted_at,
            description=entry.transaction.description,
            about=about_of(entry.transaction),
        )


class StatementOut(Out):
    """A page of the statement of one wallet, the newest entry first."""

    model_config = ConfigDict(
        json_schema_extra=example(
            wallet={"id": 4, "number": "W-000004", "currency": "EUR"},
            opening={"amount": 10000, "currency": "EUR"},
            closing={"amount": 6000, "currency": "EUR"},
            waiting=[],
            items=[_LINE],
            next=None,
        )
    )

    wallet: WalletName
    opening: Money = Field(description="before the day `from`; without it, before any entry: zero")
    closing: Money = Field(description="at the end of the day `until`; without it, now")
    waiting: list[StatementLine] = Field(
        description="on the first page: entries of the last seconds that wait for their position"
    )
    items: list[StatementLine]
    next: str | None = Field(description="cursor of the next page; null on the last")


class StatementFilters(Paging):
    """Which effective days to show, both inclusive."""

    first_day: Day | None = Field(default=None, alias="from", description="first effective day")
    last_day: Day | None = Field(default=None, alias="until", description="last effective day")


@router.reads("/wallets/{wallet_id}/statement", scope="wallets:read", gives=StatementOut)
def get_statement(
    request: ApiRequest, wallet_id: Identifier, filters: Query[StatementFilters]
) -> StatementOut:
    """Show the entries of a wallet with the balance after each, the newest first.

    Without days they come by position, the order of posting. With days they come by effective day,
    and each balance counts what is effective by then. Who may view the ledger sees every statement;
    everybody else that of their own wallets.
    """
    wallet = seen(Wallet.objects.all(), request.user, pk=wallet_id)
    if wallet.owner_id != request.user.pk:
        request.user.require("wallets.view_ledgerentry")
    since, until = filters.first_day, filters.last_day
    if since and until and since > until:
        message = _("This is before `from`. Send the same day or a later one.")
        raise FieldsRefused([FieldProblem(field="until", message=message)])
    rows, cursor = rows_along(statements.walk_of(wallet, since, until), filters)
    is_by_day = since is not None or until is not None
    lines = statements.by_day(wallet, rows) if is_by_day else statements.by_position(rows)
    waiting = [] if filters.cursor else statements.waiting_lines(wallet, since, until)
    return StatementOut(
        wallet=WalletName.of(wallet),
        opening=_balance(wallet, since - timedelta(days=1)) if since else _money(wallet, 0),
        closing=_balance(wallet, until),
        waiting=[StatementLine.of(line) for line in waiting],
        items=[StatementLine.of(line) for line in lines],
        next=cursor,
    )


def _balance(wallet: Wallet, day: date | None) -> Money:
    return _money(wallet, selectors.balance_of(wallet, as_of=day) if day else wallet.posted)


def _money(wallet: Wallet, amount: int) -> Money:
    return Money(amount=amount, currency=wallet.currency)
