"""The draft’s form: what was typed stays, and what is wrong is said at its field."""

from django.contrib.messages import get_messages
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.tickets import services
from apps.tickets.models import Ticket
from apps.tickets.tests.clicking import ADD, draft_fields, page_of, signed_in, text_of
from apps.tickets.tests.conftest import Desk
from project.testing.make import Make


def test_a_draft_is_entered_and_its_page_follows(desk: Desk, clara: User, boris: User) -> None:
    stock = desk.assets(2)
    client = signed_in(clara)
    assert client.get(ADD).status_code == 200
    typed = draft_fields(borrower=boris.pk, assets=[asset.pk for asset in stock])
    response = client.post(ADD, typed)
    ticket = Ticket.objects.get()
    assert response["Location"] == page_of(ticket)
    assert (ticket.borrower, ticket.entered_by, ticket.lines.count()) == (boris, clara, 2)
    assert ticket.history.count() == 1
    assert AuditEvent.objects.filter(action="tickets.drafted").count() == 1


def test_what_cannot_be_lent_is_said_at_the_field_and_what_was_typed_stays(
    desk: Desk, clara: User, boris: User, anna: User
) -> None:
    desk.pay_in()
    taken = desk.assets(2)
    desk.approved(taken)
    client = signed_in(clara)
    ids = [asset.pk for asset in taken]
    response = client.post(ADD, draft_fields(borrower=boris.pk, assets=ids, purpose="Concert"))
    form = response.context["adminform"].form
    assert len(form.errors["assets"]) == 2
    assert taken[0].tag in form.errors["assets"][0]
    assert (form["purpose"].value(), [int(pk) for pk in form["assets"].value()]) == ("Concert", ids)
    backward = draft_fields(borrower=boris.pk, assets=ids, ends_at_0="2020-01-01")
    assert "ends_at" in client.post(ADD, backward).context["adminform"].form.errors
    stranger = draft_fields(borrower=anna.pk, assets=[desk.assets()[0].pk])
    assert "borrower" in client.post(ADD, stranger).context["adminform"].form.errors
    empty = client.post(ADD, {}).context["adminform"].form.errors
    assert {"borrower", "starts_at", "ends_at", "purpose", "assets"} <= set(empty)
    assert Ticket.objects.count() == 1


def test_a_draft_is_changed_on_its_page(desk: Desk, clara: User) -> None:
    ticket = desk.draft()
    client = signed_in(clara)
    page = client.get(page_of(ticket))
    assert "2 days × $10.00 = $20.00" in text_of(page)
    client.post(page_of(ticket), draft_fields(ticket, purpose="Concert"))
    assert desk.again(ticket).purpose == "Concert"
    assert ticket.history.count() == 2


def test_a_stale_form_keeps_what_was_typed_and_says_who_was_quicker(
    desk: Desk, clara: User, boris: User
) -> None:
    ticket = desk.draft()
    services.change_draft(ticket.pk, seen_version=1, purpose="Wedding", actor=boris)
    response = signed_in(clara).post(page_of(ticket), draft_fields(ticket, purpose="Concert"))
    form = response.context["adminform"].form
    assert "Boris changed" in form.non_field_errors()[0]
    assert form["purpose"].value() == "Concert"
    assert desk.again(ticket).purpose == "Wedding"


def test_a_form_that_was_opened_before_the_submission_changes_nothing(
    desk: Desk, clara: User
) -> None:
    ticket = desk.submitted()
    response = signed_in(clara).post(page_of(ticket), draft_fields(ticket, purpose="Concert"))
    assert response["Location"] == page_of(ticket)
    (said,) = get_messages(response.wsgi_request)
    assert "is submitted" in str(said)
    assert desk.again(ticket).purpose == "Film school"


def test_who_may_only_read_changes_no_draft(desk: Desk, fiona: User) -> None:
    ticket = desk.draft()
    client = signed_in(fiona)
    assert client.get(page_of(ticket)).status_code == 200
    assert client.post(page_of(ticket), draft_fields(ticket)).status_code == 403


def test_borrowers_and_assets_are_found_by_typing(
    desk: Desk, make: Make, clara: User, boris: User, anna: User, lena: User
) -> None:
    drill = make.asset(lender=lena, tag="DRILL-7", name="Hammer drill", status="on_loan")
    make.asset(lender=lena, tag="DRILL-8", status="retired")
    make.asset(lender=lena, tag="SAW-1")
    client = signed_in(clara)

    def found(name: str, term: str) -> list[dict[str, str]]:
        answer = client.get(reverse(f"admin:tickets_ticket_{name}"), {"term": term}).json()
        results: list[dict[str, str]] = answer["results"]
        return results

    assert found("borrowers", "bor") == [{"id": str(boris.pk), "text": "Boris"}]
    assert found("borrowers", "anna") == []
    assert found("assets", "drill") == [
        {"id": str(drill.pk), "text": "DRILL-7 Hammer drill (on loan)"}
    ]
    assert len(found("assets", "")) == 2
