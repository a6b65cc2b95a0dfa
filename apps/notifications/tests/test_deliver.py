"""Delivery: once, with patience, and honest about what nobody knows."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from smtplib import (
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPRecipientsRefused,
    SMTPServerDisconnected,
)

import pytest
import time_machine
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import EmailMessage
from django.db import IntegrityError, connections, transaction
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from apps.accounts.models import User
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import MoveNotAllowed, NotPermitted
from apps.notifications import delivery, services, tasks
from apps.notifications.models import Notice
from apps.notifications.states import Status
from apps.notifications.tests.conftest import Bell, emails

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def told(to: User, *, about: User | None = None, body: str = "Come and see") -> Notice:
    """Announce at noon and return the e-mail."""
    with time_machine.travel(NOON, tick=False):
        services.announce("tickets.approved", to=to, about=about, subject="Approved", body=body)
    return emails()[-1]


def deliver(notice: Notice, *, at: datetime = NOON) -> Notice:
    with time_machine.travel(at, tick=False):
        tasks.deliver(notice.pk)
    notice.refresh_from_db()
    return notice


@pytest.fixture
def breaks(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Let every sending fail."""

    def fail_with(failure: BaseException) -> None:
        def send(_message: EmailMessage) -> None:
            raise failure

        monkeypatch.setattr(EmailMessage, "send", send)

    return fail_with


@pytest.mark.django_db
def test_an_email_is_sent_once(anna: User, clara: User, settings: Settings) -> None:
    settings.BASE_URL = "https://assets.example.com"
    notice = deliver(told(anna, about=clara))
    assert notice.status == Status.SENT
    assert notice.sent_at == NOON
    assert notice.attempt_count == 1
    deliver(notice)
    (message,) = mail.outbox
    assert message.to == ["anna@example.com"]
    assert message.subject == "Approved"
    page = reverse("admin:accounts_user_change", args=(clara.pk,))
    assert message.body == f"Come and see\n\nhttps://assets.example.com{page}"
    assert message.message()["Message-ID"] == f"<notice-{notice.pk}@assets.example.com>"
    assert message.message()["Auto-Submitted"] == "auto-generated"


@pytest.mark.django_db
def test_somebody_outside_the_office_gets_no_link(boris: User, clara: User) -> None:
    deliver(told(boris, about=clara))
    assert mail.outbox[0].body == "Come and see"


@pytest.mark.django_db
def test_a_notice_about_nothing_leads_to_the_notices(anna: User, settings: Settings) -> None:
    deliver(told(anna, body=""))
    notices = reverse("admin:notifications_notice_changelist")
    assert mail.outbox[0].body == f"{settings.BASE_URL}{notices}"


@pytest.mark.django_db
def test_what_has_no_page_leads_to_the_notices(anna: User) -> None:
    services.announce("x.done", to=anna, about=AuditEvent(pk=1), subject="A", key="1")
    notice = emails()[-1]
    notice.about_type.model = "nothing"  # type: ignore[union-attr]  # it has a type
    assert delivery.message_of(notice).body.endswith("/notifications/notice/")


@pytest.mark.django_db
def test_what_is_shown_in_the_admin_is_not_sent(anna: User) -> None:
    told(anna)
    shown = Notice.objects.get(channel="admin")
    deliver(shown)
    assert mail.outbox == []


@pytest.mark.django_db
def test_a_failure_is_tried_again_later_and_later(
    anna: User, breaks: Callable[[BaseException], None]
) -> None:
    breaks(ConnectionRefusedError("nobody listens"))
    notice, now, waits = told(anna), NOON, []
    for attempt in range(1, delivery.ATTEMPTS):
        deliver(notice, at=now)
        assert (notice.status, notice.attempt_count) == (Status.WAITING, attempt)
        waits.append((notice.attempt_at - now) / timedelta(minutes=1))
        now = notice.attempt_at
    assert waits == [1, 2, 4, 8, 16, 32, 64]
    deliver(notice, at=now)
    assert notice.status == Status.FAILED
    assert notice.failure == "nobody listens"
    deliver(notice, at=now + timedelta(days=1))
    assert notice.attempt_count == delivery.ATTEMPTS


@pytest.mark.django_db
def test_nothing_is_tried_before_its_time(
    anna: User, breaks: Callable[[BaseException], None]
) -> None:
    breaks(TimeoutError())
    notice = deliver(told(anna))
    assert notice.failure == "TimeoutError"
    deliver(notice, at=NOON + timedelta(seconds=59))
    assert notice.attempt_count == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("failure", "status", "words"),
    [
        (SMTPDataError(554, b"refused"), Status.FAILED, "554 refused"),
        (SMTPDataError(451, "later"), Status.WAITING, "451 later"),
        (SMTPAuthenticationError(535, b"no entry"), Status.WAITING, "535 no entry"),
        (SMTPServerDisconnected("gone"), Status.WAITING, "gone"),
        (SMTPRecipientsRefused({"a@b.c": (550, b"unknown")}), Status.FAILED, "550 unknown"),
        (SMTPRecipientsRefused({"a@b.c": (450, b"greylisted")}), Status.WAITING, "450 greylisted"),
    ],
)
def test_only_what_may_pass_is_tried_again(
    failure: Exception,
    status: Status,
    words: str,
    anna: User,
    breaks: Callable[[BaseException], None],
) -> None:
    breaks(failure)
    notice = deliver(told(anna))
    assert (notice.status, notice.failure) == (status, words)


