"""The page of a ticket: what it shows, offers, refuses in words, and never does on GET."""

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.approvals import selectors as approval_questions
from apps.audit.models import AuditEvent
from apps.tickets import services
from apps.tickets.models import Ticket
from apps.tickets.states import LineStatus, Status
from apps.tickets.tests.clicking import (
    ACTIONS,
    fields_of,
    page_of,
    press,
    signed_in,
    text_of,
    url_of,
)
from apps.tickets.tests.conftest import DAY, Desk, lines
from project.testing.make import Make

OFFERED = {
    "draft": {"submit", "cancel", "comment"},
    "submitted": {"cancel", "comment"},
    "changes_requested": {"submit", "cancel", "comment"},
    "approved": {"hand_over", "substitute", "cancel", "comment"},
    "on_loan": {"take_back", "extend", "comment"},
    "returned": {"inspect", "comment"},
    "closed": {"comment"},
    "rejected": {"comment"},
    "cancelled": {"comment"},
    "expired": {"comment"},
}


@pytest.mark.parametrize("status", Status.values)
def test_the_page_offers_exactly_what_is_possible_and_get_changes_nothing(
    desk: Desk, clara: User, arno: User, audrey: User, status: str
) -> None:
    ticket = desk.in_status(status)
    deeds = AuditEvent.objects.filter(action__startswith="tickets.")
    before = (ticket.version, deeds.count())

    def offered(person: User) -> set[str]:
        page = signed_in(person).get(page_of(ticket))
        assert page.status_code == 200
        paths = {button["path"] for button in page.context["actions_detail"]}
        return {name for name in ACTIONS if url_of(name, ticket) in paths}

    assert offered(clara) == OFFERED[status]
    deciding = {"approve", "reject", "request_changes"} if status == "submitted" else set()
    pricing = {"reprice"} if status == "approved" else set()
    assert offered(arno) == deciding | pricing | {"comment"}
    assert offered(audrey) == set()
    for person in (clara, arno):
        client = signed_in(person)
        for name in ACTIONS:
            assert client.get(url_of(name, ticket)).status_code in {200, 302, 403}
    assert (desk.again(ticket).version, deeds.count()) == before


def test_the_whole_life_in_dialogs(desk: Desk, clara: User, anna: User) -> None:
    desk.pay_in()
    ticket = desk.draft(desk.assets(2))
    clerk, approver = signed_in(clara), signed_in(anna)
    first, second = lines(ticket)

    def now() -> str:
        return desk.again(ticket).status

    done = press(clerk, "submit", ticket)
    assert (done.status_code, done["HX-Redirect"]) == (200, page_of(ticket))
    assert now() == Status.SUBMITTED
    press(approver, "request_changes", ticket, reason="One is enough")
    assert now() == Status.CHANGES_REQUESTED
    press(clerk, "submit", ticket)
    press(approver, "approve", ticket, reason="Fine")
    assert now() == Status.APPROVED

    press(clerk, "hand_over", ticket, **{f"line_{second}_ticked": ""})
    assert set(lines(ticket, LineStatus.ON_LOAN)) == {first}
    press(clerk, "release", ticket, reason="Too heavy")
    assert set(lines(ticket, LineStatus.RELEASED)) == {second}
    press(clerk, "take_back", ticket, **{f"line_{first}_note": "Wet"})
    assert ticket.lines.get(pk=first).note_in == "Wet"
    assert now() == Status.RETURNED
    clerk.post(page_of(ticket), {"say": "1", "body": "Wiped dry", "visibility": "staff"})
    damage = {f"line_{first}_damage": "12.34", f"line_{first}_note": "Scratch"}
    press(clerk, "inspect", ticket, **damage)
    assert now() == Status.RETURNED
    desk.decide_claims(ticket)
    assert now() == Status.CLOSED
    assert ticket.lines.get(pk=first).damage == 1_234

    page = text_of(clerk.get(page_of(ticket)))
    for words in ("closed", "Scratch", "$12.34", "Wiped dry", "Too heavy", "Settlement"):
        assert words in page


