"""The desk: what is scanned or typed decides what happens, and nothing typed is lost."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.approvals import services as approvals
from apps.approvals.models import ApprovalRequest, Policy
from apps.approvals.states import Verdict
from apps.assets.models import Asset
from apps.assets.states import Condition
from apps.tickets.admin.deeds import TicketDeeds
from apps.tickets.admin.desk.deeds import deed_url
from apps.tickets.models import Ticket
from apps.tickets.services import deciding
from apps.tickets.states import LineStatus, Status
from apps.tickets.tests.clicking import page_of, signed_in, text_of, url_of
from apps.tickets.tests.conftest import DAY, Desk
from project.testing.make import Make

if TYPE_CHECKING:
    from django.test import Client

DESK = reverse("admin:tickets_ticket_desk")
SUGGEST = reverse("admin:tickets_ticket_desk_suggest")


class Clerk:
    """Clara at the desk, in a browser that sends what the page shows."""

    def __init__(self, person: User) -> None:
        """Open the page."""
        self.client: Client = signed_in(person)
        self.page: Any = self.client.get(DESK)
        assert self.page.status_code == 200

    def scan(self, text: str) -> str:
        """Scan or type a text and press Enter; return what is said."""
        self.page = self.client.get(
            DESK, {**self.fields(), "scan": text}, headers={"HX-Request": "true"}
        )
        return self.said

    def press(self, deed: str, **typed: Any) -> str:
        """Press a button after having typed something; return what is said."""
        sent = {**self.fields(), **typed, "deed": deed}
        self.page = self.client.post(DESK, sent, headers={"HX-Request": "true"})
        return self.said

    def fields(self) -> Mapping[str, Any]:
        """Return what the form on the page would send."""
        context = self.page.context
        counter, basket = context["counter"], context["basket"]
        sent: dict[str, Any] = {
            "asset": counter.asset_ids,
            "ticket": counter.ticket_ids,
            "until": counter.until,
            "purpose": counter.purpose,
        }
        if basket.borrower:
            sent["borrower"] = basket.borrower.pk
        rows = [row for card in context["cards"] for row in card.rows if row.is_ticked]
        sent["line"] = [row.line.pk for row in rows]
        sent |= {f"condition_{row.line.pk}": row.condition for row in rows}
        sent |= {f"note_{row.line.pk}": row.note for row in rows}
        return sent | {f"seen_{card.ticket.pk}": card.ticket.version for card in context["cards"]}

    @property
    def said(self) -> str:
        """What the page says."""
        return " ".join(one.text for one in self.page.context["said"])

    @property
    def ticked(self) -> set[str]:
        """The tags of the lines that are ticked."""
        cards = self.page.context["cards"]
        return {row.line.asset.tag for card in cards for row in card.rows if row.is_ticked}


@pytest.fixture
def clerk(desk: Desk, clara: User) -> Clerk:
    desk.pay_in()
    return Clerk(clara)


def tagged(ticket: Ticket) -> list[str]:
    return [line.asset.tag for line in ticket.lines.select_related("asset").order_by("pk")]


def test_assets_that_are_out_come_back_in_a_row_also_of_several_tickets(
    desk: Desk, clerk: Clerk
) -> None:
    one, other = desk.on_loan(desk.assets(2)), desk.on_loan()
    first, second = tagged(one)
    (third,) = tagged(other)
    assert "comes back from Boris" in clerk.scan(first.lower())
    assert clerk.ticked == {first}
    clerk.scan(f"  {third} ")
    assert clerk.ticked == {first, third}
    line = one.lines.get(asset__tag=first)
    said = clerk.press(
        "take_back",
        **{f"condition_{line.pk}": Condition.WORN, f"note_{line.pk}": "A scratch"},
    )
    assert said.count("taken back from Boris") == 2
    line.refresh_from_db()
    assert (line.status, line.condition_in, line.note_in) == ("returned", "worn", "A scratch")
    assert desk.again(other).status == Status.RETURNED
    assert desk.again(one).status == Status.ON_LOAN
    assert [card.ticket.pk for card in clerk.page.context["cards"]] == [one.pk]
    clerk.scan(second)
    clerk.press("take_back")
    assert desk.again(one).status == Status.RETURNED
    assert clerk.page.context["cards"] == []


def test_what_is_reserved_for_today_is_handed_over(desk: Desk, clerk: Clerk) -> None:
    ticket = desk.approved(desk.assets(2))
    first, second = tagged(ticket)
    assert "is reserved for Boris" in clerk.scan(first)
    assert clerk.ticked == {first}
    assert "handed over to Boris" in clerk.press("hand_over")
    standing = dict(ticket.lines.values_list("asset__tag", "status"))
    assert standing == {first: LineStatus.ON_LOAN, second: LineStatus.RESERVED}


def test_a_ticket_opens_by_its_number_with_all_that_can_be_done(desk: Desk, clerk: Clerk) -> None:
    ticket = desk.approved(desk.assets(2))
    clerk.scan(f"tk-{ticket.pk}")
    assert clerk.ticked == set(tagged(ticket))
    clerk.press("hand_over")
    clerk.scan(str(ticket))
    clerk.press("take_back")
    assert desk.again(ticket).status == Status.RETURNED


def test_somebody_who_walks_in_is_lent_what_is_free(desk: Desk, clerk: Clerk, anna: User) -> None:
    camera, tripod = desk.assets(2)
    assert "Who takes it?" in clerk.scan(camera.tag)
    assert "Now scan" in clerk.scan("BORIS@example.com")
    clerk.scan(tripod.tag)
    assert clerk.page.context["basket"].total == ""
    assert "Until 2d" in clerk.scan("2d")
    page = text_of(clerk.page)
    assert "2 days × $10.00 = $20.00" in page
    assert "$140.00 with the deposit" in page
    said = clerk.press("lend")
    ticket = Ticket.objects.get()
    assert f"{ticket} is asked for" in said
    assert "Lending approver" in said
    assert ticket.status == Status.SUBMITTED
    assert ticket.ends_at - ticket.starts_at == 2 * DAY
    assert (ticket.entered_by, ticket.purpose) == (desk.clara, "Walk-in")
    assert clerk.page.context["counter"].asset_ids == []
    desk.decide(ticket, Verdict.APPROVE)
    clerk.scan(str(ticket))
    assert "handed over" in clerk.press("hand_over")
    assert desk.again(ticket).status == Status.ON_LOAN


def test_what_a_policy_agrees_to_at_once_lies_ready_to_go_out(
    desk: Desk, clerk: Clerk, system: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def agree(ticket: Ticket, **_asked: Any) -> None:
        request = ApprovalRequest()
        deciding.conclude(ticket, Verdict.APPROVE, request=request, actor=system, reason="")

    monkeypatch.setattr(approvals, "open_request", agree)
    (camera,) = desk.assets()
    for text in (camera.tag, "boris@example.com", "2d"):
        clerk.scan(text)
    assert "is approved. F8 hands it over." in clerk.press("lend")
    assert clerk.ticked == {camera.tag}
    clerk.press("hand_over")
    assert Ticket.objects.get().status == Status.ON_LOAN


def test_nothing_is_lent_to_nobody(desk: Desk, clerk: Clerk) -> None:
    (camera,) = desk.assets()
    clerk.scan(camera.tag)
    clerk.scan("2d")
    assert "Nobody is chosen" in clerk.press("lend")
    assert clerk.page.context["counter"].asset_ids == [camera.pk]


def test_reasons_stand_beside_the_price_at_once(desk: Desk, clerk: Clerk, bella: User) -> None:
    (camera,) = desk.assets()
    taken = desk.approved([camera], borrower=desk.boris, starts_at=timezone.now() + DAY)
    clerk.scan(camera.tag)
    clerk.scan("Bella")
    clerk.scan("3d")
    basket = clerk.page.context["basket"]
    assert str(taken) in basket.wanted[0].why[0]
    assert not basket.is_ready
    assert basket.missing
    said = clerk.press("lend")
    assert str(taken) in said
    assert Ticket.objects.count() == 1
    counter = clerk.page.context["counter"]
    assert (counter.asset_ids, counter.until, counter.borrower_id) == ([camera.pk], "3d", bella.pk)


def test_a_refused_submission_leaves_no_draft(
    desk: Desk, clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    Policy.objects.update(is_active=False)
    (camera,) = desk.assets()
    for text in (camera.tag, "boris@example.com", "1w"):
        clerk.scan(text)
    assert "polic" in clerk.press("lend").lower()
    assert not Ticket.objects.exists()


def test_a_refusal_says_why_and_keeps_what_was_typed(desk: Desk, clerk: Clerk) -> None:
    ticket = desk.on_loan()
    (tag,) = tagged(ticket)
    line = ticket.lines.get()
    clerk.scan(tag)
    Ticket.objects.filter(pk=ticket.pk).update(version=ticket.version + 1)
    said = clerk.press("take_back", **{f"note_{line.pk}": "Lens cap missing"})
    assert "after you looked at it" in said
    assert clerk.ticked == {tag}
    assert clerk.page.context["cards"][0].rows[0].note == "Lens cap missing"
    assert f"note_{line.pk}=Lens+cap+missing" in clerk.page["HX-Replace-Url"]
    again = clerk.client.get(clerk.page["HX-Replace-Url"])
    assert "Lens cap missing" in again.content.decode()
    assert "taken back" in clerk.press("take_back")


def test_what_the_desk_cannot_do_leads_to_the_page_that_can(
    desk: Desk, clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = desk.on_loan()
    line = ticket.lines.get()
    clerk.scan(str(ticket))
    Ticket.objects.filter(pk=ticket.pk).update(version=9)
    clerk.press("take_back")
    assert clerk.page.context["said"][0].url.startswith(page_of(ticket).rpartition("change/")[0])
    monkeypatch.delattr(TicketDeeds.take_back, "dialog", raising=False)
    assert deed_url("take_back", ticket.pk, [line]) == url_of("take_back", ticket) + (
        f"?line={line.pk}"
    )


def test_one_refused_ticket_does_not_spoil_the_others(desk: Desk, clerk: Clerk) -> None:
    one, other = desk.on_loan(), desk.on_loan()
    for ticket in (one, other):
        clerk.scan(str(ticket))
    Ticket.objects.filter(pk=one.pk).update(version=9)
    said = clerk.press("take_back")
    assert "taken back" in said
    assert "after you looked at it" in said
    assert desk.again(other).status == Status.RETURNED
    assert desk.again(one).status == Status.ON_LOAN


@pytest.mark.parametrize("deed", ["hand_over", "take_back"])
def test_with_nothing_ticked_nothing_happens(desk: Desk, clerk: Clerk, deed: str) -> None:
    assert "No asset is ticked" in clerk.press(deed)
    assert "is no end" in clerk.press("lend")


def test_what_nobody_knows_is_said(desk: Desk, clerk: Clerk, make: Make) -> None:
    assert "Nothing is called “nonsense”" in clerk.scan("nonsense")
    assert "Nothing is called" in clerk.scan("2d")
    assert "Nothing is called" in clerk.scan("TK-999999")
    assert clerk.page.context["said"][0].is_refusal


@pytest.mark.parametrize("status", ["lost", "retired", "in_maintenance"])
def test_an_asset_that_nobody_may_lend_says_why(desk: Desk, clerk: Clerk, status: str) -> None:
    (camera,) = desk.assets()
    Asset.objects.filter(pk=camera.pk).update(status=status)
    clerk.scan(camera.tag)
    (said,) = clerk.page.context["said"]
    assert said.is_refusal
    assert str(camera) in said.text


def test_what_one_types_is_completed(desk: Desk, clerk: Clerk, bella: User) -> None:
    (camera,) = desk.assets(tag="FILM-7")
    ticket = desk.draft([camera])

    def suggested(text: str) -> list[str]:
        answer: Any = clerk.client.get(SUGGEST, {"scan": text})
        return [option["scan"] for option in answer.context["options"]]

    assert suggested("bel") == ["bella@example.com"]
    assert suggested("film") == ["FILM-7"]
    assert suggested(str(ticket)) == [str(ticket)]
    assert suggested("b") == []
    assert suggested("zzz") == []


def test_the_day_stands_beside_the_counter(desk: Desk, clerk: Clerk) -> None:
    collected, late = desk.approved(), desk.on_loan()
    late.lines.update(due_at=timezone.now() - DAY)
    back = desk.on_loan()
    back.lines.update(due_at=timezone.now() + timedelta(seconds=1))
    day = clerk.client.get(DESK).context["day"]
    shown = [[ticket.pk for ticket in one["tickets"]] for one in day]
    assert shown[0] == [collected.pk]
    assert shown[2] == [late.pk]


def test_strangers_do_not_come_behind_the_desk(desk: Desk, walt: User, audrey: User) -> None:
    for person in (walt, audrey):
        client = signed_in(person)
        assert client.get(DESK).status_code == 403
        assert client.get(SUGGEST).status_code == 403
        assert client.post(DESK, {"deed": "lend"}).status_code == 403


def test_made_up_numbers_do_no_harm(clerk: Clerk) -> None:
    odd = {"ticket": "9" * 30, "line": "x", "asset": "7", "borrower": "-1", "seen_x": "1"}
    assert clerk.client.get(DESK, odd).status_code == 200
    assert clerk.client.post(DESK, {**odd, "deed": "burn"}).status_code == 200
