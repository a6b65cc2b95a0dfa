"""What somebody wishes to have run by itself, checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from apps.reports import cron, pdf, relative
from apps.reports.catalogue import find
from apps.reports.errors import NoFormat, PdfNotPossible, ScheduleRefused
from apps.reports.options import USUAL, Options
from apps.reports.receiving import may_receive
from apps.reports.states import Format

if TYPE_CHECKING:
    from apps.accounts.models import User


@dataclass(frozen=True)
class Wish:
    """A schedule as somebody wants it; days among the parameters may be words of `relative`."""

    name: str
    parameters: Mapping[str, Any]
    formats: Sequence[str]
    cron: str
    recipients: "Sequence[User]" = ()
    attached: str = ""
    options: Options = field(default=USUAL)

    def checked(self, report: str, *, actor: "User", today: date) -> dict[str, Any]:
        """Return the fields of the row.

        Raises:
            NotPermitted: the actor may not attach files.
            CronRefused, ParametersRefused, NoFormat, PdfNotPossible: they do not fit.
            ScheduleRefused: the name is missing, a recipient may not run the report, or what is
                to be attached is not made.
        """
        if not self.name.strip():
            raise ScheduleRefused(field=_("Name"), why=_("give the schedule a name."))
        wanted = find(report)
        wanted.answers(relative.resolved(wanted, self.parameters, today))
        formats = [format_.value for format_ in sorted(Format) if format_ in set(self.formats)]
        if not formats:
            raise NoFormat
        if Format.PDF in formats and not pdf.is_possible():
            raise PdfNotPossible
        if self.attached:
            actor.require("reports.attach_report")
            if self.attached not in formats:
                raise ScheduleRefused(
                    field=_("Attach"), why=_("choose a format that the report is saved as.")
                )
        for person in self.recipients:
            if not may_receive(person, report):
                raise ScheduleRefused(
                    field=_("Recipients"),
                    why=_("{person} may not run and download this report. Take them off.").format(
                        person=person
                    ),
                )
        return {
            "name": self.name.strip(),
            "parameters": dict(self.parameters),
            "formats": formats,
            "cron": cron.checked(self.cron),
            "attached": self.attached,
            "options": self.options.as_json(),
        }
