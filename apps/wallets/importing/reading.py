"""From the bytes of a CSV file to a journal, or to the list of everything that is wrong in it.

The columns are `transaction,date,description,account,currency,debit,credit`, in any order. Rows
with the same `transaction` are one transaction, wherever in the file they stand; either `debit` or
`credit` is filled, with a plain decimal. Several spaces in the name of an account count as one.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext as _

from apps.common.errors import DomainError
from apps.common.formulas import unguarded
from apps.common.money import decimals_of, parse_amount, plain_amount
from apps.common.sheets import FileUnreadable, Limits, opened, shown
from apps.wallets.errors import Fault, JournalFaulty
from apps.wallets.importing.journal import ForeignAccount, ForeignTransaction, Journal

COLUMNS = ("transaction", "date", "description", "account", "currency", "debit", "credit")
# What a page takes: below what the proxy lets through, and posted within a minute.
UPLOAD = Limits(size=10 * 1024 * 1024, rows=200_000)
# What the command takes: as much as memory holds without trouble.
FROM_DISK = Limits(size=100 * 1024 * 1024, rows=2_000_000)
MOST_FAULTS = 1_000
MOST_ACCOUNTS = 500
MOST_ENTRIES = 10_000
_ID_LENGTH = 100
_DESCRIPTION_LENGTH = 254
_NAME_LENGTH = 200
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def read(content: bytes, limits: Limits) -> Journal:
    """Return the journal that a file tells.

    Raises:
        FileUnreadable: it is no CSV file with these columns, or too large.
        JournalFaulty: rows are wrong; it lists each with its line, its column, and what to do.
    """
    header, lines = opened(content, limits)
    reader = _Reader(_places(header))
    for line, cells in lines:
        reader.take(line, cells)
    return reader.journal()


class _Row(NamedTuple):
    transaction: str
    date: str
    description: str
    account: str
    currency: str
    debit: str
    credit: str


class _Wrong(Exception):
    """What is wrong in a cell, while its row is read."""

    def __init__(self, column: str, text: str) -> None:
        super().__init__(text)
        self.column, self.text = column, text


def _places(header: list[str]) -> list[int]:
    """Return where each of our columns stands; nothing that the file says may be left out."""
    names = [name.casefold() for name in header]
    for name in COLUMNS:
        if name not in names:
            raise FileUnreadable(
                why=_(
                    "This is no journal: the column “{column}” is missing. It needs {needed}; "
                    "the file has {found}."
                ).format(
                    column=name,
                    needed=shown(list(COLUMNS)),
                    found=shown([found for found in header if found]),
                )
            )
    unknown = [name for name in header if name and name.casefold() not in COLUMNS]
    if unknown:
        raise FileUnreadable(
            why=_("A journal has no column {unknown}. Remove it, so that nothing is lost.").format(
                unknown=shown(unknown)
            )
        )
    return [names.index(name) for name in COLUMNS]


class _Reader:
    """Takes one row after the other, and goes on when one is wrong."""

    def __init__(self, places: Sequence[int]) -> None:
        self._places = places
        # Cells beyond these, or between them when a header is empty, are in no column.
        self._is_whole = max(places) < len(places)
        self._transactions: dict[str, ForeignTransaction] = {}
        self._accounts: dict[ForeignAccount, int] = {}
        # The same days and amounts come again and again.
        self._days: dict[str, date] = {}
        self._amounts: dict[tuple[str, str], int] = {}
        self._spoiled: set[str] = set()
        self._faults: list[Fault] = []
        self._fault_count = 0

    def take(self, line: int, cells: list[str]) -> None:
        """Add the row to its transaction, or to the faults."""
        row = self._row(cells)
        try:
            if len(cells) > len(self._places) or not self._is_whole:
                self._refuse_outside(cells)
            self._add(line, row)
        except _Wrong as wrong:
            self._spoiled.add(row.transaction)
            self._note(line, wrong.column, wrong.text)

    def journal(self) -> Journal:
        """Return what was read, once every transaction balances."""
        self._check_balances()
        if self._faults:
            raise JournalFaulty(sorted(self._faults), self._fault_count)
        if not self._transactions:
            raise FileUnreadable(why=_("The file has a header, but no row under it."))
        return Journal(list(self._transactions.values()), list(self._accounts))

    def _note(self, line: int, column: str, text: str) -> None:
        self._fault_count += 1
        if len(self._faults) < MOST_FAULTS:
            self._faults.append(Fault(line, column, text))

    def _row(self, cells: list[str]) -> _Row:
        found = [cells[place] if place < len(cells) else "" for place in self._places]
        transaction, day, description, account, currency, debit, credit = found
        return _Row(
            unguarded(transaction).strip(),
            day.strip(),
            unguarded(description),
            " ".join(unguarded(account).split()),
            currency.strip().upper(),
            debit.strip(),
            credit.strip(),
        )

    def _refuse_outside(self, cells: list[str]) -> None:
        for place, cell in enumerate(cells):
            if cell.strip() and place not in self._places:
                raise _Wrong(
                    _("without a header"),
                    _("“{cell}” stands in a column without a header. Remove it.").format(
                        cell=cell.strip()[:40]
                    ),
                )

    def _add(self, line: int, row: _Row) -> None:
        if not row.transaction:
            raise _Wrong("transaction", _("It is empty. Say to which transaction the row belongs."))
        if len(row.transaction) > _ID_LENGTH:
            raise _Wrong("transaction", _too_long(len(row.transaction), _ID_LENGTH))
        day = self._day(row.date)
        if len(row.description) > _DESCRIPTION_LENGTH:
            raise _Wrong("description", _too_long(len(row.description), _DESCRIPTION_LENGTH))
        if "\x00" in row.description:
            raise _Wrong("description", _("It has a character that is no text. Remove it."))
        account = self._account(row.account, row.currency)
        amount = self._amount(row)
        transaction = self._transactions.get(row.transaction)
        if transaction is None:
            transaction = ForeignTransaction(row.transaction, line, day, row.description)
            self._transactions[row.transaction] = transaction
        else:
            _check_same(transaction, day, row.description)
        if len(transaction.entries) >= MOST_ENTRIES:
            raise _Wrong(
                "transaction",
                _("It has more than {most} rows. Split the transaction.").format(most=MOST_ENTRIES),
            )
        transaction.entries.append((account, amount))

    def _day(self, text: str) -> date:
        day = self._days.get(text)
        if day is None:
            try:
                if not _DAY.fullmatch(text):
                    raise ValueError  # noqa: TRY301  (one sentence for both)
                day = date.fromisoformat(text)
            except ValueError:
                raise _Wrong(
                    "date",
                    _("“{text}” is not a day. Write it as 2026-01-31.").format(text=text[:40]),
                ) from None
            self._days[text] = day
        return day

    def _account(self, name: str, currency: str) -> int:
        account = ForeignAccount(name, currency)
        found = self._accounts.get(account)
        if found is not None:
            return found
        if not name:
            raise _Wrong("account", _("It is empty. Name the account."))
        if len(name) > _NAME_LENGTH:
            raise _Wrong("account", _too_long(len(name), _NAME_LENGTH))
        if not currency:
            raise _Wrong("currency", _("It is empty. Give a code such as USD or EUR."))
        try:
            decimals_of(currency)
        except DomainError as refusal:
            raise _Wrong("currency", refusal.message) from None
        if len(self._accounts) >= MOST_ACCOUNTS:
            raise _Wrong(
                "account",
                _("The file names more than {most} accounts. Split it.").format(most=MOST_ACCOUNTS),
            )
        return self._accounts.setdefault(account, len(self._accounts))

    def _amount(self, row: _Row) -> int:
        """Return the amount of a row, credit positive."""
        debit = self._parsed("debit", row.debit, row.currency)
        credit = self._parsed("credit", row.credit, row.currency)
        if debit and credit:
            raise _Wrong("credit", _("Debit and credit are both filled. Leave one of them empty."))
        if not debit and not credit:
            if row.debit or row.credit:
                raise _Wrong(
                    "debit" if row.debit else "credit",
                    _("An amount of zero moves nothing. Remove the row."),
                )
            raise _Wrong("debit", _("Debit and credit are both empty. Fill one of them."))
        return credit - debit

    def _parsed(self, column: str, text: str, currency: str) -> int:
        if not text:
            return 0
        amount = self._amounts.get((text, currency))
        if amount is None:
            try:
                amount = parse_amount(text, currency)
            except DomainError as refusal:
                raise _Wrong(column, refusal.message) from None
            self._amounts[text, currency] = amount
        if amount < 0:
            other = "credit" if column == "debit" else "debit"
            raise _Wrong(
                column,
                _("“{text}” is less than zero. Write the amount without a sign as {other}.").format(
                    text=text[:40], other=other
                ),
            )
        return amount

    def _check_balances(self) -> None:
        currencies = [account.currency for account in self._accounts]
        for transaction in self._transactions.values():
            if transaction.id in self._spoiled:
                continue
            totals: defaultdict[str, int] = defaultdict(int)
            for account, amount in transaction.entries:
                totals[currencies[account]] += amount
            for currency, total in totals.items():
                if total:
                    self._note(
                        transaction.line,
                        "debit" if total > 0 else "credit",
                        _unbalanced(transaction.id, currency, total),
                    )


def _check_same(transaction: ForeignTransaction, day: date, description: str) -> None:
    """Refuse a row that says something else than the first one of its transaction."""
    if day != transaction.day:
        raise _Wrong(
            "date",
            _("Transaction {id} is of {day} in line {line}. Give all its rows one day.").format(
                id=transaction.id, day=transaction.day.isoformat(), line=transaction.line
            ),
        )
    if description != transaction.description:
        raise _Wrong(
            "description",
            _(
                "Transaction {id} has another description in line {line}. "
                "Give all its rows the same one."
            ).format(id=transaction.id, line=transaction.line),
        )


def _too_long(length: int, most: int) -> str:
    return _("It has {length} characters, and at most {most} are kept. Shorten it.").format(
        length=length, most=most
    )


def _unbalanced(name: str, currency: str, total: int) -> str:
    difference = plain_amount(abs(total), currency)
    sentence = (
        _("In {currency}, transaction {id} lacks {difference} of debits. Correct its rows.")
        if total > 0
        else _("In {currency}, transaction {id} lacks {difference} of credits. Correct its rows.")
    )
    return sentence.format(id=name, difference=difference, currency=currency)
