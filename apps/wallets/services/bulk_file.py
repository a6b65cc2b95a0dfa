"""From a CSV file to the lines of a batch: all that is wrong with it is told at once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.common.errors import DomainError
from apps.common.formulas import unguarded
from apps.common.money import LARGEST, parse_amount
from apps.common.sheets import FileUnreadable, Limits, Sheet, read, shown
from apps.wallets.errors import (
    AmountNotPositive,
    AmountTooLarge,
    DirectionNotAllowed,
    Fault,
    InsufficientFunds,
    LinesRefused,
    ReasonCodeNotActive,
    SystemWallet,
    WalletNotActive,
)
from apps.wallets.models import ReasonCode, Wallet
from apps.wallets.states import Direction, WalletStatus

if TYPE_CHECKING:
    from apps.common.sheets import Row

COLUMNS = ("wallet", "direction", "amount", "reason_code", "note", "currency")
REQUIRED = COLUMNS[:4]
# What a download of ours adds, and nobody has to remove before sending the file in again.
ADDED = ("owner", "balance_before", "balance_after")
LONGEST_NOTE = 2000
LIMITS = Limits(size=5 * 1024 * 1024, rows=10_000)


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is right by itself."""

    number: int
    """Of the file, whose header is line 1."""
    wallet: Wallet
    direction: Direction
    amount: int
    reason_code: ReasonCode
    note: str

    @property
    def signed_amount(self) -> int:
        """What the wallet's balance changes by: credit positive, debit negative."""
        return self.amount if self.direction == Direction.CREDIT else -self.amount


def lines_of(content: bytes, *, file_name: str) -> list[Line]:
    """Return the lines of the file, all in one currency, as they could be posted now.

    Raises:
        FileUnreadable: it is no table with the columns of a batch.
        LinesRefused: lines of it are wrong; names every one of them.
    """
    sheet = read(content, LIMITS)
    reader = _Reader(sheet)
    lines = [line for row in sheet.rows if (line := reader.line(row))]
    faults = [*reader.faults, *_beyond(lines, reader.wrong_wallets)]
    if faults:
        order = {name: place for place, name in enumerate(COLUMNS)}
        faults.sort(key=lambda fault: (fault.line, order[fault.column]))
        raise LinesRefused(file=file_name, faults=faults)
    return lines


class _Reader:
    """Reads rows one by one, and keeps what is wrong with them."""

    def __init__(self, sheet: Sheet) -> None:
        """Look up every wallet and reason code that the file names, in three questions."""
        self.headers = _headers(sheet)
        self.faults: list[Fault] = []
        self.wrong_wallets: set[int] = set()
        self.reason_codes = {code.code: code for code in ReasonCode.objects.all()}
        names = {self._cell(row, "wallet") for row in sheet.rows}
        self.wallets = dict(_named(names))
        found = (self._named_in(row) for row in sheet.rows)
        self.currency = next((wallet.currency for wallet in found if wallet), "")

    def line(self, row: "Row") -> Line | None:
        """Return the line, or keep all that is wrong with it."""
        known = len(self.faults)
        wallet = self._wallet(row)
        direction = self._direction(row)
        amount = self._amount(row, wallet)
        reason_code = self._reason_code(row, direction)
        note = self._cell(row, "note")
        if len(note) > LONGEST_NOTE:
            self._say(row, "note", _("Shorten the note to 2,000 characters."))
        if len(self.faults) == known and wallet and direction and amount and reason_code:
            return Line(row.line, wallet, direction, amount, reason_code, note)
        if wallet:
            self.wrong_wallets.add(wallet.pk)
        return None

    def _cell(self, row: "Row", column: str) -> str:
        header = self.headers.get(column)
        return unguarded(row.cells[header]).strip() if header else ""

    def _say(self, row: "Row", column: str, text: str) -> None:
        self.faults.append(Fault(row.line, column, text))

    def _named_in(self, row: "Row") -> Wallet | None:
        name, currency = self._cell(row, "wallet"), self._cell(row, "currency").upper()
        return self.wallets.get(_key(name, currency))

    def _wallet(self, row: "Row") -> Wallet | None:
        currency = self._cell(row, "currency").upper()
        wallet = self._named_in(row)
        if wallet is None:
            self._say(row, "wallet", _unknown(self._cell(row, "wallet"), currency))
            return None
        if wallet.role:
            self._say(row, "wallet", SystemWallet(wallet=wallet.number).message)
        elif wallet.status != WalletStatus.ACTIVE:
            status = wallet.get_status_display()
            refusal = WalletNotActive(wallet=wallet.number, status=status)
            self._say(row, "wallet", refusal.message)
        elif currency not in {"", wallet.currency}:
            text = _("Wallet {wallet} is kept in {currency}. Correct the currency or the wallet.")
            self._say(row, "currency", text.format(wallet=wallet.number, currency=wallet.currency))
        elif wallet.currency != self.currency:
            text = _(
                "Wallet {wallet} is kept in {currency}, and the file begins with {first}. "
                "Put each currency into a file of its own."
            )
            said = text.format(wallet=wallet.number, currency=wallet.currency, first=self.currency)
            self._say(row, "wallet", said)
        return wallet

    def _direction(self, row: "Row") -> Direction | None:
        text = self._cell(row, "direction").casefold()
        if text in Direction.values:
            return Direction(text)
        said = _("“{text}” is no direction. Write credit (into the wallet) or debit (out of it).")
        self._say(row, "direction", said.format(text=text[:40]))
        return None

    def _amount(self, row: "Row", wallet: Wallet | None) -> int | None:
        currency = wallet.currency if wallet else self.currency
        if not currency:
            return None
        try:
            amount = parse_amount(self._cell(row, "amount"), currency)
        except DomainError as refusal:
            self._say(row, "amount", refusal.message)
            return None
        if amount <= 0:
            self._say(row, "amount", AmountNotPositive().message)
            return None
        return amount

    def _reason_code(self, row: "Row", direction: Direction | None) -> ReasonCode | None:
        text = self._cell(row, "reason_code").casefold()
        code = self.reason_codes.get(text)
        if code is None:
            usual = ", ".join(sorted(c.code for c in self.reason_codes.values() if c.is_active))
            said = _("There is no reason code “{text}”. Write one of: {usual}.")
            self._say(row, "reason_code", said.format(text=text[:40], usual=usual))
        elif refusal := refusal_of(code, direction):
            is_about_direction = isinstance(refusal, DirectionNotAllowed)
            self._say(row, "direction" if is_about_direction else "reason_code", refusal.message)
        return code


