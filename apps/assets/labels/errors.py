"""What the printing of labels refuses.

DomainError
├── NoLabels            nothing is chosen
├── TooManyLabels       more than one file holds
├── StartBeyondSheet    the sheet has no such place
├── CodeNotPossible     the tag does not fit the code, or the code the label
└── LabelsNotPossible   the server lacks what printing needs
"""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError


class NoLabels(DomainError):
    """Nothing is chosen."""

    template = _("No asset is chosen. Tick some in the list.")


class TooManyLabels(DomainError):
    """More than one file holds."""

    template = _("{count} labels are more than one file holds. Print at most {most} at a time.")


class StartBeyondSheet(DomainError):
    """The sheet has no such place."""

    template = _("{format} has {count} labels. Begin with one of 1 to {count}.")


class CodeNotPossible(DomainError):
    """The tag does not fit the code, or the code the label."""

    template = _("“{tag}” is no Code 128 on this label: {why} Choose QR, or a larger label.")


class LabelsNotPossible(DomainError):
    """The server lacks what printing needs."""

    template = _("This server cannot print: a library of the system is missing. Tell its keeper.")
