"""The refusals of reports.

    DomainError
    ├── UnknownReport       the catalogue has no report of that name
    ├── ParametersRefused   the parameters do not fit the report's form
    ├── NoFormat            nothing to save the report as
    ├── PdfNotPossible      the machine cannot print
    ├── RunNotReady         a file was asked for that is not there (yet)
    ├── RunExpired          the files were deleted on their day
    ├── FileLost            the storage has lost a file
    ├── CronRefused         a cron expression says nothing, with the field that is wrong
    ├── ScheduleRefused     a schedule cannot be kept like that
    ├── KeepRefused         files cannot be kept until that day
    └── FiguresDiffer       a total differs from what it must equal

`Cancelled` and `LeaseLost` are no refusals: they end the work of a worker, and nobody sees them.
"""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError


class UnknownReport(DomainError):
    """The catalogue has no report of that name."""

    template = _("There is no report “{report}”. Choose one from the catalogue.")


class ParametersRefused(DomainError):
    """The parameters do not fit the report's form."""

    template = _("The report cannot be run with these parameters: {why}")


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


class CronRefused(DomainError):
    """A cron expression says nothing."""

    template = _("“{expression}” is not a time. Correct the {why}.")


class ScheduleRefused(DomainError):
    """A schedule cannot be kept like that."""

    template = _("{field}: {why}")


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
