"""The refusals of reports.

    DomainError
    ├── UnknownReport       the catalogue has no report of that name
    ├── ParametersRefused   the parameters do not fit the report's form
    ├── NoFormat            nothing to save the report as
    ├── PdfNotPossible      the machine cannot print
    ├── TooManyRuns         the person waits for enough already
    ├── PartNotPrinted      every worker that tried to print some pages was lost
    ├── TooWideForPaper     more columns than a sheet has room for
    ├── OnlyForRequester    the file shows what the requester may see
    ├── RunNotReady         a file was asked for that is not there (yet)
    ├── RunExpired          the files were deleted on their day
    ├── FileLost            the storage has lost a file
    ├── NoTable             a run without a CSV cannot be compared
    ├── ColumnsChanged      the report has other columns than when the run was made
    ├── TooSlowForScreen    the database needs longer than a page may take
    ├── CronRefused         a cron expression says nothing, with the field that is wrong
    ├── ScheduleRefused     a schedule cannot be kept like that
    ├── KeepRefused         files cannot be kept until that day
    ├── FiguresDiffer       a total differs from what it must equal
    └── NotPermitted
        └── NotYourSchedule a schedule runs as its owner, who alone changes it

`Cancelled` and `LeaseLost` are no refusals: they end the work of a worker, and nobody sees them.
"""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError, NotPermitted

if TYPE_CHECKING:
    from collections.abc import Sequence


class UnknownReport(DomainError):
    """The catalogue has no report of that name."""

    template = _("There is no report “{report}”. Choose one from the catalogue.")


class ParametersRefused(DomainError):
    """The parameters do not fit the report's form."""

    template = _("The report cannot be run with these parameters: {why}")

    def __init__(self, *, why: str, faults: "Sequence[tuple[str, str]]" = ()) -> None:
        """Keep what is wrong in one text, and with each parameter by its name."""
        super().__init__(why=why)
        # What is wrong with several together is wrong with all of them.
        self.field_faults = [
            (f"parameters.{name}".removesuffix(".__all__"), text) for name, text in faults
        ]


class NoFormat(DomainError):
    """Nothing to save the report as."""

    template = _("Choose at least one format.")


class PdfNotPossible(DomainError):
    """The machine cannot print."""

    template = _(
        "PDF is not possible on this machine: a library is missing. Install it with "
        "“apt-get install --no-install-recommends libpangoft2-1.0-0 libharfbuzz-subset0” "
        "and start again, or take the CSV."
    )


class TooManyRuns(DomainError):
    """The person waits for enough reports already."""

    template = _(
        "You wait for as many reports as one person may ({count}): {runs}. "
        "Run this one when one of them is finished, or cancel one."
    )


class PartNotPrinted(DomainError):
    """Every worker that tried to print some pages was lost."""

    template = _(
        "Pages {first} to {last} could not be printed: {count} workers were lost over them. "
        "Take the CSV, choose less, or tell an administrator."
    )


class TooWideForPaper(DomainError):
    """More columns than a sheet has room for."""

    template = _(
        "So many columns have no room on paper. Untick some columns, or take the CSV alone."
    )


class OnlyForRequester(NotPermitted):
    """The file shows what its requester may see, which is not what others may see."""

    template = _(
        "{run} shows a list as {requester} sees it, and is for them alone. "
        "Run it again to have it as you see it."
    )


class RunNotReady(DomainError):
    """A file was asked for that is not there (yet)."""

    template = _("{run} has no {format} file; its status is “{status}”. Run the report again.")


class RunExpired(DomainError):
    """The files were deleted on their day."""

    template = _("The files of {run} were deleted on {day}. Run the report again.")


class FileLost(DomainError):
    """The storage has lost a file."""

    template = _(
        "The file of {run} is missing in the storage. "
        "Run the report again and tell an administrator."
    )


class NoTable(DomainError):
    """A run without a CSV cannot be compared."""

    template = _("{run} kept no CSV to compare. Run the report again with CSV, then compare.")


class ColumnsChanged(DomainError):
    """The report has other columns than when the run was made."""

    template = _(
        "{run} was made when the report had other columns. Run it again, then compare the new run."
    )


class TooSlowForScreen(DomainError):
    """The database needs longer than a page may take."""

    template = _(
        "This takes longer than {seconds} seconds, which is too long for a page. "
        "Run it in the background instead, or choose less, such as a shorter period."
    )


class CronRefused(DomainError):
    """A cron expression says nothing."""

    template = _("“{expression}” is not a time. Correct the {why}.")


class ScheduleRefused(DomainError):
    """A schedule cannot be kept like that."""

    template = _("{field}: {why}")


class NotYourSchedule(NotPermitted):
    """A schedule runs as its owner, who alone changes it."""

    template = _("Only {owner} changes this schedule: it runs in their name. Make one of your own.")


class KeepRefused(DomainError):
    """Files cannot be kept until that day."""

    template = _("Keep until: {why}")


class FiguresDiffer(DomainError):
    """A total differs from what it must equal, so that nobody should sign this report."""

    template = _(
        "The figures do not agree: “{label}” should be {expected} and is {found}. "
        "Ask for a check of the books (manage.py check_books)."
    )


class Cancelled(Exception):
    """Somebody asked the worker to stop."""


class LeaseLost(Exception):
    """Another worker has taken the run over, or nobody can tell that this one is alive."""
