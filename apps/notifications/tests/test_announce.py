"""Telling people: written with the deed, rung for after the commit, once for each key."""

import logging
from typing import Any

import pytest
from django.db import transaction
from kombu.exceptions import OperationalError
from pytest_django import DjangoCaptureOnCommitCallbacks

from apps.accounts.models import User
from apps.notifications import selectors, services
from apps.notifications.models import Notice
from apps.notifications.states import Status
from apps.notifications.tests.conftest import Bell, emails

pytestmark = pytest.mark.django_db


def announce(to: Any, **facts: Any) -> None:
    services.announce(
        "tickets.approved", **{"to": to, "about": None, "subject": "It is approved", **facts}
    )


def test_one_notice_for_each_channel(anna: User, clara: User) -> None:
    announce(anna, about=clara, body="Come and see")
    shown, mailed = Notice.objects.order_by("channel")
    assert (shown.status, mailed.status) == (Status.SENT, Status.WAITING)
    assert shown.sent_at is not None
    assert shown.about == mailed.about == clara
    assert shown.key == f"tickets.approved:accounts.user:{clara.pk}:{anna.pk}:admin"
    assert selectors.unread_count(anna) == 1
    assert selectors.unread_count(clara) == 0


def test_the_same_key_is_one_notice(anna: User) -> None:
    announce(anna)
    announce([anna, anna])
    assert Notice.objects.count() == 2
    announce(anna, key="again")
    assert Notice.objects.count() == 4


def test_each_person_once(anna: User, arno: User) -> None:
    announce([arno, anna, arno])
    assert [notice.recipient for notice in emails()] == [anna, arno]


def test_who_cannot_be_told_is_left_out(anna: User, system: User, bell: Bell) -> None:
    anna.is_active = False
    anna.save()
    announce([anna, system])
    announce([])
    assert not Notice.objects.exists()


def test_a_subject_is_one_line_of_at_most_two_hundred_letters(anna: User) -> None:
    announce(anna, subject="Approved\r\nBcc: everybody@example.com " + "x" * 300)
    subject = emails()[0].subject
    assert subject.startswith("Approved Bcc: everybody@example.com xxx")
    assert len(subject) == 200


def test_the_bell_rings_after_the_commit(
    anna: User, bell: Bell, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        announce(anna)
        assert bell.rung == []
    assert bell.rung == [emails()[0].pk]


def test_what_is_rolled_back_is_not_announced(
    anna: User, bell: Bell, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True) as callbacks, transaction.atomic():
        announce(anna)
        transaction.set_rollback(True)
    assert callbacks == []
    assert not Notice.objects.exists()


def test_a_broker_that_is_away_does_not_stop_the_deed(
    anna: User,
    bell: Bell,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    bell.failure = OperationalError("connection refused")
    with (
        caplog.at_level(logging.WARNING, "apps.common.doorbell"),
        django_capture_on_commit_callbacks(execute=True),
    ):
        announce(anna)
    assert "the broker is away" in caplog.text
    assert emails()[0].status == Status.WAITING


def test_reading_marks_ones_own_only(anna: User, arno: User) -> None:
    announce([anna, arno])
    every = list(Notice.objects.values_list("pk", flat=True))
    assert services.mark_read(every, actor=anna) == 2
    assert services.mark_read(every, actor=anna) == 0
    assert selectors.unread_count(anna) == 0
    assert selectors.unread_count(arno) == 1
