"""What people do with reports: run, cancel, run again, download."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.doorbell import ring
from apps.reports import ending, leases, pdf, tasks
from apps.reports.catalogue import find
from apps.reports.errors import FileLost, NoFormat, PdfNotPossible, RunExpired, RunNotReady
from apps.reports.models import ReportFile, ReportFireRecipient, ReportRun
from apps.reports.options import USUAL, Options
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
        NoFormat, PdfNotPossible: it cannot be saved like that.
    """
    actor.require("reports.run_report")
    wanted = find(report)
    actor.require(wanted.permission)
    answers = wanted.answers(parameters)
    kept = {
        "report": report,
        "parameters": wanted.parameters(answers),
        "formats": _formats(formats),
        "options": options.as_json(),
        "requester": actor,
    }
    # Two clicks at the same moment are two requests: the second waits here for the first.
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    unfinished = ReportRun.objects.unfinished().filter(**kept, is_cancel_requested=False)
    if (waiting := unfinished.first()) is not None:
        return waiting
    promised = ReportRun.objects.create(
        **kept, summary=wanted.summary(answers), lease_until=Now() + leases.HEARD_WITHIN
    )
    audit.record(
        "reports.requested",
        actor=actor,
        target=promised,
        after={"report": report, "parameters": kept["parameters"], "formats": kept["formats"]},
    )
    transaction.on_commit(partial(ring, tasks.build, [promised.pk]))
    return promised


def _formats(formats: Iterable[str]) -> list[Format]:
    asked = set(formats)
    wanted = [format_ for format_ in sorted(Format) if format_ in asked]
    if not wanted:
        raise NoFormat
    if Format.PDF in wanted and not pdf.is_possible():
        raise PdfNotPossible
    return wanted


@deed
def cancel(run_id: int, *, actor: User) -> ReportRun:
    """Stop the run; a worker that is at it hears so within seconds and leaves no file."""
    actor.require("reports.run_report")
    stopped = _visible(run_id, actor)
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
    """
    actor.require("reports.download_report")
    asked = _readable(run_id, actor)
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
