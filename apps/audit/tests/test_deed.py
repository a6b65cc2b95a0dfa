"""A deed is whole, and an attempt that was not permitted is recorded."""

import pytest
from django.db import transaction

from apps.accounts.models import User
from apps.audit.models import AuditEvent, Outcome
from apps.audit.services import deed, record
from apps.common.errors import DomainError, NotPermitted, OwnMatter


class Broken(DomainError):
    """Something is wrong."""

    template = "It is broken."


@deed
def paint(thing_id: int, *, actor: User, error: Exception | None = None, colour: str = "") -> str:
    """Record, then fail when asked to."""
    record("tests.painted", actor=actor, after={"thing": thing_id, "colour": colour})
    if error:
        raise error
    return "painted"


@deed
def repaint(thing_id: int, *, actor: User, error: Exception | None = None) -> str:
    """Paint twice."""
    paint(thing_id, actor=actor)
    return paint(thing_id, actor=actor, error=error)


@deed
def try_to_paint(thing_id: int, *, actor: User) -> str:
    """Paint when that is allowed."""
    try:
        return paint(thing_id, actor=actor, error=NotPermitted(permission="x"))
    except NotPermitted:
        record("tests.gave_up", actor=actor)
        return "not painted"


def actions(actor: User) -> list[tuple[str, str]]:
    events = AuditEvent.objects.filter(actor=actor).order_by("pk")
    return [(event.action, event.outcome) for event in events]


def test_a_deed_returns_what_it_did(clara: User) -> None:
    assert paint(7, actor=clara) == "painted"
    assert actions(clara) == [("tests.painted", Outcome.DONE)]
    assert paint.__name__ == "paint"


def test_a_refused_deed_leaves_nothing(clara: User) -> None:
    with pytest.raises(Broken):
        repaint(7, actor=clara, error=Broken())

    assert actions(clara) == []


def test_a_denied_attempt_is_recorded_once_under_the_outermost_name(
    clara: User, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(OwnMatter):
        repaint(7, actor=clara, error=OwnMatter(part="borrower"))

    event = AuditEvent.objects.get(actor=clara)
    assert (event.action, event.outcome) == ("audit.repaint", Outcome.DENIED)
    assert event.after == {"arguments": ["7"]}
    assert event.reason.startswith("Nobody decides on their own matter")
    assert f"audit.repaint denied to {clara.pk}" in caplog.text


def test_what_was_given_by_keyword_is_not_kept(clara: User) -> None:
    with pytest.raises(NotPermitted):
        paint(7, actor=clara, colour="secret", error=NotPermitted(permission="x"))

    assert "secret" not in str(AuditEvent.objects.filter(actor=clara).values().get())


def test_an_attempt_that_the_outer_deed_expected_is_not_a_denial(clara: User) -> None:
    assert try_to_paint(7, actor=clara) == "not painted"

    assert actions(clara) == [("tests.gave_up", Outcome.DONE)]


def test_the_next_deed_after_a_denied_one_is_outermost_again(clara: User) -> None:
    for _attempt in range(2):
        with pytest.raises(NotPermitted):
            paint(7, actor=clara, error=NotPermitted(permission="x"))

    assert actions(clara) == [("audit.paint", Outcome.DENIED)] * 2


def test_inside_a_transaction_of_the_caller_only_the_log_of_the_process_is_sure(
    clara: User, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(NotPermitted), transaction.atomic():
        paint(7, actor=clara, error=NotPermitted(permission="x"))

    assert actions(clara) == []
    assert "audit.paint denied" in caplog.text


def test_a_caller_that_handles_the_refusal_keeps_the_record(clara: User) -> None:
    with transaction.atomic(), pytest.raises(NotPermitted):
        paint(7, actor=clara, error=NotPermitted(permission="x"))

    assert actions(clara) == [("audit.paint", Outcome.DENIED)]


@pytest.mark.django_db(transaction=True)
def test_a_denied_attempt_is_committed(clara: User) -> None:
    with pytest.raises(NotPermitted):
        paint(7, actor=clara, error=NotPermitted(permission="x"))
    transaction.rollback()

    assert actions(clara) == [("audit.paint", Outcome.DENIED)]
