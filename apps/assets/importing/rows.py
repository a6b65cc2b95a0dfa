"""A row in our words to what `services.register` and `services.change` take.

An empty cell never erases what the register has. The clerk's defaults fill a new asset; of an
asset that is there already they only guard whose it is.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.assets import services
from apps.assets.importing.sources import Counted, RegisterRow, Source
from apps.assets.models import Asset, Category, Tariff
from apps.assets.states import Condition
from apps.common.errors import DomainError
from apps.common.money import UnknownCurrency, parse_amount

# What a new asset must have, and what to do when a row has it not.
_MISSING = {
    "tag": gettext_lazy("the tag is missing"),
    "name": gettext_lazy("the name is missing"),
    "category": gettext_lazy("the category is missing; give one, or choose one for such rows"),
    "lender": gettext_lazy("the lender is missing; choose whose assets these are"),
    "value": gettext_lazy("the value is missing; give one, or fill in one for such rows"),
}
_TEXTS = ("tag", "name", "serial", "model_name", "manufacturer", "location", "notes")


@dataclass(frozen=True)
class Defaults:
    """What the clerk chose for rows in which the file says nothing."""

    lender: User | None
    currency: str
    category: Category | None = None
    tariff: Tariff | None = None
    value: str = ""
    counted: Counted = Counted.SPLIT

    def stored(self) -> dict[str, Any]:
        """Return the choices as JSON can keep them until the import is confirmed."""
        return {
            "lender": self.lender and self.lender.pk,
            "currency": self.currency,
            "category": self.category and self.category.pk,
            "tariff": self.tariff and self.tariff.pk,
            "value": self.value,
            "counted": self.counted,
        }

    @classmethod
    def restored(cls, stored: Mapping[str, Any]) -> "Defaults":
        """Return the choices that were stored."""
        return cls(
            lender=User.objects.filter(pk=stored["lender"]).first(),
            currency=stored["currency"],
            category=Category.objects.filter(pk=stored["category"]).first(),
            tariff=Tariff.objects.filter(pk=stored["tariff"]).first(),
            value=stored["value"],
            counted=Counted(stored["counted"]),
        )


class RowFaults(Exception):
    """What is wrong with a row, by our field."""

    def __init__(self, faults: dict[str, list[str]]) -> None:
        """Keep the reasons by field."""
        super().__init__(faults)
        self.faults = faults


@dataclass
class Reader:
    """Turns rows into what the services take; knows categories, tariffs and people by name."""

    source: Source
    defaults: Defaults
    actor: User
    categories: dict[str, Category] = field(default_factory=dict)
    new_categories: list[Category] = field(default_factory=list)
    tariffs: dict[str, Tariff] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Look everything up once, not once for each row."""
        for category in Category.objects.select_related("tariff"):
            self.categories[category.name.casefold()] = category
        self.tariffs = {tariff.name.casefold(): tariff for tariff in Tariff.objects.all()}
        self.people = {person.email: person for person in User.objects.filter(is_system=False)}

    def read(self, row: RegisterRow, existing: Asset | None) -> dict[str, Any]:
        """Return what to register, or what to change of `existing`.

        Raises:
            RowFaults: with every reason, not only the first.
        """
        if row.faults:
            raise RowFaults(row.faults)
        cells = {name: cell for name, cell in row.cells.items() if cell}
        if existing is None and self.defaults.value:
            cells = {"value": self.defaults.value, **cells}
        faults: dict[str, list[str]] = {}
        taken: dict[str, Any] = {name: cells[name] for name in _TEXTS if name in cells}
        if "value" in cells:
            taken["currency"] = cells.get("currency", self.defaults.currency).upper()
        read: dict[str, Callable[[str], Any]] = {
            "category": self._category,
            "tariff": self._tariff,
            "lender": self._lender,
            "condition": _condition,
            "purchased_on": self._day,
            "value": lambda text: _cost(text, taken["currency"]),
        }
        for name in cells.keys() & read.keys():
            try:
                taken[name] = read[name](cells[name])
            except DomainError as refusal:
                column = "currency" if isinstance(refusal, UnknownCurrency) else name
                faults.setdefault(column, []).append(refusal.message)
        more = self._fill(taken, cells) if existing is None else self._clashes(existing, cells)
        for name, reason in more:
            faults.setdefault(name, []).append(reason)
        if faults:
            raise RowFaults(faults)
        return taken

    def _fill(self, taken: dict[str, Any], cells: dict[str, str]) -> Iterator[tuple[str, str]]:
        """Complete a new asset, named after its model if need be, and yield what it still lacks."""
        defaults = {
            "name": cells.get("model_name") or cells.get("tag"),
            "category": self.defaults.category,
            "lender": self.defaults.lender,
        }
        taken |= {name: use for name, use in defaults.items() if use and name not in cells}
        for name, reason in _MISSING.items():
            if name not in cells and name not in taken:
                yield name, str(reason)

    def _clashes(self, existing: Asset, cells: dict[str, str]) -> Iterator[tuple[str, str]]:
        """Yield what the file may not do to an asset that is there already."""
        lender = self.defaults.lender
        if "lender" not in cells and lender and lender.pk != existing.lender_id:
            yield (
                "tag",
                _(
                    "the tag “{tag}” is on an asset of {lender}; choose that lender, or another tag"
                ).format(tag=existing.tag, lender=existing.lender),
            )
        currency = cells.get("currency", existing.currency).upper()
        if "value" not in cells and currency != existing.currency:
            yield "currency", _("with another currency, the value must be given too")

    def _category(self, name: str) -> Category:
        known = self.categories.get(name.casefold())
        if known is None:
            if self.defaults.tariff is None:
                raise Unknown(
                    why=_(
                        "there is no category “{name}”; choose the tariff of new categories, "
                        "or add the category first"
                    ).format(name=name)
                )
            known = services.add_category(name=name, tariff=self.defaults.tariff, actor=self.actor)
            self.categories[name.casefold()] = known
            self.new_categories.append(known)
        return known

    def _tariff(self, name: str) -> Tariff:
        if name.casefold() not in self.tariffs:
            raise Unknown(why=_("there is no tariff “{name}”").format(name=name))
        return self.tariffs[name.casefold()]

    def _lender(self, email: str) -> User:
        if email.casefold() not in self.people:
            raise Unknown(why=_("nobody signs in with “{email}”").format(email=email))
        return self.people[email.casefold()]

    def _day(self, text: str) -> date:
        for pattern in self.source.dates:
            try:
                return datetime.strptime(text, pattern).replace(tzinfo=UTC).date()
            except ValueError:
                continue
        raise Unknown(
            why=_("“{text}” is no date such as {example}").format(
                text=text[:40],
                example=datetime(2023, 2, 13, tzinfo=UTC).strftime(self.source.dates[0]),
            )
        )


class Unknown(DomainError):
    """A cell names what does not exist."""

    template = "{why}"


def _condition(text: str) -> Condition:
    for condition in Condition:
        if text.casefold() in {condition.value, str(condition.label).casefold()}:
            return condition
    raise Unknown(
        why=_("“{text}” is no condition; use one of {all}").format(
            text=text[:40], all=", ".join(str(condition.label) for condition in Condition)
        )
    )


def _cost(text: str, currency: str) -> int:
    """Return a value; a currency sign and commas between thousands may stand in it."""
    bare = re.sub(r"^([$€£¥]|[A-Z]{3}\b)\s*", "", text)
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", bare):
        bare = bare.replace(",", "")
    value = parse_amount(bare, currency)
    if value < 0:
        raise Unknown(why=_("“{text}” is negative, and a value may not be").format(text=text))
    return value
