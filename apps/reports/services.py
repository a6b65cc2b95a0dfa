"""What people do with reports: run, cancel, run again, download, choose how files are written."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from apps.accounts import step_up
from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.doorbell import ring
from apps.reports import ending, estimating, leases, pdf, tasks
from apps.reports.catalogue import find, known
from apps.reports.errors import (
    FileLost,
    NoFormat,
    OnlyForRequester,
    PdfNotPossible,
    RunExpired,
    RunNotReady,
    TooManyRuns,
    TooWideForPaper,
)
from apps.reports.models import ReportFile, ReportFireRecipient, ReportPreferences, ReportRun
from apps.reports.options import USUAL, Options
from apps.reports.report import Report
from apps.reports.states import Format, Status


@deed
def run(
    report: str,
    *,
    parameters: Mapping[str, Any],
    formats: Iterable[str],
    actor: User,
    options: Options = USUAL,
) -> ReportRun:
    """Promise the report; a worker makes it after the commit.

    A second click while the first is still being worked on returns the same run.

    Raises:
        UnknownReport: the catalogue has none of that name.
        ParametersRefused: a parameter is unknown, missing or not valid.
        NoFormat, PdfNotPossible, TooWideForPaper: it cannot be saved like that.
        TooManyRuns: the actor waits for enough already.
        RecentSignInNeeded: it takes the audit log out of the house.
    """
    asked = find(report)
    actor.require(asked.running)
    actor.require(asked.permission)
    answers = asked.answers(parameters)
    wanted = asked.settled(answers, actor)
    if wanted.asks_for_step_up:
        step_up.require(actor)
    kept = {
        "report": report,
        "parameters": wanted.parameters(answers),
        "formats": _formats(formats, wanted),
        "options": options.as_json(),
        "requester": actor,
    }
    # Two clicks at the same moment are two requests: the second waits here for the first.
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    unfinished = ReportRun.objects.unfinished().filter(**kept, is_cancel_requested=False)
    if (waiting := unfinished.first()) is not None:
        return waiting
    _room_for_one_more(actor)
    promised = ReportRun.objects.create(
        **kept,
        summary=wanted.summary(answers),
        estimated_rows=estimating.rows_of(wanted, answers),
        lease_until=Now() + leases.HEARD_WITHIN,
    )
    audit.record(
        "reports.requested",
        actor=actor,
        target=promised,
        after={"report": report, "parameters": kept["parameters"], "formats": kept["formats"]},
    )
    transaction.on_commit(partial(ring, tasks.bell_of(promised), [promised.pk]))
    return promised


def _room_for_one_more(actor: User) -> None:
    """Refuse more than one person may wait for; the lock on the person makes the count true."""
    unfinished = list(ReportRun.objects.unfinished().filter(requester=actor).order_by("pk"))
    if len(unfinished) >= settings.REPORTS_PER_PERSON and not actor.is_system:
        raise TooManyRuns(count=len(unfinished), runs=", ".join(map(str, unfinished)))


def _formats(formats: Iterable[str], report: Report) -> list[Format]:
    asked = set(formats)
    wanted = [format_ for format_ in sorted(Format) if format_ in asked]
    if not wanted:
        raise NoFormat
    if Format.PDF in wanted and not pdf.is_possible():
        raise PdfNotPossible
    if Format.PDF in wanted and not report.fits_paper:
        raise TooWideForPaper
    return wanted


@deed
def cancel(run_id: int, *, actor: User) -> ReportRun:
    """Stop the run; a worker that is at it hears so within seconds and leaves no file.

    Who may stop everybody’s schedules stops the runs of others too: to see one is not enough.
    """
    stopped = _visible(run_id, actor)
    actor.require((known(stopped.report) or Report).running)
    if stopped.requester_id != actor.pk:
        actor.require("reports.stop_schedule")
    if stopped.is_cancel_requested:
        return stopped
    if leases.is_held(stopped):
        stopped.is_cancel_requested = True
        stopped.save(update_fields=("is_cancel_requested",))
    else:
        ending.cancel_unheld(stopped)
    audit.record("reports.cancelled", actor=actor, target=stopped)
    return stopped


@deed
def rerun(run_id: int, *, actor: User) -> ReportRun:
    """Run the same report again, with the ledger as it is now."""
    before = _readable(run_id, actor)
    return run(
        before.report,
        parameters=before.parameters,
        formats=before.formats,
        options=Options.of(before.options),
        actor=actor,
    )


@deed
def download(run_id: int, format_: str, *, actor: User) -> ReportFile:
    """Hand out a file, and write down to whom.

    Raises:
        RunExpired: it was deleted on its day.
        RunNotReady: the run has no such file (yet).
        FileLost: the storage has lost it.
        OnlyForRequester: it shows what somebody else may see.
    """
    actor.require("reports.download_report")
    asked = _readable(run_id, actor)
    report = known(asked.report)
    if report is not None and report.is_personal and asked.requester_id != actor.pk:
        raise OnlyForRequester(run=asked, requester=asked.requester)
    if asked.status == Status.EXPIRED:
        day = timezone.localdate(asked.expires_at)
        raise RunExpired(run=asked, day=day)
    file = asked.files.filter(format=format_).first()
    if file is None:
        status = Status(asked.status).label
        raise RunNotReady(run=asked, format=format_.upper(), status=status)
    if not default_storage.exists(str(file.file)):
        raise FileLost(run=asked)
    audit.record(
        "reports.downloaded",
        actor=actor,
        target=asked,
        after={"file": file.name, "sha256": file.sha256},
    )
    return file


@deed
def prefer(options: Options, *, actor: User) -> ReportPreferences:
    """Have the actor's files written like that from now on; runs keep what they were asked with."""
    actor.require("reports.run_report")
    before = ReportPreferences.of(actor)
    preferred, _is_new = ReportPreferences.objects.update_or_create(
        person=actor, defaults=options.as_json()
    )
    if options != before:
        audit.record(
            "reports.preferred",
            actor=actor,
            target=preferred,
            before=before.as_json(),
            after=options.as_json(),
        )
    return preferred


def _visible(run_id: int, actor: User) -> ReportRun:
    """Lock a run that is the actor's own, or that they may see."""
    found = ReportRun.objects.locked().get(pk=run_id)
    if found.requester_id != actor.pk:
        actor.require("reports.view_reportrun")
    return found


def _readable(run_id: int, actor: User) -> ReportRun:
    """Lock a run as `_visible` does, or one that was sent to the actor by a schedule."""
    sent = ReportFireRecipient.objects.filter(fire__run=run_id, person=actor)
    if not sent.exists():
        return _visible(run_id, actor)
    found = ReportRun.objects.locked().get(pk=run_id)
    actor.require(find(found.report).permission)
    return found
