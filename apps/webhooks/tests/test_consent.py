"""What a person no longer lets a program do, it is no longer told."""

import pytest

from apps.accounts.models import User
from apps.audit import services as audit
from apps.programs.models import Program
from apps.webhooks.models import Message, Subscription
from apps.webhooks.states import Status
from apps.webhooks.tests.conftest import Subscribe, message, program_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone(clara: User) -> Program:
    return program_of(clara, "Phone", user=None, authorization_grant_type="authorization-code")


def kept() -> list[User]:
    return [row.person for row in Subscription.objects.kept().order_by("pk")]


def test_consent_that_is_withdrawn_ends_the_subscriptions_of_that_person(
    subscribe: Subscribe, phone: Program, clara: User, anna: User
) -> None:
    hers = subscribe(program=phone)
    subscribe(program=phone, person=anna, actor=anna)
    by_itself = subscribe()
    message(hers)
    audit.record("programs.consent_withdrawn", actor=clara, target=phone)
    assert kept() == [anna, clara]
    assert Subscription.objects.get(status=Status.REMOVED) == hers
    assert Message.objects.get().status == "failed"
    audit.record("programs.consent_withdrawn", actor=clara, target=by_itself.program)
    assert kept() == [anna, clara]


def test_revoking_all_tokens_ends_all_that_people_let_in(
    subscribe: Subscribe, phone: Program, clara: User, anna: User, adam: User
) -> None:
    subscribe(program=phone)
    subscribe(program=phone, person=anna, actor=anna)
    by_itself = subscribe()
    audit.record("programs.tokens_revoked", actor=adam, target=phone)
    audit.record("programs.tokens_revoked", actor=adam, target=by_itself.program)
    assert kept() == [clara]
