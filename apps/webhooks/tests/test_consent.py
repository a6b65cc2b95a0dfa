"""What a person no longer lets a program do, it is no longer told."""

import pytest

from apps.accounts.models import User
from apps.audit import services as audit
from apps.programs.models import Program
from apps.webhooks.models import Message, Subscription
from apps.webhooks.states import Status
from apps.webhooks.tests.conftest import Subscribe, machine, message, program_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone(db: None) -> Program:
    return program_of("Phone")


@pytest.fixture
def by_itself(subscribe: Subscribe, adam: User) -> Subscription:
    robot = machine("Lending clerk")
    return subscribe(program=robot, person=robot.user, actor=adam)


def kept() -> list[User]:
    return [row.person for row in Subscription.objects.kept().order_by("pk")]


def test_consent_that_is_withdrawn_ends_the_subscriptions_of_that_person(
    subscribe: Subscribe, phone: Program, clara: User, anna: User, by_itself: Subscription
) -> None:
    hers = subscribe(program=phone)
    subscribe(program=phone, person=anna, actor=anna)
    message(hers)
    audit.record("programs.consent_withdrawn", actor=clara, target=phone)
    assert kept() == [by_itself.person, anna]
    assert Subscription.objects.get(status=Status.REMOVED) == hers
    assert Message.objects.get().status == "failed"
    audit.record("programs.consent_withdrawn", actor=clara, target=by_itself.program)
    assert kept() == [by_itself.person, anna]


def test_revoking_all_tokens_ends_all_that_people_let_in(
    subscribe: Subscribe, phone: Program, anna: User, adam: User, by_itself: Subscription
) -> None:
    subscribe(program=phone)
    subscribe(program=phone, person=anna, actor=anna)
    audit.record("programs.tokens_revoked", actor=adam, target=phone)
    audit.record("programs.tokens_revoked", actor=adam, target=by_itself.program)
    assert kept() == [by_itself.person]
