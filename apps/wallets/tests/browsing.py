"""How the tests of the pages of money browse: sign in, read, open dialogs and press buttons."""

import re
from typing import Any

from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import User


def signed_in(person: User) -> Client:
    """Return a browser in which this person has signed in."""
    client = Client()
    client.force_login(person)
    return client


def url_of(page: str, *args: Any) -> str:
    """Return the address of a page of money, such as `wallet_change`."""
    return reverse(f"admin:wallets_{page}", args=args)


def text_of(response: Any) -> str:
    """Return the page without its tags, in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def shown_in(response: Any) -> list[Any]:
    """Return the rows of a list."""
    return list(response.context["cl"].result_list)


def said(response: Any) -> list[str]:
    """Return what the next page says."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def press(client: Client, url: str, **typed: Any) -> Any:
    """Open the dialog, type, and press its button."""
    opened = client.get(url)
    assert opened.status_code == 200
    form = opened.context["form"]
    drawn = {bound.html_name: bound.value() for bound in form}
    return client.post(url, {key: value for key, value in {**drawn, **typed}.items() if value})


def buttons(response: Any) -> set[str]:
    """Return the titles of the dialogs that the page offers in its head."""
    return set(re.findall(r'hx-get="[^"]*/(\w+)/?"', response.content.decode()))


def query_count(client: Client, url: str, **asked: Any) -> int:
    """Return how many questions a page asks the database."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url, asked).status_code == 200
    return len(queries)
