"""A browser without a browser: pages, dialogs and what they would send."""

import re
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.tickets.models import Ticket
from apps.tickets.tests.conftest import DAY

LIST = reverse("admin:tickets_ticket_changelist")
ADD = reverse("admin:tickets_ticket_add")
ACTIONS = (
    "submit",
    "approve",
    "request_changes",
    "reject",
    "hand_over",
    "substitute",
    "take_back",
    "extend",
    "inspect",
    "release",
    "reprice",
    "comment",
    "cancel",
)


def page_of(ticket: Ticket) -> str:
    """Return the address of the ticket’s page."""
    return reverse("admin:tickets_ticket_change", args=(ticket.pk,))


def url_of(name: str, ticket: Ticket) -> str:
    """Return the address of a dialog."""
    return reverse(f"admin:tickets_ticket_{name}", args=(ticket.pk,))


def signed_in(person: User) -> Client:
    """Return a browser in which this person has signed in."""
    client = Client()
    client.force_login(person)
    return client


def text_of(response: Any) -> str:
    """Return the page without its tags, in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def fields_of(response: Any) -> dict[str, Any]:
    """Return what a dialog would send when nothing is typed."""
    form = response.context["form"]
    sent: dict[str, Any] = {}
    for bound in form:
        widgets = getattr(bound.field.widget, "widgets_names", None)
        if widgets is None:
            sent[bound.html_name] = bound.value()
            continue
        for suffix, value in zip(
            widgets, bound.field.widget.decompress(bound.value()), strict=True
        ):
            sent[bound.html_name + suffix] = value
    return {name: value for name, value in sent.items() if value not in (None, False)}


def press(client: Client, name: str, ticket: Ticket, **typed: Any) -> Any:
    """Open the dialog, type, and press its button."""
    opened = client.get(url_of(name, ticket))
    assert opened.status_code == 200
    return client.post(url_of(name, ticket), {**fields_of(opened), **typed})


def draft_fields(ticket: Ticket | None = None, **typed: Any) -> dict[str, Any]:
    """Return what the form of a draft sends."""
    start = timezone.localtime(ticket.starts_at if ticket else timezone.now() + timedelta(hours=1))
    end = timezone.localtime(ticket.ends_at) if ticket else start + DAY
    return {
        "borrower": ticket.borrower_id if ticket else "",
        "starts_at_0": start.strftime("%Y-%m-%d"),
        "starts_at_1": start.strftime("%H:%M"),
        "ends_at_0": end.strftime("%Y-%m-%d"),
        "ends_at_1": end.strftime("%H:%M"),
        "purpose": ticket.purpose if ticket else "Film school",
        "came_by": ticket.came_by if ticket else "phone",
        "assets": [line.asset_id for line in ticket.lines.all()] if ticket else [],
        "seen_version": ticket.version if ticket else "",
        **typed,
    }
