"""The journal: every transaction of the ledger, its entries, and reversing one."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import ConfigDict, Field

from apps.api.addresses import About
from apps.api.errors import FieldsRefused
from apps.api.finding import seen
from apps.api.money import WalletName, Why, about_of
from apps.api.paging import LARGEST_PAGE, Page, Paging, page_of, rows_along
from apps.api.problems import FieldProblem
from apps.api.request import ApiRequest
from apps.api.resource import Answer, Resource
from apps.api.schemas import Currency, Day, Identifier, Moment, Money, Out, Person, example
from apps.wallets import services as wallets
from apps.wallets.models import LedgerEntry, LedgerTransaction, Wallet
from apps.wallets.searching import Search
from apps.wallets.states import TransactionKind

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from apps.common.keyset import Walk

router = Resource(tags=["journal"])

AboutWhat = Annotated[
    str,
    Field(
        pattern=r"^[a-z]{1,30}\.[a-z]{1,60}:[1-9][0-9]{0,17}$",
        description="type and id of what it was about",
        examples=["tickets.ticket:12"],
    ),
]
_TRANSACTION = {
    "id": 31,
    "number": "T-31",
    "kind": "transfer",
    "effective_on": "2026-11-26",
    "posted_at": "2026-11-26T09:00:00Z",
    "description": "Rent",
    "actor": {"id": 9, "name": "Walt Clerk"},
    "about": {"type": "tickets.ticket", "id": "12", "path": "/api/v1/tickets/12"},
    "reverses": None,
    "hold": None,
}
_ENTRY = {
    "line": 1,
    "wallet": {"id": 4, "number": "W-000004", "currency": "EUR"},
    "amount": {"amount": -4000, "currency": "EUR"},
    "balance": 6000,
    "position": 2,
}


class TransactionOut(Out):
    """One balanced movement of money; it never changes."""

    model_config = ConfigDict(json_schema_extra=example(**_TRANSACTION))

    id: int
    number: str
    kind: TransactionKind
    effective_on: date
    posted_at: datetime
    description: str
    actor: Person
    about: About | None = Field(description="what it was posted for, if anything")
    reverses: int | None = Field(description="number of the transaction that it undoes")
    hold: int | None = Field(description="id of the hold that it captured")

    @classmethod
    def of(cls, posted: LedgerTransaction) -> "TransactionOut":
        """Return what was posted."""
        return cls(
            id=posted.pk,
            number=str(posted),
            kind=TransactionKind(posted.kind),
            effective_on=posted.effective_on,
            posted_at=posted.posted_at,
            description=posted.description,
            actor=Person.of(posted.actor),
            about=about_of(posted),
            reverses=posted.reverses_id,
            hold=posted.hold_id,
        )


class EntryOut(Out):
    """One side of a transaction on one wallet; a credit is positive."""

    model_config = ConfigDict(json_schema_extra=example(**_ENTRY))

    line: int
    wallet: WalletName
    amount: Money
    balance: int | None = Field(description="of the wallet after it; null while it waits")
    position: int | None = Field(description="within the wallet; null while it waits")

    @classmethod
    def of(cls, entry: LedgerEntry) -> "EntryOut":
        """Return what it moved."""
        return cls(
            line=entry.line,
            wallet=WalletName.of(entry.wallet),
            amount=Money(amount=entry.amount, currency=entry.currency),
            balance=entry.balance,
            position=entry.position,
        )


class TransactionDetails(TransactionOut):
    """A transaction with its entries."""

    model_config = ConfigDict(
        json_schema_extra=example(
            **_TRANSACTION, reversed_by=None, entries=[_ENTRY], has_more_entries=False
        )
    )

    reversed_by: int | None = Field(description="number of the transaction that undoes it")
    entries: list[EntryOut]
    has_more_entries: bool = Field(description="whether /journal/{id}/entries has more")


class JournalFilters(Paging):
    """Which transactions to list; everything given must fit."""

    wallet: Identifier | None = Field(default=None, description="id of a wallet")
    about: AboutWhat | None = Field(default=None, description="what it was posted for")
    kind: TransactionKind | None = Field(default=None, description="what kind of posting")
    effective_from: Day | None = Field(default=None, description="effective on this day or later")
    effective_until: Day | None = Field(
        default=None, description="effective on this day or earlier"
    )
    posted_from: Moment | None = Field(default=None, description="posted at this moment or later")
    posted_until: Moment | None = Field(default=None, description="posted before this moment")
    actor: Identifier | None = Field(default=None, description="id of who posted it")
    currency: Currency | None = Field(default=None, description="of its entries")
    state: Literal["standing", "reversed", "reversal"] | None = Field(
        default=None, description="reversed later, a reversal, or neither"
    )


@router.reads("/journal", scope="journal:read", gives=Page[TransactionOut])
def list_transactions(request: ApiRequest, filters: Query[JournalFilters]) -> Page[TransactionOut]:
    """List the transactions of the journal, the newest first.

    With days, by effective day. A wallet, a subject and days are found at once; for anything else
    the journal is read row by row, so that a page may be short, or even empty, and `next` leads on.
    """
    request.user.require("wallets.view_ledgertransaction")
    walk: Walk[Any] = _search(filters).walk()
    rows, cursor = rows_along(walk, filters)
    # An entry leads to its transaction, which may have more than one on a wallet.
    found = {
        posted.pk: posted
        for posted in (row.transaction if isinstance(row, LedgerEntry) else row for row in rows)
    }
    return Page(items=[TransactionOut.of(posted) for posted in found.values()], next=cursor)


@router.reads("/journal/{transaction_id}", scope="journal:read", gives=TransactionDetails)
def get_transaction(request: ApiRequest, transaction_id: Identifier) -> TransactionDetails:
    """Show one transaction with its entries, by its number."""
    return _details(_found(request, transaction_id))


@router.reads("/journal/{transaction_id}/entries", scope="journal:read", gives=Page[EntryOut])
def list_transaction_entries(
    request: ApiRequest, transaction_id: Identifier, filters: Query[Paging]
) -> Page[EntryOut]:
    """List the entries of one transaction, by line."""
    entries = _entries(_found(request, transaction_id))
    return page_of(entries, filters, EntryOut.of, key=("line",), is_ascending=True)


@router.does(
    "/journal/{transaction_id}/reversal",
    scope="journal:write",
    gives=TransactionDetails,
    status=201,
)
def reverse_transaction(request: ApiRequest, transaction_id: Identifier, body: Why) -> Answer:
    """Undo a transaction by posting its mirror image today; at most once."""
    _found(request, transaction_id)
    result = wallets.reverse(transaction_id, actor=request.user, reason=body.reason)
    return Answer(
        _details(_found(request, result.transaction_id)),
        status=201,
        headers={"Location": f"/api/v1/journal/{result.transaction_id}"},
    )


def _search(filters: JournalFilters) -> Search:
    wallet = None
    if filters.wallet is not None:
        wallet = Wallet.objects.filter(pk=filters.wallet).first()
        if wallet is None:
            raise _refused("wallet", _("There is no wallet with this id."))
        if filters.currency not in {None, wallet.currency}:
            kept_in = _("The wallet is kept in {currency}. Send that one, or none.")
            raise _refused("currency", kept_in.format(currency=wallet.currency))
    return Search(
        wallet=wallet,
        about=_about(filters.about) if filters.about else None,
        first_day=filters.effective_from,
        last_day=filters.effective_until,
        posted_from=filters.posted_from,
        posted_until=filters.posted_until,
        kind=filters.kind or "",
        actor_id=filters.actor,
        currency="" if wallet else filters.currency or "",
        state=filters.state or "",
    )


def _about(text: str) -> tuple[int, int]:
    kind, _colon, number = text.partition(":")
    try:
        content_type = ContentType.objects.get_by_natural_key(*kind.split("."))
    except ContentType.DoesNotExist:
        message = _("Nothing is of this kind. Send one such as tickets.ticket:12.")
        raise _refused("about", message) from None
    return content_type.pk, int(number)


def _refused(field: str, message: str) -> FieldsRefused:
    return FieldsRefused([FieldProblem(field=field, message=message)])


def _found(request: ApiRequest, transaction_id: int) -> LedgerTransaction:
    rows = LedgerTransaction.objects.select_related("actor")
    return seen(rows, request.user, pk=transaction_id)


def _entries(posted: LedgerTransaction) -> "QuerySet[LedgerEntry]":
    return posted.entries.select_related("wallet").order_by("line")


def _details(posted: LedgerTransaction) -> TransactionDetails:
    entries = list(_entries(posted)[: LARGEST_PAGE + 1])
    reversals = LedgerTransaction.objects.filter(reverses=posted).values_list("pk", flat=True)
    return TransactionDetails(
        **TransactionOut.of(posted).model_dump(),
        reversed_by=reversals.first(),
        entries=[EntryOut.of(entry) for entry in entries[:LARGEST_PAGE]],
        has_more_entries=len(entries) > LARGEST_PAGE,
    )
