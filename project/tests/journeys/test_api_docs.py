"""The documentation of the API in a browser that reaches nothing but this server."""

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from playwright.sync_api import expect

from project.testing.browser import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

    from apps.accounts.models import User


@pytest.mark.django_db(transaction=True)
def test_the_documentation_needs_nothing_from_elsewhere(
    browser: "Browser", live_server: object, clara: "User"
) -> None:
    client = Client()
    client.force_login(clara)
    home = str(live_server)
    elsewhere: list[str] = []
    said: list[str] = []

    def only_here(route: "Route") -> None:
        if route.request.url.startswith((home, "data:", "blob:")):
            route.continue_()
        else:
            elsewhere.append(route.request.url)
            route.abort()

    context = browser.new_context(viewport={"width": 390, "height": 800})
    session = client.cookies["sessionid"]
    context.add_cookies([{"name": session.key, "value": session.value, "url": home}])
    context.route("**/*", only_here)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(str(error)))

    # The theme that was chosen in the office.
    page.add_init_script("localStorage.adminTheme = JSON.stringify('dark')")
    page.goto(f"{home}/api/v1/docs")
    decisions = page.get_by_text("/api/v1/approvals/{approval_id}/decisions")
    expect(decisions).to_be_visible()
    page.get_by_role("button", name="get /api/v1/notices", exact=False).first.click()
    expect(page.get_by_text("tickets.approved").first).to_be_visible()

    width = page.evaluate("document.documentElement.scrollWidth")
    ground = page.evaluate(
        "getComputedStyle(document.querySelector('.swagger-ui')).backgroundColor"
    )
    context.close()
    assert elsewhere == []
    assert [line for line in said if line.startswith(("error", "warning")) or ":" not in line] == []
    assert width <= 390
    assert ground == "rgb(17, 24, 39)"
