"""Approvals: who decided what, and that nothing was decided without anybody."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType

from apps.accounts.models import User
from apps.approvals.models import ApprovalRequest, Decision, Policy, Substitution, TrustedPerson
from apps.audit import services as audit
from apps.reports.tests.conftest import OCTOBER, ask, behind_the_ledger
from apps.reports.tests.golden_files import assert_golden
from apps.reports.tests.loans import day

type AskFor = Callable[..., ApprovalRequest]


@pytest.fixture
def ask_for(boris: User) -> AskFor:
    """Return what writes down a request of the 5th at 9, as it was asked."""
    policy = Policy.objects.create(
        name="Loans", scope="ticket", currency="USD", automatic_below=10_000
    )
    kind = ContentType.objects.get_for_model(Group)
    approver = Group.objects.get(name="Lending approver")

    def asked(title: str, **fields: Any) -> ApprovalRequest:
        return ApprovalRequest.objects.create(
            scope="ticket",
            subject_type=kind,
            subject_id=ApprovalRequest.objects.count() + 1,
            title=title,
            requester=boris,
            currency="USD",
            amount=8000,
            policy=policy,
            role=approver,
            **{"requested_at": day(5), "levels": _levels(approver, 1), **fields},
        )

    return asked


def _levels(role: Group, count: int) -> list[dict[str, Any]]:
    return [
        {"number": number, "role": role.pk, "decider_count": 1} for number in range(1, count + 1)
    ]


def _decide(request: ApprovalRequest, decider: User, hours: int, **fields: Any) -> None:
    verdict = fields.setdefault("verdict", "approve")
    Decision.objects.create(
        request=request,
        level=request.level,
        decider=decider,
        decided_at=request.requested_at + timedelta(hours=hours),
        **fields,
    )
    past = {"approve": "approved", "reject": "rejected", "return": "returned"}[verdict]
    audit.record(f"approvals.{past}", actor=decider, target=request)


def _end(request: ApprovalRequest, status: str, hours: int) -> None:
    request.status = status
    request.concluded_at = request.requested_at + timedelta(hours=hours)
    request.save()


@pytest.fixture
def decided(
    ask_for: AskFor, anna: User, arno: User, carol: User, boris: User
) -> list[ApprovalRequest]:
    """Four requests that ended in October: on two levels, rejected, withdrawn, automatic."""
    approver = Group.objects.get(name="Lending approver")
    twice = ask_for("TK-1: Camera for Boris", levels=_levels(approver, 2))
    _decide(twice, anna, 2)
    twice.level = 2
    twice.save()
    Substitution.objects.create(
        person=arno,
        substitute=carol,
        period=(day(1), day(1).replace(year=2100)),
        reason="Leave",
        named_by=anna,
    )
    _decide(twice, carol, 5, on_behalf_of=arno)
    _end(twice, "approved", 5)
    rejected = ask_for("TK-2: Tripod for Boris")
    _decide(rejected, anna, 30, verdict="reject", reason="Too long")
    _end(rejected, "rejected", 30)
    withdrawn = ask_for("TK-3: Lamp for Boris")
    _end(withdrawn, "withdrawn", 40)
    trust = TrustedPerson.objects.create(person=boris, trusted_by=anna, reason="Always in time")
    automatic = ask_for(
        "TK-4: Lens for Boris",
        requested_at=day(31),
        status="approved",
        concluded_at=day(31),
        automatic_for=trust,
        levels=[],
    )
    ask_for("TK-5: still waiting")
    _end(ask_for("TK-6: November"), "withdrawn", 24 * 27)
    return [twice, rejected, withdrawn, automatic]


def test_who_decided_in_october(decided: list[ApprovalRequest], tmp_path: Path) -> None:
    # 0, 5, 30 and 40 hours: the middle of the four lies between 5 and 30, at 17.5.
    asked = ask("approvals", **OCTOBER)

    assert [
        (row["level"], row["decider"], row["on_behalf_of"], row["verdict"], row["hours"])
        for row in asked.rows
    ] == [
        ("1", "Anna", "", "approve", Decimal("2.0")),
        ("2", "Carol", "Arno", "approve", Decimal("5.0")),
        ("1", "Anna", "", "reject", Decimal("30.0")),
        ("", "nobody", "", "", Decimal("40.0")),
        ("", "automatic", "", "", Decimal("0.0")),
    ]
    assert asked.frame.figures == [
        ("Requests", "4"),
        ("Decisions", "3"),
        ("Automatic", "1"),
        ("Median, hours", "17.5"),
    ]
    assert [(tie.expected, tie.found) for tie in asked.frame.tie_outs] == [(3, 3), (0, 0)]
    assert asked.frame.chart is not None
    assert [(bar.label, bar.value) for bar in asked.frame.chart.bars] == [("Anna", 2), ("Carol", 1)]
    assert_golden(asked, tmp_path)


def test_a_decision_that_nobody_recorded_breaks_it(ask_for: AskFor, anna: User) -> None:
    request = ask_for("TK-1")
    Decision.objects.create(
        request=request, level=1, decider=anna, verdict="approve", decided_at=day(6)
    )
    _end(request, "approved", 24)

    (broken,) = ask("approvals", **OCTOBER).broken

    assert (broken.label, broken.expected, broken.found) == (
        "Decisions = recorded in the audit log",
        0,
        1,
    )


def test_an_approval_without_a_decision_breaks_it(decided: list[ApprovalRequest]) -> None:
    behind_the_ledger(
        "UPDATE approval_requests SET status = 'approved' WHERE id = %s", decided[2].pk
    )

    (broken,) = ask("approvals", **OCTOBER).broken

    assert (broken.label, broken.found) == ("Requests that were decided without a decision", 1)


def test_a_month_without_requests_has_no_median(db: None) -> None:
    asked = ask("approvals", **OCTOBER)

    assert (asked.rows, asked.frame.chart) == ([], None)
    assert asked.frame.figures[-1] == ("Median, hours", "–")
