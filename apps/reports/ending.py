"""How runs end: done, failed, cancelled, given up, expired."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.context import Origin, coming_from
from apps.audit.models import Source
from apps.reports import leases, receiving, retention, storing
from apps.reports.catalogue import find
from apps.reports.csv import WrittenFile
from apps.reports.errors import Cancelled, FiguresDiffer, LeaseLost
from apps.reports.leases import Claim
from apps.reports.models import ReportFile, ReportRun
from apps.reports.report import TieOut, Totals
from apps.reports.snapshot import Position
from apps.reports.states import Action, Format, Status

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Made:
    """What came out of the snapshot."""

    position: Position
    totals: Totals
    tie_outs: Sequence[TieOut]
    files: dict[Format, WrittenFile]


@contextmanager
def _ours(claim: Claim) -> Iterator[ReportRun]:
    """Lock the run for its end, while it is still ours."""
    with transaction.atomic():
        run = ReportRun.objects.locked().get(pk=claim.run_id)
        if run.lease_holder != claim.holder or run.status != Status.RUNNING:
            raise LeaseLost
        yield run
        _close(run)


def _close(run: ReportRun) -> None:
    run.finished_at = timezone.now()
    run.lease_until = None
    run.save()


def finish(claim: Claim, made: Made, stored: Mapping[Format, str]) -> None:
    """Show the finished files, and tell whether their figures agree.

    Raises:
        Cancelled: somebody was quicker.
        LeaseLost: the run is no longer ours.
    """
    with _ours(claim) as run:
        if run.is_cancel_requested:
            raise Cancelled
        run.ledger_position = made.position.last_id
        run.ledger_count = made.position.transaction_count
        run.rows_done = run.rows_total = made.totals.row_count
        if (paper := made.files.get(Format.PDF)) and paper.page_count:
            run.pages_done = run.pages_total = paper.page_count
        run.totals = {currency: dict(sums) for currency, sums in made.totals.sums.items()}
        run.tie_outs = [tie_out.as_json() for tie_out in made.tie_outs]
        run.stage = ""
        _complete(run, made, stored)


def _complete(run: ReportRun, made: Made, stored: Mapping[Format, str]) -> None:
    run.move(Action.FINISH)
    run.expires_at = timezone.now() + retention.kept_for(run.requester)
    for format_, written in made.files.items():
        ReportFile.objects.create(
            run=run,
            format=format_,
            file=stored[format_],
            name=f"{run}-{find(run.report).file_stem(run.parameters)}.{format_.value}",
            size=written.size,
            sha256=written.sha256,
            page_count=written.page_count,
        )
    digests = {format_.value: written.sha256 for format_, written in made.files.items()}
    audit.record(
        "reports.made",
        actor=User.objects.system(),
        target=run,
        after={
            "sha256": digests,
            "ledger_position": run.ledger_position,
            "agrees": run.is_tied,
        },
    )
    if run.is_tied:
        receiving.tell(run, _("“{report}” is ready"))
    else:
        receiving.tell(run, _("“{report}” is ready, but its figures do not agree"), _differing(run))


def _differing(run: ReportRun) -> str:
    return "\n".join(
        FiguresDiffer(
            label=tie_out.label, expected=tie_out.expected_text, found=tie_out.found_text
        ).message
        for tie_out in map(TieOut.from_json, run.tie_outs)
        if not tie_out.is_ok
    )


def end(claim: Claim, action: Action, reason: str = "") -> None:
    """End the run without a file, when it is still ours."""
    try:
        with _ours(claim) as run:
            if action == Action.FAIL:
                _fail(run, reason)
            else:
                run.move(action)
    except LeaseLost:
        logger.warning("run %s is in other hands now", claim.run_id)


def put_back(claim: Claim, trouble: Exception) -> None:
    """Leave the run to the next worker, or give up when enough have tried."""
    attempt_count = ReportRun.objects.get(pk=claim.run_id).attempt_count
    if attempt_count < leases.MOST_ATTEMPTS:
        leases.give_back(claim)
        return
    why = getattr(trouble, "strerror", None) or str(trouble).partition("\n")[0]
    reason = _("It was tried {count} times and always stopped: {why}. Tell an administrator.")
    end(claim, Action.FAIL, reason.format(count=attempt_count, why=why))


def give_up() -> None:
    """Fail the runs whose workers died again and again."""
    for run_id in leases.hopeless():
        with transaction.atomic(), coming_from(Origin(source=Source.JOB)):
            run = ReportRun.objects.locked().get(pk=run_id)
            if run.status == Status.RUNNING and not leases.is_held(run):
                storing.remove(run.lease_holder)
                reason = _(
                    "Its worker was lost {count} times. Choose less, such as a shorter period, "
                    "or tell an administrator."
                )
                _fail(run, reason.format(count=run.attempt_count))
                _close(run)


def cancel_unheld(run: ReportRun) -> None:
    """Cancel a locked run on which nobody works."""
    run.move(Action.CANCEL)
    if run.lease_holder:
        storing.remove(run.lease_holder)
    _close(run)


def remove_expired(*, now: datetime) -> int:
    """Delete the files whose day has come; runs and digests stay. Return how many runs it was."""
    due = ReportRun.objects.filter(status=Status.DONE, expires_at__lte=now)
    count = 0
    for run_id in list(due.values_list("pk", flat=True)):
        with transaction.atomic(), coming_from(Origin(source=Source.JOB)):
            run = due.locked().filter(pk=run_id).first()
            if run is not None:
                run.move(Action.EXPIRE)
                run.save(update_fields=("status",))
                storing.remove(run.lease_holder)
                audit.record("reports.expired", actor=User.objects.system(), target=run)
                count += 1
    return count


def _fail(run: ReportRun, reason: str) -> None:
    run.move(Action.FAIL)
    run.failure = reason
    audit.record("reports.failed", actor=User.objects.system(), target=run, reason=reason)
    receiving.tell(run, _("“{report}” could not be made"), reason)
