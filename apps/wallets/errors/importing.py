"""What an imported journal is refused for."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from apps.wallets.errors.sheets import Fault


class JournalFaulty(DomainError):
    """Rows of a journal file are wrong; `faults` names each, as far as the list goes."""

    template = _(
        "Nothing was imported: {count} things are wrong in the file, the first in line {line}, "
        "column “{column}”: {first} Correct them and choose the file again."
    )

    def __init__(self, faults: "Sequence[Fault]", count: int) -> None:
        """Keep the faults; `count` is of all of them, also those beyond the list."""
        first = faults[0]
        super().__init__(count=count, line=first.line, column=first.column, first=first.text)
        self.faults = faults
        self.count = count


class MappingFaulty(DomainError):
    """Accounts of a journal file have no account of ours yet; `faults` tells of each why."""

    template = _("{count} accounts are not mapped. {account} in {currency}: {first}")

    def __init__(self, faults: "Mapping[tuple[str, str], str]") -> None:
        """Keep what is wrong by name and currency of the foreign account."""
        (account, currency), first = next(iter(faults.items()))
        super().__init__(count=len(faults), account=account, currency=currency, first=first)
        self.faults = faults


class AlreadyImported(DomainError):
    """What the file says was imported once, under whatever name."""

    template = _(
        "What “{file}” says was imported already, as {earlier}: a journal goes in once. "
        "Look at it in the list of imports."
    )


class FileGone(DomainError):
    """The import was discarded, and its file with it."""

    template = _("“{file}” was discarded and is no longer kept. Upload it again if it is needed.")
