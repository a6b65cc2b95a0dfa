"""Inspecting: damage is claimed with a note, and the last line closes the ticket."""

import pytest

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.common.errors import NotPermitted
from apps.common.money import LARGEST
from apps.notifications.models import Notice
from apps.tickets import services
from apps.tickets.errors import DamageInvalid, LineNotAllowed, NothingChosen, StalePage
from apps.tickets.states import LineStatus, Status
from apps.tickets.tests.conftest import Desk, lines


def test_the_ticket_closes_with_its_last_line(desk: Desk, clara: User) -> None:
    desk.pay_in()
    ticket = desk.returned(desk.assets(2))
    first, second = lines(ticket)
    services.inspect(ticket.pk, findings=[services.Finding(first)], actor=clara)
    assert desk.again(ticket).status == Status.RETURNED
    found = services.Finding(second, 1_000, " Cable is missing ")
    services.inspect(ticket.pk, findings=[found], actor=clara)
    assert desk.again(ticket).status == Status.RETURNED
    ticket = desk.decide_claims(ticket)
    assert ticket.status == Status.CLOSED
    assert ticket.closed_at is not None
    line = ticket.lines.get(pk=second)
    assert (line.status, line.damage, line.damage_note, line.inspected_by) == (
        LineStatus.INSPECTED,
        1_000,
        "Cable is missing",
        clara,
    )
    described = [
        event.after
        for event in AuditEvent.objects.filter(action="tickets.inspected").order_by("pk")
    ]
    assert [*described[0].values()] == ["no damage"]
    assert [*described[1].values()] == ["$10.00: Cable is missing"]


def test_those_concerned_are_told_the_figures(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.inspect(desk.returned(), damage=1_500)
    told = Notice.objects.get(kind="tickets.closed", recipient=desk.boris, channel="admin")
    assert told.subject == f"{ticket} is closed"
    assert told.body.splitlines() == ["Fee: $20.00", "Damage: $15.00", "Deposit returned: $35.00"]
    earned = Notice.objects.get(kind="tickets.earned", recipient=desk.lena, channel="admin")
    assert earned.subject == f"{ticket} brought you $31.00"


@pytest.mark.parametrize(
    ("damage", "note", "said"),
    [(-1, "Broken", "between zero"), (LARGEST + 1, "Broken", "between zero"), (5, " ", "say what")],
)
def test_damage_that_cannot_be_right_names_the_asset(
    desk: Desk, clara: User, damage: int, note: str, said: str
) -> None:
    desk.pay_in()
    ticket = desk.returned()
    line = ticket.lines.get()
    with pytest.raises(DamageInvalid, match=said) as refusal:
        services.inspect(ticket.pk, findings=[services.Finding(line.pk, damage, note)], actor=clara)
    assert line.asset.tag in refusal.value.message
    assert desk.again(ticket).status == Status.RETURNED


def test_a_double_click_settles_once(desk: Desk, clara: User) -> None:
    desk.pay_in()
    ticket = desk.returned()
    seen = desk.again(ticket).version
    found = [services.Finding(lines(ticket)[0])]
    services.inspect(ticket.pk, findings=found, actor=clara, seen_version=seen)
    with pytest.raises(StalePage, match="Clara changed"):
        services.inspect(ticket.pk, findings=found, actor=clara, seen_version=seen)
    with pytest.raises(LineNotAllowed):
        services.inspect(ticket.pk, findings=found, actor=clara)


def test_nothing_and_strangers_are_refused(desk: Desk, anna: User, clara: User) -> None:
    desk.pay_in()
    ticket = desk.returned()
    with pytest.raises(NotPermitted):
        services.inspect(ticket.pk, findings=[], actor=anna)
    with pytest.raises(NothingChosen):
        services.inspect(ticket.pk, findings=[], actor=clara)
