"""A check that somebody asks for: done by a worker, once, to a verdict that is told."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.common.errors import NotPermitted
from apps.notifications.models import Notice
from apps.wallets import selectors
from apps.wallets import services as wallets
from apps.wallets.checking import check, heartbeat, running
from apps.wallets.checking.heartbeat import Heartbeat
from apps.wallets.checking.progress import Progress
from apps.wallets.checking.tasks import run_books_check
from apps.wallets.models import BooksCheck, BooksCheckpoint, Wallet
from apps.wallets.states import BooksCheckStatus
from apps.wallets.tasks import check_books, sweep_books_checks
from apps.wallets.tests.conftest import Tamper
from project.testing.make import Make


@pytest.fixture
def wallet(make: Make, boris: User) -> Wallet:
    return make.wallet(boris, balance=10000)


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the checks for which a worker was woken."""
    heard: list[int] = []

    def ring(arguments: tuple[int], **_options: Any) -> None:
        heard.extend(arguments)

    monkeypatch.setattr(run_books_check, "apply_async", ring)
    return heard


def silent_for(check: BooksCheck, **fields: Any) -> None:
    """Let nothing be heard of the check for longer than a worker may be silent."""
    past = timezone.now() - heartbeat.HEARD_WITHIN - timedelta(seconds=1)
    BooksCheck.objects.filter(pk=check.pk).update(heard_at=past, **fields)


