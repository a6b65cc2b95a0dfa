"""Extensions as people click them: the dialog with its price, the card, the list, the queue."""

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.approvals import selectors as approvals
from apps.tickets import services
from apps.tickets.models import Extension, Ticket
from apps.tickets.states import ExtensionStatus
from apps.tickets.tests.clicking import fields_of, page_of, press, signed_in, text_of, url_of
from apps.tickets.tests.conftest import DAY, HOUR, Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(desk: Desk) -> Ticket:
    desk.pay_in(9_000)
    return desk.on_loan()


def typed(ticket: Ticket, *, days: int) -> str:
    until = timezone.localtime(Ticket.objects.get(pk=ticket.pk).ends_at + days * DAY)
    return until.strftime("%Y-%m-%dT%H:%M")


def ask(ticket: Ticket, actor: User) -> Extension:
    until = ticket.ends_at + DAY
    return services.request_extension(ticket.pk, until=until, reason="One more scene", actor=actor)


def test_the_clerk_asks_in_the_dialog(ticket: Ticket, clara: User) -> None:
    client = signed_in(clara)
    opened = text_of(client.get(url_of("extend", ticket)))
    assert "3 days × $10.00 = $30.00" in opened
    assert "Available to Boris $20.00" in opened

    until = ticket.ends_at + 2 * DAY
    answer = press(client, "extend", ticket, until=typed(ticket, days=2), reason="One more scene")
    assert answer.headers["HX-Redirect"] == page_of(ticket)
    extension = ticket.extensions.get()
    assert extension.ends_at == until.replace(second=0, microsecond=0)
    shown = text_of(client.get(page_of(ticket)))
    assert f"Extension {extension} requested" in shown
    assert "To pay: $20.00" in shown
    assert "Lending approver" in shown
    assert url_of("extend", ticket) not in client.get(page_of(ticket)).content.decode()


def test_the_price_follows_what_is_typed(ticket: Ticket, clara: User, anna: User) -> None:
    client = signed_in(clara)
    address = reverse("admin:tickets_ticket_extension", args=(ticket.pk,))
    fields = fields_of(client.get(url_of("extend", ticket)))
    for days, said in ((2, "Held now $20.00"), (4, "Missing"), (-1, "must end after")):
        answer = client.get(address, {**fields, "until": typed(ticket, days=days)})
        assert said in text_of(answer)
    assert "Correct “until”" in text_of(client.get(address, {**fields, "until": "soon"}))
    none = {name: value for name, value in fields.items() if not name.startswith("line_")}
    assert "Tick an asset" in text_of(client.get(address, none))
    assert signed_in(anna).get(address).status_code == 403
    assert not Extension.objects.exists()


def test_a_refusal_keeps_the_dialog_open(ticket: Ticket, clara: User) -> None:
    answer = press(signed_in(clara), "extend", ticket, until=typed(ticket, days=5), reason="Long")
    assert "are missing" in text_of(answer)


def test_whoever_decides_does_so_from_the_ticket(ticket: Ticket, clara: User, anna: User) -> None:
    extension = ask(ticket, clara)
    request = approvals.open_request_of(extension)
    assert request is not None
    approve = reverse("admin:approvals_approvalrequest_approve", args=(request.pk,))
    assert approve in signed_in(anna).get(page_of(ticket)).content.decode()
    assert approve not in signed_in(clara).get(page_of(ticket)).content.decode()

    asked = signed_in(anna).get(
        reverse("admin:approvals_approvalrequest_change", args=(request.pk,))
    )
    assert "To pay: $10.00" in text_of(asked)
    opened = signed_in(anna).get(approve)
    signed_in(anna).post(approve, fields_of(opened))
    extension.refresh_from_db()
    assert extension.status == ExtensionStatus.APPROVED


def test_the_clerk_withdraws_it(ticket: Ticket, clara: User) -> None:
    extension = ask(ticket, clara)
    client = signed_in(clara)
    address = reverse("admin:tickets_extension_withdraw", args=(extension.pk,))
    for page in (page_of(ticket), reverse("admin:tickets_extension_change", args=(extension.pk,))):
        assert address in client.get(page).content.decode()
    sent = {**fields_of(client.get(address)), "reason": "Done sooner"}
    assert client.post(address, sent).headers["HX-Redirect"] == page_of(ticket)
    extension.refresh_from_db()
    assert extension.status == ExtensionStatus.WITHDRAWN
    shown = client.get(reverse("admin:tickets_extension_change", args=(extension.pk,)))
    assert "Done sooner" in text_of(shown)
    assert address not in shown.content.decode()


@pytest.mark.parametrize(("tab", "is_shown"), [("waiting", True), ("ended", False), ("all", True)])
def test_the_list_shows_them_by_tab(
    ticket: Ticket, clara: User, tab: str, *, is_shown: bool
) -> None:
    extension = ask(ticket, clara)
    address = reverse("admin:tickets_extension_changelist")
    assert (str(extension) in text_of(signed_in(clara).get(address, {"tab": tab}))) == is_shown


def test_a_late_line_shows_the_late_fee_that_stays_and_the_one_that_grows(
    ticket: Ticket, desk: Desk, clara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ticket.lines.get()
    line.late_fee = 700
    line.save()
    granted = Extension.objects.create(
        ticket=ticket,
        ends_at=line.due_at,
        reason="Another day",
        status=ExtensionStatus.APPROVED,
        requested_by=clara,
        requested_at=line.due_at,
        concluded_at=line.due_at,
    )
    granted.lines.create(
        line=line, was_due_at=line.due_at, fee=0, commission=0, late_fee=line.late_fee
    )
    monkeypatch.setattr(timezone, "now", lambda: ticket.ends_at + HOUR)
    assert "$12.00" in text_of(signed_in(clara).get(page_of(ticket)))
    desk.take_back(ticket, at=ticket.ends_at + HOUR)
    assert "$12.00" in text_of(signed_in(clara).get(page_of(ticket)))
