"""What an adjustment, its files or a batch of them is refused for."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError, NotPermitted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apps.wallets.errors.sheets import Fault

MOST_FAULTS = 200
"""So many cells of a file are named in one answer to a program."""


class StalePage(DomainError):
    """Somebody changed the row after the page was drawn."""

    template = _(
        "{what} was changed by somebody else after you opened the page. "
        "Reload the page and look at it again."
    )


class ReasonCodeNotActive(DomainError):
    """The reason code is no longer used."""

    template = _("The reason code “{code}” is not in use. Choose another one.")


class DirectionNotAllowed(DomainError):
    """The reason code is for the other direction only."""

    template = _(
        "“{code}” is only for {direction}. Change the direction or choose another reason code."
    )


class EvidenceMissing(DomainError):
    """The reason code asks for a file that shows why."""

    template = _("“{code}” needs evidence. Attach a file that shows why, then submit again.")


class LinesRefused(DomainError):
    """Cells of the file are wrong; nothing of it was taken."""

    template = _(
        "Nothing of “{file}” was taken, because not all of its lines are right. "
        "Correct what is named below, and choose the file again."
    )

    def __init__(self, *, file: str, faults: "Sequence[Fault]") -> None:
        """Keep what is wrong, in the order of the file."""
        super().__init__(file=file)
        self.faults = faults
        self.field_faults = [
            (f"file.line[{fault.line}].{fault.column}", fault.text)
            for fault in faults[:MOST_FAULTS]
        ]


class NotYours(NotPermitted):
    """Who asked for an adjustment, or for a batch, changes, submits and withdraws it."""

    template = _(
        "{adjustment} was requested by {requester}, and only they may change or submit it. "
        "Ask them, or request an adjustment of your own."
    )
