"""Signing in and out: who may, and what the audit log says about it."""

import pytest
from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_logged_out
from django.test import Client
from django.urls import reverse

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.audit.models import AuditEvent, Outcome, Source

PASSWORD = "correct horse battery staple"


def sign_in(client: Client, email: str, password: str = PASSWORD) -> bool:
    """Tell whether this opened the back office."""
    response = client.post(
        reverse("admin:login"), {"username": email, "password": password}, REMOTE_ADDR="10.0.0.7"
    )
    return bool(response.status_code == 302)


def last_event() -> AuditEvent:
    return AuditEvent.objects.latest("pk")


def test_the_page_asks_for_an_e_mail(client: Client, db: None) -> None:
    page = client.get(reverse("admin:login")).content.decode()

    assert "E-mail" in page
    assert 'type="email"' in page


def test_staff_come_in_and_land_on_the_first_page(client: Client, clara: User) -> None:
    response = client.post(
        reverse("admin:login"), {"username": "Clara@Example.com", "password": PASSWORD}
    )

    assert (response.status_code, response["Location"]) == (302, reverse("admin:index"))


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
        ("bella@example.com", PASSWORD, "Not on the staff."),
        ("arno@example.com", PASSWORD, "The account is deactivated."),
        ("system@assets.invalid", "", "The password was wrong."),
    ],
)
def test_a_refused_sign_in_is_recorded(
    client: Client, clara: User, bella: User, arno: User, email: str, password: str, why: str
) -> None:
    User.objects.filter(pk=arno.pk).update(is_active=False)

    assert not sign_in(client, email, password or " ")

    event = last_event()
    assert (event.action, event.outcome) == ("accounts.sign_in_failed", Outcome.DENIED)
    assert event.actor.is_system
    assert event.after == {"email": email}
    assert event.reason == why
    assert password not in str(event.after) or not password


def test_a_borrower_is_told_that_the_door_is_not_theirs(client: Client, boris: User) -> None:
    response = client.post(reverse("admin:login"), {"username": boris.email, "password": PASSWORD})

    assert "This e-mail and password do not open the back office." in response.content.decode()
    assert client.get(reverse("admin:index")).status_code == 302


def test_a_borrower_with_a_right_still_stays_outside(client: Client, boris: User) -> None:
    boris.groups.add(Group.objects.get(name="Auditor"))
    client.force_login(boris)

    response = client.get(reverse("admin:audit_auditevent_changelist"))

    assert response.status_code == 302
    assert response["Location"].startswith(reverse("admin:login"))


def test_a_sign_out_is_recorded(client: Client, clara: User) -> None:
    client.force_login(clara)

    client.post(reverse("admin:logout"))

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


def test_ones_own_new_password_is_recorded(client: Client, clara: User) -> None:
    client.force_login(clara)
    new = "another good long password"

    response = client.post(
        reverse("admin:password_change"),
        {"old_password": PASSWORD, "new_password1": new, "new_password2": new},
    )

    assert response.status_code == 302
    event = last_event()
    assert (event.action, event.actor) == ("accounts.password_changed", clara)
    assert client.get(reverse("admin:index")).status_code == 200
    clara.refresh_from_db()
    assert clara.check_password(new)


def test_a_password_that_did_not_change_is_not_recorded(client: Client, clara: User) -> None:
    client.force_login(clara)
    events = AuditEvent.objects.count()

    client.get(reverse("admin:password_change"))
    client.post(
        reverse("admin:password_change"),
        {"old_password": "wrong", "new_password1": "x", "new_password2": "x"},
    )

    assert AuditEvent.objects.count() == events
