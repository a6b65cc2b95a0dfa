"""A row in our words to a loan that can be taken over, or every reason why it cannot."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assets.models import Asset
from apps.assets.states import Condition
from apps.common.errors import DomainError
from apps.common.money import parse_amount
from apps.tickets.importing.sources import PATTERNS, Dates, LoanRow
from apps.tickets.services import LineTaken


@dataclass(frozen=True)
class Choices:
    """How the file writes days, and the days of rows that give none."""

    dates: Dates
    handed_over: date | None = None
    due: date | None = None

    def stored(self) -> dict[str, Any]:
        """Return the choices as JSON can keep them until the import is confirmed."""
        days = {"handed_over": self.handed_over, "due": self.due}
        return {"dates": self.dates, **{name: day and str(day) for name, day in days.items()}}

    @classmethod
    def restored(cls, stored: Mapping[str, Any]) -> "Choices":
        """Return the choices that were stored."""
        days = {
            name: stored[name] and date.fromisoformat(stored[name])
            for name in ("handed_over", "due")
        }
        return cls(dates=Dates(stored["dates"]), **days)


@dataclass
class Read:
    """What a row says, and what is wrong with it."""

    row: LoanRow
    left_out: str = ""
    asset: Asset | None = None
    borrower: User | None = None
    handed_over_at: datetime | None = None
    due_at: datetime | None = None
    fee: int = 0
    deposit: int = 0
    condition: str = Condition.GOOD
    faults: list[str] = field(default_factory=list)

    @property
    def taken(self) -> LineTaken:
        """The line of the ticket."""
        assert self.asset, "a row without faults has its asset"
        return LineTaken(self.asset, self.fee, self.deposit, self.condition)

    @property
    def group(self) -> tuple[object, ...]:
        """Rows of one group become one ticket: one loan of the file, of one person and period."""
        number = self.row.cells.get("loan") or self.row.line
        return (number, self.borrower and self.borrower.pk, self.handed_over_at, self.due_at)


class Reader:
    """Reads the rows of one file; looks assets and people up once, not once for each row."""

    def __init__(self, rows: Iterable[LoanRow], choices: Choices) -> None:
        """Know what the file speaks of."""
        self.choices = choices
        rows = list(rows)
        tags = {row.cells["tag"].upper() for row in rows}
        emails = {row.cells["borrower"].casefold() for row in rows}
        assets = Asset.objects.alias(upper_tag=Upper("tag")).filter(upper_tag__in=tags)
        related = assets.select_related("lender", "tariff", "category__tariff")
        self.assets = {asset.tag.upper(): asset for asset in related}
        people = User.objects.filter(email__in=emails, is_system=False)
        self.people = {person.email: person for person in people}
        self.lines: dict[str, int] = {}

    def read(self, row: LoanRow) -> Read:
        """Return what the row says, with every fault, not only the first."""
        if not row.cells["borrower"]:
            return Read(row, left_out=_("Nobody has it."))
        read = Read(row)
        for name, look in (
            ("asset", self._asset),
            ("borrower", self._borrower),
            ("handed_over_at", self._handed_over),
            ("due_at", self._due),
            ("condition", _condition),
        ):
            try:
                setattr(read, name, look(row))
            except DomainError as refusal:
                read.faults.append(refusal.message)
        if read.asset:
            for name in ("fee", "deposit"):
                try:
                    setattr(read, name, _amount(row, name, read.asset.currency))
                except DomainError as refusal:
                    read.faults.append(refusal.message)
        return read

    def _asset(self, row: LoanRow) -> Asset:
        tag = row.cells["tag"]
        if tag.upper() not in self.assets:
            raise Wrong(why=_("the register has no asset “{tag}”; import it first").format(tag=tag))
        if self.lines.setdefault(tag.upper(), row.line) != row.line:
            raise Wrong(
                why=_("line {line} has the same asset, and it is out once").format(
                    line=self.lines[tag.upper()]
                )
            )
        return self.assets[tag.upper()]

    def _borrower(self, row: LoanRow) -> User:
        email = row.cells["borrower"]
        if email.casefold() not in self.people:
            raise Wrong(
                why=_("nobody has the e-mail “{email}”; add the person first").format(
                    email=email[:80]
                )
            )
        return self.people[email.casefold()]

    def _handed_over(self, row: LoanRow) -> datetime:
        return _midnight(self._day(row, "handed_over", self.choices.handed_over))

    def _due(self, row: LoanRow) -> datetime:
        # Due on a day means until its end.
        return _midnight(self._day(row, "due", self.choices.due) + timedelta(days=1))

    def _day(self, row: LoanRow, name: str, default: date | None) -> date:
        text = row.cells.get(name, "")
        if not text:
            if default is None:
                raise Wrong(
                    why=_("it says no day in “{column}”; give one, or choose one for all").format(
                        column=row.columns.get(name, name.replace("_", " "))
                    )
                )
            return default
        # Programs that write an hour behind the day mean the same day.
        bare = text.split("T", maxsplit=1)[0].split(" ")[0]
        for pattern in PATTERNS[self.choices.dates]:
            try:
                return datetime.strptime(bare, pattern).date()  # noqa: DTZ007  (a day has no zone)
            except ValueError:
                continue
        raise Wrong(
            why=_("“{text}” in “{column}” is no day such as {example}").format(
                text=text[:40], column=row.columns[name], example=self.choices.dates.label
            )
        )


class Wrong(DomainError):
    """A cell says what cannot be."""

    template = "{why}"


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _amount(row: LoanRow, name: str, currency: str) -> int:
    text = row.cells.get(name, "")
    amount = parse_amount(text, currency) if text else 0
    if amount < 0:
        raise Wrong(
            why=_("“{text}” in “{column}” is negative").format(text=text, column=row.columns[name])
        )
    return amount


def _condition(row: LoanRow) -> Condition:
    text = row.cells.get("condition", "").casefold()
    for condition in Condition:
        if text in {condition.value, str(condition.label).casefold()}:
            return condition
    if not text:
        return Condition.GOOD
    raise Wrong(
        why=_("“{text}” is no condition; use one of {all}").format(
            text=text[:40], all=", ".join(str(condition.label) for condition in Condition)
        )
    )
