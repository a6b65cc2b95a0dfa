"""Who asked, who entered and who may not decide are kept, shown, and held to."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.accounts.models import User
from apps.approvals import selectors as approvals
from apps.approvals.models import Decision
from apps.approvals.states import Verdict
from apps.audit.models import AuditEvent
from apps.common.errors import NotPermitted
from apps.notifications.models import Notice
from apps.tickets import selectors, services
from apps.tickets.errors import WayMissing
from apps.tickets.errors.commenting import SpeakerNotForStaff, SpeakerNotOnTicket
from apps.tickets.models import Ticket, TicketComment
from apps.tickets.states import Visibility, Way
from apps.tickets.tests.clicking import ADD, draft_fields, page_of, signed_in, text_of
from apps.tickets.tests.conftest import Desk


def entered(desk: Desk, *, actor: User | None = None, **fields: Any) -> Ticket:
    """Return a draft that a clerk entered for somebody on the phone."""
    return services.draft(
        borrower=desk.boris,
        starts_at=desk.start,
        ends_at=desk.start + timedelta(days=2),
        purpose="Film school",
        asset_ids=[asset.pk for asset in desk.assets()],
        actor=actor or desk.clara,
        **{"came_by": Way.PHONE, "asked_by": " Berta, his sister ", **fields},
    )


def test_how_it_came_and_who_asked_are_kept_with_their_history(desk: Desk, clara: User) -> None:
    ticket = entered(desk)
    assert (ticket.came_by, ticket.asked_by) == ("phone", "Berta, his sister")
    event = AuditEvent.objects.get(action="tickets.drafted")
    assert event.on_behalf_of == desk.boris
    assert event.after["how it came"] == "by phone"
    assert event.after["asked by"] == "Berta, his sister"
    services.change_draft(
        ticket.pk, seen_version=ticket.version, came_by=Way.EMAIL, asked_by="", actor=clara
    )
    changed = AuditEvent.objects.get(action="tickets.changed")
    assert changed.before == {"how it came": "by phone", "asked by": "Berta, his sister"}
    assert changed.after == {"how it came": "by e-mail"}
    versions = ticket.history.order_by("history_id").values_list("came_by", "asked_by")
    assert list(versions) == [("phone", "Berta, his sister"), ("email", "")]


def test_who_speaks_for_the_borrower_did_so_in_some_way(desk: Desk) -> None:
    with pytest.raises(WayMissing) as refusal:
        entered(desk, came_by="")
    assert refusal.value.field == "came_by"
    ticket = entered(desk)
    for fields, rule in (
        ({"came_by": ""}, "ticket_asked_by_came_by_a_way"),
        ({"came_by": "pigeon"}, "ticket_came_by_a_way"),
    ):
        with pytest.raises(IntegrityError, match=rule), transaction.atomic():
            Ticket.objects.filter(pk=ticket.pk).update(**fields)


def test_the_form_asks_and_the_pages_tell(desk: Desk, clara: User, anna: User) -> None:
    client = signed_in(clara)
    sent = draft_fields(
        borrower=desk.boris.pk,
        assets=[asset.pk for asset in desk.assets()],
        came_by="phone",
        asked_by="Berta",
    )
    assert client.post(ADD, sent).status_code == 302
    ticket = Ticket.objects.get()
    refused = client.post(page_of(ticket), draft_fields(ticket, came_by="", asked_by="Berta"))
    assert "Say how it came" in text_of(refused)
    services.submit(ticket.pk, actor=clara)
    page = text_of(client.get(page_of(ticket)))
    for words in ("How it came By phone", "Asked by Berta", "Entered by Clara"):
        assert words in page
    assert "Clara · person who entered it, person who submitted it" in page
    asked = approvals.open_request_of(ticket)
    assert asked is not None
    request = reverse("admin:approvals_approvalrequest_change", args=(asked.pk,))
    shown = text_of(signed_in(anna).get(request))
    for words in ("Asked by Berta", "How it came By phone", "Borrower Boris", "Lender Lena"):
        assert words in shown


def test_what_a_clerk_does_for_the_borrower_is_recorded_so(
    desk: Desk, clara: User, boris: User, system: User
) -> None:
    desk.pay_in()
    ticket = entered(desk)
    services.submit(ticket.pk, actor=clara)
    services.cancel(ticket.pk, reason="He called again", actor=clara)
    deeds = AuditEvent.objects.filter(action__in=("tickets.submitted", "tickets.cancelled"))
    assert {event.on_behalf_of for event in deeds} == {boris}
    own = desk.draft(actor=boris)
    services.cancel(own.pk, reason="Rain", actor=boris)
    assert AuditEvent.objects.filter(action="tickets.cancelled").latest("pk").on_behalf_of is None
    late = desk.approved()
    services.expire(late.pk, now=late.ends_at, actor=system)
    assert AuditEvent.objects.get(action="tickets.expired").on_behalf_of is None


def test_words_are_only_those_of_people_on_the_ticket(
    desk: Desk, clara: User, boris: User, bella: User, lena: User
) -> None:
    ticket = desk.draft()
    said = services.comment(ticket.pk, body="I am late.", on_behalf_of=lena, actor=clara)
    assert said.on_behalf_of == lena
    subjects = Notice.objects.filter(recipient=boris).values_list("subject", flat=True)
    assert set(subjects) == {f"Clara for Lena wrote on {ticket}"}
    with pytest.raises(SpeakerNotOnTicket):
        services.comment(ticket.pk, body="Me too.", on_behalf_of=bella, actor=clara)
    with pytest.raises(SpeakerNotForStaff):
        services.comment(
            ticket.pk,
            body="Psst",
            on_behalf_of=boris,
            visibility=Visibility.STAFF,
            actor=clara,
        )
    with pytest.raises(NotPermitted):
        services.comment(ticket.pk, body="She said", on_behalf_of=lena, actor=boris)
    mine = services.comment(ticket.pk, body="I say", on_behalf_of=clara, actor=clara)
    assert mine.on_behalf_of is None
    for wrong in ({"visibility": "staff"}, {"author": lena}):
        rule = "ticket_comment_of_another_is_for_everybody"
        with pytest.raises(IntegrityError, match=rule), transaction.atomic():
            TicketComment.objects.filter(pk=said.pk).update(**wrong)


@pytest.mark.parametrize("part", ["borrower", "lender", "entered", "submitted"])
def test_whoever_has_a_part_in_it_does_not_decide(
    desk: Desk, boris: User, lena: User, clara: User, anna: User, part: str
) -> None:
    desk.pay_in()
    ticket = entered(desk)
    submitter = anna if part == "submitted" else clara
    submitter.groups.add(Group.objects.get(name="Lending clerk"))
    services.submit(ticket.pk, actor=User.objects.get(pk=submitter.pk))
    person = {"borrower": boris, "lender": lena, "entered": clara, "submitted": anna}[part]
    # Even if a role would let them.
    person.groups.add(Group.objects.get(name="Lending approver"))
    person = User.objects.get(pk=person.pk)
    assert str(person) in {party.person for party in selectors.parties_of(ticket)}
    asked = approvals.open_request_of(ticket)
    assert asked is not None
    with pytest.raises(NotPermitted) as refusal:
        desk.decide(ticket, Verdict.APPROVE, actor=person)
    assert "decide" in refusal.value.message
    with (
        pytest.raises(IntegrityError, match="approval_decision_not_own_matter"),
        transaction.atomic(),
    ):
        Decision.objects.create(request=asked, level=1, decider=person, verdict=Verdict.APPROVE)
    assert desk.again(ticket).status == "submitted"
