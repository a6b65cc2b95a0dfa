"""What somebody tries who has half of what it takes: a planted cookie, a password, a bad link."""

from collections.abc import Iterator

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps.accounts import services as accounts
from apps.accounts.models import PasswordLink, User
from apps.audit.models import AuditEvent
from apps.notifications import delivery
from apps.notifications.models import Notice
from project.testing.cast import PASSWORD

pytestmark = pytest.mark.django_db

OPEN = {
    "/api/v1/problems",
    "/accounts/login/",
    "/accounts/2fa/authenticate/",
    "/accounts/password/reset/",
} | {
    f"/accounts/{page}/" for page in ("password/reset/done", "inactive", "3rdparty/login/cancelled")
}
"""What anybody may read before they have shown all that it takes."""


@pytest.fixture(autouse=True)
def no_attempts_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget them, and let one code be right."""
    cache.clear()
    monkeypatch.setattr(TOTP, "validate_code", lambda _self, code: code == "123456")


def half_in(client: Client, person: User, address: str = "") -> str:
    """Type the password of somebody who has an app; return where that leads."""
    TOTP.activate(person, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    typed = {"login": person.email, "password": PASSWORD}
    return str(client.post(address or reverse("account_login"), typed)["Location"])


def addresses(resolver: URLResolver | None = None, before: str = "/") -> Iterator[str]:
    """Return every address of people that needs no argument."""
    for one in (resolver or get_resolver()).url_patterns:
        path = f"{before}{one.pattern}"
        if isinstance(one, URLResolver):
            yield from addresses(one, path)
        elif isinstance(one, URLPattern) and not {"<", "(", "^"} & set(path):
            yield path


def test_a_planted_session_is_left_behind_at_each_step(client: Client, clara: User) -> None:
    client.get(reverse("account_login"))
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key or ""
    client.cookies[settings.SESSION_COOKIE_NAME] = planted
    half_in(client, clara)
    client.post(reverse("mfa_authenticate"), {"code": "123456"})

    assert SESSION_KEY in client.session
    assert client.session.session_key != planted


def test_a_password_opens_no_page_before_the_second_factor(client: Client, clara: User) -> None:
    half_in(client, clara)
    paths = [
        path
        for path in addresses()
        if path.startswith(("/accounts/", "/admin/", "/oauth/", "/api/")) and "logout" not in path
    ]
    assert len(paths) > 100

    for path in paths:
        answer = client.get(path)
        assert answer.status_code != 200 or path in OPEN, path
        assert SESSION_KEY not in client.session, path


def test_who_is_deactivated_between_password_and_code_stays_out(
    client: Client, clara: User, adam: User
) -> None:
    half_in(client, clara)
    accounts.deactivate(clara.pk, reason="Left", actor=adam)

    client.post(reverse("mfa_authenticate"), {"code": "123456"})

    assert SESSION_KEY not in client.session
    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.target_label) == ("accounts.sign_in_failed", "Clara")


@pytest.mark.parametrize(
    "where",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "///e.x"],
)
def test_no_sign_in_leads_to_another_site(client: Client, clara: User, where: str) -> None:
    for door in ("account_login", "admin:login"):
        leads = client.get(reverse(door), {"next": where}, follow=True).redirect_chain
        assert all(step.startswith("/accounts/login/") for step, _status in leads), leads
    half_in(client, clara, f"{reverse('account_login')}?next={where}")
    inside = client.post(reverse("mfa_authenticate"), {"code": "123456", "next": where})
    assert inside["Location"] == reverse("admin:index")
    for door in ("admin:login", "step_up"):
        assert client.get(reverse(door), {"next": where})["Location"] == reverse("admin:index")


def test_no_sign_in_leads_out_of_tls(client: Client, clara: User) -> None:
    where = "http://testserver/accounts/"
    over_tls = {"next": where, "code": "123456"}
    TOTP.activate(clara, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    typed = {"login": clara.email, "password": PASSWORD, "next": where}
    client.post(reverse("account_login"), typed, secure=True)
    inside = client.post(reverse("mfa_authenticate"), over_tls, secure=True)
    assert inside["Location"] == reverse("admin:index")
    assert client.get(reverse("step_up"), over_tls, secure=True)["Location"] == "/admin/"


def test_a_letter_leads_to_our_own_host_whoever_asks_for_it(client: Client, clara: User) -> None:
    client.post(
        reverse("account_reset_password"),
        {"email": clara.email},
        headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"},
    )
    delivery.deliver(Notice.objects.get(kind="accounts.link_forgotten").pk)

    (message,) = mail.outbox
    assert PasswordLink.objects.filter(person=clara).exists()
    assert f"{settings.BASE_URL}/accounts/password/choose/" in message.body
    assert "evil.example" not in message.body
