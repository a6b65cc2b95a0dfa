"""Three registers: whose headers are which of our fields, and how they write dates.

What a foreign register has and ours has not (supplier, order number, who holds it) is kept, line
by line, in the notes. Statuses are never imported: an asset comes in available, and deeds move it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from django.db import models
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.formulas import unguarded
from apps.common.sheets import FileUnreadable, Row, Sheet, shown

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

TAG_LENGTH = 40
MOST_UNITS = 500
# In this order in the preview and in the export.
FIELDS = (
    "tag",
    "name",
    "category",
    "lender",
    "value",
    "currency",
    "tariff",
    "serial",
    "model_name",
    "manufacturer",
    "location",
    "condition",
    "purchased_on",
    "notes",
)
_ISO = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S")
_US = ("%m/%d/%y", "%m/%d/%Y")


class Counted(models.TextChoices):
    """What a row that counts a quantity becomes; our register has one row for each thing."""

    SPLIT = "split", gettext_lazy("one asset for each unit that comes back; leave out consumables")
    LEAVE_OUT = "leave_out", gettext_lazy("nothing: leave these rows out")
    REFUSE = "refuse", gettext_lazy("an error")


@dataclass(frozen=True)
class RegisterRow:
    """A row in our words; `columns` tells under which header of the file each field stands."""

    line: int
    cells: dict[str, str]
    columns: dict[str, str]
    left_out: str = ""
    faults: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """A program whose register we read."""

    slug: str
    label: "_StrOrPromise"
    headers: Mapping[str, str]
    required: tuple[str, ...]
    dates: tuple[str, ...]
    ignored: frozenset[str] = frozenset()

    def columns(self, sheet: Sheet) -> dict[str, str]:
        """Return under which header of this file each of our fields stands.

        Raises:
            FileUnreadable: a header that this register must have is missing, or two mean the same.
        """
        found: dict[str, str] = {}
        for header in sheet.header:
            name = self.headers.get(_plain(header))
            if name in found:
                raise FileUnreadable(
                    why=_("The columns “{one}” and “{two}” mean the same. Remove one.").format(
                        one=found[name], two=header
                    )
                )
            if name:
                found[name] = header
        for name in self.required:
            if name not in found:
                raise FileUnreadable(
                    why=_(
                        "This is no file of “{source}”: the column “{column}” is missing. "
                        "It has {found}."
                    ).format(source=self.label, column=self.usual(name), found=shown(sheet.header))
                )
        return found

    def usual(self, name: str) -> str:
        """Return the header under which this register usually has our field."""
        return next((header for header, ours in self.headers.items() if ours == name), name)

    def rows(self, sheet: Sheet, *, counted: Counted = Counted.SPLIT) -> list[RegisterRow]:
        """Return the sheet in our words.

        Raises:
            FileUnreadable: as `columns`.
        """
        columns = self.columns(sheet)
        others = [
            header
            for header in sheet.header
            if header not in columns.values() and _plain(header) not in self.ignored
        ]
        rows = [self._row(row, columns, others) for row in sheet.rows]
        return list(_with_units(rows, sheet, counted)) if self is SHELF else rows

    def _row(self, row: Row, columns: dict[str, str], others: list[str]) -> RegisterRow:
        cells = {name: unguarded(row.cells[header]) for name, header in columns.items()}
        rest = [
            f"{_custom(header) or header}: {row.cells[header]}"
            for header in others
            if row.cells[header]
        ]
        notes = "\n".join(filter(None, [cells.get("notes", ""), *rest]))
        return RegisterRow(row.line, {**cells, "notes": notes}, columns)


def _plain(header: str) -> str:
    return (_custom(header) or header).casefold().replace("_", " ")


def _custom(header: str) -> str:
    """Return the name in a header such as `cf: Serial number,type:text`."""
    match = re.fullmatch(r"cf:\s*(.+?)\s*(,\s*type:.*)?", header, flags=re.IGNORECASE)
    return match[1] if match else ""


def _with_units(rows: list[RegisterRow], sheet: Sheet, counted: Counted) -> Iterator[RegisterRow]:
    """Give every row of Shelf a tag, and every unit that it counts a row of its own."""
    taken: dict[str, int] = {}
    for row, source in zip(rows, sheet.rows, strict=True):
        facts = {_plain(header): cell for header, cell in source.cells.items()}
        if facts.get("type", "").upper() != "QUANTITY_TRACKED":
            yield _tagged(row, taken)
            continue
        units, left_out, fault = _units(facts, counted)
        if fault:
            yield replace(row, faults={"quantity": [fault]}, columns={**row.columns, **_QUANTITY})
        elif left_out:
            yield replace(row, left_out=left_out)
        for _unit in range(units):
            yield _tagged(row, taken)


_QUANTITY = {"quantity": "quantity"}


def _units(facts: Mapping[str, str], counted: Counted) -> tuple[int, str, str]:
    """Return how many assets a counted row becomes, or why it is left out, or what is wrong."""
    quantity = facts.get("quantity", "")
    if counted == Counted.REFUSE:
        return (
            0,
            "",
            _("the row counts {quantity} units, and an asset is one thing").format(
                quantity=quantity
            ),
        )
    if counted == Counted.LEAVE_OUT:
        return 0, _("It counts {quantity} units.").format(quantity=quantity), ""
    if facts.get("consumptiontype", "").upper() != "TWO_WAY":
        return 0, _("Consumables do not come back, so they are not lent."), ""
    if not quantity.isdecimal() or not 0 < int(quantity[:9]) <= MOST_UNITS:
        return (
            0,
            "",
            _("“{quantity}” is not a number of units from 1 to {most}").format(
                quantity=quantity[:20], most=MOST_UNITS
            ),
        )
    return int(quantity), "", ""


def _tagged(row: RegisterRow, taken: dict[str, int]) -> RegisterRow:
    """Return the row with its tag, else one made from its serial number, else from its name.

    The same file always gives the same tags, so that a second import finds the assets again.
    """
    if row.cells.get("tag"):
        return row
    word = slugify(row.cells.get("serial") or row.cells["name"], allow_unicode=True).upper()
    tag = f"SHELF-{word or 'ASSET'}"[: TAG_LENGTH - 6]
    taken[tag] = taken.get(tag, 0) + 1
    number = f"-{taken[tag]}" if taken[tag] > 1 else ""
    return replace(row, cells={**row.cells, "tag": f"{tag}{number}"})


ASSETS_CSV = Source(
    slug="assets",
    label=gettext_lazy("Assets CSV"),
    headers={
        **{name.replace("_", " "): name for name in FIELDS},
        "model": "model_name",
        "serial number": "serial",
    },
    required=("tag", "name"),
    dates=_ISO,
    # Of an export of ours: where it is, which only deeds change.
    ignored=frozenset({"status", "registered at"}),
)
SNIPE_IT = Source(
    slug="snipe-it",
    label=gettext_lazy("Snipe-IT export"),
    headers={
        "asset tag": "tag",
        "name": "name",
        "item name": "name",
        "asset name": "name",
        "category": "category",
        "model": "model_name",
        "model name": "model_name",
        "manufacturer": "manufacturer",
        "serial": "serial",
        "serial number": "serial",
        "location": "location",
        "purchase date": "purchased_on",
        "purchased": "purchased_on",
        "purchase cost": "value",
        "asset notes": "notes",
        "notes": "notes",
    },
    required=("tag",),
    dates=(*_US, *_ISO),
)
SHELF = Source(
    slug="shelf",
    label=gettext_lazy("Shelf export"),
    headers={
        "title": "name",
        "category": "category",
        "description": "notes",
        "location": "location",
        "valuation": "value",
        "assetmodel": "model_name",
        "serial number": "serial",
        "brand": "manufacturer",
        "manufacturer": "manufacturer",
        "purchase date": "purchased_on",
        "qrid": "tag",
    },
    required=("name",),
    dates=_ISO,
    ignored=frozenset({"type", "quantity", "minquantity", "consumptiontype", "bookable"}),
)
SOURCES = {source.slug: source for source in (ASSETS_CSV, SNIPE_IT, SHELF)}
