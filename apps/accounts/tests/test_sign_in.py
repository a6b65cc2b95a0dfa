"""Signing in and out: who may, and what the audit log says about it."""

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_logged_out
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.audit.models import AuditEvent, Outcome, Source

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def no_limits_of_others() -> None:
    """Forget the attempts that other tests have made."""
    cache.clear()


def sign_in(client: Client, email: str, password: str = PASSWORD) -> bool:
    """Tell whether this opened an account."""
    client.post(
        reverse("account_login"), {"login": email, "password": password}, REMOTE_ADDR="10.0.0.7"
    )
    return SESSION_KEY in client.session


def last_event() -> AuditEvent:
    return AuditEvent.objects.latest("pk")


def test_the_page_asks_for_an_e_mail(client: Client, db: None) -> None:
    page = client.get(reverse("account_login")).content.decode()

    assert "E-mail" in page
    assert 'type="email"' in page
    assert "sign up" not in page.lower()


@pytest.mark.parametrize("way", ["admin:login", "admin:index", "admin:accounts_user_changelist"])
def test_every_way_into_the_back_office_leads_to_the_one_door(
    client: Client, db: None, way: str
) -> None:
    answer = client.get(reverse(way), follow=True)

    assert answer.redirect_chain
    assert answer.wsgi_request.path == reverse("account_login")
    if way != "admin:login":
        assert answer.wsgi_request.GET["next"] == reverse(way)


def test_staff_come_in_and_land_on_the_first_page(client: Client, clara: User) -> None:
    response = client.post(
        reverse("account_login"), {"login": "Clara@Example.com", "password": PASSWORD}
    )

    assert (response.status_code, response["Location"]) == (302, reverse("admin:index"))


def test_whoever_was_on_the_way_to_a_page_lands_there(client: Client, clara: User) -> None:
    page = reverse("admin:tickets_ticket_changelist")

    response = client.post(
        reverse("account_login"), {"login": clara.email, "password": PASSWORD, "next": page}
    )
    assert response["Location"] == page

    again = client.post(
        reverse("account_login"),
        {"login": clara.email, "password": PASSWORD, "next": "https://elsewhere.example/"},
    )
    assert again["Location"] == reverse("admin:index")


def test_a_sign_in_is_recorded_and_adds_no_version(client: Client, clara: User) -> None:
    versions = clara.history.count()

    assert sign_in(client, clara.email)

    event = last_event()
    assert (event.action, event.actor, event.target_id) == (
        "accounts.signed_in",
        clara,
        str(clara.pk),
    )
    assert (event.source, event.ip_address, event.outcome) == (
        Source.ADMIN,
        "10.0.0.7",
        Outcome.DONE,
    )
    clara.refresh_from_db()
    assert clara.last_login is not None
    assert clara.history.count() == versions


@pytest.mark.parametrize(
    ("email", "password", "why"),
    [
        ("clara@example.com", "wrong", "The password was wrong."),
        ("Nobody@example.com", PASSWORD, "Nobody signs in with this e-mail."),
        ("arno@example.com", PASSWORD, "The account is deactivated."),
        ("system@assets.invalid", "", "The password was wrong."),
    ],
)
def test_a_refused_sign_in_is_recorded(
    client: Client, clara: User, arno: User, email: str, password: str, why: str
) -> None:
    User.objects.filter(pk=arno.pk).update(is_active=False)

    assert not sign_in(client, email, password or " ")

    event = last_event()
    assert (event.action, event.outcome) == ("accounts.sign_in_failed", Outcome.DENIED)
    assert event.actor.is_system
    assert event.after == {"email": email.lower()}
    assert event.reason == why
    assert password not in str(event.after) or not password


def test_a_borrower_comes_to_their_own_page_and_no_further(client: Client, boris: User) -> None:
    response = client.post(reverse("account_login"), {"login": boris.email, "password": PASSWORD})
    assert response["Location"] == reverse("account_home")

    led = client.get(reverse("admin:index"), follow=True)

    assert led.wsgi_request.path == reverse("account_home")
    assert "The back office is for the staff." in led.content.decode()
    assert "Back office" not in led.content.decode()


def test_a_borrower_with_a_right_still_stays_outside(client: Client, boris: User) -> None:
    boris.groups.add(Group.objects.get(name="Auditor"))
    client.force_login(boris)

    response = client.get(reverse("admin:audit_auditevent_changelist"), follow=True)

    assert response.wsgi_request.path == reverse("account_home")


def test_somebody_deactivated_is_told_so_only_with_the_right_password(
    client: Client, clara: User
) -> None:
    User.objects.filter(pk=clara.pk).update(is_active=False)

    wrong = client.post(reverse("account_login"), {"login": clara.email, "password": "wrong"})
    right = client.post(
        reverse("account_login"), {"login": clara.email, "password": PASSWORD}, follow=True
    )

    assert "do not open an account" in wrong.content.decode()
    assert "This account is deactivated" in right.content.decode()
    assert SESSION_KEY not in client.session


def test_a_sign_out_is_recorded(client: Client, clara: User) -> None:
    client.force_login(clara)

    client.post(reverse("account_logout"))

    assert (last_event().action, last_event().actor) == ("accounts.signed_out", clara)


def test_a_sign_out_of_nobody_is_nothing(db: None) -> None:
    events = AuditEvent.objects.count()

    user_logged_out.send(sender=User, request=None, user=None)

    assert AuditEvent.objects.count() == events


def test_deactivation_ends_the_session(client: Client, clara: User, adam: User) -> None:
    client.force_login(clara)
    assert client.get(reverse("admin:index")).status_code == 200

    accounts.deactivate(clara.pk, reason="Left", actor=adam)

    assert client.get(reverse("admin:index")).status_code == 302
