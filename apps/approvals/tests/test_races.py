"""Two people at the same moment, made certain: one holds the row, the other is seen waiting."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.approvals import services
from apps.approvals.errors import AlreadyDecided, DecidedForYou, HandedOn
from apps.approvals.models import ApprovalRequest, Decision
from apps.approvals.states import Status, Verdict
from apps.approvals.tests.conftest import Matters, policy
from apps.approvals.tests.test_absences import away
from apps.common.errors import DomainError, NotPermitted

pytestmark = pytest.mark.django_db(transaction=True)


def wait_until_blocked(rival: Future[DomainError | None]) -> None:
    """Return once another session waits for a lock of ours."""
    while not rival.done():
        with connection.cursor() as cursor:
            # Not pg_stat_activity: within a transaction it stays as it was when first read.
            cursor.execute(
                "SELECT count(*) FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
            )
            if cursor.fetchone() != (0,):
                return


def beside(first: Callable[[], object], second: Callable[[], object]) -> DomainError | None:
    """Do `first`, let `second` run into its locks, commit; return why `second` was refused."""

    def rival() -> DomainError | None:
        try:
            second()
        except DomainError as refusal:
            return refusal
        finally:
            connections.close_all()
        return None

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            first()
            waiting = pool.submit(rival)
            wait_until_blocked(waiting)
            assert not waiting.done(), "the rival did not wait"
        return waiting.result(timeout=20)


def decide(request: ApprovalRequest, actor: User, verdict: Verdict = Verdict.APPROVE) -> object:
    return services.decide(request.pk, verdict=verdict, actor=actor, reason="Because")


def test_of_two_approvers_at_once_the_second_reads_who_was_first(
    matters: Matters, clara: User, anna: User, arno: User
) -> None:
    policy(("Lending approver", 1))
    request = matters.ask(clara, title="M-1")
    refusal = beside(lambda: decide(request, anna), lambda: decide(request, arno, Verdict.REJECT))
    assert isinstance(refusal, AlreadyDecided)
    assert "already approved by Anna" in refusal.message
    assert len(matters.concluded) == 1
    assert Decision.objects.get().decider == anna


def test_a_double_click_decides_once(matters: Matters, clara: User, anna: User) -> None:
    policy(("Lending approver", 1))
    request = matters.ask(clara)
    refusal = beside(lambda: decide(request, anna), lambda: decide(request, anna))
    assert isinstance(refusal, AlreadyDecided)
    assert len(matters.concluded) == 1


def test_two_controllers_at_once_conclude_once(
    matters: Matters, walt: User, carol: User, conrad: User
) -> None:
    policy(("Finance controller", 2))
    request = matters.ask(walt)
    assert beside(lambda: decide(request, carol), lambda: decide(request, conrad)) is None
    request.refresh_from_db()
    assert request.status == Status.APPROVED
    assert len(matters.concluded) == 1


def test_a_decision_waits_for_the_withdrawal_and_is_refused(
    matters: Matters, clara: User, anna: User
) -> None:
    policy(("Lending approver", 1))
    request = matters.ask(clara, title="M-1")

    def withdraw() -> None:
        services.withdraw(matters.scope.lock(request.subject_id), actor=clara)

    refusal = beside(withdraw, lambda: decide(request, anna))
    assert str(refusal) == "“M-1” no longer waits for a decision: it is withdrawn."


def test_a_decision_waits_for_a_new_party_and_is_refused_by_the_database(
    matters: Matters, clara: User, anna: User
) -> None:
    policy(("Lending approver", 1))
    request = matters.ask(clara)
    sql = "INSERT INTO approval_parties (request_id, person_id, part) VALUES (%s, %s, 'lender')"

    def add_party() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql, (request.pk, anna.pk))

    with pytest.raises(IntegrityError, match="approval_decision_not_own_matter"):
        beside(add_party, lambda: decide(request, anna))
    assert not request.decisions.exists()


def test_of_principal_and_substitute_at_once_one_counts(
    matters: Matters, clara: User, walt: User, carol: User
) -> None:
    policy(("Finance controller", 2))
    request = matters.ask(clara, title="M-1")
    away(carol, walt)
    refusal = beside(lambda: decide(request, walt), lambda: decide(request, carol))
    assert isinstance(refusal, DecidedForYou)
    assert request.decisions.get().on_behalf_of == carol


def test_an_absence_that_ends_meanwhile_gives_no_right(
    matters: Matters, clara: User, walt: User, anna: User
) -> None:
    policy(("Lending approver", 1))
    request = matters.ask(clara)
    absence = away(anna, walt)
    refusal = beside(
        lambda: services.end_absence(absence.pk, reason="Back", actor=anna),
        lambda: decide(request, walt),
    )
    assert isinstance(refusal, NotPermitted)
    assert not request.decisions.exists()


def test_a_forward_waits_for_the_decision_and_is_refused(
    matters: Matters, clara: User, anna: User, arno: User, carol: User
) -> None:
    policy(("Lending approver", 1))
    request = matters.ask(clara, title="M-1")
    refusal = beside(
        lambda: decide(request, arno),
        lambda: services.forward(request.pk, to=carol, reason="You know it", actor=anna),
    )
    assert isinstance(refusal, AlreadyDecided)
    assert not request.forwards.exists()


def test_a_decision_waits_for_the_forward_and_is_refused(
    matters: Matters, clara: User, anna: User, carol: User
) -> None:
    policy(("Lending approver", 1))
    request = matters.ask(clara, title="M-1")
    refusal = beside(
        lambda: services.forward(request.pk, to=carol, reason="You know it", actor=anna),
        lambda: decide(request, anna),
    )
    assert isinstance(refusal, HandedOn)
    assert not request.decisions.exists()


def test_two_clocks_escalate_once(
    matters: Matters, clara: User, anna: User, carol: User, system: User
) -> None:
    policy(
        ("Lending approver", 1),
        escalate_after=timedelta(hours=1),
        escalate_to=Group.objects.get(name="Finance controller"),
    )
    request = matters.ask(clara)
    late = timezone.now() + timedelta(hours=2)
    said: list[str] = []

    def run() -> None:
        said.append(services.remind_and_escalate(now=late, actor=system))

    assert beside(run, run) is None
    assert sorted(said) == ["", "1 request escalated"]
    assert request.escalations.count() == 1
