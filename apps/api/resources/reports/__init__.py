"""Reports: the catalogue, running them, and what becomes of a run."""

from typing import TYPE_CHECKING

from ninja import Query

from apps.api.addresses import ROOT
from apps.api.errors import NotFound
from apps.api.finding import seen
from apps.api.paging import Page, page_of
from apps.api.request import ApiRequest
from apps.api.resource import Answer, Resource
from apps.api.resources.reports.parameters import defaults_of
from apps.api.resources.reports.schemas import (
    Catalogue,
    FormatWord,
    Report,
    Run,
    RunFilters,
    RunIn,
    RunInFull,
    Slug,
)
from apps.api.schemas import Identifier
from apps.reports import services
from apps.reports.catalogue import CATALOGUE, runnable_by
from apps.reports.handing_out import TYPES, handed_out
from apps.reports.models import ReportPreferences, ReportRun, ReportRunQuerySet
from apps.reports.report import Report as Entry

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

router = Resource(tags=["reports"])


@router.reads("/reports", scope="reports:read", gives=Catalogue)
def list_reports(request: ApiRequest) -> Catalogue:
    """List the reports that you may run, with what each has to be told, and its columns."""
    request.user.require("reports.run_report")
    return Catalogue(items=[Report.of(report) for report in runnable_by(request.user)])


@router.reads("/reports/{slug}", scope="reports:read", gives=Report)
def get_report(request: ApiRequest, slug: Slug) -> Report:
    """Show one report of the catalogue, with a JSON Schema of its parameters."""
    report = _known(slug)
    request.user.require(report.running)
    request.user.require(report.permission)
    return Report.of(report)


@router.does("/reports/{slug}/runs", scope="reports:run", gives=RunInFull, status=201)
def run_report(request: ApiRequest, slug: Slug, asked: RunIn) -> Answer:
    """Run a report; a worker makes its files, and the answer says where to look for them.

    What is left out of `parameters` takes its default of today, null is none. While the same run is
    still being worked on, it is returned instead of a second one.
    """
    preferred = ReportPreferences.of(request.user)
    report = _known(slug)
    sent = {name: "" if value is None else str(value) for name, value in asked.parameters.items()}
    run = services.run(
        report.slug,
        parameters={**defaults_of(report), **sent},
        formats=asked.formats,
        options=asked.options.over(preferred) if asked.options else preferred,
        actor=request.user,
    )
    return _new(run)


@router.reads("/report-runs", scope="reports:read", gives=Page[Run])
def list_report_runs(request: ApiRequest, filters: Query[RunFilters]) -> Page[Run]:
    """List your runs and those that were sent to you; all when your roles let you view them."""
    rows = _shown().visible_to(request.user)
    if filters.report:
        rows = rows.filter(report=filters.report)
    if filters.status:
        rows = rows.filter(status=filters.status)
    if filters.is_mine is not None:
        mine = {"requester": request.user}
        rows = rows.filter(**mine) if filters.is_mine else rows.exclude(**mine)
    return page_of(rows, filters, Run.of)


@router.reads("/report-runs/{run_id}", scope="reports:read", gives=RunInFull)
def get_report_run(request: ApiRequest, run_id: Identifier) -> RunInFull:
    """Show one run: its place in the queue, how far it is, its files, figures and their proof."""
    return RunInFull.of(seen(_shown(), request.user, pk=run_id))


@router.does("/report-runs/{run_id}/cancel", scope="reports:run", gives=RunInFull)
def cancel_report_run(request: ApiRequest, run_id: Identifier) -> RunInFull:
    """Stop a run; a worker that is at it hears so within seconds and leaves no file."""
    run = seen(_shown(), request.user, pk=run_id)
    services.cancel(run.pk, actor=request.user)
    return RunInFull.of(_shown().get(pk=run.pk))


@router.does("/report-runs/{run_id}/rerun", scope="reports:run", gives=RunInFull, status=201)
def rerun_report(request: ApiRequest, run_id: Identifier) -> Answer:
    """Run the same report again, with the ledger as it is now; the first run stays."""
    before = seen(_shown(), request.user, pk=run_id)
    return _new(services.rerun(before.pk, actor=request.user))


@router.hands_out(
    "/report-runs/{run_id}/files/{format}",
    scope="reports:read",
    types=[kind.partition(";")[0] for kind in TYPES.values()],
)
def download_report_file(
    request: ApiRequest,
    run_id: Identifier,
    format: FormatWord,  # noqa: A002  (as the path has it)
) -> "HttpResponseBase":
    """Download a file of a finished run; to whom it was handed out is recorded."""
    run = seen(_shown(), request.user, pk=run_id)
    return handed_out(services.download(run.pk, format, actor=request.user))


def _known(slug: Slug) -> Entry:
    """Return an entry of the catalogue; what is asked for elsewhere is not there."""
    report = CATALOGUE.get(slug)
    if report is None:
        raise NotFound
    return report


def _shown() -> ReportRunQuerySet:
    return ReportRun.objects.select_related("requester").prefetch_related("files")


def _new(run: ReportRun) -> Answer:
    content = RunInFull.of(_shown().get(pk=run.pk))
    return Answer(content, 201, {"Location": f"{ROOT}/report-runs/{run.pk}"})
