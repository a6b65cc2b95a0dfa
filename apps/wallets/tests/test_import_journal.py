"""Importing a journal: mapped, whole or not at all, once."""

import threading
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.common.errors import NotPermitted
from apps.notifications.models import Notice
from apps.wallets import checking
from apps.wallets import services as wallets
from apps.wallets.errors import AlreadyImported, Collision, FileGone, MappingFaulty
from apps.wallets.importing import carrying_out, services
from apps.wallets.importing.mapping import Target
from apps.wallets.models import JournalImport, LedgerTransaction, Wallet
from apps.wallets.states import AccountClass, Role, TransactionKind
from apps.wallets.tests.conftest import refusal, stored
from apps.wallets.tests.importing import SMALL, balances, brought_in, mapped, uploaded
from project.testing.make import Make

BANK = ("Assets:Bank", "USD")


def fresh(row: JournalImport) -> JournalImport:
    return JournalImport.objects.get(pk=row.pk)


def confirmed(actor: User, text: str = SMALL, *targets: Target) -> JournalImport:
    row = mapped(uploaded(text, actor), actor, *targets)
    return services.confirm(row.pk, actor=actor)


# Posted


def test_everything_is_posted_as_the_file_says(carol: User) -> None:
    row = confirmed(carol)
    carrying_out.carry_out(row.pk)
    assert balances() == {
        ("Assets:Bank", "USD"): "-92.50",
        ("Equity:Start", "USD"): "100.00",
        ("Expenses:Office", "USD"): "-7.50",
    }
    first, second = LedgerTransaction.objects.order_by("pk")
    assert (first.kind, first.description, first.effective_on) == (
        TransactionKind.IMPORT,
        "Opening",
        date(2026, 1, 1),
    )
    assert (first.actor, first.about) == (carol, row)
    assert first.key == f"import:{row.digest}:1"
    assert second.key == f"import:{row.digest}:2"
    assert checking.check().ok
    done = fresh(row)
    assert done.status == "done"
    assert done.finished_at is not None
    assert done.result["transactions"] == 2
    assert done.result["accounts"][0] == {
        "wallet": Wallet.objects.get(title="Assets:Bank").number,
        "is_new": True,
        "title": "Assets:Bank",
        "currency": "USD",
        "entry_count": 2,
        "before": 0,
        "debit": 10_000,
        "credit": 750,
        "after": -9_250,
    }


def test_each_step_leaves_a_trace_and_the_end_a_notice(carol: User) -> None:
    row = confirmed(carol)
    carrying_out.carry_out(row.pk)
    events = AuditEvent.objects.filter(action__contains="journal", actor=carol).order_by("pk")
    assert list(events.values_list("action", flat=True)) == [
        "wallets.journal_uploaded",
        "wallets.journal_mapped",
        "wallets.journal_confirmed",
        "wallets.journal_imported",
    ]
    last = events[3]
    assert (last.source, last.after["transactions"]) == ("job", 2)
    notice = Notice.objects.filter(recipient=carol, channel="admin").latest("pk")
    assert notice.subject == "“journal.csv” is imported"


def test_accounts_that_are_here_are_found_again(make: Make, carol: User) -> None:
    brought_in(SMALL, carol)
    more = SMALL.replace("\n1,", "\n3,").replace("\n2,", "\n4,").replace("Equity:Start", "USD-CASH")
    row = brought_in(more, carol)
    assert not [line for line in row.result["accounts"] if line["is_new"]]
    assert balances()["cash", "USD"] == "100.00"
    bank = next(line for line in row.result["accounts"] if line["title"] == "Assets:Bank")
    assert (bank["before"], bank["after"]) == (-9_250, -18_500)


def test_two_accounts_of_a_file_may_be_one_of_ours(carol: User) -> None:
    cash = Target(*BANK, wallet="USD-CASH")
    office = Target("Expenses:Office", "USD", title="Things", general_class="expense")
    start = Target("Equity:Start", "USD", title="Things", general_class="expense")
    row = brought_in(SMALL, carol, cash, office, start)
    assert balances() == {("cash", "USD"): "-92.50", ("Things", "USD"): "92.50"}
    assert row.result["transactions"] == 2
    assert Wallet.objects.filter(role=Role.GENERAL).count() == 1


