"""The list: queues with their counts, search, and as many questions for ten rows as for two."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.tickets.admin.listing import TicketListing
from apps.tickets.admin.tabs import MOST, QUEUES, counted
from apps.tickets.models import Ticket
from apps.tickets.states import Status
from apps.tickets.tests.clicking import ACTIONS, ADD, LIST, page_of, signed_in, text_of, url_of
from apps.tickets.tests.conftest import DAY, HOUR, Desk
from project.testing.make import Make


@pytest.mark.parametrize("tab", ["", *QUEUES])
def test_the_list_asks_as_many_questions_for_ten_rows_as_for_two(
    desk: Desk, clara: User, tab: str
) -> None:
    desk.pay_in(1_000_000)
    client = signed_in(clara)

    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(LIST, {"tab": tab} if tab else {}).status_code == 200
        return len(queries)

    for _ in range(2):
        desk.draft(desk.assets(2))
    count()
    few = count()
    for _ in range(8):
        desk.draft(desk.assets(2))
    assert count() == few


def test_each_tab_has_its_tickets_and_their_count(desk: Desk, clara: User) -> None:
    tickets = {status: desk.in_status(status) for status in Status.values}
    overdue = desk.on_loan()
    Ticket.objects.filter(pk=overdue.pk).update(
        starts_at=timezone.now() - 3 * DAY, ends_at=timezone.now() - DAY
    )
    overdue.lines.update(due_at=timezone.now() - DAY)
    Ticket.objects.filter(pk=tickets["approved"].pk).update(starts_at=timezone.now())
    client = signed_in(clara)

    def shown(tab: str) -> set[int]:
        page = client.get(LIST, {"tab": tab})
        return {ticket.pk for ticket in page.context["cl"].result_list}

    assert shown("drafts") == {tickets["draft"].pk, tickets["changes_requested"].pk}
    assert shown("waiting") == {tickets["submitted"].pk}
    assert shown("hand_over") == {tickets["approved"].pk}
    assert shown("on_loan") == {tickets["on_loan"].pk, overdue.pk}
    assert shown("overdue") == {overdue.pk}
    assert shown("inspect") == {tickets["returned"].pk}
    assert shown("closed") == {tickets["closed"].pk}
    assert len(shown("all")) == 11
    page = text_of(client.get(LIST))
    assert "Drafts 2" in page
    assert "Overdue 1" in page


def test_a_large_count_says_only_that_it_is_large(desk: Desk) -> None:
    ticket = desk.draft()
    assert counted(Ticket.objects.all()) == "1"
    rows = [
        Ticket(
            borrower=ticket.borrower,
            entered_by=ticket.entered_by,
            starts_at=ticket.starts_at,
            ends_at=ticket.ends_at,
            purpose="Film",
            currency="USD",
        )
        for _ in range(MOST)
    ]
    Ticket.objects.bulk_create(rows)
    assert counted(Ticket.objects.all()) == f"{MOST}+"


def test_a_ticket_is_found_by_number_borrower_and_tag(
    desk: Desk, make: Make, clara: User, bella: User, lena: User
) -> None:
    mine = desk.draft([make.asset(lender=lena, tag="DRILL-7")])
    other = desk.draft([make.asset(lender=lena, tag=str(mine.pk))], borrower=bella)
    client = signed_in(clara)

    def found(term: str) -> set[Ticket]:
        return set(client.get(LIST, {"q": term}).context["cl"].result_list)

    assert found(f"tk-{mine.pk}") == {mine}
    assert found(str(mine.pk)) == {mine, other}
    assert found("drill") == {mine}
    assert found("bella") == {other}
    assert found("9" * 30) == set()


def test_a_clerk_finds_what_they_entered_themselves(desk: Desk, clara: User, anna: User) -> None:
    desk.anna.groups.set(desk.clara.groups.all())
    mine = desk.draft()
    desk.draft(actor=anna)
    page = signed_in(clara).get(LIST, {"tab": "mine"})
    assert list(page.context["cl"].result_list) == [mine]


def test_the_most_urgent_stand_on_top_over_all_pages(
    desk: Desk, clara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TicketListing, "list_per_page", 2)
    desk.pay_in(1_000_000)
    tickets = [desk.submitted(days=days) for days in (2, 1, 3, 1, 2)]
    for number, ticket in enumerate(tickets):
        Ticket.objects.filter(pk=ticket.pk).update(submitted_at=desk.start - number * HOUR)
    client = signed_in(clara)

    def shown(mark: str) -> Any:
        return client.get(LIST, {"tab": "waiting", "p": mark}).context["cl"]

    top = shown("")
    middle = shown(top.page.older)
    last = shown(middle.page.older)
    in_order = [one.pk for page in (top, middle, last) for one in page.result_list]
    assert in_order == [ticket.pk for ticket in reversed(tickets)]
    assert last.page.older == ""
    assert list(shown(last.page.newer).result_list) == list(middle.result_list)
    assert list(shown(middle.page.newer).result_list) == list(top.result_list)
    assert "Next" in text_of(client.get(LIST, {"tab": "waiting"}))
    assert "Older" in text_of(client.get(LIST))


def test_strangers_see_nothing(desk: Desk, walt: User) -> None:
    ticket = desk.draft()
    client = signed_in(walt)
    for url in (LIST, ADD, page_of(ticket), *(url_of(name, ticket) for name in ACTIONS)):
        assert client.get(url).status_code == 403, url
    for name in ("borrowers", "assets"):
        assert client.get(reverse(f"admin:tickets_ticket_{name}")).status_code == 403