@pytest.mark.django_db
def test_a_worker_that_dies_while_sending_leaves_it_to_a_person(
    anna: User, bell: Bell, breaks: Callable[[BaseException], None]
) -> None:
    breaks(SystemExit())
    notice = told(anna)
    with pytest.raises(SystemExit):
        deliver(notice)
    deliver(notice)
    assert (notice.status, notice.attempt_count) == (Status.SENDING, 1)
    with time_machine.travel(NOON + delivery.LEASE - timedelta(seconds=1), tick=False):
        tasks.sweep()
    notice.refresh_from_db()
    assert notice.status == Status.SENDING
    with time_machine.travel(NOON + delivery.LEASE, tick=False):
        tasks.sweep()
    notice.refresh_from_db()
    assert notice.status == Status.FAILED
    assert "it may have arrived" in notice.failure
    assert bell.rung == []


@pytest.mark.django_db
def test_a_worker_that_is_late_does_not_overwrite_what_the_sweep_wrote(
    anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = told(anna)

    def send(_message: EmailMessage) -> None:
        delivery.close_lost(now=NOON + delivery.LEASE)

    monkeypatch.setattr(EmailMessage, "send", send)
    assert deliver(notice).status == Status.FAILED


@pytest.mark.django_db
def test_the_sweep_rings_for_what_is_due(
    anna: User, arno: User, bell: Bell, breaks: Callable[[BaseException], None]
) -> None:
    lost = told(anna)
    breaks(TimeoutError())
    later = deliver(told(arno))
    with time_machine.travel(NOON, tick=False):
        tasks.sweep()
    assert bell.rung == [lost.pk]
    with time_machine.travel(later.attempt_at, tick=False):
        tasks.sweep()
    assert bell.rung == [lost.pk, lost.pk, later.pk]


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_at_once_one_sends(anna: User) -> None:
    notice = told(anna)

    def rival() -> None:
        try:
            tasks.deliver(notice.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as pool, transaction.atomic():
        # The first worker is in the middle of its claim, and the second does not wait for it.
        Notice.objects.select_for_update().get(pk=notice.pk)
        pool.submit(rival).result(timeout=20)
        assert mail.outbox == []
    assert deliver(notice).status == Status.SENT
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_comes_while_another_sends_goes_away(
    anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice, sent = told(anna), []

    def rival() -> None:
        try:
            tasks.deliver(notice.pk)
        finally:
            connections.close_all()

    def send(message: EmailMessage) -> None:
        sent.append(message)
        with ThreadPoolExecutor(max_workers=1) as pool:
            pool.submit(rival).result(timeout=20)

    monkeypatch.setattr(EmailMessage, "send", send)
    assert deliver(notice).status == Status.SENT
    assert len(sent) == 1


@pytest.mark.django_db
def test_an_administrator_sends_a_failed_notice_again(
    anna: User,
    adam: User,
    bell: Bell,
    breaks: Callable[[BaseException], None],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    breaks(SMTPDataError(554, b"refused"))
    notice = deliver(told(anna))
    with django_capture_on_commit_callbacks(execute=True):
        services.send_again(notice.pk, actor=adam)
    notice.refresh_from_db()
    assert (notice.status, notice.attempt_count, notice.failure) == (Status.WAITING, 0, "")
    assert bell.rung == [notice.pk]
    event = AuditEvent.objects.get(action="notifications.retried")
    assert event.actor == adam
    assert "refused" in event.before["failure"]
    with pytest.raises(MoveNotAllowed):
        services.send_again(notice.pk, actor=adam)


@pytest.mark.django_db
def test_nobody_else_sends_again(anna: User) -> None:
    notice = told(anna)
    with pytest.raises(NotPermitted):
        services.send_again(notice.pk, actor=anna)
    assert AuditEvent.objects.get(outcome=Outcome.DENIED).action == "notifications.send_again"


@pytest.fixture
def stored() -> services.Attachment:
    """Return a file of the storage."""
    content = b"%PDF-1.4 receipt"
    path = default_storage.save("tickets/receipt.pdf", ContentFile(content))
    return services.Attachment(path, "Receipt TK-1.pdf", hashlib.sha256(content).hexdigest())


def told_with(attachment: services.Attachment, to: User) -> Notice:
    """Announce something with a file at noon, and return the e-mail."""
    with time_machine.travel(NOON, tick=False):
        services.announce("x.told", to=to, about=None, subject="Receipt", attachment=attachment)
    return emails()[-1]


@pytest.mark.django_db
def test_a_notice_brings_its_file(boris: User, stored: services.Attachment) -> None:
    notice = deliver(told_with(stored, boris))
    assert notice.status == Status.SENT
    (attached,) = mail.outbox[0].attachments
    assert (attached[0], attached[1]) == ("Receipt TK-1.pdf", b"%PDF-1.4 receipt")


@pytest.mark.django_db
@pytest.mark.parametrize("fault", ["gone", "changed"])
def test_a_file_that_is_not_what_it_was_is_not_sent(
    boris: User, stored: services.Attachment, fault: str
) -> None:
    default_storage.delete(stored.path)
    if fault == "changed":
        assert default_storage.save(stored.path, ContentFile(b"forged")) == stored.path
    notice = deliver(told_with(stored, boris))
    assert notice.status == Status.FAILED
    assert "“Receipt TK-1.pdf” is not as it was attached" in notice.failure
    assert not mail.outbox


@pytest.mark.django_db
def test_the_database_refuses_half_an_attachment(boris: User) -> None:
    notice = told(boris)
    notice.attachment_name = "a.pdf"
    with pytest.raises(IntegrityError, match="notice_attachment_is_whole"), transaction.atomic():
        notice.save()
