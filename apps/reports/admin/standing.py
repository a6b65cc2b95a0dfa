"""What the page of a run prints: how far it is, its files, its proof."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.utils import timezone

from apps.common.errors import DomainError
from apps.reports.addresses import form_of, on_screen
from apps.reports.admin.comparing import earlier_runs
from apps.reports.catalogue import CATALOGUE, known
from apps.reports.columns import printed
from apps.reports.models import ReportRun
from apps.reports.report import TieOut
from apps.reports.states import LIFECYCLE, Action, Status

if TYPE_CHECKING:
    from apps.accounts.models import User

COLOURS = {
    Status.QUEUED: "warning",
    Status.RUNNING: "info",
    Status.DONE: "success",
    Status.FAILED: "danger",
    Status.CANCELLED: "default",
    Status.EXPIRED: "default",
}


def title_of(run: ReportRun) -> str:
    """Return the title of the report, or its name when the catalogue has it no longer."""
    report = known(run.report)
    return report.title_for(run.parameters) if report else run.report


def facts_of(run: ReportRun) -> list[tuple[str, str]]:
    """Return the parameters in words, or as they are kept when they no longer fit."""
    report = known(run.report)
    try:
        if report is not None:
            return report.described(report.answers(run.parameters))
    except DomainError:
        pass
    return [(name, str(value)) for name, value in run.parameters.items()]


def content_of(run: ReportRun, person: "User") -> dict[str, Any]:
    """Return what the templates of the page print."""
    status = Status(run.status)
    is_stopping = run.is_cancel_requested and status == Status.RUNNING
    report = known(run.report)
    may_run = person.has_perm(report.running) if report else False
    may_stop = may_run and (
        run.requester_id == person.pk or person.has_perm("reports.stop_schedule")
    )
    # What is asked for elsewhere has no page of its own.
    shown = CATALOGUE.get(run.report)
    may_show = may_run and shown is not None and person.has_perm(shown.permission)
    return {
        "title": title_of(run),
        "facts": facts_of(run),
        "colour": COLOURS[status],
        "is_unfinished": status in {Status.QUEUED, Status.RUNNING},
        "is_stopping": is_stopping,
        "share": _share(run),
        "ahead": ReportRun.objects.ahead_of(run),
        "seconds": _seconds(run),
        "files": list(run.files.all()),
        "tie_outs": [TieOut.from_json(kept) for kept in run.tie_outs],
        **_totals_of(run),
        "show_url": on_screen(run.report, run.parameters) if may_show else "",
        "ask_url": form_of(run.report, run.parameters) if may_show else "",
        "may_cancel": may_stop and not is_stopping and LIFECYCLE.allows(Action.CANCEL, status),
        "may_rerun": may_run,
        "when_empty": _when_empty(run),
        "may_compare": may_run and _is_comparable(run) and bool(earlier_runs(run, person)),
        "may_keep": person.has_perm("reports.keep_report") and status == Status.DONE,
        "may_schedule": person.has_perm("reports.schedule_report") and run.report in CATALOGUE,
        "schedule_query": urlencode({k: v for k, v in run.parameters.items() if v is not None}),
        "may_download": person.has_perm("reports.download_report") and status == Status.DONE,
    }


def _is_comparable(run: ReportRun) -> bool:
    report = known(run.report)
    return report is not None and report.is_comparable


def _when_empty(run: ReportRun) -> str:
    """Return what the report says when a finished run has no rows."""
    report = known(run.report)
    is_empty = run.status == Status.DONE and run.rows_total == 0
    return str(report.when_empty) if report and is_empty else ""


def _share(run: ReportRun) -> int | None:
    """Return how much of the present stage is done, of a hundred: pages when there are some."""
    if run.pages_total:
        return 100 * run.pages_done // run.pages_total
    return 100 * run.rows_done // run.rows_total if run.rows_total else None


def _seconds(run: ReportRun) -> int | None:
    if run.started_at is None:
        return None
    return round(((run.finished_at or timezone.now()) - run.started_at).total_seconds())


def _totals_of(run: ReportRun) -> dict[str, Any]:
    report = known(run.report)
    summed = [column for column in report.columns if column.is_summed] if report else []
    return {
        "summed": summed,
        "sums": [
            (
                currency,
                [printed(figures.get(column.key), column.kind, currency) for column in summed],
            )
            for currency, figures in sorted(run.totals.items())
        ],
    }