def refusal_of(code: ReasonCode, direction: Direction | str | None) -> DomainError | None:
    """Return why the reason code cannot be used in that direction, if it cannot."""
    if not code.is_active:
        return ReasonCodeNotActive(code=code)
    if direction and code.direction not in {"", direction}:
        return DirectionNotAllowed(code=code, direction=Direction(code.direction).label)
    return None


def shortfall(wallet: Wallet, change: int) -> InsufficientFunds | None:
    """Return why the wallet cannot take the change, if it would fall below its floor."""
    if change >= 0 or wallet.floor is None or wallet.available + change >= wallet.floor:
        return None
    return InsufficientFunds(
        wallet=wallet.number,
        available=wallet.available,
        amount=-change,
        currency=wallet.currency,
    )


def _beyond(lines: Iterable[Line], wrong_wallets: set[int]) -> Iterator[Fault]:
    """Yield what is wrong with lines only together, at the last line that it takes."""
    together: defaultdict[int, list[Line]] = defaultdict(list)
    sums = dict.fromkeys(Direction, 0)
    for line in lines:
        together[line.wallet.pk].append(line)
        before, sums[line.direction] = sums[line.direction], sums[line.direction] + line.amount
        if before <= LARGEST < sums[line.direction]:
            yield Fault(line.number, "amount", AmountTooLarge().message)
    for wallet_id, same in together.items():
        change = sum(line.signed_amount for line in same)
        if wallet_id not in wrong_wallets and (refusal := shortfall(same[-1].wallet, change)):
            yield Fault(same[-1].number, "amount", refusal.message)


def _headers(sheet: Sheet) -> dict[str, str]:
    """Return under which header each column stands.

    Raises:
        FileUnreadable: a column is missing, named twice, or unknown.
    """
    found: dict[str, str] = {}
    for header in sheet.header:
        name = "_".join(header.casefold().replace("_", " ").split())
        if name in ADDED:
            continue
        if name not in COLUMNS or name in found:
            raise FileUnreadable(
                why=_(
                    "The column “{column}” has no place in a batch. Remove it; the columns are "
                    "{columns}."
                ).format(column=header[:40], columns=", ".join(COLUMNS))
            )
        found[name] = header
    for name in REQUIRED:
        if name not in found:
            raise FileUnreadable(
                why=_("The column “{column}” is missing. The file has {found}.").format(
                    column=name, found=shown(sheet.header)
                )
            )
    return found


def _named(names: Iterable[str]) -> Iterator[tuple[tuple[str, str], Wallet]]:
    """Yield the wallets of these numbers, and the open ones of owners with these e-mails."""
    numbers = {name.upper() for name in names if "@" not in name}
    emails = {name.lower() for name in names if "@" in name}
    wallets = Wallet.objects.select_related("owner")
    for wallet in wallets.filter(number__in=numbers):
        yield (wallet.number, ""), wallet
    open_ones = ~Q(status=WalletStatus.CLOSED)
    for wallet in wallets.filter(open_ones, owner__email__in=emails) if emails else ():
        assert wallet.owner
        yield (wallet.owner.email, wallet.currency), wallet


def _key(name: str, currency: str) -> tuple[str, str]:
    return (name.lower(), currency) if "@" in name else (name.upper(), "")


def _unknown(name: str, currency: str) -> str:
    if not name:
        return _("Name the wallet: its number, or the e-mail of its owner beside a currency.")
    if "@" not in name:
        return _("There is no wallet “{name}”. Correct its number.").format(name=name[:60])
    if not currency:
        return _(
            "An e-mail names a wallet only together with a currency. Fill in the column “currency”."
        )
    return _("“{name}” has no open wallet in {currency}. Open one, or correct the line.").format(
        name=name[:60], currency=currency[:10]
    )


def example() -> Mapping[str, str]:
    """Return a line as it should look."""
    return {
        "wallet": "W-000001",
        "direction": Direction.CREDIT.value,
        "amount": "12.50",
        "reason_code": "goodwill",
        "note": _("Camera bag was missing"),
        "currency": "USD",
    }
