"""A program is let in by hand in a browser, works for the person, and is shown the door again."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from apps.accounts.models import User
from apps.programs.errors import TokenRefused
from apps.programs.states import Kind
from apps.programs.tokens import access_of
from project.testing.programs import Partner, program
from project.tests.journeys.desk import Desk

if TYPE_CHECKING:
    from playwright.sync_api import Browser


class Listener(BaseHTTPRequestHandler):
    """What a program on the person’s machine opens, to hear its code."""

    heard: list[dict[str, str]]

    def do_GET(self) -> None:
        """Keep what came, and say so; the browser also asks for an icon."""
        parts = urlsplit(self.path)
        if parts.path == "/back":
            query = parse_qs(parts.query)
            self.heard.append({name: values[0] for name, values in query.items()})
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"You may close this window.")

    def log_message(self, *_line: object) -> None:
        """Write nothing."""


@contextmanager
def listening() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Listen at a free port of this machine, and yield where and what was heard."""
    heard: list[dict[str, str]] = []
    server = HTTPServer(("127.0.0.1", 0), type("Ear", (Listener,), {"heard": heard}))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/back", heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.django_db(transaction=True)
def test_a_program_is_let_in_and_shown_the_door(
    browser: "Browser", live_server: object, clara: User
) -> None:
    made = program(
        name="Fleet planner", client_type=Kind.PUBLIC, redirect_uris="http://127.0.0.1/back"
    )
    partner = Partner(made)
    desk = Desk(browser, str(live_server), clara)
    with listening() as (back, heard):
        refuse(desk, partner, back)
        assert heard.pop()["error"] == "access_denied"
        let_in(desk, partner, back)
        came = heard.pop()
    assert came["state"] == "a-state"
    given = partner.redeem(came["code"], redirect_uri=back).json()
    assert access_of(given["access_token"]).person == clara
    show_the_door(desk)
    with pytest.raises(TokenRefused):
        access_of(given["access_token"])
    desk.leave()


def refuse(desk: Desk, partner: Partner, back: str) -> None:
    desk.page.goto(desk.site + partner.address(redirect_uri=back, scope="me tickets:read"))
    desk.reads("asks to be let in", "a program on this computer")
    desk.press("Do not let it in")
    desk.reads("You may close this window.")


def let_in(desk: Desk, partner: Partner, back: str) -> None:
    desk.page.goto(desk.site + partner.address(redirect_uri=back, scope="me tickets:read"))
    desk.reads("see tickets, their lines, comments and files", "Clara", "after 12 hours")
    expect(desk.page.get_by_text("see wallets")).to_have_count(0)
    desk.page.get_by_role("button", name="Let it in", exact=True).click()
    desk.reads("You may close this window.")


def show_the_door(desk: Desk) -> None:
    desk.page.goto(desk.site + reverse("oauth_consents"))
    desk.reads("Fleet planner", "see who you are and which roles you have")
    desk.press("End it now")
    desk.reads("The program is not let in any more.", "You let no program in at this moment.")
