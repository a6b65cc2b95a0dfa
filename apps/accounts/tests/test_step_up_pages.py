"""Step-up in the browser’s words: asked again, all factors shown, and back with what was typed."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.selectors import roles_of
from apps.audit.models import AuditEvent, Outcome
from project.testing.signed_in import long_ago

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture
def desk(client: Client, adam: User) -> Client:
    """Adam signed in an hour ago."""
    adam.set_password(PASSWORD)
    adam.save()
    client.force_login(adam)
    long_ago(client)
    return client


def page_of(person: User) -> str:
    return reverse("admin:accounts_user_change", args=(person.pk,))


def ask(desk: Client, boris: User) -> Any:
    """Send the dialog that makes Boris an auditor."""
    return desk.post(
        reverse("admin:accounts_user_change_roles", args=(boris.pk,)),
        {"_form_submitted": "on", "roles": ["Auditor"], "reason": "He checks our books now"},
        headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{page_of(boris)}"},
    )


def step_up_page(back: str) -> str:
    return f"{reverse('step_up')}?next={back}"


def test_a_dialog_leads_to_the_step_up_and_back(desk: Client, boris: User) -> None:
    to = urlsplit(ask(desk, boris).headers["HX-Redirect"])
    assert to.path == reverse("step_up")
    assert parse_qs(to.query)["next"] == [page_of(boris)]
    denied = AuditEvent.objects.get(outcome=Outcome.DENIED)
    assert denied.action == "accounts.change_roles"
    assert "Auditor" not in roles_of(boris)


def test_the_dialog_comes_back_filled_in_once(desk: Client, boris: User) -> None:
    ask(desk, boris)
    dialog = reverse("admin:accounts_user_change_roles", args=(boris.pk,))
    page = desk.get(page_of(boris)).content.decode()
    assert f'hx-get="{dialog}" hx-trigger="load"' in page
    opened = desk.get(dialog).content.decode()
    assert "He checks our books now" in opened
    assert "He checks our books now" not in desk.get(dialog).content.decode()
    assert 'hx-trigger="load"' not in desk.get(page_of(boris)).content.decode()


def test_a_password_is_enough_for_who_has_nothing_else(
    desk: Client, adam: User, boris: User
) -> None:
    asked = desk.get(step_up_page(page_of(boris)))
    assert urlsplit(asked.headers["Location"]).path == reverse("account_reauthenticate")
    key = desk.session.session_key
    shown = desk.post(asked.headers["Location"], {"password": PASSWORD})
    assert desk.session.session_key != key, "whoever had copied the cookie is left behind"
    back = desk.get(shown.headers["Location"])
    assert back.headers["Location"] == page_of(boris)
    event = AuditEvent.objects.get(action="accounts.stepped_up")
    assert (event.actor, event.after) == (adam, {"factors": ["password"]})
    assert ask(desk, boris).headers["HX-Redirect"] == page_of(boris)
    assert roles_of(boris) == ["Auditor"]


def test_who_has_a_second_factor_shows_both(
    desk: Client, adam: User, boris: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    totp.TOTP.activate(adam, totp.generate_totp_secret())
    monkeypatch.setattr(totp.TOTP, "validate_code", lambda _self, code: code == "123456")
    asked = desk.get(step_up_page(page_of(boris)))
    first = desk.post(asked.headers["Location"], {"password": PASSWORD})
    # The password alone makes nothing recent.
    assert ask(desk, boris).headers["HX-Redirect"].startswith(reverse("step_up"))
    second = desk.get(first.headers["Location"])
    assert urlsplit(second.headers["Location"]).path == reverse("mfa_reauthenticate")
    wrong = desk.post(second.headers["Location"], {"code": "654321"})
    assert wrong.status_code == 200
    assert not AuditEvent.objects.filter(action="accounts.stepped_up").exists()
    right = desk.post(second.headers["Location"], {"code": "123456"})
    assert desk.get(right.headers["Location"]).headers["Location"] == page_of(boris)
    event = AuditEvent.objects.get(action="accounts.stepped_up")
    assert event.after == {"factors": ["password", "mfa"]}
    assert Authenticator.objects.filter(user=adam).exists()


def test_the_second_factor_alone_is_not_enough(
    desk: Client, adam: User, boris: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    totp.TOTP.activate(adam, totp.generate_totp_secret())
    monkeypatch.setattr(totp.TOTP, "validate_code", lambda _self, code: code == "123456")
    desk.post(reverse("mfa_reauthenticate"), {"code": "123456"})
    assert ask(desk, boris).headers["HX-Redirect"].startswith(reverse("step_up"))


def test_a_form_is_offered_to_be_sent_again(desk: Client, boris: User) -> None:
    typed = {"name": "Keeper of keys", "rights": ["accounts.view_user"]}
    address = reverse("admin:auth_group_add")
    answer = desk.post(address, typed)
    assert answer.status_code == 302
    assert urlsplit(answer.headers["Location"]).path == reverse("step_up")
    assert AuditEvent.objects.filter(action="accounts.add_role", outcome=Outcome.DENIED).exists()
    page = desk.get(address).content.decode()
    assert 'name="name" value="Keeper of keys"' in page
    assert "Send it again" in page
    assert "Send it again" not in desk.get(address).content.decode(), boris


def test_a_password_that_was_typed_is_not_kept(desk: Client) -> None:
    typed = {
        "display_name": "New",
        "email": "new@example.org",
        "is_staff": "on",
        "usable_password": "true",
        "password1": "long enough for us",
        "password2": "long enough for us",
    }
    address = reverse("admin:accounts_user_add")
    answer = desk.post(address, typed)
    assert urlsplit(answer.headers["Location"]).path == reverse("step_up")
    assert "long enough for us" not in str(dict(desk.session))
    assert "Send it again" not in desk.get(address).content.decode()


def test_nobody_is_led_away_from_our_pages(desk: Client, adam: User) -> None:
    desk.force_login(adam)
    answer = desk.get(step_up_page("https://elsewhere.example/"))
    assert answer.headers["Location"] == reverse("admin:index")


def test_a_stranger_signs_in_first(client: Client) -> None:
    assert client.get(reverse("step_up")).status_code == 302
