"""Handing over: line by line, in time, and only what is really there."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.assets import services as assets
from apps.assets.models import Asset
from apps.assets.states import Condition
from apps.assets.states import Status as AssetStatus
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import MoveNotAllowed, NotPermitted
from apps.tickets import selectors, services
from apps.tickets.errors import (
    AssetsTaken,
    BorrowerSuspended,
    LineNotAllowed,
    NothingChosen,
    PeriodIsOver,
    StalePage,
    TooEarly,
    UnknownLine,
)
from apps.tickets.states import LineStatus, Status
from apps.tickets.tests.conftest import DAY, HOUR, Desk, lines


def test_the_hold_goes_into_escrow_and_the_asset_goes_out(desk: Desk, clara: User) -> None:
    desk.pay_in()
    ticket = desk.approved()
    line = ticket.lines.get()
    out = services.LineOut(line.pk, Condition.WORN, " Scratch on the lid ")
    services.hand_over(ticket.pk, lines=[out], actor=clara, at=ticket.starts_at)
    line.refresh_from_db()
    assert (line.status, line.condition_out, line.note_out) == (
        LineStatus.ON_LOAN,
        Condition.WORN,
        "Scratch on the lid",
    )
    assert (line.handed_over_at, line.handed_over_by) == (ticket.starts_at, clara)
    asset = Asset.objects.get(pk=line.asset_id)
    assert (asset.status, asset.loan) == (AssetStatus.ON_LOAN, line.reservation)
    money = selectors.money_of(ticket)
    assert (money.held, money.in_escrow) == (0, 7_000)
    event = AuditEvent.objects.get(action="tickets.handed_over")
    assert event.after["into escrow"] == "$70.00"
    assert event.after[str(asset)] == "worn: Scratch on the lid"


def test_lines_go_out_one_after_the_other(desk: Desk, clara: User) -> None:
    desk.pay_in()
    ticket = desk.approved(desk.assets(2))
    first, second = lines(ticket)
    for line_id, in_escrow in ((first, 7_000), (second, 14_000)):
        out = services.LineOut(line_id, Condition.GOOD)
        services.hand_over(ticket.pk, lines=[out], actor=clara, at=ticket.starts_at)
        assert desk.again(ticket).status == Status.ON_LOAN
        assert selectors.money_of(ticket).in_escrow == in_escrow


def test_what_is_out_is_not_handed_over_again(desk: Desk, clara: User) -> None:
    desk.pay_in()
    ticket = desk.on_loan()
    line = ticket.lines.get()
    with pytest.raises(LineNotAllowed, match=f"not possible for {line.asset} while"):
        services.hand_over(
            ticket.pk,
            lines=[services.LineOut(line.pk, Condition.GOOD)],
            actor=clara,
            at=ticket.starts_at,
        )
    with pytest.raises(StalePage):
        services.hand_over(ticket.pk, lines=[], actor=clara, seen_version=1)
    assert selectors.money_of(ticket).in_escrow == 7_000


def test_nothing_and_strangers_are_refused(desk: Desk, anna: User, clara: User) -> None:
    desk.pay_in()
    ticket = desk.approved()
    other = desk.approved()
    with pytest.raises(NotPermitted):
        services.hand_over(ticket.pk, lines=[], actor=anna)
    assert AuditEvent.objects.filter(outcome=Outcome.DENIED).count() == 1
    with pytest.raises(NothingChosen):
        services.hand_over(ticket.pk, lines=[], actor=clara)
    strange = services.LineOut(lines(other)[0], Condition.GOOD)
    with pytest.raises(UnknownLine):
        services.hand_over(ticket.pk, lines=[strange], actor=clara, at=ticket.starts_at)


def test_not_before_the_day_and_not_after_the_end(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.approved(starts_at=timezone.now() + 3 * DAY)
    with pytest.raises(TooEarly, match="may be collected from"):
        desk.hand_over(ticket, at=ticket.starts_at - 2 * DAY)
    with pytest.raises(PeriodIsOver):
        desk.hand_over(ticket, at=ticket.ends_at)
    midnight = timezone.localtime(ticket.starts_at).replace(hour=0, minute=0, second=0)
    desk.hand_over(ticket, at=midnight)


def test_what_begins_at_midnight_may_be_collected_in_the_evening(desk: Desk) -> None:
    desk.pay_in()
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) + 2 * DAY
    ticket = desk.approved(starts_at=midnight)
    with pytest.raises(TooEarly):
        desk.hand_over(ticket, at=midnight - 3 * HOUR)
    desk.hand_over(ticket, at=midnight - HOUR)


def test_an_asset_that_is_late_elsewhere_is_not_handed_over(desk: Desk, bella: User) -> None:
    desk.pay_in()
    desk.pay_in(owner=bella)
    stock = desk.assets()
    late = desk.on_loan(stock, days=1)
    following = desk.approved(stock, borrower=bella, starts_at=late.ends_at)
    with pytest.raises(AssetsTaken, match="is late") as refusal:
        desk.hand_over(following, at=late.ends_at + HOUR)
    assert str(late) in refusal.value.message
    desk.take_back(late, at=late.ends_at + HOUR)
    desk.hand_over(following, at=late.ends_at + HOUR)


def test_early_on_the_day_the_asset_must_be_free_until_then(desk: Desk, bella: User) -> None:
    desk.pay_in()
    desk.pay_in(owner=bella)
    stock = desk.assets()
    noon = timezone.localtime().replace(hour=12, minute=0) + 2 * DAY
    desk.approved(stock, starts_at=noon, days=1)
    following = desk.approved(stock, borrower=bella, starts_at=noon + DAY)
    with pytest.raises(AssetsTaken):
        desk.hand_over(following, at=noon + DAY - timedelta(hours=3))


def test_an_asset_in_the_workshop_is_not_handed_over(desk: Desk, clara: User) -> None:
    desk.pay_in()
    ticket = desk.approved()
    assets.send_to_maintenance(lines_asset(ticket.pk), reason="Fan is loud", actor=clara)
    with pytest.raises(AssetsTaken, match="maintenance"):
        desk.hand_over(ticket)
    assert selectors.money_of(ticket).held == 7_000


def lines_asset(ticket_id: int) -> int:
    """Return the asset of the ticket’s only line."""
    return Asset.objects.get(ticket_lines__ticket=ticket_id).pk


def test_a_borrower_suspended_meanwhile_gets_nothing(desk: Desk, boris: User, system: User) -> None:
    desk.pay_in()
    ticket = desk.approved()
    accounts.suspend(boris.pk, until=timezone.now() + 9 * DAY, reason="Debts.", actor=system)
    with pytest.raises(BorrowerSuspended):
        desk.hand_over(ticket)


def test_a_cancelled_ticket_is_not_handed_over(desk: Desk, clara: User) -> None:
    desk.pay_in()
    ticket = desk.approved()
    services.cancel(ticket.pk, reason="Rain", actor=clara)
    with pytest.raises(MoveNotAllowed):
        desk.hand_over(ticket)
