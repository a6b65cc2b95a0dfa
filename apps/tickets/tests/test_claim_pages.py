"""The pages of claims, receivables and strikes: what they show, offer and refuse."""

from typing import Any
from unittest import mock

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import User
from apps.approvals import selectors as approval_questions
from apps.audit.models import AuditEvent
from apps.tickets import services
from apps.tickets.claim_states import ClaimStatus
from apps.tickets.models import Claim, Receivable, Strike, TicketLine
from apps.tickets.states import LineStatus, Status
from apps.tickets.tests.clicking import fields_of, page_of, press, signed_in, text_of
from apps.tickets.tests.conftest import DAY, HOUR, Desk, lines
from apps.tickets.tests.test_claim import PNG, claimed
from apps.tickets.tests.test_owe import owing


def address(name: str, row: Claim | Receivable | Strike | TicketLine) -> str:
    return reverse(f"admin:tickets_{name}", args=(row.pk,))


def do(user: User, name: str, row: Claim | Receivable | Strike, **typed: Any) -> Any:
    """Open a dialog of the row’s page, type, and press its button."""
    client = signed_in(user)
    opened = client.get(address(name, row))
    assert opened.status_code == 200, name
    return client.post(address(name, row), {**fields_of(opened), **typed})


def test_a_claim_is_filed_with_photos_on_a_page(desk: Desk, clara: User, anna: User) -> None:
    desk.pay_in()
    ticket = desk.returned()
    line = ticket.lines.get()
    clerk = signed_in(clara)
    assert address("claim_file", line) in clerk.get(page_of(ticket)).content.decode()
    assert signed_in(anna).get(address("claim_file", line)).status_code == 403
    wrong = clerk.post(address("claim_file", line), {"estimate": "lots", "description": ""})
    assert "is not an amount" in text_of(wrong)
    zero = clerk.post(address("claim_file", line), {"estimate": "-1", "description": "Dent"})
    assert "between zero" in text_of(zero)
    assert line.claims.count() == 0
    typed = {
        "estimate": "30.00",
        "description": "Dent",
        "photos": [SimpleUploadedFile("dent.png", PNG, "image/png")],
    }
    done = clerk.post(address("claim_file", line), typed)
    assert done.headers["Location"] == page_of(ticket)
    claim = line.claims.get()
    assert claim.estimate == 3_000
    again = clerk.get(address("claim_file", line))
    assert "cannot be inspected now" in text_of(again)
    photo = line.files.get()
    shown = clerk.get(reverse("admin:tickets_claim_photo", args=(claim.pk, photo.pk)))
    assert (shown.content, shown["Content-Disposition"]) == (PNG, "inline")
    assert AuditEvent.objects.filter(action="tickets.file_downloaded").exists()


def test_the_page_offers_what_each_may_do(desk: Desk, clara: User) -> None:
    claim = claimed(desk)
    page = address("claim_change", claim)
    of_clerk = text_of(signed_in(clara).get(page))
    of_controller = text_of(signed_in(desk.carol).get(page))
    for name in ("Dispute", "Withdraw"):
        assert name in of_clerk
        assert name not in of_controller
    for name in ("Accept", "Dismiss", "Request changes"):
        assert name in of_controller
        assert name not in of_clerk
    for text in ("Scratched lens", "$30.00", "From the deposit", "No photos"):
        assert text in of_controller


def test_the_dialogs_lead_through_a_dispute_to_the_settlement(desk: Desk, clara: User) -> None:
    claim = claimed(desk)
    do(clara, "claim_dispute", claim, reason="It was there before")
    request = approval_questions.open_request_of(claim)
    assert request is not None
    asked = reverse("admin:approvals_approvalrequest_change", args=(request.pk,))
    assert "Disputed by Clara" in text_of(signed_in(desk.carol).get(asked))
    do(desk.carol, "claim_send_back", claim, reason="Which lens?")
    do(clara, "claim_revise", claim, amount="25", reason="Front lens")
    refused = do(desk.carol, "claim_grant", claim, amount="26")
    assert "at most $25.00" in text_of(refused)
    refused = do(desk.carol, "claim_grant", claim, amount="x")
    assert "is not an amount" in text_of(refused)
    do(desk.carol, "claim_grant", claim, amount="20", reason="Old")
    claim.refresh_from_db()
    assert (claim.status, claim.amount) == (ClaimStatus.REDUCED, 2_000)
    page = text_of(signed_in(clara).get(page_of(claim.line.ticket)))
    for text in ("Claimed", "Claim disputed", "Claim decided", "accepted in part", "disputed"):
        assert text in page


def test_a_claim_is_dismissed_or_withdrawn_in_a_dialog(desk: Desk, clara: User) -> None:
    first, second = claimed(desk), claimed(desk)
    do(desk.carol, "claim_dismiss", first, reason="Wear")
    do(clara, "claim_withdraw", second, reason="Mistake")
    assert set(Claim.objects.values_list("status", flat=True)) == {"dismissed", "withdrawn"}


