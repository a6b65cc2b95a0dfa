"""A kind of matter of our own: approvals know neither tickets nor adjustments."""

from collections.abc import Iterable
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Group

from apps.accounts.models import User
from apps.approvals import scopes, services
from apps.approvals.models import ApprovalRequest, Level, Policy
from apps.approvals.states import Verdict

if TYPE_CHECKING:
    from apps.common.errors import DomainError

_numbers = count(1)


def policy(
    *levels: tuple[str, int], name: str = "", scope: str = "matter", **fields: Any
) -> Policy:
    """Make a policy with these levels of (role, number of deciders)."""
    made = Policy.objects.create(name=name or f"Policy {next(_numbers)}", scope=scope, **fields)
    for number, (role, decider_count) in enumerate(levels, start=1):
        Level.objects.create(
            policy=made,
            number=number,
            role=Group.objects.get(name=role),
            decider_count=decider_count,
        )
    return made


class Matters:
    """A scope whose subjects are groups, and what was concluded about them."""

    def __init__(self) -> None:
        """Begin with nothing concluded."""
        self.concluded: list[tuple[str, Verdict, str, str]] = []
        self.refusal: DomainError | None = None
        self.scope = scopes.Scope[Group](
            slug="matter",
            label="Matter",
            permission="tickets.approve_ticket",
            lock=lambda pk: Group.objects.select_for_update().get(pk=pk),
            conclude=self._conclude,
            url=lambda pk: f"/matters/{pk}/",
        )

    def _conclude(
        self,
        subject: Group,
        verdict: Verdict,
        /,
        *,
        request: ApprovalRequest,
        actor: User,
        reason: str,
    ) -> None:
        assert request.subject_id == subject.pk
        if self.refusal:
            raise self.refusal
        self.concluded.append((subject.name, verdict, str(actor), reason))

    def ask(
        self,
        requester: User,
        *,
        amount: int = 10000,
        currency: str = "USD",
        group: str = "",
        title: str = "",
        **parties: User | Iterable[User],
    ) -> ApprovalRequest:
        """Open a request about a subject of its own."""
        subject = Group.objects.create(name=title or f"M-{next(_numbers)}")
        return services.open_request(
            subject,
            scope="matter",
            title=subject.name,
            requester=requester,
            amount=amount,
            currency=currency,
            group=group,
            parties=parties,
            actor=requester,
        )


@pytest.fixture
def matters(monkeypatch: pytest.MonkeyPatch) -> Matters:
    """Register the scope for one test."""
    made = Matters()
    monkeypatch.setitem(scopes.registered, "matter", made.scope)
    return made


@pytest.fixture
def one_approver(db: None) -> Policy:
    """One lending approver decides."""
    return policy(("Lending approver", 1))