def test_a_rejection_and_a_cancellation_ask_why(desk: Desk, clara: User, anna: User) -> None:
    ticket = desk.submitted()
    refused = press(signed_in(anna), "reject", ticket, reason="")
    assert refused.context["form"].errors["reason"]
    press(signed_in(anna), "reject", ticket, reason="Too risky")
    assert desk.again(ticket).ending_reason == "Too risky"
    other = desk.draft()
    press(signed_in(clara), "cancel", other, reason="Rain")
    assert desk.again(other).status == Status.CANCELLED
    assert "It ended: Rain" in text_of(signed_in(clara).get(page_of(other)))


@pytest.mark.parametrize(
    ("name", "status", "typed"),
    [
        ("submit", "draft", {}),
        ("hand_over", "approved", {}),
        ("take_back", "on_loan", {}),
        ("inspect", "returned", {}),
        ("cancel", "draft", {"reason": "Rain"}),
    ],
)
def test_a_second_click_is_refused_in_words(
    desk: Desk, clara: User, name: str, status: str, typed: dict[str, str]
) -> None:
    ticket = desk.in_status(status)
    client = signed_in(clara)
    sent = {**fields_of(client.get(url_of(name, ticket))), **typed}
    from_script = {"HX-Request": "true"}
    assert "HX-Redirect" in client.post(url_of(name, ticket), sent, headers=from_script)
    again = client.post(url_of(name, ticket), sent)
    assert again.status_code == 200
    assert "HX-Redirect" not in again
    assert "Clara changed" in text_of(again)
    assert "Load it again" in text_of(again)


def test_the_second_approver_is_told_who_was_first(desk: Desk, anna: User, arno: User) -> None:
    desk.pay_in()
    ticket = desk.submitted()
    first, second = signed_in(anna), signed_in(arno)
    seen = fields_of(second.get(url_of("approve", ticket)))
    press(first, "approve", ticket)
    late = second.post(url_of("approve", ticket), seen)
    assert "already approved by Anna" in text_of(late)
    fresh = press(second, "approve", ticket)
    assert "not possible while the status is" in text_of(fresh)


def test_a_refusal_keeps_the_dialog_with_what_was_typed(
    desk: Desk, clara: User, anna: User
) -> None:
    ticket = desk.submitted()
    response = press(signed_in(anna), "approve", ticket, reason="Fine by me")
    assert "Boris has no wallet in USD" in text_of(response)
    assert "Fine by me" in response.content.decode()
    assert approval_questions.open_request_of(ticket) is not None
    other = desk.in_status("returned")
    (line_id,) = lines(other)
    for typed, words in (
        ({f"line_{line_id}_damage": "1e9"}, "is not an amount in USD"),
        ({f"line_{line_id}_damage": "5.001"}, "2 decimals"),
        ({f"line_{line_id}_damage": "-5"}, "between zero"),
        ({f"line_{line_id}_damage": "9" * 40}, "too large"),
        ({f"line_{line_id}_damage": "5"}, "say what is damaged"),
        ({f"line_{line_id}_ticked": ""}, "No asset is ticked"),
    ):
        assert words in text_of(press(signed_in(clara), "inspect", other, **typed))
    assert desk.again(other).status == Status.RETURNED


def test_dialogs_show_what_will_happen(desk: Desk, clara: User, anna: User, bella: User) -> None:
    ticket = desk.submitted(desk.assets(2))
    asks = text_of(signed_in(anna).get(url_of("approve", ticket)))
    assert "$140.00" in asks
    assert "no wallet" in asks
    desk.pay_in(10_000)
    asks = text_of(signed_in(anna).get(url_of("approve", ticket)))
    assert "$100.00" in asks
    assert "$40.00" in asks
    late = desk.on_loan()
    Ticket.objects.filter(pk=late.pk).update(
        starts_at=timezone.now() - 3 * DAY, ends_at=timezone.now() - DAY
    )
    late.lines.update(due_at=timezone.now() - DAY)
    asks = text_of(signed_in(clara).get(url_of("take_back", late)))
    assert "Late fee: Returned 1 day" in asks
    page = text_of(signed_in(clara).get(page_of(late)))
    assert "Overdue: it was due back" in page


def test_an_asset_that_cannot_go_out_says_why_and_is_not_ticked(desk: Desk, clara: User) -> None:
    desk.pay_in()
    ticket = desk.approved()
    line = ticket.lines.get()
    line.asset.status = "lost"
    line.asset.save()
    dialog = signed_in(clara).get(url_of("hand_over", ticket))
    assert "reported lost" in text_of(dialog)
    assert f"line_{line.pk}_ticked" not in fields_of(dialog)


