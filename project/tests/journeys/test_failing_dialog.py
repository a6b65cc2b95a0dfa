"""A dialog whose answer is no dialog: it says what happened, and keeps what was typed."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from apps.accounts.models import User
from project.testing.cast import person
from project.tests.journeys.desk import Desk

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Route

WHY = "Clara has left us"
DIALOG = "**/deactivate/"
SAID = {
    403: "You may not do this",
    404: "It is no longer here",
    409: "It has changed meanwhile",
    429: "Wait five minutes",
    500: "look before you press the button again",
    502: "look before you press the button again",
}


@pytest.fixture
def desk(
    browser: "Browser", live_server: object, transactional_db: None, adam: User, clara: User
) -> Iterator[Desk]:
    """Adam has opened the page of Clara."""
    desk = Desk(browser, str(live_server), adam)
    desk.open("accounts_user_change", clara.pk)
    yield desk
    desk.leave()


def begin(desk: Desk) -> None:
    """Open the dialog, and type into it where the keyboard is at once."""
    desk.press("Deactivate")
    expect(desk.dialog.get_by_label("Reason")).to_be_focused()
    desk.page.keyboard.type(WHY)


def send(desk: Desk) -> None:
    desk.dialog.locator("button[type=submit]").click()


def keeps(desk: Desk, *said: str) -> None:
    """See what it says, with what was typed; whoever hears the page is told, and stands there."""
    alert = told(desk)
    for text in said:
        expect(alert).to_contain_text(text)
    expect(desk.dialog.get_by_label("Reason")).to_have_value(WHY)
    expect(alert).to_be_focused()


def told(desk: Desk) -> "Locator":
    return desk.dialog.get_by_role("alert")


def sit_down(desk: Desk, who: User) -> None:
    """Let somebody sign in, in another tab of the same browser: the mark of forms is a new one."""
    client = Client()
    client.force_login(who)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    mark = "n" * 32
    desk.page.context.add_cookies(
        [
            {"name": settings.SESSION_COOKIE_NAME, "value": key, "url": desk.site},
            {"name": settings.CSRF_COOKIE_NAME, "value": mark, "url": desk.site},
        ]
    )


def deactivated(clara: User) -> bool:
    clara.refresh_from_db()
    return not clara.is_active


@pytest.mark.django_db(transaction=True)
def test_whatever_is_answered_is_said_and_what_was_typed_is_sent_again(
    desk: Desk, clara: User
) -> None:
    begin(desk)
    for status, said in SAID.items():
        desk.page.route(DIALOG, _answers(status), times=1)
        send(desk)
        keeps(desk, said)
        # The next question is for a new mark of the form, and comes before it is sent again.
        desk.page.unroute_all()
        desk.dialog.locator("form").evaluate("form => form.removeAttribute('data-stale')")
    assert not deactivated(clara)

    desk.page.route(DIALOG, lambda route: route.abort(), times=1)
    send(desk)
    keeps(desk, "No answer came")

    desk.confirm("Deactivate")
    desk.reads("deactivated")
    assert deactivated(clara)


@pytest.mark.django_db(transaction=True)
def test_whoever_is_signed_out_signs_in_elsewhere_and_goes_on(
    desk: Desk, adam: User, clara: User, walt: User
) -> None:
    begin(desk)
    desk.page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    send(desk)
    keeps(desk, "You are signed out")
    expect(told(desk).get_by_role("link", name="Sign in")).to_have_attribute("target", "_blank")

    # Still out: nothing else is said, and nothing is sent.
    send(desk)
    keeps(desk, "You are signed out")
    sit_down(desk, walt)
    send(desk)
    keeps(desk, "You may not do this", "ask an administrator")
    sit_down(desk, adam)
    desk.confirm("Deactivate")
    desk.reads("deactivated")
    assert deactivated(clara)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_in_the_name_of_somebody_else(desk: Desk, clara: User) -> None:
    begin(desk)
    sit_down(desk, person("Agnes", "Administrator"))
    send(desk)
    keeps(desk, "This form was not taken", "Press the button again")
    send(desk)
    keeps(desk, "Somebody else has signed in")
    assert not deactivated(clara)


@pytest.mark.django_db(transaction=True)
def test_a_dialog_that_does_not_open_says_why_and_gives_the_keyboard_back(desk: Desk) -> None:
    button = desk.page.locator("a[hx-get$='/deactivate/']:visible")
    for fault in (_answers(500), _is_cut_off):
        desk.page.route(DIALOG, fault, times=1)
        button.focus()
        desk.page.keyboard.press("Enter")
        expect(told(desk)).to_contain_text("This did not open")
        desk.page.keyboard.press("Escape")
        expect(desk.dialog).to_be_hidden()
        expect(button).to_be_focused()

    desk.page.keyboard.press("Enter")
    expect(desk.dialog.get_by_label("Reason")).to_be_focused()
    expect(told(desk)).to_have_count(0)


def _answers(status: int) -> "Callable[[Route], None]":
    return lambda route: route.fulfill(status=status, body="", content_type="text/html")


def _is_cut_off(route: "Route") -> None:
    route.abort()
