"""The policy of content, in a browser: every kind of page does its work, and nothing is refused."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, ConsoleMessage, Page

from apps.accounts.models import User
from project.testing.browser import PATIENCE
from project.testing.make import Make

PAGES = (
    *("admin:index", "admin:tickets_ticket_desk", "admin:tickets_ticket_changelist"),
    *("admin:tickets_ticket_add", "admin:assets_asset_changelist", "admin:assets_asset_calendar"),
    *("admin:assets_asset_add", "admin:assets_asset_import", "admin:wallets_wallet_changelist"),
    *("admin:reports_reportrun_finance", "admin:reports_reportrun_changelist"),
    *("admin:wallets_adjustment_add", "admin:audit_auditevent_changelist"),
    *("admin:approvals_policy_changelist", "admin:accounts_user_add"),
)


def listened_to(page: Page) -> list[str]:
    """Return the list into which what the browser complains about comes."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(f"{page.url}: {message.text}")

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    return complaints


def cookies_of(person: User, address: str) -> list[dict[str, str]]:
    client = Client()
    client.force_login(person)
    return [
        {"name": name, "value": cookie.value, "url": address}
        for name, cookie in client.cookies.items()
    ]


@pytest.mark.django_db(transaction=True)
def test_no_page_of_the_office_breaks_the_policy(
    browser: Browser, live_server: object, make: Make, lena: User
) -> None:
    call_command("load_reference")
    lena.groups.add(Group.objects.get(name="Lender"))
    asset = make.asset(lender=lena, name="Arri camera")
    wallet = make.wallet(lena, balance=10_000)
    root = User.objects.create_superuser("root@example.com", display_name="Root")
    address = str(live_server)
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    complaints = listened_to(page)
    page.goto(f"{address}{reverse('admin:login')}")
    context.add_cookies(cookies_of(root, address))  # type: ignore[arg-type]  # a plain dictionary
    paths = [
        *map(reverse, PAGES),
        reverse("admin:assets_asset_change", args=[asset.pk]),
        reverse("admin:wallets_wallet_change", args=[wallet.pk]),
    ]
    for path in paths:
        answer = page.goto(f"{address}{path}")
        assert answer is not None
        assert answer.status == 200, path
        assert "'unsafe-eval'" in answer.headers["content-security-policy"]
        # Alpine has drawn the page: it takes this attribute away when it is done.
        page.wait_for_function("!document.querySelector('[x-cloak]')")
    assert not complaints

    # A script of somebody else's, had it got into a page, would not run, and is heard of.
    with page.expect_console_message():
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<a onclick=boom()>x</a>')")
    context.close()
    assert "Content Security Policy" in complaints[0]


@pytest.mark.django_db(transaction=True)
def test_filters_beside_each_other_apply_at_once(browser: Browser, live_server: object) -> None:
    root = User.objects.create_superuser("root@example.com", display_name="Root")
    address = str(live_server)
    context = browser.new_context()
    context.add_cookies(cookies_of(root, address))  # type: ignore[arg-type]  # a plain dictionary
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}{reverse('admin:tickets_ticket_changelist')}")
    form = page.locator("form[data-submits-itself]")
    with page.expect_navigation():
        form.dispatch_event("input", {"bubbles": True})
    context.close()