def test_a_loss_and_a_find_are_dialogs_of_the_ticket(desk: Desk, clara: User) -> None:
    desk.pay_in()
    ticket = desk.on_loan()
    (line_id,) = lines(ticket)
    clerk = signed_in(clara)
    press(clerk, "declare_lost", ticket, line=line_id, value="150", reason="Train")
    assert Claim.objects.get().estimate == 15_000
    desk.decide_claims(ticket)
    assert desk.again(ticket).status == Status.CLOSED
    press(clerk, "found_again", ticket, line=line_id, condition="worn", note="Found")
    assert ticket.lines.get().status == LineStatus.FOUND
    page = text_of(clerk.get(address("claim_change", Claim.objects.get(kind="credit"))))
    assert "Credit after a find" in page


def test_what_was_lost_is_offered_for_the_return(desk: Desk, clara: User) -> None:
    desk.pay_in()
    ticket = desk.on_loan(desk.assets(2))
    first, second = lines(ticket)
    services.declare_lost(ticket.pk, line_id=first, reason="Train", actor=clara)
    desk.decide_claims(ticket)
    clerk = signed_in(clara)
    press(clerk, "take_back", ticket)
    assert ticket.lines.get(pk=first).status == LineStatus.LOST
    assert ticket.lines.get(pk=second).status == LineStatus.RETURNED
    press(clerk, "take_back", ticket, **{f"line_{first}_ticked": "on"})
    assert ticket.lines.get(pk=first).status == LineStatus.RETURNED


def test_receivables_are_shown_beside_the_ledger(desk: Desk, walt: User) -> None:
    debt = owing(desk)
    page = reverse("admin:tickets_receivable_changelist")
    shown = text_of(signed_in(walt).get(page))
    assert "as the ledger’s receivables wallet says" in shown
    assert "$20.00" in shown
    with connection.cursor() as cursor:
        cursor.execute("UPDATE receivables SET amount = amount + 1")
    assert "wallet says $20.00" in text_of(signed_in(walt).get(page))
    assert "Still owed" in text_of(signed_in(walt).get(address("receivable_change", debt)))


def test_a_receivable_is_collected_and_given_up_in_dialogs(desk: Desk, walt: User) -> None:
    debt = owing(desk)
    refused = do(walt, "receivable_collect", debt)
    assert "nothing available" in text_of(refused)
    desk.pay_in(500)
    do(walt, "receivable_collect", debt)
    do(walt, "receivable_write_off", debt, reason="Gone abroad")
    debt.refresh_from_db()
    assert (debt.paid, debt.write_off_reason) == (500, "Gone abroad")
    page = text_of(signed_in(walt).get(address("receivable_change", debt)))
    assert "Gone abroad" in page
    assert "Ask for the write-off" not in page


def test_strikes_and_debts_stand_on_the_page_of_the_person(
    desk: Desk, anna: User, clara: User
) -> None:
    desk.pay_in()
    desk.returned(late=DAY)
    strike = Strike.objects.get()
    do(anna, "strike_lift", strike, reason="We were closed")
    page = text_of(
        signed_in(clara).get(reverse("admin:accounts_user_change", args=(desk.boris.pk,)))
    )
    for text in ("was back late", "lifted by Anna", "We were closed"):
        assert text in page


def test_an_administrator_changes_a_policy_and_it_is_recorded(desk: Desk, adam: User) -> None:
    add = reverse("admin:tickets_strikepolicy_add")
    typed = {
        "name": "Ten",
        "strike_count": "10",
        "within_days": "30",
        "suspended_days": "5",
        "counts_late": "on",
        "is_active": "on",
    }
    assert signed_in(adam).post(add, typed).status_code == 302
    policy = ContentType.objects.get(model="strikepolicy").model_class()
    assert policy is not None
    assert AuditEvent.objects.filter(action="tickets.strikepolicy_added", actor=adam).exists()
    wrong = signed_in(adam).post(add, {**typed, "name": "None", "counts_late": ""})
    assert "Tick at least one kind" in text_of(wrong)


def test_the_overdue_list_shows_what_lateness_costs(desk: Desk, clara: User) -> None:
    desk.pay_in()
    ticket = desk.on_loan()
    page = reverse("admin:tickets_ticket_changelist")
    with mock.patch("django.utils.timezone.now", return_value=ticket.ends_at + DAY + HOUR):
        overdue = text_of(signed_in(clara).get(page + "?tab=overdue"))
        assert "Late fee so far" not in text_of(signed_in(clara).get(page))
    assert "Late fee so far" in overdue
    assert "$10.00" in overdue


@pytest.mark.parametrize("name", ["claim", "receivable", "strike"])
def test_a_list_asks_as_much_for_three_rows_as_for_one(desk: Desk, name: str, carol: User) -> None:
    client = signed_in(carol)
    page = reverse(f"admin:tickets_{name}_changelist")

    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(page).status_code == 200
        return len(asked)

    def add() -> None:
        desk.pay_in(8_000)
        ticket = desk.claim(desk.returned(late=DAY), damage=9_000)
        if name != "claim":
            desk.decide_claims(ticket)
            desk.boris.suspended_until = None
            desk.boris.save()

    add()
    client.get(page)
    before = count()
    add()
    assert count() == before