def test_a_check_is_promised_and_a_worker_woken_after_the_commit(
    audrey: User, wallet: Wallet, rung: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        asked = wallets.check_books(actor=audrey)
        assert not rung
    assert rung == [asked.pk]
    assert (asked.status, asked.requester) == (BooksCheckStatus.WAITING, audrey)
    assert selectors.latest_books_check() is None
    event = AuditEvent.objects.get(action="wallets.books_check_requested")
    assert (event.actor, event.target_id) == (audrey, str(asked.pk))


def test_a_second_click_finds_the_check_that_is_on_its_way(audrey: User, carol: User) -> None:
    assert wallets.check_books(actor=audrey) == wallets.check_books(actor=carol)
    assert BooksCheck.objects.count() == 1


def test_who_may_not_check_is_refused(walt: User, adam: User) -> None:
    for person in (walt, adam):
        with pytest.raises(NotPermitted):
            wallets.check_books(actor=person)
    assert not BooksCheck.objects.exists()


def test_without_a_broker_the_sweep_rings_later(
    audrey: User,
    rung: list[int],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    def away(*_arguments: Any, **_options: Any) -> None:
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(run_books_check, "apply_async", away)
        with django_capture_on_commit_callbacks(execute=True):
            asked = wallets.check_books(actor=audrey)
    sweep_books_checks()
    assert not rung
    silent_for(asked)
    sweep_books_checks()
    assert rung == [asked.pk]


def test_the_worker_comes_to_a_verdict_and_keeps_a_checkpoint(
    audrey: User, wallet: Wallet, system: User
) -> None:
    wallets.seal_ledger(actor=system)
    asked = wallets.check_books(actor=audrey)
    run_books_check(asked.pk)
    done = selectors.latest_books_check()
    assert done == asked
    assert done is not None
    assert done.is_right
    assert (done.transaction_count, done.entry_count, done.block_count) == (1, 2, 1)
    assert done.head == str(selectors.ledger_head())
    assert done.seconds is not None
    assert done.seconds >= 0
    assert BooksCheckpoint.objects.get().number == 1
    assert not Notice.objects.exists()
    event = AuditEvent.objects.get(action="wallets.books_checked")
    assert (event.actor, event.after["verdict"]) == (audrey, "right")


def test_called_twice_it_is_done_once(audrey: User, wallet: Wallet) -> None:
    asked = wallets.check_books(actor=audrey)
    run_books_check(asked.pk)
    before = BooksCheck.objects.get()
    run_books_check(asked.pk)
    run_books_check(987654)
    assert BooksCheck.objects.get().finished_at == before.finished_at
    assert AuditEvent.objects.filter(action="wallets.books_checked").count() == 1


def test_controllers_and_auditors_are_told_of_a_fault(
    audrey: User,
    carol: User,
    conrad: User,
    fiona: User,
    wallet: Wallet,
    tamper: Tamper,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tamper("UPDATE wallets SET posted = posted + 1 WHERE id = %s", wallet.pk)
    check_books()
    run_books_check(BooksCheck.objects.get().pk)
    failed = selectors.latest_books_check()
    assert failed is not None
    assert not failed.is_right
    sentence = f"Wallet {wallet.number} says that $100.01 is posted"
    assert failed.fault.startswith(sentence)
    assert failed.requester.is_system
    told = Notice.objects.filter(channel="admin")
    assert {notice.recipient for notice in told} == {audrey, carol, conrad}
    assert {notice.subject for notice in told} == {"The books are not right"}
    assert all(notice.body.startswith(sentence) for notice in told)
    assert sentence in caplog.text
    assert not mail.outbox


def test_of_two_workers_one_gets_it(audrey: User) -> None:
    asked = wallets.check_books(actor=audrey)
    assert heartbeat.claim(asked.pk)
    assert heartbeat.claim(asked.pk) is None


def test_a_check_whose_worker_died_is_done_by_the_next(audrey: User, rung: list[int]) -> None:
    asked = wallets.check_books(actor=audrey)
    assert heartbeat.claim(asked.pk)
    sweep_books_checks()
    assert not rung
    silent_for(asked)
    sweep_books_checks()
    assert rung == [asked.pk]
    run_books_check(asked.pk)
    done = BooksCheck.objects.get()
    assert (done.status, done.attempt_count) == (BooksCheckStatus.RIGHT, 2)


def test_a_worker_that_was_given_up_changes_nothing(
    audrey: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = wallets.check_books(actor=audrey)

    def slow(*arguments: Any, **options: Any) -> Any:
        BooksCheck.objects.filter(pk=asked.pk).update(attempt_count=2)
        return check(*arguments, **options)

    monkeypatch.setattr(running, "check", slow)
    run_books_check(asked.pk)
    assert BooksCheck.objects.get().status == BooksCheckStatus.RUNNING


def test_a_check_that_no_worker_survives_is_given_up_and_told(
    audrey: User, carol: User, rung: list[int]
) -> None:
    asked = wallets.check_books(actor=audrey)
    silent_for(asked, status=BooksCheckStatus.RUNNING, attempt_count=heartbeat.MOST_ATTEMPTS)
    sweep_books_checks()
    assert not rung
    stopped = BooksCheck.objects.get()
    assert stopped.status == BooksCheckStatus.STOPPED
    assert stopped.fault.startswith("Its worker was lost 3 times.")
    assert selectors.latest_books_check() is None
    told = Notice.objects.filter(channel="admin", subject="The books could not be checked")
    assert {notice.recipient for notice in told} == {audrey, carol}
    assert wallets.check_books(actor=audrey) != asked


def test_the_heart_tells_how_far_it_is(audrey: User) -> None:
    asked = wallets.check_books(actor=audrey)
    claimed = heartbeat.claim(asked.pk)
    assert claimed
    heart = Heartbeat(claimed)
    heart.beat()
    heart.say(Progress("entries of each wallet", 50, 200))
    heart.beat()
    heard = BooksCheck.objects.get()
    assert (heard.stage, heard.done_count, heard.total_count) == (
        "entries of each wallet",
        50,
        200,
    )


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_heard_while_it_works(
    audrey: User, wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "BEAT", timedelta(milliseconds=10))
    asked = wallets.check_books(actor=audrey)
    heard: list[str] = []

    def slow(say: Any, **options: Any) -> Any:
        def say_and_wait(progress: Progress) -> None:
            say(progress)
            deadline = timezone.now() + timedelta(seconds=20)
            while str(progress.stage) not in heard and timezone.now() < deadline:
                heard.append(BooksCheck.objects.values_list("stage", flat=True).get(pk=asked.pk))

        say_and_wait(Progress("counting", 1, 2))
        return check(say, **options)

    monkeypatch.setattr(running, "check", slow)
    run_books_check(asked.pk)
    assert "counting" in heard
    assert BooksCheck.objects.get().is_right


def test_the_night_asks_as_system(system: User) -> None:
    check_books()
    assert BooksCheck.objects.get().requester == system


@pytest.mark.parametrize(
    "statement", ["UPDATE books_checks SET fault = 'x'", "DELETE FROM books_checks"]
)
def test_a_verdict_is_not_changed(audrey: User, statement: str) -> None:
    asked = wallets.check_books(actor=audrey)
    run_books_check(asked.pk)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "change", ["status = 'fine'", "status = 'right'", "fault = 'x'", "finished_at = now()"]
)
def test_the_database_refuses_a_check_without_sense(audrey: User, change: str) -> None:
    wallets.check_books(actor=audrey)
    with (
        pytest.raises(IntegrityError, match="books_check_"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE books_checks SET {change}")  # noqa: S608
