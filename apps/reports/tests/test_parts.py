"""Parts: printed by whoever is free, each once, and nothing is left of them."""

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone
from pypdf import PdfReader

from apps.accounts.models import User
from apps.reports import building, leases, parts, pdf, services, storing, tasks
from apps.reports.models import MOST_PART_ATTEMPTS, ReportPart, ReportRun
from apps.reports.pdf import planning
from apps.reports.states import Status
from apps.reports.tests.conftest import OCTOBER, many_entries
from apps.wallets.models import Wallet

COMMITS = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(fiona: User, wallet: Wallet, files: Path, monkeypatch: pytest.MonkeyPatch) -> ReportRun:
    """Return a promised run whose PDF has four parts of a page."""
    monkeypatch.setattr(planning, "PAGES_IN_PART", 1)
    monkeypatch.setattr(services, "ring", lambda _task, _run_ids: None)
    many_entries(wallet, 150)
    return services.run(
        "wallet-statement",
        parameters={"wallet": wallet.pk, **OCTOBER},
        formats=["pdf"],
        actor=fiona,
    )


def _stored(files: Path) -> list[Path]:
    return [path for path in files.rglob("*") if path.is_file()]


def _built(run: ReportRun, ring: parts.Ring = parts.nobody) -> ReportRun:
    building.build(run.pk, ring=ring)
    run.refresh_from_db()
    return run


@COMMITS
def test_a_worker_alone_prints_all_parts(run: ReportRun, files: Path) -> None:
    asked: list[int] = []

    _built(run, ring=asked.extend)

    assert (run.status, run.failure) == (Status.DONE, "")
    file = run.files.get()
    assert len(asked) >= 3
    assert file.page_count == len(PdfReader(files / str(file.file)).pages) == len(asked) + 1
    assert (run.pages_done, run.pages_total) == (file.page_count, file.page_count)
    assert (run.rows_done, run.rows_total) == (154, 154)
    assert not ReportPart.objects.exists()
    assert _stored(files) == [files / str(file.file)]


@COMMITS
def test_helpers_print_the_same_bytes(run: ReportRun, fiona: User) -> None:
    alone = _built(run).files.get().sha256
    again = services.rerun(run.pk, actor=fiona)
    printed: list[str] = []

    def help_at_once(part_ids: Any) -> None:
        for part_id in part_ids:
            tasks.print_part(part_id)
            tasks.print_part(part_id)
        printed.extend(ReportPart.objects.exclude(file="").values_list("file", flat=True))
        assert len(printed) == len(set(printed)) == len(part_ids)

    _built(again, ring=help_at_once)

    assert printed
    assert again.files.get().sha256 == alone
    assert not any(default_storage.exists(name) for name in printed)


@COMMITS
def test_few_parts_are_printed_without_the_storage(
    run: ReportRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "PAGES_IN_PART", 100)
    asked: list[int] = []

    _built(run, ring=asked.extend)

    assert (run.status, asked) == (Status.DONE, [])


@COMMITS
def test_the_part_of_a_lost_helper_is_printed_again(run: ReportRun) -> None:
    def die(part_ids: Any) -> None:
        first = ReportPart.objects.filter(pk__in=part_ids).order_by("number")[0]
        ReportPart.objects.filter(pk=first.pk).update(
            attempt_count=1, claimed_until=timezone.now() - timedelta(seconds=1)
        )

    assert _built(run, ring=die).status == Status.DONE


@COMMITS
def test_a_part_that_loses_every_worker_fails_the_run_and_names_its_pages(
    run: ReportRun, files: Path
) -> None:
    def die(part_ids: Any) -> None:
        second = ReportPart.objects.filter(pk__in=part_ids).order_by("number")[1]
        ReportPart.objects.filter(pk=second.pk).update(
            attempt_count=MOST_PART_ATTEMPTS, claimed_until=timezone.now() - timedelta(seconds=1)
        )

    _built(run, ring=die)

    assert run.status == Status.FAILED
    assert run.failure.startswith("Pages 2 to 2 could not be printed: 3 workers were lost")
    assert not ReportPart.objects.exists()
    assert _stored(files) == []


@COMMITS
def test_a_helper_that_fails_leaves_the_part_to_others(
    run: ReportRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(part_ids: Any) -> None:
        real = pdf.render

        def no_space(*_paths: Path) -> int:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(pdf, "render", no_space)
        parts.help_with(part_ids[0])
        monkeypatch.setattr(pdf, "render", real)
        assert ReportPart.objects.get(pk=part_ids[0]).attempt_count == 1

    assert _built(run, ring=fail).status == Status.DONE


@COMMITS
def test_nobody_helps_with_what_is_cancelled_or_in_other_hands(
    run: ReportRun, fiona: User, files: Path
) -> None:
    def cancel(part_ids: Any) -> None:
        services.cancel(run.pk, actor=fiona)
        parts.help_with(part_ids[0])
        assert ReportPart.objects.get(pk=part_ids[0]).attempt_count == 0

    _built(run, ring=cancel)
    parts.help_with(0)

    assert run.status == Status.CANCELLED
    assert not ReportPart.objects.exists()
    assert _stored(files) == []


@COMMITS
def test_a_helper_that_comes_too_late_leaves_no_file(
    run: ReportRun, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(part_ids: Any) -> None:
        real = parts._printed

        def slow(taken: ReportPart, folder: Path) -> str:
            name = real(taken, folder)
            ReportPart.objects.filter(pk=taken.pk).update(attempt_count=2, claimed_until=Now())
            return name

        monkeypatch.setattr(parts, "_printed", slow)
        parts.help_with(part_ids[0])
        assert not [path for path in _stored(files) if path.suffix == ".pdf"]

    assert _built(run, ring=lose).status == Status.DONE


@COMMITS
def test_what_a_dead_attempt_left_is_removed_by_the_next(run: ReportRun, files: Path) -> None:
    dead = leases.claim(run.pk)
    assert dead is not None
    ReportPart.objects.create(run=run, holder=dead.holder, number=0, first_page=1, page_count=1)
    left = files / storing.parts_of(dead.holder) / "0.json"
    left.parent.mkdir(parents=True)
    left.write_text("{}")
    leases.give_back(dead)

    _built(run)

    assert run.status == Status.DONE
    assert not left.parent.parent.exists()
    assert not ReportPart.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({}, "report_part_one_each"),
        ({"number": 1, "attempt_count": 4}, "report_part_few_attempts"),
        ({"number": 1, "file": "x"}, "report_part_file_printed"),
    ],
)
def test_the_database_refuses_parts_that_cannot_be(
    fiona: User, fields: dict[str, Any], name: str
) -> None:
    run = services.run("lending-register", parameters=OCTOBER, formats=["csv"], actor=fiona)
    part = {"run": run, "holder": uuid.UUID(int=1), "number": 0, "first_page": 1, "page_count": 1}
    ReportPart.objects.create(**part)

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ReportPart.objects.create(**{**part, **fields})
