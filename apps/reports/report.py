"""What a report is: a question with parameters, columns, rows, and figures that must agree.

How it is printed is another file's business. A report runs inside one read-only snapshot, so that
whatever it asks is answered by the same state of the database.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import connection, models
from django.db.models import Model, QuerySet
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.money import format_amount
from apps.reports.charts import Chart
from apps.reports.columns import Column
from apps.reports.errors import ParametersRefused

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from apps.accounts.models import User
    from apps.reports.forms import ParameterForm

_CHUNK = 2000
_SUMMARY_LENGTH = 254

type Answers = Mapping[str, Any]


@dataclass(frozen=True)
class Query:
    """SQL with its parameters: one output column for each column of the report, in order."""

    sql: str
    parameters: Mapping[str, Any] | tuple[Any, ...] = field(default_factory=dict)

    @classmethod
    def of(cls, queryset: "QuerySet[Any, Any]") -> "Query":
        """Take the SQL of a queryset, made with `values_list`."""
        return cls(*queryset.query.sql_with_params())

    def rows(self) -> list[tuple[Any, ...]]:
        """Return all rows; for the few figures around a report, not for the report itself."""
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.parameters)
            return list(cursor.fetchall())

    def streamed(self) -> Iterator[tuple[Any, ...]]:
        """Give the rows one after the other, without holding more than a chunk of them."""
        with connection.chunked_cursor() as cursor:
            cursor.execute(self.sql, self.parameters)
            while rows := cursor.fetchmany(_CHUNK):
                yield from rows


@dataclass(frozen=True)
class TieOut:
    """A figure of the report, and what it must equal; without a currency it is a count.

    `source` says where the expected figure comes from, such as “trial balance”.
    """

    label: str
    expected: int
    found: int
    currency: str = ""
    source: str = ""

    @property
    def is_ok(self) -> bool:
        """Tell whether both figures are the same."""
        return self.expected == self.found

    @property
    def expected_text(self) -> str:
        """What it must equal, for a reader."""
        return self._text(self.expected)

    @property
    def found_text(self) -> str:
        """The figure, for a reader."""
        return self._text(self.found)

    def _text(self, figure: int) -> str:
        return format_amount(figure, self.currency) if self.currency else f"{figure:,}"

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "TieOut":
        """Return what a run has kept."""
        return cls(
            kept["label"],
            kept["expected"],
            kept["found"],
            kept["currency"],
            kept.get("source", ""),
        )

    def as_json(self) -> dict[str, Any]:
        """Return what the run keeps."""
        return {
            "label": self.label,
            "currency": self.currency,
            "source": self.source,
            "expected": self.expected,
            "found": self.found,
            "ok": self.is_ok,
        }


@dataclass(frozen=True)
class Totals:
    """How many rows there are, and the sums of the summed columns by currency."""

    row_count: int
    sums: Mapping[str, Mapping[str, int]]

    def of(self, key: str, currency: str) -> int:
        """Return the sum of one column in one currency."""
        return self.sums.get(currency, {}).get(key, 0)


@dataclass(frozen=True)
class Line:
    """A line on paper that is no row, such as a balance brought forward."""

    cells: Mapping[str, Any]
    currency: str


@dataclass(frozen=True)
class Frame:
    """What stands around the rows: the figures above, balances brought and carried, the proof."""

    tie_outs: Sequence[TieOut]
    figures: Sequence[tuple[str, str]] = ()
    opening: Line | None = None
    closing: Line | None = None
    chart: Chart | None = None

    @property
    def is_tied(self) -> bool:
        """Tell whether every figure is what it must be."""
        return all(tie_out.is_ok for tie_out in self.tie_outs)


class Group(models.TextChoices):
    """The shelves of the catalogue."""

    MONEY = "money", gettext_lazy("Money")
    LENDING = "lending", gettext_lazy("Lending")
    CONTROL = "control", gettext_lazy("Control")


class Report:
    """One entry of the catalogue; a subclass names its columns and asks its question."""

    slug: ClassVar[str]
    title: "_StrOrPromise"
    description: "ClassVar[_StrOrPromise]"
    # What its totals are held against, in a few words, for the catalogue.
    proof: "ClassVar[_StrOrPromise]" = ""
    icon: ClassVar[str] = "lab_profile"
    group: ClassVar[Group]
    # Needed besides `running`, the permission to run it at all.
    permission: ClassVar[str]
    running: ClassVar[str] = "reports.run_report"
    # Its rows are what the requester may see, so that its files are for nobody else.
    is_personal: ClassVar[bool] = False
    # Whoever asks for its files must have shown a moment ago who they are.
    asks_for_step_up: bool = False
    form: "ClassVar[type[ParameterForm]]"
    columns: tuple[Column, ...]
    # The columns whose values name one row, for comparing two runs.
    row_key: tuple[str, ...]
    is_comparable: ClassVar[bool] = True
    is_landscape: bool = False
    # What to say when there is no row, where that is an answer in itself.
    when_empty: "ClassVar[_StrOrPromise]" = ""
    # Whether the columns have room on paper, so that there may be a PDF.
    fits_paper: bool = True
    # On paper, each currency is a section with sums of its own.
    is_by_currency: ClassVar[bool] = False
    # Or each value of this column, by which the rows are in order, with sums by currency.
    section: ClassVar[str | None] = None

    def settled(self, answers: Answers, requester: "User") -> "Report":  # noqa: ARG002
        """Return the report as it is for these answers; some have columns of their own for each.

        Asked before the snapshot begins, with all the rights of the worker.

        Raises:
            NotPermitted: the requester may not see what was asked for.
        """
        return self

    def file_stem(self, parameters: Mapping[str, Any]) -> str:  # noqa: ARG002
        """Return what the files of a run with these parameters are called."""
        return self.slug

    def title_for(self, parameters: Mapping[str, Any]) -> str:  # noqa: ARG002
        """Return what a run with these parameters is called; they may be out of date."""
        return str(self.title)

    def query(self, answers: Answers) -> Query:
        """Return the rows, in an order that leaves nothing to chance."""
        raise NotImplementedError  # pragma: no cover  (every report has its own)

    def frame(self, answers: Answers, totals: Totals) -> Frame:
        """Return what stands around the rows, and what the totals must equal, found elsewhere."""
        raise NotImplementedError  # pragma: no cover  (every report has its own)

    def drill(self, answers: Answers, key: str, row: Mapping[str, Any]) -> str:  # noqa: ARG002
        """Return the address of the rows behind the figure `key` of a row, on the screen only.

        None unless a report says so; `addresses.on_screen` makes one.
        """
        return ""

    def totals(self, answers: Answers) -> Totals:
        """Return how many rows there are and the sums by currency, as the database adds them up."""
        query = self.query(answers)
        names = ", ".join(f'"{column.key}"' for column in self.columns)
        summed = [column.key for column in self.columns if column.is_summed]
        sums = "".join(f', coalesce(sum("{key}"), 0)::bigint' for key in summed)
        currency = "currency" if summed else "''"
        rows = Query(
            f"SELECT {currency}, count(*){sums} FROM ({query.sql}) AS answer ({names}) "  # noqa: S608  (our own names)
            "GROUP BY 1 ORDER BY 1",
            query.parameters,
        ).rows()
        return Totals(
            row_count=sum(row[1] for row in rows),
            sums={row[0]: dict(zip(summed, row[2:], strict=True)) for row in rows if summed},
        )

    def answers(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters as the form understands them.

        Raises:
            ParametersRefused: a parameter is unknown, missing or not valid.
        """
        form = self.form(dict(parameters))
        unknown = _("“{name}” is not one of them.")
        faults = [
            (name, "", unknown.format(name=name))
            for name in sorted(parameters.keys() - form.fields.keys())
        ]
        for name, errors in form.errors.items():
            label = f"{form.fields[name].label}: " if name in form.fields else ""
            faults += [(name, label, str(error)) for error in errors]
        if faults:
            raise ParametersRefused(
                why=" ".join(f"{label}{text}" for _name, label, text in faults),
                faults=[(name, text) for name, _label, text in faults],
            )
        return form.cleaned_data

    def parameters(self, answers: Answers) -> dict[str, Any]:
        """Return the answers as a run keeps them."""
        return {name: _plain(answers[name]) for name in self.form.base_fields}

    def described(self, answers: Answers) -> list[tuple[str, str]]:
        """Return the parameters in words."""
        return self.form.in_words(answers)

    def summary(self, answers: Answers) -> str:
        """Return the parameters in one line."""
        line = " · ".join(value for _label, value in self.described(answers))
        return Truncator(line).chars(_SUMMARY_LENGTH)


def _plain(answer: Any) -> Any:
    if isinstance(answer, Model):
        return answer.pk
    return answer.isoformat() if hasattr(answer, "isoformat") else answer
