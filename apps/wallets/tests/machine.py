"""The ledger beside its model: how it is asked, and what must be true of both after every step.

Wallets are known by slots: when one is closed, its owner may open another in the same slot.
"""

from collections.abc import Callable
from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone
from hypothesis.stateful import RuleBasedStateMachine, invariant

from apps.accounts.models import User
from apps.common.errors import DomainError
from apps.wallets import checking, selectors
from apps.wallets import services as wallets
from apps.wallets.models import Hold, LedgerEntry, Wallet
from apps.wallets.services import Entry, Posted
from apps.wallets.states import Role
from apps.wallets.tests.model import Account, Books, Part, Refusals
from project.testing.cast import person

PEOPLE = [("Abel", "USD"), ("Berta", "USD"), ("Carlo", "USD"), ("Abel", "JPY"), ("Berta", "JPY")]
CHART = [
    (Role.ESCROW, "USD"),
    (Role.CASH, "USD"),
    (Role.ESCROW, "JPY"),
    (Role.CASH, "JPY"),
    (Role.GOODWILL, "USD"),
]
GOODWILL = len(PEOPLE) + len(CHART) - 1
CASH = {"USD": 6, "JPY": 8}


def currency_of(slot: int) -> str:
    """Return the currency of the wallet in that slot."""
    return (PEOPLE + CHART)[slot][1]


def day(months_back: int | None) -> date | None:
    """Return a day so many months back; 0 is today."""
    today = timezone.localdate()
    if not months_back:
        return None if months_back is None else today
    months = today.year * 12 + today.month - 1 - months_back
    return date(months // 12, months % 12 + 1, 15)


class Ledger(RuleBasedStateMachine):
    """The ledger beside its model, and what is true of both after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.system = User.objects.system()
        self.clerk = person("Clerk", "Wallet clerk")
        self.controller = person("Controller", "Finance controller")
        self.owners = {name: person(name, is_staff=False) for name, _ in PEOPLE[:3]}
        self.books = Books()
        self.ids: list[int] = []
        """The wallets of the model's accounts, closed ones too."""
        self.slots: list[int] = []
        """The account that is in each slot now."""
        for name, currency in PEOPLE:
            self.slots.append(self.open(self.owners[name], currency))
        for role, currency in CHART:
            self.ids.append(wallets.system_wallet(role, currency).pk)
            self.books.accounts.append(Account(currency, is_open=True))
            self.slots.append(len(self.ids) - 1)
        self.hold_ids: list[int] = []
        self.first: dict[str, Posted] = {}
        """What was answered first, by key."""
        self.seen: dict[str, str | None] | None = None

    def open(self, owner: User, currency: str) -> int:
        """Open a wallet, and return the number of its account."""
        self.ids.append(wallets.wallet_for(owner, currency, actor=self.system).pk)
        self.books.accounts.append(Account(currency))
        return len(self.ids) - 1

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    # How it is asked

    def attempt[T](self, deed: Callable[[], T], right: Refusals) -> T | None:
        """Do it, and see that it is done, or refused rightly and every table is as it was."""
        before = self.tables() if right else None
        result, said = None, ""
        try:
            with transaction.atomic():
                result = deed()
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        except DomainError as refusal:
            said = type(refusal).__name__
        assert said in (right or {""}), f"said: {said or 'nothing'}; right: {right or 'nothing'}"
        self.seen = None
        assert not right or self.tables() == before, "refused, and yet something was changed"
        return result

    def unchanged[T](self, deed: Callable[[], T]) -> T:
        """Do what was done before, and see that it changes nothing."""
        before = self.tables()
        result = deed()
        self.seen = None
        assert self.tables() == before, "repeated, and it was done once more"
        return result

    def tables(self) -> dict[str, str | None]:
        """Return a digest of every table of the database."""
        if self.seen is None:
            with connection.cursor() as cursor:
                cursor.execute(_digests())
                self.seen = dict(cursor.fetchall())
        return self.seen

    def entries(self, parts: list[Part]) -> list[Entry]:
        return [Entry(self.ids[place], amount) for place, amount in parts]

    def parts(self, parts: list[Part]) -> list[Part]:
        """Return the parts by account instead of by slot."""
        return [(self.slots[slot], amount) for slot, amount in parts]

    def by_wallet(self, balances: dict[int, int]) -> dict[int, int]:
        return {self.ids[place]: balance for place, balance in balances.items()}

    # What is true after every step

    @invariant()
    def the_books_say_what_the_model_says(self) -> None:
        found = Wallet.objects.with_posted().in_bulk(self.ids)
        for pk, account in zip(self.ids, self.books.accounts, strict=True):
            wallet = found[pk]
            now = (wallet.posted, wallet.held, wallet.position, wallet.status)
            assert now == (account.posted, account.held, account.placed, account.status)
            assert account.is_open or wallet.available >= 0

    @invariant()
    def money_is_neither_made_nor_lost(self) -> None:
        for currency in CASH:
            assert sum(line.balance for line in selectors.trial_balance(currency)) == 0

    @invariant()
    def positions_have_no_gap_and_balances_run(self) -> None:
        rows: dict[int, list[tuple[int | None, ...]]] = {pk: [] for pk in self.ids}
        placed = LedgerEntry.objects.order_by("wallet_id", "position", "id")
        for pk, *row in placed.values_list("wallet_id", "position", "balance", "amount"):
            rows[pk].append(tuple(row))
        for pk, account in zip(self.ids, self.books.accounts, strict=True):
            balances = dict(enumerate(account.running, start=1))
            assert rows[pk] == [
                (place if place in balances else None, balances.get(place), line.amount)
                for place, line in enumerate(account.lines, start=1)
            ]

    @invariant()
    def holds_are_exact(self) -> None:
        found = Hold.objects.in_bulk(self.hold_ids)
        for pk, hold in zip(self.hold_ids, self.books.holds, strict=True):
            now = found[pk]
            assert (now.wallet_id, now.amount) == (self.ids[hold.account], hold.amount)
            assert (now.captured, now.released) == (hold.captured, hold.released)
            assert now.status == hold.status

    @invariant()
    def every_day_has_its_balance(self) -> None:
        for months_back in range(4):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT wallet_id, balance FROM ledger_balances_on(%s)", [day(months_back)]
                )
                found = dict(cursor.fetchall())
            for pk, account in zip(self.ids, self.books.accounts, strict=True):
                assert found[pk] == account.posted_on(months_back)

    @invariant()
    def a_closed_month_says_what_it_said(self) -> None:
        for month, balances in self.books.closed.items():
            middle = day(month)
            assert middle
            ends_on = (middle + timedelta(days=31)).replace(day=1) - timedelta(days=1)
            for currency in CASH:
                accounts = zip(self.books.accounts, balances, strict=False)
                people = [
                    balance
                    for account, balance in accounts
                    if account.currency == currency and not account.is_open
                ]
                lines = selectors.trial_balance(currency, ends_on)
                assert lines[0].role == ""
                assert lines[0].balance == sum(people)

    @invariant()
    def every_rule_of_the_books_holds(self) -> None:
        assert checking.check().fault == ""


def _digests() -> str:
    """Return SQL that digests every table, whatever is in it."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
    return " UNION ALL ".join(
        f"SELECT '{name}', md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM \"{name}\" t"  # noqa: S608  (names of our own tables)
        for name in names
    )
