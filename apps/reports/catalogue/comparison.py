"""What changed between two runs of a report."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.reports.columns import Column
from apps.reports.comparing import Change, Comparison, Difference, Found, table_of
from apps.reports.errors import ParametersRefused
from apps.reports.forms import ParameterForm, RunField
from apps.reports.report import Answers, Frame, Group, Query, Report, TieOut, Totals

if TYPE_CHECKING:
    from apps.accounts.models import User

_ROWS = """
SELECT nullif(key, ''), change, nullif("column", ''), nullif(before, ''), nullif(after, '')
  FROM jsonb_to_recordset(%(changes)s::jsonb)
    AS found (number int, key text, change text, "column" text, before text, after text)
 ORDER BY number
"""


class TwoRunsForm(ParameterForm):
    """Two runs of one report."""

    before = RunField(label=gettext_lazy("Earlier run"))
    after = RunField(label=gettext_lazy("Later run"))

    def clean(self) -> dict[str, Any]:
        """Refuse runs of two reports."""
        answers = super().clean() or {}
        before, after = answers.get("before"), answers.get("after")
        if before and after and before.report != after.report:
            self.add_error("before", _("Both must be runs of the same report."))
        elif before and before.report == Changes.slug:
            self.add_error("before", _("A comparison is not compared again."))
        return answers

    @classmethod
    def in_words(cls, answers: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return each run with its parameters."""
        return [
            (str(field.label), f"{answers[name]} · {answers[name].summary}".rstrip(" ·"))
            for name, field in cls.base_fields.items()
        ]


class Changes(Report):
    """Rows that came, rows that went, and cells that changed, by the key of the report."""

    slug = "comparison"
    title = gettext_lazy("Changes between two runs")
    description = gettext_lazy(
        "What two runs of the same report differ in, row by row: added, removed, changed."
    )
    proof = gettext_lazy("row counts and digests of both runs")
    icon = "difference"
    group = Group.CONTROL
    permission = "reports.run_report"
    form = TwoRunsForm
    columns = (
        Column("key", gettext_lazy("Row"), width=55),
        Column("change", gettext_lazy("Change"), width=23),
        Column("column", gettext_lazy("Column"), width=39),
        Column("before", gettext_lazy("Before"), width=78),
        Column("after", gettext_lazy("After"), width=78),
    )
    row_key = ("key", "column")
    is_comparable = False
    is_landscape = True
    when_empty = gettext_lazy("Nothing changed.")

    def __init__(self, find: Callable[[str], Report]) -> None:
        """Find the reports of the runs by `find`."""
        self._find = find

    def answers(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return both runs and their comparison, which is made when it is first asked for.

        Raises:
            UnknownReport: the catalogue has the report of the runs no longer.
            ParametersRefused: the answers do not fit, or such runs are not compared.
        """
        answers = super().answers(parameters)
        before, after = answers["before"], answers["after"]
        report = self._find(before.report)
        if not report.is_comparable:
            why = _("Runs of “{report}” are not compared.").format(
                report=report.title_for(before.parameters)
            )
            raise ParametersRefused(why=why)
        return {**answers, "comparison": Comparison(report, before, after)}

    def settled(self, answers: Answers, requester: "User") -> Report:
        """Let those compare who may see both runs, when both have kept their CSV.

        Raises:
            NotPermitted: the requester may not see what was asked for.
            RunExpired, RunNotReady, NoTable: there is no CSV to read.
        """
        comparison: Comparison = answers["comparison"]
        requester.require(comparison.report.permission)
        for run in (comparison.before, comparison.after):
            if run.requester_id != requester.pk:
                requester.require("reports.view_reportrun")
            table_of(run)
        return self

    def query(self, answers: Answers) -> Query:
        """Return what changed, in the order of the rows of the report."""
        found = answers["comparison"].found
        rows = [
            {
                "number": number,
                "key": difference.key,
                "change": str(difference.change.label),
                "column": difference.column,
                "before": difference.before,
                "after": difference.after,
            }
            for number, difference in enumerate([*found.differences, *_rest(found)])
        ]
        return Query(_ROWS, {"changes": json.dumps(rows)})

    def frame(self, answers: Answers, totals: Totals) -> Frame:  # noqa: ARG002  (of any report)
        """Return how much changed, and that the changes explain the number of rows."""
        comparison: Comparison = answers["comparison"]
        before, after, found = comparison.before, comparison.after, comparison.found
        figures = [
            (_("Rows added"), f"{found.added_count:,}"),
            (_("Rows removed"), f"{found.removed_count:,}"),
            (_("Rows changed"), f"{found.changed_count:,}"),
            (_("Cells changed"), f"{found.cell_count:,}"),
        ]
        if not found.all_count:
            figures = [(_("Result"), str(self.when_empty))]
        return Frame(
            figures=figures,
            tie_outs=(
                TieOut(
                    _("Rows of {before} + added − removed = rows of {after}").format(
                        before=before, after=after
                    ),
                    expected=after.rows_total or 0,
                    found=(before.rows_total or 0) + found.added_count - found.removed_count,
                    source=_("row counts kept with the runs"),
                ),
                TieOut(
                    _("CSV files that are as they were kept"),
                    expected=2,
                    found=found.sound_count,
                    source=_("digests kept with the runs"),
                ),
            ),
        )


def _rest(found: Found) -> list[Difference]:
    """Return a last row that says how many changes are not listed."""
    count = found.all_count - len(found.differences)
    if not count:
        return []
    text = ngettext(
        "{count} more change is not listed", "{count} more changes are not listed", count
    )
    return [Difference(0, 0, 0, "", Change.MORE, after=text.format(count=f"{count:,}"))]
