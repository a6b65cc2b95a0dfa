"""Making a run: one worker, one snapshot, all files or none."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import translation
from django.utils.translation import gettext as _

from apps.audit.context import Origin, coming_from
from apps.audit.models import Source
from apps.common.errors import DomainError
from apps.reports import csv, ending, leases, parts, pdf, storing
from apps.reports.catalogue import find
from apps.reports.csv import WrittenFile
from apps.reports.ending import Made
from apps.reports.errors import Cancelled, LeaseLost
from apps.reports.leases import Claim, Lease
from apps.reports.models import ReportRun
from apps.reports.options import Options
from apps.reports.paper import Cells, Paper
from apps.reports.pdf import Plan, Progress
from apps.reports.report import Answers, Frame, Report, Totals
from apps.reports.snapshot import Position, snapshot
from apps.reports.states import Action, Format
from apps.wallets import services as wallets

logger = logging.getLogger(__name__)

_LAID_OUT_AT_ONCE = 1000


def build(run_id: int, *, ring: parts.Ring = parts.nobody) -> None:
    """Make the run, unless it is finished or somebody else is at it.

    `ring` calls other workers to the parts of a long PDF.
    """
    claim = leases.claim(run_id)
    if claim is None:
        return
    with (
        coming_from(Origin(source=Source.JOB)),
        translation.override(settings.LANGUAGE_CODE),
        storing.workplace(claim) as folder,
    ):
        if not _is_finished(claim, folder, ring):
            storing.remove(claim.holder)


def _is_finished(claim: Claim, folder: Path, ring: parts.Ring) -> bool:
    """Work until the run is finished, or note why it is not."""
    try:
        with Lease(claim) as lease:
            made = _make(claim, folder, lease, ring)
            stored = storing.keep(claim, made.files)
        ending.finish(claim, made, stored)
    except Cancelled:
        ending.end(claim, Action.CANCEL)
    except LeaseLost:
        logger.warning("run %s is in other hands now", claim.run_id)
    except DomainError as refusal:
        ending.end(claim, Action.FAIL, refusal.message)
    except SoftTimeLimitExceeded:
        ending.end(claim, Action.FAIL, _too_long())
    except (OperationalError, InterfaceError, OSError) as trouble:
        logger.warning("run %s stopped: %s", claim.run_id, trouble)
        if isinstance(trouble.__cause__, psycopg.errors.QueryCanceled):
            ending.end(claim, Action.FAIL, _too_long())
        else:
            ending.put_back(claim, trouble)
    except Exception:
        logger.exception("run %s failed", claim.run_id)
        reason = _("Something unforeseen went wrong. Tell an administrator.")
        ending.end(claim, Action.FAIL, reason)
    else:
        return True
    return False


def _too_long() -> str:
    return _("It took too long. Choose less, such as a shorter period.")


def _make(claim: Claim, folder: Path, lease: Lease, ring: parts.Ring) -> Made:
    run = ReportRun.objects.get(pk=claim.run_id)
    asked = find(run.report)
    report = asked.settled(asked.answers(run.parameters), run.requester)
    # So that a run finds entries in the places that they keep, and days summed up.
    wallets.roll_up()
    with ExitStack() as view:
        position = view.enter_context(snapshot())
        lease.reached(_("adding up"), 0, None)
        answers = report.answers(run.parameters)
        totals = report.totals(answers)
        frame = report.frame(answers, totals)
        desk = _Desk(report, answers, totals, Options.of(run.options), folder, lease)
        made = Made(position, totals, frame.tie_outs, {})
        # PDF and XLSX name the digest of the CSV, so that the CSV is always made.
        table = desk.write_csv()
        if Format.CSV in run.formats:
            made.files[Format.CSV] = table
        if Format.XLSX in run.formats:
            made.files[Format.XLSX] = desk.write_xlsx(frame, position, table)
        if Format.PDF in run.formats:

            def print_parts(planned: Plan, progress: Progress) -> None:
                # All that is printed is laid out: nobody has to keep the snapshot for it.
                view.close()
                parts.print_together(claim, planned, progress, ring=ring)

            made.files[Format.PDF] = desk.write_pdf(frame, position, table, print_parts)
    return made


@dataclass(frozen=True)
class _Desk:
    """What lies before the worker while the files are written."""

    report: Report
    answers: Answers
    totals: Totals
    options: Options
    folder: Path
    lease: Lease

    def write_csv(self) -> WrittenFile:
        return csv.write(
            self.folder / "report.csv",
            self.report.columns,
            self.report.query(self.answers),
            progress=lambda rows: self.lease.reached(
                _("writing the CSV"), rows, self.totals.row_count
            ),
            options=self.options,
        )

    def write_xlsx(self, frame: Frame, position: Position, table: WrittenFile) -> WrittenFile:
        from apps.reports import xlsx  # noqa: PLC0415  (loads a library that few processes need)

        return xlsx.write(
            self.folder / "report.xlsx",
            self._paper(frame, position, table),
            self.report.query(self.answers).streamed(),
            progress=lambda rows: self.lease.reached(
                _("writing the XLSX"), rows, self.totals.row_count
            ),
        )

    def write_pdf(
        self,
        frame: Frame,
        position: Position,
        table: WrittenFile,
        print_parts: Callable[[Plan, Progress], None],
    ) -> WrittenFile:
        return pdf.write(
            self.folder / "report.pdf",
            self._paper(frame, position, table),
            self._laid_out(),
            progress=self._printed,
            print_parts=print_parts,
            attachment=table.path,
        )

    def _paper(self, frame: Frame, position: Position, table: WrittenFile) -> Paper:
        facts = self.report.described(self.answers)
        return Paper(self.report, facts, self.totals, frame, position, table.sha256, self.options)

    def _laid_out(self) -> Iterator[Cells]:
        for done, cells in enumerate(self.report.query(self.answers).streamed()):
            if done % _LAID_OUT_AT_ONCE == 0:
                self.lease.reached(_("laying out pages"), done, self.totals.row_count)
            yield cells

    def _printed(self, page: int, page_count: int) -> None:
        self.lease.reached("", self.totals.row_count, self.totals.row_count)
        self.lease.printed(_("printing pages"), page, page_count)
