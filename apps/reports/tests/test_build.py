"""Making a run: one snapshot, all files or none, once."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pypdf import PdfReader

from apps.accounts.models import User
from apps.audit.models import AuditEvent, Source
from apps.notifications.models import Notice
from apps.reports import csv, services
from apps.reports.states import Status
from apps.reports.tests.conftest import behind_the_ledger, move
from apps.reports.tests.making import built, in_another_thread, promised
from apps.wallets.models import LedgerTransaction, Wallet

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("broker")]


def test_a_run_ends_with_files_figures_and_proof(fiona: User, wallet: Wallet, files: Path) -> None:
    run = built(promised(fiona, wallet))

    assert (run.status, run.failure, run.attempt_count) == (Status.DONE, "", 1)
    assert (run.rows_done, run.rows_total, run.stage, run.lease_until) == (4, 4, "", None)
    assert run.totals == {"USD": {"debit": 25_051, "credit": 4_050}}
    assert [tie_out["ok"] for tie_out in run.tie_outs] == [True, True]
    last = LedgerTransaction.objects.latest("id")
    assert (run.ledger_position, run.ledger_count) == (last.pk, LedgerTransaction.objects.count())
    assert run.finished_at is not None
    assert run.expires_at is not None
    assert run.expires_at - run.finished_at > timedelta(days=89)
    table, paper = run.files.order_by("format")
    assert (table.name, paper.name) == (
        f"RR-{run.pk}-wallet-statement.csv",
        f"RR-{run.pk}-wallet-statement.pdf",
    )
    pages = PdfReader(files / str(paper.file)).pages
    assert paper.page_count == len(pages) == 2
    assert table.sha256 in pages[-1].extract_text()
    assert table.size == (files / str(table.file)).stat().st_size


def test_what_was_made_is_recorded_and_told(fiona: User, wallet: Wallet, files: Path) -> None:
    run = built(promised(fiona, wallet, ("csv",)))

    event = AuditEvent.objects.get(action="reports.made")
    assert (event.actor.is_system, event.source, event.target_id) == (True, Source.JOB, str(run.pk))
    assert event.after["sha256"] == {"csv": run.files.get().sha256}
    subjects = Notice.objects.filter(recipient=fiona, channel="admin").values_list("subject")
    assert list(subjects) == [("“Wallet statement” is ready",)]


def test_the_same_question_at_the_same_position_gives_the_same_bytes(
    fiona: User, wallet: Wallet, files: Path
) -> None:
    first = built(promised(fiona, wallet))
    second = built(services.rerun(first.pk, actor=fiona))

    assert first.pk != second.pk
    digests = [list(run.files.values_list("format", "sha256")) for run in (first, second)]
    assert digests[0] == digests[1]


def test_a_pdf_alone_still_names_the_digest_of_its_csv(
    fiona: User, wallet: Wallet, files: Path
) -> None:
    alone = built(promised(fiona, wallet, ("pdf",))).files.get()
    both = built(promised(fiona, wallet))

    assert alone.sha256 == both.files.get(format="pdf").sha256


def test_what_is_posted_in_the_middle_is_in_no_file(
    fiona: User, wallet: Wallet, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = csv.write

    def write_after_a_posting(*args: Any, **kwargs: Any) -> csv.WrittenFile:
        in_another_thread(lambda: move(wallet, 999_999, date(2026, 10, 30), "Too late"))
        return real(*args, **kwargs)

    monkeypatch.setattr(csv, "write", write_after_a_posting)

    run = built(promised(fiona, wallet))

    assert run.status == Status.DONE
    assert LedgerTransaction.objects.filter(description="Too late").exists()
    assert run.ledger_count == LedgerTransaction.objects.count() - 1
    table, paper = run.files.order_by("format")
    assert "Too late" not in (files / str(table.file)).read_text(encoding="utf-8")
    text = "\n".join(page.extract_text() for page in PdfReader(files / str(paper.file)).pages)
    assert "Too late" not in text
    assert "789.99" in text


def test_a_report_cannot_write(
    fiona: User, wallet: Wallet, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def vandalise(*_args: Any, **_kwargs: Any) -> csv.WrittenFile:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM report_files")
        raise AssertionError

    monkeypatch.setattr(csv, "write", vandalise)

    run = built(promised(fiona, wallet))

    assert (run.status, run.failure) == (
        Status.FAILED,
        "Something unforeseen went wrong. Tell an administrator.",
    )


def test_figures_that_disagree_are_shown_and_told(fiona: User, wallet: Wallet, files: Path) -> None:
    behind_the_ledger("UPDATE wallets SET posted = posted + 1 WHERE id = %s", wallet.pk)

    run = built(promised(fiona, wallet))

    assert (run.status, run.is_tied) == (Status.DONE, False)
    assert [tie_out["ok"] for tie_out in run.tie_outs] == [False, True]
    rows, proof = (
        page.extract_text()
        for page in PdfReader(files / str(run.files.get(format="pdf").file)).pages
    )
    assert "figures do not agree" in rows
    for words in ("These figures do not agree", "✗", "$790.00", "$789.99", "Do not sign"):
        assert words in proof
    assert "Prepared by" not in proof
    made = AuditEvent.objects.get(action="reports.made")
    assert made.after is not None
    assert made.after["agrees"] is False
    notice = Notice.objects.filter(recipient=fiona, channel="admin").get()
    assert notice.subject == "“Wallet statement” is ready, but its figures do not agree"
    assert "should be $790.00 and is $789.99" in notice.body
