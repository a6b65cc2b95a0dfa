"""What the database refuses, whatever the code does."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import User
from apps.approvals import services
from apps.approvals.models import ApprovalRequest, Policy
from apps.approvals.states import Verdict
from apps.approvals.tests.conftest import Matters, policy

pytestmark = pytest.mark.django_db


@contextmanager
def _refused(fact: str) -> Iterator[None]:
    with pytest.raises(IntegrityError, match=fact), transaction.atomic():
        yield


refused: Callable[[str], AbstractContextManager[None]] = _refused


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def insert_decision(
    request: ApprovalRequest, decider: User, *, level: int = 1, on_behalf_of: User | None = None
) -> None:
    sql(
        "INSERT INTO approval_decisions"
        " (request_id, level, decider_id, on_behalf_of_id, verdict, reason)"
        " VALUES (%s, %s, %s, %s, 'approve', '')",
        request.pk,
        level,
        decider.pk,
        on_behalf_of and on_behalf_of.pk,
    )


@pytest.fixture
def asked(matters: Matters, one_approver: Policy, clara: User, boris: User) -> ApprovalRequest:
    """Clara asks, it concerns Boris."""
    return matters.ask(clara, borrower=boris)


def test_a_party_does_not_decide(asked: ApprovalRequest, boris: User) -> None:
    with refused("approval_decision_not_own_matter"):
        insert_decision(asked, boris)


def test_the_requester_does_not_decide_even_when_no_party_row_says_so(
    asked: ApprovalRequest, clara: User
) -> None:
    sql("SET LOCAL session_replication_role = replica")
    sql("DELETE FROM approval_parties WHERE request_id = %s", asked.pk)
    sql("SET LOCAL session_replication_role = DEFAULT")
    with refused("approval_decision_not_own_matter"):
        insert_decision(asked, clara)


def test_nobody_decides_on_behalf_of_a_party(
    asked: ApprovalRequest, anna: User, boris: User
) -> None:
    with refused("approval_decision_not_own_matter"):
        insert_decision(asked, anna, on_behalf_of=boris)


def test_who_has_decided_does_not_become_a_party(asked: ApprovalRequest, anna: User) -> None:
    insert_decision(asked, anna)
    with refused("approval_party_has_not_decided"):
        sql(
            "INSERT INTO approval_parties (request_id, person_id, part) VALUES (%s, %s, 'lender')",
            asked.pk,
            anna.pk,
        )


def test_what_is_concluded_is_not_decided(asked: ApprovalRequest, anna: User, arno: User) -> None:
    services.decide(asked.pk, verdict=Verdict.APPROVE, actor=anna)
    with refused("approval_decision_on_pending"):
        insert_decision(asked, arno)


def test_another_level_is_not_decided(asked: ApprovalRequest, anna: User) -> None:
    with refused("approval_decision_on_current_level"):
        insert_decision(asked, anna, level=2)


def test_nobody_decides_twice(matters: Matters, clara: User, carol: User) -> None:
    policy(("Finance controller", 2))
    request = matters.ask(clara)
    insert_decision(request, carol)
    with refused("approval_decision_once_each"):
        insert_decision(request, carol)


def test_nothing_is_approved_without_its_approvals(asked: ApprovalRequest) -> None:
    with refused("approval_request_approved_is_agreed"):
        sql(
            "UPDATE approval_requests SET status = 'approved', concluded_at = now() WHERE id = %s",
            asked.pk,
        )


def test_a_refusal_has_a_reason(asked: ApprovalRequest, anna: User) -> None:
    with refused("approval_decision_refusal_has_reason"):
        sql(
            "INSERT INTO approval_decisions (request_id, level, decider_id, verdict, reason)"
            " VALUES (%s, 1, %s, 'reject', '')",
            asked.pk,
            anna.pk,
        )


@pytest.mark.parametrize(
    "change",
    ["amount = 1", "title = 'X'", "levels = '[]'", "policy_id = policy_id + 1", "subject_id = 0"],
)
def test_what_was_asked_stays(asked: ApprovalRequest, change: str) -> None:
    with refused("approval_request_is_frozen"):
        sql(f"UPDATE approval_requests SET {change} WHERE id = %s", asked.pk)  # noqa: S608


def test_what_was_concluded_stays(asked: ApprovalRequest, anna: User) -> None:
    services.decide(asked.pk, verdict=Verdict.REJECT, actor=anna, reason="No")
    with refused("approval_request_is_frozen"):
        sql(
            "UPDATE approval_requests SET status = 'pending', concluded_at = NULL WHERE id = %s",
            asked.pk,
        )


@pytest.mark.parametrize("table", ["approval_requests", "approval_parties", "approval_decisions"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_no_row_is_removed(asked: ApprovalRequest, table: str, statement: str) -> None:
    # A table whose deferred checks are outstanding refuses TRUNCATE for that reason first.
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    with refused("_append_only"):
        sql(statement.format(table))


@pytest.mark.parametrize(
    "statement",
    ["UPDATE approval_parties SET part = 'x'", "UPDATE approval_decisions SET verdict = 'reject'"],
)
def test_parties_and_decisions_are_not_changed(asked: ApprovalRequest, statement: str) -> None:
    with refused("_append_only"):
        sql(statement)
