"""Taking back: the time is free again, and lateness is priced by the terms of the submission."""

from datetime import timedelta

import pytest

from apps.accounts.models import User
from apps.assets.models import Asset
from apps.assets.states import Condition
from apps.assets.states import Status as AssetStatus
from apps.audit.models import AuditEvent
from apps.common.errors import NotPermitted
from apps.tickets import services
from apps.tickets.errors import LineNotAllowed, NothingChosen
from apps.tickets.states import LineStatus, Status
from apps.tickets.tests.conftest import DAY, HOUR, Desk, lines


def test_an_early_return_frees_the_rest_of_the_time(desk: Desk, clara: User) -> None:
    desk.pay_in()
    stock = desk.assets()
    ticket = desk.on_loan(stock, days=5)
    back_at = ticket.starts_at + DAY
    back = services.LineIn(lines(ticket)[0], Condition.DAMAGED, "Lens is loose")
    services.take_back(ticket.pk, lines=[back], actor=clara, at=back_at)
    line = ticket.lines.get()
    assert (line.status, line.condition_in, line.note_in, line.late_fee) == (
        LineStatus.RETURNED,
        Condition.DAMAGED,
        "Lens is loose",
        0,
    )
    assert (line.returned_at, line.returned_to) == (back_at, clara)
    asset = Asset.objects.get(pk=line.asset_id)
    assert (asset.status, asset.condition) == (AssetStatus.AVAILABLE, Condition.DAMAGED)
    assert line.reservation is not None
    assert line.reservation.ends_at == back_at
    desk.approved(stock, starts_at=back_at + HOUR, days=1)


def test_the_late_fee_is_that_of_the_submission(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.on_loan()
    tariff = ticket.lines.get().asset.effective_tariff
    tariff.late_fee = 99_999
    tariff.save()
    desk.take_back(ticket, at=ticket.ends_at + DAY + HOUR)
    line = ticket.lines.get()
    assert line.late_fee == 1_000
    event = AuditEvent.objects.get(action="tickets.taken_back")
    assert "2 days × $5.00 = $10.00" in event.after[str(line.asset)]


def test_within_the_grace_nothing_is_charged(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.returned(late=timedelta(minutes=15))
    assert ticket.lines.get().late_fee == 0


def test_line_by_line_until_all_is_back(desk: Desk, clara: User) -> None:
    desk.pay_in()
    ticket = desk.on_loan(desk.assets(2))
    first, second = lines(ticket)
    for line_id, status in ((first, Status.ON_LOAN), (second, Status.RETURNED)):
        back = services.LineIn(line_id, Condition.GOOD)
        services.take_back(ticket.pk, lines=[back], actor=clara, at=ticket.ends_at)
        assert desk.again(ticket).status == status


def test_a_second_click_takes_nothing_back(desk: Desk, clara: User) -> None:
    desk.pay_in()
    ticket = desk.returned()
    line = ticket.lines.get()
    back = services.LineIn(line.pk, Condition.GOOD)
    with pytest.raises(LineNotAllowed, match=line.asset.tag):
        services.take_back(ticket.pk, lines=[back], actor=clara, at=ticket.ends_at + 9 * DAY)
    line.refresh_from_db()
    assert line.late_fee == 0


def test_nothing_and_strangers_are_refused(desk: Desk, anna: User, clara: User) -> None:
    desk.pay_in()
    ticket = desk.on_loan()
    with pytest.raises(NotPermitted):
        services.take_back(ticket.pk, lines=[], actor=anna)
    with pytest.raises(NothingChosen):
        services.take_back(ticket.pk, lines=[], actor=clara)
