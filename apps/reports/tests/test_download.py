"""Downloading: by who may, written down, until the files expire."""

from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from apps.accounts.models import User
from apps.audit.context import Origin
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import NotPermitted
from apps.reports import ending, services, tasks
from apps.reports.errors import FileLost, RunExpired, RunNotReady
from apps.reports.models import ReportFile, ReportRun
from apps.reports.states import Status
from apps.reports.tests.conftest import OCTOBER

EXPIRES = datetime(2027, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def run(fiona: User, files: Path) -> ReportRun:
    """Return a finished run of Fiona's with a CSV."""
    run = services.run("lending-register", parameters=OCTOBER, formats=["csv"], actor=fiona)
    run.status = Status.DONE
    run.finished_at, run.expires_at = EXPIRES - timedelta(days=90), EXPIRES
    run.lease_holder = "00000000-0000-4000-8000-000000000001"
    run.save()
    name = f"reports/{run.lease_holder}/report.csv"
    (files / name).parent.mkdir(parents=True)
    (files / name).write_text("a,b\r\n")
    ReportFile.objects.create(
        run=run, format="csv", file=name, name=f"{run}-x.csv", size=5, sha256="12" * 32
    )
    return run


@pytest.mark.parametrize("name", ["fiona", "carol"])
def test_a_file_is_handed_out_and_that_is_written_down(
    run: ReportRun, name: str, request: pytest.FixtureRequest
) -> None:
    person = request.getfixturevalue(name)

    file = services.download(run.pk, "csv", actor=person)

    assert file.file.read() == b"a,b\r\n"
    file.file.close()
    event = AuditEvent.objects.get(action="reports.downloaded")
    assert (event.actor, event.after) == (person, {"file": f"{run}-x.csv", "sha256": "12" * 32})


def test_a_file_is_refused_to_others_and_that_is_written_down(
    run: ReportRun, audrey: User, walt: User
) -> None:
    for person, right in ((audrey, "download_report"), (walt, "view_reportrun")):
        with pytest.raises(NotPermitted, match=rf"reports.{right}"):
            services.download(run.pk, "csv", actor=person)

    denied = AuditEvent.objects.filter(action="reports.download", outcome=Outcome.DENIED)
    assert {event.actor for event in denied} == {audrey, walt}
    assert not AuditEvent.objects.filter(action="reports.downloaded").exists()


def test_somebody_else_s_file_needs_the_view_of_all_runs(run: ReportRun, carol: User) -> None:
    group = carol.groups.get()
    group.permissions.remove(*group.permissions.filter(codename="view_reportrun"))

    with pytest.raises(NotPermitted, match=r"reports.view_reportrun"):
        services.download(run.pk, "csv", actor=carol)


def test_a_format_that_was_not_made_is_refused(run: ReportRun, fiona: User) -> None:
    with pytest.raises(RunNotReady, match="has no PDF file; its status is “done”"):
        services.download(run.pk, "pdf", actor=fiona)


def test_a_file_that_the_storage_lost_is_not_promised(
    run: ReportRun, fiona: User, files: Path
) -> None:
    (files / str(run.files.get().file)).unlink()

    with pytest.raises(FileLost, match="is missing in the storage"):
        services.download(run.pk, "csv", actor=fiona)


def test_files_are_deleted_on_their_day_and_the_proof_stays(
    run: ReportRun, fiona: User, files: Path
) -> None:
    assert ending.remove_expired(now=EXPIRES - timedelta(seconds=1)) == 0
    with time_machine.travel(EXPIRES):
        tasks.remove_expired()
    assert ending.remove_expired(now=EXPIRES) == 0

    run.refresh_from_db()
    assert run.status == Status.EXPIRED
    assert run.files.get().sha256 == "12" * 32
    assert [path for path in files.rglob("*") if path.is_file()] == []
    assert AuditEvent.objects.get(action="reports.expired").actor.is_system
    with pytest.raises(RunExpired, match=r"were deleted on 2027-01-31. Run the report again."):
        services.download(run.pk, "csv", actor=fiona)


def test_files_that_another_sweep_has_just_deleted_are_left_to_it(
    run: ReportRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(_origin: Origin) -> AbstractContextManager[None]:
        ReportRun.objects.filter(pk=run.pk).update(status=Status.EXPIRED)
        return nullcontext()

    monkeypatch.setattr(ending, "coming_from", overtaken)

    assert ending.remove_expired(now=EXPIRES) == 0
    assert not AuditEvent.objects.filter(action="reports.expired").exists()