def test_a_currency_without_a_chart_comes_in(carol: User) -> None:
    brought_in(SMALL.replace("USD", "CHF"), carol)
    assert balances()["Assets:Bank", "CHF"] == "-92.50"


# Once


def test_what_was_imported_never_comes_in_again(carol: User) -> None:
    first = brought_in(SMALL, carol)
    said = refusal(lambda: uploaded(SMALL.replace(",", ";"), carol, "copy.csv"))
    assert isinstance(said, AlreadyImported)
    assert str(said) == (
        f"What “copy.csv” says was imported already, as {first}: a journal goes in once. "
        "Look at it in the list of imports."
    )


def test_of_two_uploads_of_one_journal_only_one_is_confirmed(carol: User, conrad: User) -> None:
    one, other = (mapped(uploaded(SMALL, actor), actor) for actor in (carol, conrad))
    services.confirm(one.pk, actor=carol)
    assert isinstance(refusal(lambda: services.confirm(other.pk, actor=conrad)), AlreadyImported)
    assert fresh(other).status == "mapped"


def test_the_database_refuses_a_second_one(carol: User) -> None:
    row = brought_in(SMALL, carol)
    copy = JournalImport(
        file_name="x",
        digest=row.digest,
        summary={},
        status="queued",
        uploaded_by=carol,
        confirmed_by=carol,
        confirmed_at=row.confirmed_at,
    )
    with pytest.raises(IntegrityError, match="journal_import_goes_in_once"), transaction.atomic():
        copy.save()


def test_carried_out_twice_it_is_posted_once(carol: User) -> None:
    row = confirmed(carol)
    carrying_out.carry_out(row.pk)
    before = stored()
    carrying_out.carry_out(row.pk)
    assert stored() == before


def test_keys_that_were_used_before_refuse_the_whole(carol: User, system: User) -> None:
    row = confirmed(carol)
    entries = [
        wallets.Entry(wallets.system_wallet(Role.CASH, "USD").pk, -1),
        wallets.Entry(wallets.system_wallet(Role.SUSPENSE, "USD").pk, 1),
    ]
    key = f"import:{row.digest}:2"
    wallets.post(TransactionKind.TRANSFER, entries, actor=system, key=key)
    before = stored()
    carrying_out.carry_out(row.pk)
    assert stored() == before
    assert fresh(row).status == "refused"
    assert "has been used for another request" in fresh(row).refusal


# Whole or not at all


