"""What lost attempts left behind is removed; what a run needs stays."""

import os
import tempfile
import uuid
from pathlib import Path

import pytest

from apps.accounts.models import User
from apps.reports import services, tasks
from apps.reports.models import ReportPart, ReportRun
from apps.reports.states import Status
from apps.reports.tests.conftest import OCTOBER


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that stands for the machine's temporary one."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def _attempt(files: Path, here: Path, holder: uuid.UUID) -> tuple[Path, Path]:
    stored = files / "reports" / str(holder) / "parts" / "0.json"
    stored.parent.mkdir(parents=True)
    stored.write_text("{}")
    workplace = here / f"assets-report-{holder}-x"
    workplace.mkdir()
    os.utime(workplace, (0, 0))
    return stored, workplace


def test_orphans_go_and_what_is_wanted_stays(fiona: User, files: Path, here: Path) -> None:
    run = services.run("lending-register", parameters=OCTOBER, formats=["csv"], actor=fiona)
    working, lost = uuid.uuid4(), uuid.uuid4()
    ReportRun.objects.filter(pk=run.pk).update(status=Status.RUNNING, lease_holder=working)
    for holder in (working, lost):
        ReportPart.objects.create(run=run, holder=holder, number=0, first_page=1, page_count=1)
    kept, left = _attempt(files, here, working), _attempt(files, here, lost)
    older = files / "reports" / "2026"
    older.mkdir()
    fresh = here / f"assets-report-{uuid.uuid4()}"
    fresh.mkdir()

    said = tasks.sweep_orphans()

    assert said == "What 2 lost attempts left behind is removed."
    assert all(path.exists() for path in (*kept, older, fresh))
    assert not any(path.exists() for path in (*left, left[0].parent.parent))
    assert ReportPart.objects.get().holder == working
    assert tasks.sweep_orphans() == ""


def test_an_empty_storage_has_no_orphans(db: None, files: Path, here: Path) -> None:
    assert tasks.sweep_orphans() == ""
