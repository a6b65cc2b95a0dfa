"""Links by e-mail with which people choose a password: an invitation, or a forgotten one."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from apps.accounts import services as accounts
from apps.accounts.errors import LinkDead, NobodyToInvite, OwnAccount
from apps.accounts.models import LinkPurpose, PasswordLink, User
from apps.accounts.services.invitations import token_of
from apps.accounts.signing_in import evenly
from apps.audit.models import AuditEvent
from apps.common.errors import NotPermitted
from apps.notifications import delivery
from apps.notifications.models import Notice
from apps.notifications.states import Channel
from project.testing.cast import PASSWORD

NEW = "seven purple kettles sing"


@pytest.fixture(autouse=True)
def no_limits_of_others() -> None:
    """Forget the attempts that other tests have made."""
    cache.clear()


@pytest.fixture
def nina(adam: User) -> User:
    """Invited to be a lending clerk, and has not come yet."""
    return accounts.add_person(
        email="nina@example.com",
        display_name="Nina",
        roles=["Lending clerk"],
        is_staff=True,
        is_invited=True,
        actor=adam,
    )


def token(person: User) -> str:
    return token_of(PasswordLink.objects.select_related("person").get(person=person))


def page(token: str) -> str:
    return reverse("password_link", args=(token,))


def choose(client: Client, token: str, password: str = NEW, again: str = "") -> object:
    return client.post(page(token), {"password": password, "again": again or password})


def test_the_e_mail_has_the_link_and_no_row_has_it(nina: User, adam: User) -> None:
    notice = Notice.objects.get(recipient=nina)
    assert notice.channel == Channel.EMAIL

    delivery.deliver(notice.pk)

    (message,) = mail.outbox
    assert message.to == [nina.email]
    body = str(message.body)
    assert "Adam has opened an account for you at Assets." in body
    assert "72 hours" in body
    (found,) = re.findall(r"/accounts/password/choose/(\S+)/", body)
    assert accounts.link_of(found).person == nina
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n::text FROM notices n UNION ALL SELECT p::text FROM password_links p"
        )
        assert not [row for (row,) in cursor.fetchall() if found in row or "choose/" in row]


def test_nothing_leaves_before_the_commit(nina: User) -> None:
    assert mail.outbox == []


def test_whoever_was_invited_chooses_a_password_and_is_led_to_a_second_factor(
    client: Client, nina: User
) -> None:
    versions = nina.history.count()
    shown = client.get(page(token(nina)))
    assert "Welcome, Nina" in shown.content.decode()
    assert shown["Referrer-Policy"] == "same-origin"

    response = client.post(page(token(nina)), {"password": NEW, "again": NEW}, follow=True)

    assert response.wsgi_request.path == reverse("account_home")
    assert "Your roles need a second factor" in response.content.decode()
    nina.refresh_from_db()
    assert nina.check_password(NEW)
    assert nina.history.count() == versions
    event = AuditEvent.objects.get(action="accounts.password_chosen")
    assert (event.actor, event.after["purpose"]) == (nina, "invitation")


def test_a_bad_choice_is_told_and_leaves_the_link_alive(client: Client, nina: User) -> None:
    easy = client.post(page(token(nina)), {"password": "password123456", "again": ""})
    differ = client.post(page(token(nina)), {"password": NEW, "again": f"{NEW}!"})

    assert "easy to guess" in easy.content.decode()
    assert "The two passwords differ." in differ.content.decode()
    assert NEW not in differ.content.decode()
    assert accounts.link_of(token(nina)).used_at is None


def used(nina: User, adam: User) -> None:
    accounts.choose_password(token(nina), password="four other words here")


def replaced(nina: User, adam: User) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        accounts.invite(nina.pk, actor=adam)


def deactivated(nina: User, adam: User) -> None:
    accounts.deactivate(nina.pk, reason="Left", actor=adam)


def moved(nina: User, adam: User) -> None:
    accounts.change_person(nina.pk, email="other@example.com", actor=adam)


def password_changed(nina: User, adam: User) -> None:
    person = User.objects.get(pk=nina.pk)
    person.set_password(PASSWORD)
    person.save()


@pytest.mark.parametrize("ends_by", [used, replaced, deactivated, moved, password_changed])
def test_a_link_dies(
    client: Client, nina: User, adam: User, ends_by: Callable[[User, User], None]
) -> None:
    old = token(nina)
    ends_by(nina, adam)
    before = User.objects.get(pk=nina.pk).password

    for answer in (client.get(page(old)), client.post(page(old), {"password": NEW, "again": NEW})):
        assert answer.status_code == 410
        assert "This link works no longer" in answer.content.decode()
    assert User.objects.get(pk=nina.pk).password == before
    assert SESSION_KEY not in client.session


def test_a_link_lives_seventy_two_hours(nina: User) -> None:
    sent = token(nina)
    with time_machine.travel(timezone.now() + timedelta(hours=71, minutes=59), tick=False):
        assert accounts.link_of(sent)
    with (
        time_machine.travel(timezone.now() + timedelta(hours=72, minutes=1), tick=False),
        pytest.raises(LinkDead),
    ):
        accounts.choose_password(sent, password=NEW)


@pytest.mark.parametrize("forged", ["x", "a:b", "WzEsMSwxXQ:aaaa"])
def test_a_forged_link_is_dead(client: Client, db: None, forged: str) -> None:
    assert client.get(page(forged)).status_code == 410


def test_the_database_knows_a_link_that_was_used_late(nina: User) -> None:
    link = PasswordLink.objects.get(person=nina)
    for fields in (
        {"used_at": link.ends_at + timedelta(seconds=1)},
        {"ends_at": link.sent_at},
        {"purpose": "bribe"},
    ):
        with pytest.raises(IntegrityError, match="password_link_"), transaction.atomic():
            PasswordLink.objects.filter(pk=link.pk).update(**fields)


def test_who_may_send_links(nina: User, adam: User, clara: User) -> None:
    with pytest.raises(NotPermitted):
        accounts.invite(nina.pk, actor=clara)
    with pytest.raises(OwnAccount):
        accounts.invite(adam.pk, actor=adam)
    accounts.deactivate(nina.pk, reason="Left", actor=adam)
    with pytest.raises(NobodyToInvite, match="Reactivate the account"):
        accounts.invite(nina.pk, actor=adam)


def test_a_forgotten_password_is_chosen_anew_and_all_sessions_end(
    client: Client, clara: User
) -> None:
    elsewhere = Client()
    elsewhere.force_login(clara)

    asked = client.post(reverse("account_reset_password"), {"email": "Clara@example.com"})
    assert asked["Location"] == reverse("account_reset_password_done")
    link = PasswordLink.objects.get(person=clara)
    assert (link.purpose, link.sent_by.is_system) == (LinkPurpose.FORGOTTEN, True)
    assert link.ends_at - link.sent_at == timedelta(hours=1)
    done = client.post(page(token(clara)), {"password": NEW, "again": NEW})

    assert done["Location"] == reverse("account_login")
    assert SESSION_KEY not in client.session
    assert elsewhere.get(reverse("admin:index")).status_code == 302
    clara.refresh_from_db()
    assert clara.check_password(NEW)


def test_nobody_learns_who_has_an_account(client: Client, clara: User, nina: User) -> None:
    PasswordLink.objects.all().delete()
    User.objects.filter(pk=clara.pk).update(is_active=False)

    answers = [
        client.post(reverse("account_reset_password"), {"email": email}, follow=True)
        for email in (clara.email, nina.email, "nobody@example.com", "system@assets.invalid")
    ]

    assert len({answer.content for answer in answers}) == 1
    assert not PasswordLink.objects.exists()


def test_reset_mails_to_one_e_mail_are_limited(client: Client, clara: User) -> None:
    answers = [
        client.post(reverse("account_reset_password"), {"email": clara.email}).status_code
        for _attempt in range(4)
    ]

    assert answers == [302, 302, 302, 429]


def test_a_clock_does_not_tell_who_has_an_account(
    client: Client, clara: User, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.FORGOTTEN_SECONDS = 60
    waited: list[float] = []
    monkeypatch.setattr(evenly, "sleep", waited.append)
    monkeypatch.setattr(evenly, "monotonic", iter((0.0, 9.0, 100.0, 103.0)).__next__)

    for email in (clara.email, "nobody@example.com"):
        client.post(reverse("account_reset_password"), {"email": email})

    assert waited == [51, 57]
