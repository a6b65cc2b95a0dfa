"""Signing in, by hand in a browser: enrolment, codes, a security key, a forgotten password."""

import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import expect

from apps.accounts.models import User
from apps.notifications import delivery
from apps.notifications.models import Notice
from project.testing.browser import PATIENCE
from project.testing.cast import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

NEW = "seven purple kettles sing"


@pytest.fixture
def page(browser: "Browser", live_server: object, settings: Any) -> "Iterator[Page]":
    """Open a window at the door; no script may fail in it."""
    cache.clear()
    # The half minute of a code may end between typing and checking it.
    settings.MFA_TOTP_TOLERANCE = 1
    # By name: browsers let no address be the home of a security key.
    site = str(live_server).replace("127.0.0.1", "localhost")
    window = browser.new_context(base_url=site, locale="en-GB").new_page()
    window.set_default_timeout(PATIENCE)
    faults: list[str] = []
    window.on("pageerror", lambda fault: faults.append(str(fault)))
    window.goto("/")
    yield window
    window.context.close()
    assert not faults


def sign_in(page: "Page", password: str = PASSWORD) -> None:
    page.get_by_label("E-mail").fill("clara@example.com")
    page.get_by_label("Password", exact=True).fill(password)
    page.keyboard.press("Enter")


def sign_out(page: "Page") -> None:
    page.goto(reverse("account_home"))
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("E-mail")).to_be_focused()


def type_code(page: "Page", seed: str) -> None:
    """Type the code that an app with this seed shows; each code counts only once."""
    cache.clear()
    field = page.get_by_label("Code")
    expect(field).to_be_focused()
    field.fill(format_hotp_value(hotp_value(seed, int(time.time()) // 30)))
    page.keyboard.press("Enter")


def is_in(page: "Page") -> None:
    expect(page).to_have_url(re.compile("/admin/$"))
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()


@pytest.mark.django_db(transaction=True)
def test_a_second_factor_is_enrolled_and_opens_the_office(page: "Page", clara: User) -> None:
    sign_in(page)
    expect(page.get_by_role("alert")).to_contain_text("Your roles need a second factor")
    page.get_by_role("link", name="Add an app").click()
    seed = page.locator("#authenticator_secret").text_content() or ""
    type_code(page, seed)
    expect(page.get_by_text("they are shown only once")).to_be_visible()
    codes = page.locator(".account-codes li").all_text_contents()
    assert len(set(codes)) == 10
    page.get_by_role("link", name="I have kept them").click()
    is_in(page)

    sign_out(page)
    sign_in(page)
    type_code(page, seed)
    is_in(page)

    sign_out(page)
    sign_in(page)
    page.get_by_label("Code").fill(codes[3])
    page.keyboard.press("Enter")
    is_in(page)
    page.goto(reverse("account_home"))
    expect(page.get_by_text("9 left")).to_be_visible()


@pytest.mark.django_db(transaction=True)
def test_a_security_key_is_a_second_factor_and_a_passkey(page: "Page", clara: User) -> None:
    plug_in_key(page)
    sign_in(page)
    page.get_by_role("link", name="Add a key").click()
    page.get_by_label("Use it as a passkey").check()
    page.get_by_role("button", name="Add the key").click()
    page.get_by_role("link", name="I have kept them").click()
    is_in(page)
    assert Authenticator.objects.get(type="webauthn").user == clara

    sign_out(page)
    sign_in(page)
    page.get_by_role("button", name="Use a security key").click()
    expect(page).to_have_url(re.compile("/admin/$"))

    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(re.compile("/admin/$"))
    is_in(page)


def plug_in_key(page: "Page") -> None:
    """Give the browser a security key that answers by itself."""
    session: Any = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


@pytest.mark.django_db(transaction=True)
def test_a_forgotten_password_is_chosen_anew(page: "Page", clara: User) -> None:
    page.get_by_role("link", name="Forgotten your password?").click()
    page.get_by_label("E-mail").fill(clara.email)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Look into your mail").first).to_be_visible()
    delivery.deliver(Notice.objects.get(recipient=clara).pk)
    (found,) = re.findall(r"(/accounts/password/choose/\S+)", str(mail.outbox[-1].body))

    page.goto(found)
    page.get_by_label("New password", exact=True).fill("password123456")
    page.get_by_label("New password again").fill("password123456")
    page.keyboard.press("Enter")
    expect(page.get_by_text("easy to guess")).to_be_visible()
    page.get_by_label("New password", exact=True).fill(NEW)
    page.get_by_label("New password again").fill(NEW)
    page.keyboard.press("Enter")

    expect(page.get_by_text("Sign in with it.")).to_be_visible()
    sign_in(page, NEW)
    expect(page.get_by_role("alert")).to_contain_text("Your roles need a second factor")
