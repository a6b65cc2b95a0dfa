"""Two administrators at once: the second waits, and is told what has happened."""

import re
from collections.abc import Callable
from threading import Thread

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth.models import Group
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.errors import AlreadyInactive, ResetWaits
from apps.accounts.models import FactorReset, User
from apps.audit import services as audit
from apps.audit.models import AuditEvent
from apps.common.errors import DomainError, MoveNotAllowed

pytestmark = pytest.mark.django_db(transaction=True)


class Rival(Thread):
    """Does something on a connection of its own, and keeps how it ended."""

    def __init__(self, work: Callable[[], object]) -> None:
        """Start at once."""
        super().__init__()
        self.work = work
        self.refusal: Exception | None = None
        self.start()

    def run(self) -> None:
        """Do it."""
        try:
            self.work()
        except DomainError as refusal:
            self.refusal = refusal
        finally:
            connections.close_all()

    def wait_until_it_waits(self) -> None:
        """Return once the rival stands at a lock that is not granted."""
        while self.is_alive():
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                (waiting,) = cursor.fetchone()
            if waiting:
                return
        pytest.fail("the rival did not wait")


def test_of_two_who_deactivate_somebody_the_second_is_refused(
    adam: User, audrey: User, clara: User
) -> None:
    audrey.groups.set(Group.objects.filter(name="Administrator"))

    with transaction.atomic():
        accounts.deactivate(clara.pk, reason="First", actor=adam)
        rival = Rival(lambda: accounts.deactivate(clara.pk, reason="Second", actor=audrey))
        rival.wait_until_it_waits()
    rival.join()

    assert isinstance(rival.refusal, AlreadyInactive)
    assert clara.history.first().history_change_reason == "First"


def test_changing_a_person_holds_nobody_up_who_only_names_them(adam: User, clara: User) -> None:
    with transaction.atomic():
        accounts.change_person(clara.pk, display_name="Clara C", actor=adam)
        rival = Rival(lambda: audit.record("tests.happened", actor=clara, target=clara))
        rival.join(timeout=30)
        assert not rival.is_alive()


def test_of_two_who_confirm_a_reset_the_second_is_refused(
    adam: User, audrey: User, anna: User, carol: User
) -> None:
    for other in (audrey, anna):
        other.groups.set(Group.objects.filter(name="Administrator"))
    Authenticator.objects.create(user=carol, type=Authenticator.Type.TOTP, data={})
    asked = accounts.ask_factor_reset(carol.pk, reason="Lost it", actor=adam)

    with transaction.atomic():
        accounts.confirm_factor_reset(asked.pk, words="Called back", actor=audrey)
        rival = Rival(lambda: accounts.confirm_factor_reset(asked.pk, words="Met", actor=anna))
        rival.wait_until_it_waits()
    rival.join()

    assert isinstance(rival.refusal, MoveNotAllowed)
    assert FactorReset.objects.get().ended_by == audrey
    assert AuditEvent.objects.filter(action="accounts.factors_reset").count() == 1


def test_of_two_who_ask_for_a_reset_the_second_is_refused(
    adam: User, audrey: User, carol: User
) -> None:
    audrey.groups.set(Group.objects.filter(name="Administrator"))
    Authenticator.objects.create(user=carol, type=Authenticator.Type.TOTP, data={})

    with transaction.atomic():
        accounts.ask_factor_reset(carol.pk, reason="First", actor=adam)
        rival = Rival(lambda: accounts.ask_factor_reset(carol.pk, reason="Second", actor=audrey))
        rival.wait_until_it_waits()
    rival.join()

    assert isinstance(rival.refusal, ResetWaits)
    assert FactorReset.objects.get().reason == "First"


def test_of_the_last_two_factors_removed_at_once_one_stays(clara: User) -> None:
    app = TOTP.activate(clara, "JBSWY3DPEHPK3PXP").instance
    key = Authenticator.objects.create(
        user=clara, type=Authenticator.Type.WEBAUTHN, data={"name": "Key"}
    )
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(clara)

    with transaction.atomic():
        clients[0].post(reverse("mfa_deactivate_totp"))
        rival = Rival(lambda: clients[1].post(reverse("mfa_remove_webauthn", args=(key.pk,))))
        rival.wait_until_it_waits()
    rival.join()

    assert not Authenticator.objects.filter(pk=app.pk).exists()
    assert Authenticator.objects.filter(pk=key.pk).exists()


@time_machine.travel("2026-03-02 09:00:00Z", tick=False)
def test_of_two_apps_enrolled_at_once_the_second_finds_the_first(bella: User) -> None:
    clients = [Client(), Client()]
    now = int(timezone.now().timestamp())
    typed = []
    for client in clients:
        client.force_login(bella)
        page = client.get(reverse("mfa_activate_totp")).content.decode()
        seed = re.findall(r'id="authenticator_secret">(\w+)<', page)[0]
        typed.append({"code": format_hotp_value(hotp_value(seed, now // 30))})
    answers = []

    with transaction.atomic():
        assert clients[0].post(reverse("mfa_activate_totp"), typed[0]).status_code == 302
        rival = Rival(
            lambda: answers.append(clients[1].post(reverse("mfa_activate_totp"), typed[1]))
        )
        rival.wait_until_it_waits()
    rival.join()

    assert answers[0]["Location"] == reverse("mfa_deactivate_totp")
    assert Authenticator.objects.filter(user=bella, type=Authenticator.Type.TOTP).count() == 1
