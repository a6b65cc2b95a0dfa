"""How a person at the desk uses the browser: opens, types, presses, reads."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from project.testing.browser import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

    from apps.accounts.models import User


class Desk:
    """One person's browser window."""

    def __init__(self, browser: "Browser", site: str, user: "User") -> None:
        """Open a window of one's own in which the person has signed in, with both factors."""
        self.site = site
        client = Client()
        client.force_login(user)
        context = browser.new_context(viewport={"width": 1440, "height": 1000}, locale="en-GB")
        key = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": site}])
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.faults: list[str] = []
        self.page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.page.goto(site)
        self.reads("Today")

    def leave(self) -> None:
        """Close the window; no script may have failed in it."""
        self.page.context.close()
        assert not self.faults, self.faults

    def open(self, name: str, *args: object, query: str = "") -> None:
        """Go to a page of the admin by its name."""
        self.page.goto(self.site + reverse(f"admin:{name}", args=args) + query)

    def follow(self, link: str) -> None:
        """Follow the first link of that name."""
        _click(self.page.get_by_role("link", name=link).first)

    def press(self, name: str) -> None:
        """Press the button, or what looks like one, of that name."""
        buttons = self.page.locator("button, a, input[type=submit]")
        _click(buttons.filter(has_text=name, visible=True).first)

    @property
    def dialog(self) -> "Locator":
        """The open dialog."""
        return self.page.get_by_role("dialog")

    def confirm(self, button: str) -> None:
        """Press the dialog's own button and wait until it has gone."""
        self.dialog.locator("button[type=submit]").filter(has_text=button).click()
        expect(self.dialog).to_be_hidden()

    def finish(self, button: str) -> None:
        """Press the button that ends a page of the desk."""
        _click(self.page.locator("form.desk button[type=submit]").filter(has_text=button))

    def choose(self, field: str, text: str) -> None:
        """Choose by typing in a field that completes what one types."""
        _click(self.page.locator(f"[name={field}] ~ .select2 .select2-selection"))
        search = self.page.locator(".select2-search__field").last
        search.fill(text)
        self.page.locator(".select2-results__option").filter(has_text=text).first.click()

    def select(self, field: str, text: str) -> None:
        """Choose in a plain list by the text that one sees."""
        self.page.locator(f"[name={field}]").select_option(label=text, force=True)

    def reads(self, *texts: str) -> None:
        """See each text somewhere on the page."""
        for text in texts:
            expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible()

    def reads_in(self, place: str, *texts: str) -> None:
        """See each text in the part of the page that the selector names."""
        for text in texts:
            expect(self.page.locator(place).filter(has_text=text).first).to_be_visible()


def is_drawn(picture: "Locator") -> bool:
    """Tell whether the browser could read the picture, once it has tried."""
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", value=True)
    return bool(picture.evaluate("picture => picture.naturalWidth > 0"))


def _click(what: "Locator") -> None:
    """Click when the scripts of its page have run: before, a click on a button does nothing."""
    what.wait_for()
    what.page.wait_for_load_state()
    what.click()
