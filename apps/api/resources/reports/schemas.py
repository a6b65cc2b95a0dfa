"""How reports, their runs and schedules look to programs."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import ConfigDict, Field

from apps.api.addresses import ROOT
from apps.api.paging import Paging
from apps.api.resources.reports.parameters import schema_of
from apps.api.schemas import Currency, In, Out, Person, example
from apps.reports import pdf
from apps.reports.catalogue import known
from apps.reports.models import ReportRun
from apps.reports.options import Options, PaperSize, Separator
from apps.reports.states import Format, Status

if TYPE_CHECKING:
    from apps.reports.columns import Column as ReportColumn
    from apps.reports.models import ReportFile
    from apps.reports.report import Report as ReportEntry

FormatWord = Annotated[
    Literal["csv", "pdf", "xlsx"], Field(description="what it is saved as", examples=["csv"])
]
Slug = Annotated[
    str,
    Field(max_length=60, description="the slug of the report", examples=["lending-register"]),
]
Formats = Annotated[
    list[FormatWord], Field(min_length=1, max_length=3, description="what it is saved as")
]
Parameters = Annotated[
    dict[str, str | int | None],
    Field(
        max_length=40,
        description="as the report’s own schema says, at `/reports/{slug}`",
        examples=[{"from_on": "2026-10-01", "until_on": "2026-10-31"}],
    ),
]
_OCTOBER = {"from_on": "2026-10-01", "until_on": "2026-10-31"}
_FIONA = {"id": 12, "name": "Fiona Analyst"}
_FILE = {
    "format": "csv",
    "name": "lending-register-RR-81.csv",
    "size": 48211,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "page_count": None,
    "path": "/api/v1/report-runs/81/files/csv",
}
_RUN = {
    "id": 81,
    "number": "RR-81",
    "report": "lending-register",
    "title": "Lending register",
    "summary": "2026-10-01 – 2026-10-31",
    "parameters": _OCTOBER,
    "formats": ["csv"],
    "requester": _FIONA,
    "status": "done",
    "is_being_cancelled": False,
    "created_at": "2026-11-26T08:00:00Z",
    "started_at": "2026-11-26T08:00:01Z",
    "finished_at": "2026-11-26T08:00:04Z",
    "expires_at": "2027-02-24T08:00:04Z",
    "failure": None,
    "files": [_FILE],
}


class Column(Out):
    """One column of a report."""

    model_config = ConfigDict(
        json_schema_extra=example(key="fee", title="Fee", kind="amount", unit="", is_summed=True)
    )

    key: str
    title: str
    kind: str = Field(
        description="text, date, moment, amount (minor units of the row’s currency), count, "
        "decimal or key"
    )
    unit: str = Field(description="what a figure counts, such as days; may be empty")
    is_summed: bool

    @classmethod
    def of(cls, column: "ReportColumn") -> "Column":
        """Return the column."""
        return cls(
            key=column.key,
            title=str(column.title),
            kind=column.kind.value,
            unit=str(column.unit),
            is_summed=column.is_summed,
        )


class Report(Out):
    """An entry of the catalogue."""

    model_config = ConfigDict(
        json_schema_extra=example(
            slug="lending-register",
            title="Lending register",
            description="Every ticket of a period.",
            proof="fees = commission + shares of the lenders",
            group="lending",
            formats=["csv", "xlsx"],
            columns=[
                {"key": "fee", "title": "Fee", "kind": "amount", "unit": "", "is_summed": True}
            ],
            parameters={
                "type": "object",
                "properties": {"from_on": {"type": "string", "format": "date", "title": "From"}},
                "required": ["from_on"],
                "additionalProperties": False,
            },
        )
    )

    slug: str
    title: str
    description: str
    proof: str = Field(description="what its totals are held against; may be empty")
    group: str = Field(description="money, lending or control")
    formats: list[str] = Field(description="what it can be saved as here")
    columns: list[Column] = Field(description="some reports have more of them for some parameters")
    parameters: dict[str, Any] = Field(description="a JSON Schema of what it has to be told")

    @classmethod
    def of(cls, report: "ReportEntry") -> "Report":
        """Return the entry."""
        prints = report.fits_paper and pdf.is_possible()
        return cls(
            slug=report.slug,
            title=str(report.title),
            description=str(report.description),
            proof=str(report.proof),
            group=report.group.value,
            formats=[one.value for one in sorted(Format) if prints or one != Format.PDF],
            columns=[Column.of(column) for column in report.columns],
            parameters=schema_of(report),
        )


class Catalogue(Out):
    """The reports that you may run."""

    items: list[Report]


class RunFilters(Paging):
    """What narrows the list of runs."""

    report: str | None = Field(default=None, max_length=60, description="by the report’s slug")
    status: Literal["queued", "running", "done", "failed", "cancelled", "expired"] | None = Field(
        default=None, description="where the run stands"
    )
    is_mine: bool | None = Field(
        default=None, description="true: only what you asked for; false: only what others did"
    )


class File(Out):
    """A finished file of a run."""

    model_config = ConfigDict(json_schema_extra=example(**_FILE))

    format: str
    name: str
    size: int = Field(description="bytes")
    sha256: str
    page_count: int | None = Field(description="pages of a PDF")
    path: str = Field(description="where to download it")

    @classmethod
    def of(cls, file: "ReportFile") -> "File":
        """Return the file."""
        return cls(
            format=file.format,
            name=file.name,
            size=file.size,
            sha256=file.sha256,
            page_count=file.page_count,
            path=f"{ROOT}/report-runs/{file.run_id}/files/{file.format}",
        )


class Run(Out):
    """One making of a report."""

    model_config = ConfigDict(json_schema_extra=example(**_RUN))

    id: int
    number: str
    report: str
    title: str
    summary: str = Field(description="the parameters in words")
    parameters: dict[str, Any]
    formats: list[str]
    requester: Person
    status: str = Field(description="queued, running, done, failed, cancelled or expired")
    is_being_cancelled: bool = Field(description="whether a worker was told to stop")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None = Field(description="when its files are deleted")
    failure: str | None = Field(description="why it failed, in a sentence")
    files: list[File]

    @classmethod
    def of(cls, run: ReportRun) -> "Run":
        """Return what a list shows."""
        return cls(**_facts(run))


class Progress(Out):
    """How far a run is."""

    model_config = ConfigDict(
        json_schema_extra=example(
            stage="printing",
            rows_done=2000,
            rows_total=2000,
            pages_done=12,
            pages_total=48,
            ahead=0,
        )
    )

    stage: str = Field(description="what the worker is at; may be empty")
    rows_done: int
    rows_total: int | None
    pages_done: int
    pages_total: int | None
    ahead: int = Field(description="how many wait in the same queue before it")


class TieOut(Out):
    """A figure of the report, and what it must equal."""

    model_config = ConfigDict(
        json_schema_extra=example(
            label="Escrow",
            source="trial balance",
            currency="USD",
            expected=500000,
            found=500000,
            is_ok=True,
        )
    )

    label: str
    source: str = Field(description="where the expected figure comes from; may be empty")
    currency: str = Field(description="empty: a count; otherwise both are minor units")
    expected: int
    found: int
    is_ok: bool


class Sums(Out):
    """The sums of the summed columns in one currency."""

    model_config = ConfigDict(
        json_schema_extra=example(currency="USD", figures={"fee": 123400, "commission": 24680})
    )

    currency: Currency
    figures: dict[str, int] = Field(description="by column; amounts in minor units")


class RunInFull(Run):
    """One making of a report: how far it is, its figures and their proof."""

    model_config = ConfigDict(
        json_schema_extra=example(
            **_RUN,
            progress={
                "stage": "",
                "rows_done": 210,
                "rows_total": 210,
                "pages_done": 0,
                "pages_total": None,
                "ahead": 0,
            },
            ledger_position=4711,
            sums=[{"currency": "USD", "figures": {"fee": 123400}}],
            tie_outs=[
                {
                    "label": "Escrow",
                    "source": "trial balance",
                    "currency": "USD",
                    "expected": 500000,
                    "found": 500000,
                    "is_ok": True,
                }
            ],
            is_tied=True,
        )
    )

    progress: Progress
    ledger_position: int | None = Field(description="the last transaction of the ledger it saw")
    sums: list[Sums]
    tie_outs: list[TieOut]
    is_tied: bool | None = Field(description="whether all of them agree; null until it is done")

    @classmethod
    def of(cls, run: ReportRun) -> "RunInFull":
        """Return all of it."""
        names = ("stage", "rows_done", "rows_total", "pages_done", "pages_total")
        is_done = run.status in {Status.DONE, Status.EXPIRED}
        return cls(
            **_facts(run),
            progress=Progress(
                **{name: getattr(run, name) for name in names},
                ahead=ReportRun.objects.ahead_of(run),
            ),
            ledger_position=run.ledger_position,
            sums=[
                Sums(currency=currency, figures=figures)
                for currency, figures in sorted(run.totals.items())
            ],
            tie_outs=[
                TieOut(
                    label=kept["label"],
                    source=kept.get("source", ""),
                    currency=kept["currency"],
                    expected=kept["expected"],
                    found=kept["found"],
                    is_ok=kept["ok"],
                )
                for kept in run.tie_outs
            ],
            is_tied=run.is_tied if is_done else None,
        )


class OptionsIn(In):
    """How the files are written; what is left out is as you prefer it in the back office."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=example(separator=";"))

    separator: Literal[",", ";", "\t"] | None = Field(default=None, description="of a CSV")
    has_bom: bool | None = Field(default=None, description="whether a CSV begins with one")
    paper: Literal["A4", "Letter"] | None = Field(default=None, description="of a PDF")

    def over(self, preferred: Options) -> Options:
        """Return the options, as preferred where nothing is said."""
        return Options(
            Separator(self.separator) if self.separator else preferred.separator,
            preferred.has_bom if self.has_bom is None else self.has_bom,
            PaperSize(self.paper) if self.paper else preferred.paper,
        )


class RunIn(In):
    """What to run it with."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=example(parameters=_OCTOBER, formats=["csv"])
    )

    parameters: Parameters = Field(
        default_factory=dict, description="what is left out takes its default of today"
    )
    formats: Formats
    options: OptionsIn | None = None


def _facts(run: ReportRun) -> dict[str, Any]:
    report = known(run.report)
    files = run.files.all() if run.status == Status.DONE else ()
    return {
        "id": run.pk,
        "number": str(run),
        "report": run.report,
        "title": report.title_for(run.parameters) if report else run.report,
        "summary": run.summary,
        "parameters": run.parameters,
        "formats": list(run.formats),
        "requester": Person.of(run.requester),
        "status": run.status,
        "is_being_cancelled": run.is_cancel_requested and run.status == Status.RUNNING,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "expires_at": run.expires_at,
        "failure": run.failure or None,
        "files": [File.of(file) for file in files],
    }
