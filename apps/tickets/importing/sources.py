"""Which headers mean what: ours, and those of the programs whose loans we take over."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common import sheets
from apps.common.formulas import unguarded

LIMITS = sheets.Limits(size=2 * 1024 * 1024, rows=2_000)

# The first of each is what our own file has; the others are those of Snipe-IT, Shelf and leihs.
HEADERS: Mapping[str, tuple[str, ...]] = {
    "tag": ("asset tag", "tag", "inventory code", "qrid"),
    "borrower": (
        *("borrower", "borrower e-mail", "borrower email", "email", "e-mail"),
        *("checked out to: email", "custodian email"),
    ),
    "handed_over": (
        *("handed over", "checked out", "checkout date", "last checkout", "start date", "from"),
    ),
    "due": (
        *("due back", "due", "due date", "expected checkin", "expected checkin date"),
        *("end date", "until"),
    ),
    "fee": ("fee", "fee paid"),
    "deposit": ("deposit", "deposit held"),
    "condition": ("condition",),
    "purpose": ("purpose", "note", "notes", "booking name"),
    "loan": ("loan", "loan number", "contract", "booking", "booking id", "reference"),
}
REQUIRED = ("tag", "borrower")


class Dates(models.TextChoices):
    """How the file writes days."""

    ISO = "iso", gettext_lazy("2026-11-25")
    US = "us", gettext_lazy("11/25/2026 (month first)")
    EUROPEAN = "european", gettext_lazy("25.11.2026 or 25/11/2026 (day first)")


PATTERNS: Mapping[Dates, tuple[str, ...]] = {
    Dates.ISO: ("%Y-%m-%d",),
    Dates.US: ("%m/%d/%Y", "%m/%d/%y", "%Y-%m-%d"),
    Dates.EUROPEAN: ("%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%d/%m/%y", "%Y-%m-%d"),
}


@dataclass(frozen=True)
class LoanRow:
    """A row in our words; `columns` tells under which header of the file each field stands."""

    line: int
    cells: Mapping[str, str]
    columns: Mapping[str, str]


def read(content: bytes) -> list[LoanRow]:
    """Return the rows of a file of loans.

    Raises:
        FileUnreadable: it is no such file.
    """
    sheet = sheets.read(content, LIMITS)
    columns = _columns(sheet)
    return [
        LoanRow(
            row.line,
            {name: unguarded(row.cells[header]) for name, header in columns.items()},
            columns,
        )
        for row in sheet.rows
    ]


def _columns(sheet: sheets.Sheet) -> dict[str, str]:
    meaning = {header: name for name, headers in HEADERS.items() for header in headers}
    found: dict[str, str] = {}
    for header in sheet.header:
        name = meaning.get(header.casefold().replace("_", " "))
        if name in found:
            raise sheets.FileUnreadable(
                why=_("The columns “{one}” and “{two}” mean the same. Remove one.").format(
                    one=found[name], two=header
                )
            )
        if name:
            found[name] = header
    for name in REQUIRED:
        if name not in found:
            raise sheets.FileUnreadable(
                why=_("The column “{column}” is missing. The file has {found}.").format(
                    column=HEADERS[name][0], found=sheets.shown(sheet.header)
                )
            )
    return found
