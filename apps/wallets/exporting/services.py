"""Taking the journal out of the house: each time with a trace."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from django.db import models

from apps.audit import services as audit
from apps.audit.services import deed
from apps.wallets.exporting import as_csv, as_hledger
from apps.wallets.exporting.selection import Selection

if TYPE_CHECKING:
    from apps.accounts.models import User


class Format(models.TextChoices):
    """How the journal can be written."""

    CSV = "csv", "CSV"
    HLEDGER = "hledger", "hledger"


SUFFIX = {Format.CSV: "csv", Format.HLEDGER: "journal"}
_WRITERS: dict[Format, Callable[[Selection], Iterator[bytes]]] = {
    Format.CSV: as_csv.written,
    Format.HLEDGER: as_hledger.written,
}


@deed
def export_journal(format_: Format, selection: Selection, *, actor: "User") -> None:
    """Record that this part of the journal leaves the house; `written` then writes it."""
    actor.require("wallets.export_journal")
    after = {"format": format_.value, **selection.as_json()}
    audit.record("wallets.journal_exported", actor=actor, after=after)


def written(format_: Format, selection: Selection) -> Iterator[bytes]:
    """Yield the file in pieces, from one state of the books, while they are read."""
    return _WRITERS[format_](selection)
