"""What the database refuses of chains that bend: substitutes, forwards, terms, trust."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.approvals import services
from apps.approvals.errors import TermsNotPossible
from apps.approvals.models import ApprovalRequest, Policy
from apps.approvals.states import Verdict
from apps.approvals.tests.conftest import Matters, policy
from apps.approvals.tests.test_absences import away
from apps.approvals.tests.test_rules import insert_decision, refused, sql

pytestmark = pytest.mark.django_db

APPROVER = ("Lending approver", 1)


@pytest.fixture
def asked(matters: Matters, one_approver: Policy, clara: User, boris: User) -> ApprovalRequest:
    """Clara asks, it concerns Boris."""
    return matters.ask(clara, borrower=boris)


def insert_forward(request: ApprovalRequest, by: User, to: User, **fields: Any) -> None:
    values = {"level": 1, "reason": "You know it", "on_behalf_of": None, **fields}
    sql(
        "INSERT INTO approval_forwards (request_id, level, by_id, to_id, reason, on_behalf_of_id)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        *(request.pk, values["level"], by.pk, to.pk, values["reason"], values["on_behalf_of"]),
    )


def decide_with(request: ApprovalRequest, decider: User, terms: dict[str, Any]) -> None:
    sql(
        "INSERT INTO approval_decisions (request_id, level, decider_id, verdict, reason, terms)"
        " VALUES (%s, 1, %s, 'approve', '', %s)",
        *(request.pk, decider.pk, json.dumps(terms)),
    )


def test_nobody_decides_for_somebody_who_did_not_name_them(
    asked: ApprovalRequest, anna: User, walt: User
) -> None:
    with refused("approval_decision_has_substitution"):
        insert_decision(asked, walt, on_behalf_of=anna)
    away(anna, walt)
    insert_decision(asked, walt, on_behalf_of=anna)


def test_an_absence_that_was_ended_gives_no_right(
    asked: ApprovalRequest, anna: User, walt: User
) -> None:
    services.end_absence(away(anna, walt).pk, reason="Back", actor=anna)
    with refused("approval_decision_has_substitution"):
        insert_decision(asked, walt, on_behalf_of=anna)


def test_who_was_decided_for_does_not_decide_again(
    matters: Matters, clara: User, walt: User, carol: User
) -> None:
    policy(("Finance controller", 2))
    request = matters.ask(clara)
    away(carol, walt)
    insert_decision(request, walt, on_behalf_of=carol)
    with refused("approval_decision_once_each"):
        insert_decision(request, carol)


def test_who_has_decided_is_not_decided_for(
    matters: Matters, clara: User, walt: User, carol: User
) -> None:
    policy(("Finance controller", 2))
    request = matters.ask(clara)
    away(carol, walt)
    insert_decision(request, carol)
    with refused("approval_decision_once_each"):
        insert_decision(request, walt, on_behalf_of=carol)


def test_an_absence_is_of_one_substitute_at_a_time(anna: User, arno: User, walt: User) -> None:
    away(anna, walt)
    with refused("substitution_one_at_a_time"):
        _insert_absence(anna, arno)


def _insert_absence(person: User, substitute: User, reason: str = "Holiday") -> None:
    sql(
        "INSERT INTO approval_substitutions"
        " (person_id, substitute_id, period, reason, named_by_id, is_active)"
        " VALUES (%s, %s, tstzrange(now(), now() + interval '1 h'), %s, %s, true)",
        *(person.pk, substitute.pk, reason, person.pk),
    )


def test_nobody_is_their_own_substitute(anna: User) -> None:
    with refused("substitution_is_somebody_else"):
        _insert_absence(anna, anna)


def test_an_absence_has_a_reason(anna: User, walt: User) -> None:
    with refused("substitution_has_reason"):
        _insert_absence(anna, walt, reason="")


def test_an_absence_is_only_ended(anna: User, walt: User, arno: User) -> None:
    absence = away(anna, walt)
    for change in (f"substitute_id = {arno.pk}", "reason = 'X'", "period = 'empty'"):
        with refused("substitution_stays"):
            sql(f"UPDATE approval_substitutions SET {change} WHERE id = %s", absence.pk)  # noqa: S608
    services.end_absence(absence.pk, reason="Back", actor=anna)
    with refused("substitution_stays"):
        sql("UPDATE approval_substitutions SET is_active = true WHERE id = %s", absence.pk)


def test_a_party_is_not_forwarded_to(asked: ApprovalRequest, anna: User, boris: User) -> None:
    with refused("approval_forward_not_own_matter"):
        insert_forward(asked, anna, boris)


def test_a_forward_is_on_the_level_that_waits(
    asked: ApprovalRequest, anna: User, carol: User
) -> None:
    with refused("approval_forward_on_current_level"):
        insert_forward(asked, anna, carol, level=2)
    services.decide(asked.pk, verdict=Verdict.APPROVE, actor=anna)
    with refused("approval_forward_on_current_level"):
        insert_forward(asked, anna, carol)


def test_a_forward_is_to_somebody_else_and_has_a_reason(
    asked: ApprovalRequest, anna: User, carol: User
) -> None:
    with refused("approval_forward_is_to_somebody_else"):
        insert_forward(asked, anna, anna)
    with refused("approval_forward_is_to_somebody_else"):
        insert_forward(asked, anna, carol, on_behalf_of=carol.pk)
    with refused("approval_forward_has_reason"):
        insert_forward(asked, anna, carol, reason="")


@pytest.mark.parametrize(
    "table",
    [
        "approval_forwards",
        "approval_escalations",
        "approval_substitutions",
        "approval_trusted_people",
    ],
)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_no_row_is_removed(table: str, statement: str, db: None) -> None:
    with refused("_append_only"):
        sql(statement.format(table))


@pytest.mark.parametrize(
    "statement",
    ["UPDATE approval_forwards SET level = 2", "UPDATE approval_escalations SET level = 2"],
)
def test_forwards_and_escalations_are_not_changed(statement: str, db: None) -> None:
    with refused("_append_only"):
        sql(statement)


LEFT = {"lines": [1, 2], "starts_at": "2026-12-01T09:00:00Z", "ends_at": "2026-12-05T09:00:00Z"}


@pytest.mark.parametrize(
    "wider",
    [
        {**LEFT, "lines": [1, 3]},
        {**LEFT, "starts_at": "2026-12-01T09:59:00+01:00"},
        {**LEFT, "ends_at": "2026-12-05T09:01:00Z"},
        {"lines": [1]},
        {"starts_at": LEFT["starts_at"], "ends_at": LEFT["ends_at"]},
    ],
)
def test_a_later_decision_leaves_less(
    matters: Matters, clara: User, carol: User, conrad: User, wider: dict[str, Any]
) -> None:
    policy(("Finance controller", 2))
    request = matters.ask(clara)
    decide_with(request, carol, LEFT)
    sql("UPDATE approval_requests SET terms = %s WHERE id = %s", json.dumps(LEFT), request.pk)
    with refused("approval_decision_terms_narrow"):
        decide_with(request, conrad, wider)
    decide_with(request, conrad, {**LEFT, "lines": [2]})


def test_terms_are_those_of_a_decision(asked: ApprovalRequest) -> None:
    with refused("approval_request_terms_are_decided"):
        sql("UPDATE approval_requests SET terms = '{\"lines\": [1]}' WHERE id = %s", asked.pk)


def test_only_an_approval_has_terms(asked: ApprovalRequest, anna: User) -> None:
    with refused("approval_decision_terms_are_of_approvals"):
        sql(
            "INSERT INTO approval_decisions"
            " (request_id, level, decider_id, verdict, reason, terms)"
            " VALUES (%s, 1, %s, 'reject', 'No', '{}')",
            *(asked.pk, anna.pk),
        )


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_matter_without_parts_is_decided_as_a_whole(
    asked: ApprovalRequest, anna: User, verdict: Verdict
) -> None:
    with pytest.raises(TermsNotPossible, match="only be approved as a whole"):
        services.decide(
            asked.pk, verdict=verdict, actor=anna, reason="Because", terms={"lines": [1]}
        )
    assert not asked.decisions.exists()


@pytest.mark.parametrize("change", ["why = 'X'", "facts = '{\"a\": 1}'", "changes = '[1]'"])
def test_why_and_what_was_asked_stay(asked: ApprovalRequest, change: str) -> None:
    with refused("approval_request_is_frozen"):
        sql(f"UPDATE approval_requests SET {change} WHERE id = %s", asked.pk)  # noqa: S608


def insert_automatic(asked: ApprovalRequest, trust_id: int | None, **fields: Any) -> None:
    values = {"amount": 5, "status": "approved", "levels": "[]", "scope": "matter", **fields}
    sql(
        "INSERT INTO approval_requests (scope, subject_type_id, subject_id, title, requester_id,"
        " currency, amount, policy_id, levels, level, role_id, status, concluded_at, why,"
        " why_facts, facts, changes, automatic_for_id)"
        " SELECT %s, subject_type_id, subject_id + 1, title, requester_id, 'USD', %s,"
        " policy_id, %s, level, role_id, %s, CASE WHEN %s <> 'pending' THEN now() END, '', '{}',"
        " '{}', '[]', %s FROM approval_requests WHERE id = %s",
        *(values["scope"], values["amount"], values["levels"], values["status"], values["status"]),
        *(trust_id, asked.pk),
    )


def test_nothing_is_approved_by_itself_without_trust_and_a_policy(
    matters: Matters, clara: User, boris: User, carol: User
) -> None:
    policy(APPROVER, currency="USD", automatic_below=10)
    asked = matters.ask(clara)
    with refused("approval_request_has_levels"):
        insert_automatic(asked, None)
    trust = services.trust(boris, reason="Careful", actor=carol)
    with refused("approval_request_automatic_is_trusted"):
        insert_automatic(asked, trust.pk, amount=10)
    with refused("approval_request_automatic_is_trusted"):
        insert_automatic(asked, trust.pk, scope="adjustment_batch")
    insert_automatic(asked, trust.pk)
    services.end_trust(trust.pk, reason="A scratch", actor=carol)
    with refused("approval_request_automatic_is_trusted"):
        insert_automatic(asked, trust.pk)


def test_what_is_automatic_is_approved(
    matters: Matters, clara: User, boris: User, carol: User
) -> None:
    policy(APPROVER, currency="USD", automatic_below=10)
    asked = matters.ask(clara)
    trust = services.trust(boris, reason="Careful", actor=carol)
    with refused("approval_request_automatic_is_approved"):
        insert_automatic(asked, trust.pk, status="pending", levels='[{"number": 1}]')


def test_trust_is_only_ended(boris: User, carol: User, clara: User) -> None:
    trust = services.trust(boris, reason="Careful", actor=carol)
    with refused("trust_stays"):
        sql("UPDATE approval_trusted_people SET person_id = %s WHERE id = %s", clara.pk, trust.pk)
    with refused("trust_ends_with_reason"):
        sql("UPDATE approval_trusted_people SET ended_at = now() WHERE id = %s", trust.pk)
    services.end_trust(trust.pk, reason="A scratch", actor=carol)
    with refused("trust_stays"):
        sql("UPDATE approval_trusted_people SET ending_reason = 'X' WHERE id = %s", trust.pk)


@pytest.mark.parametrize(
    ("by", "fact"), [("boris", "trust_is_by_somebody_else"), ("carol", "trust_is_open_once")]
)
def test_trust_is_one_and_by_somebody_else(boris: User, carol: User, by: str, fact: str) -> None:
    services.trust(boris, reason="Careful", actor=carol)
    with refused(fact):
        sql(
            "INSERT INTO approval_trusted_people (person_id, trusted_by_id, reason, ending_reason)"
            " VALUES (%s, %s, 'Careful', '')",
            *(boris.pk, {"boris": boris, "carol": carol}[by].pk),
        )


@pytest.mark.parametrize(
    ("fields", "fact"),
    [
        ({"value_from": 1}, "approval_policy_values_have_currency"),
        ({"currency": "USD", "value_from": 5, "value_to": 5}, "approval_policy_values_go_upward"),
        ({"automatic_below": 1}, "approval_policy_automatic_has_currency"),
        ({"escalate_after": timedelta(hours=1)}, "approval_policy_escalates_to_somebody"),
    ],
)
def test_a_policy_makes_sense(db: None, fields: dict[str, Any], fact: str) -> None:
    with refused(fact):
        policy(**fields)


def test_a_level_is_escalated_once(asked: ApprovalRequest) -> None:
    escalate = (
        "INSERT INTO approval_escalations (request_id, level, role_id, escalated_at)"
        " VALUES (%s, 1, %s, %s)"
    )
    sql(escalate, asked.pk, asked.role_id, timezone.now())
    with refused("approval_escalation_once_each_level"):
        sql(escalate, asked.pk, asked.role_id, timezone.now())