def test_the_settlement_is_shown_as_it_is_typed(desk: Desk, clara: User, anna: User) -> None:
    desk.pay_in(8_000)
    ticket = desk.returned(desk.assets(1))
    (line_id,) = lines(ticket)
    client = signed_in(clara)
    assert "Boris $50.00" in text_of(client.get(url_of("inspect", ticket)))

    def foretold(**typed: str) -> str:
        sent = {**fields_of(client.get(url_of("inspect", ticket))), **typed}
        return text_of(client.get(url_of("settlement", ticket), sent))

    assert "Boris $30.00" in foretold(**{f"line_{line_id}_damage": "20"})
    owing = foretold(**{f"line_{line_id}_damage": "65"})
    assert "Receivables -$5.00" in owing
    assert "is suspended" in owing
    assert "Correct the amounts" in foretold(**{f"line_{line_id}_damage": "lots"})
    assert "Nothing is posted yet" in foretold(**{f"line_{line_id}_ticked": ""})
    assert desk.again(ticket).status == Status.RETURNED
    assert signed_in(anna).get(url_of("settlement", ticket)).status_code == 403


def test_a_free_loan_has_no_settlement_to_show(desk: Desk, make: Make, lena: User) -> None:
    free = make.tariff(day_price=0, deposit_kind="none", deposit_amount=0)
    ticket = desk.returned([make.asset(lender=lena, tariff=free)])
    shown = text_of(signed_in(desk.clara).get(url_of("inspect", ticket)))
    assert "There is nothing to pay" in shown


def test_the_page_links_only_to_what_the_reader_may_see(desk: Desk, fiona: User) -> None:
    desk.pay_in()
    ticket = desk.closed()
    page = signed_in(fiona).get(page_of(ticket)).content.decode()
    assert "/admin/wallets/wallet/" in page
    assert "/admin/audit/auditevent/" not in page


def test_a_ticket_that_lost_its_request_says_what_to_do(desk: Desk, clara: User) -> None:
    ticket = desk.draft()
    Ticket.objects.filter(pk=ticket.pk).update(status=Status.SUBMITTED)
    page = text_of(signed_in(clara).get(page_of(ticket)))
    assert "Nobody is asked to decide" in page


def test_an_approver_with_a_part_in_it_reads_why_there_is_no_button(
    desk: Desk, make: Make, anna: User
) -> None:
    ticket = desk.submitted([make.asset(lender=anna)])
    page = signed_in(anna).get(page_of(ticket))
    assert "You are the lender here, so a colleague decides." in text_of(page)
    assert url_of("approve", ticket) not in page.content.decode()


def test_what_was_not_collected_is_offered_to_be_let_go(desk: Desk, clara: User) -> None:
    desk.pay_in()
    ticket = desk.approved(desk.assets(2))
    out = services.LineOut(lines(ticket)[0], "good")
    services.hand_over(ticket.pk, lines=[out], actor=clara, at=ticket.starts_at)
    page = signed_in(clara).get(page_of(ticket)).content.decode()
    for name in ("hand_over", "take_back", "release"):
        assert url_of(name, ticket) in page
    assert url_of("cancel", ticket) not in page


def test_old_versions_are_read_in_words(desk: Desk, clara: User, audrey: User) -> None:
    ticket = desk.submitted()
    said = services.comment(ticket.pk, body="See you at ten.", actor=clara)
    line = ticket.lines.get()
    assert (str(said), str(line)) == ("See you at ten.", f"{ticket.pk}/{line.asset}")
    history = reverse("admin:tickets_ticket_history", args=(ticket.pk,))
    shown = text_of(signed_in(audrey).get(history))
    assert "Clara status draft submitted" in shown.lower().replace("clara", "Clara")


def test_an_unknown_ticket_is_not_found(desk: Desk, clara: User) -> None:
    client = signed_in(clara)
    assert client.get(reverse("admin:tickets_ticket_settlement", args=(999,))).status_code == 404
    for pk in ("999", "abc"):
        assert client.get(reverse("admin:tickets_ticket_change", args=(pk,))).status_code == 302
        assert client.get(reverse("admin:tickets_ticket_cancel", args=(pk,))).status_code == 404