def test_a_refusal_of_the_ledger_leaves_nothing_and_is_told(
    carol: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = confirmed(carol)
    before = stored()

    def refuse(*_args: Any, **_options: Any) -> None:
        raise Collision

    with monkeypatch.context() as patched:
        patched.setattr(wallets, "post_many", refuse)
        carrying_out.carry_out(row.pk)
    assert stored() == before
    assert not Wallet.objects.filter(role=Role.GENERAL).exists()
    refused = fresh(row)
    assert (refused.status, refused.refusal) == ("refused", Collision().message)
    notice = Notice.objects.filter(recipient=carol, channel="admin").latest("pk")
    assert notice.subject == "“journal.csv” was not imported"
    # What hindered it is gone: it is confirmed again, and comes in.
    services.confirm(row.pk, actor=carol)
    carrying_out.carry_out(row.pk)
    assert fresh(row).status == "done"
    assert fresh(row).refusal == ""


def test_our_own_mistake_is_told_without_its_insides(
    carol: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    row = confirmed(carol)

    def fail(*_args: Any, **_options: Any) -> None:
        message = "a secret"
        raise RuntimeError(message)

    monkeypatch.setattr(wallets, "post_many", fail)
    carrying_out.carry_out(row.pk)
    assert fresh(row).refusal == "Something went wrong inside Assets. Tell an administrator."
    assert f"import {row.pk} failed" in caplog.text


def test_when_the_database_goes_away_the_sweep_rings_again(
    carol: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = confirmed(carol)

    def lose(*_args: Any, **_options: Any) -> None:
        raise OperationalError

    with monkeypatch.context() as patched:
        patched.setattr(wallets, "post_many", lose)
        carrying_out.carry_out(row.pk)
    assert fresh(row).status == "queued"
    assert carrying_out.waiting() == []
    JournalImport.objects.filter(pk=row.pk).update(confirmed_at="2026-01-01T00:00Z")
    assert carrying_out.waiting() == [row.pk]
    carrying_out.carry_out(row.pk)
    assert (fresh(row).status, fresh(row).attempt_count) == ("done", 2)


def test_after_three_lost_workers_it_is_given_back(carol: User) -> None:
    row = confirmed(carol)
    JournalImport.objects.filter(pk=row.pk).update(attempt_count=3)
    carrying_out.carry_out(row.pk)
    assert fresh(row).status == "refused"
    assert "Every worker that began died" in fresh(row).refusal
    assert not LedgerTransaction.objects.exists()


def test_an_account_that_was_opened_meanwhile_refuses_the_confirmation(carol: User) -> None:
    row = mapped(uploaded(SMALL, carol), carol)
    wallets.open_general_account("Assets:Bank", AccountClass.ASSET, "USD", actor=carol)
    said = refusal(lambda: services.confirm(row.pk, actor=carol))
    assert isinstance(said, MappingFaulty)
    assert "There is an account with this title already: choose USD-G-" in str(said)


def test_a_day_in_a_closed_month_refuses_the_whole(carol: User, system: User) -> None:
    wallets.close_period(date(2026, 1, 31), actor=system, reason="audited")
    row = confirmed(carol)
    carrying_out.carry_out(row.pk)
    assert fresh(row).status == "refused"
    assert "closed" in fresh(row).refusal
    assert not LedgerTransaction.objects.exists()
    assert not Wallet.objects.filter(role=Role.GENERAL).exists()


# Discarded, handed out, kept


def test_a_discarded_file_is_gone_and_may_come_again(carol: User) -> None:
    row = uploaded(SMALL, carol)
    services.discard(row.pk, actor=carol)
    said = refusal(lambda: services.hand_out(row.pk, actor=carol))
    assert isinstance(said, FileGone)
    brought_in(SMALL, carol)


def test_the_file_is_kept_as_it_came(carol: User) -> None:
    content = b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode()
    row = uploaded(content, carol)
    assert services.hand_out(row.pk, actor=carol).file == content


def test_the_database_keeps_imports_as_they_ended(carol: User) -> None:
    row = brought_in(SMALL, carol)
    with (
        pytest.raises(IntegrityError, match="stays as it was"),
        transaction.atomic(),
    ):
        JournalImport.objects.filter(pk=row.pk).update(result={})
    with pytest.raises(IntegrityError, match="discard the import"), transaction.atomic():
        row.delete()
    with (
        pytest.raises(IntegrityError, match="journal_import_has_status"),
        transaction.atomic(),
    ):
        JournalImport.objects.create(
            file_name="x", digest="y", summary={}, status="odd", uploaded_by=carol
        )
    with (
        pytest.raises(IntegrityError, match="journal_import_is_confirmed"),
        transaction.atomic(),
    ):
        JournalImport.objects.create(
            file_name="x", digest="y", summary={}, status="queued", uploaded_by=carol
        )


def test_only_who_may_does_any_of_it(carol: User, fiona: User) -> None:
    row = mapped(uploaded(SMALL, carol), carol)
    for deed in (
        lambda: uploaded(SMALL, fiona),
        lambda: mapped(row, fiona),
        lambda: services.confirm(row.pk, actor=fiona),
        lambda: services.import_now(row.pk, actor=fiona),
        lambda: services.discard(row.pk, actor=fiona),
    ):
        assert isinstance(refusal(deed), NotPermitted)


# Two at once


@pytest.mark.django_db(transaction=True)
def test_two_workers_post_it_once(carol: User) -> None:
    row = confirmed(carol)
    with transaction.atomic():
        # One worker is at it.
        JournalImport.objects.locked().get(pk=row.pk)

        def rival() -> None:
            carrying_out.carry_out(row.pk)
            connection.close()

        other = threading.Thread(target=rival)
        other.start()
        other.join(20)
        assert not other.is_alive(), "the rival waits instead of leaving it alone"
    assert fresh(row).status == "queued"
    carrying_out.carry_out(row.pk)
    assert LedgerTransaction.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_worker_does_what_was_confirmed(carol: User, celery_worker: Any) -> None:
    row = confirmed(carol)
    celery_worker.until(lambda: fresh(row).status == "done")
    assert LedgerTransaction.objects.count() == 2
