"""Holes that lending systems are known for, in what tickets do; the rest is with the assets."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.approvals.states import Verdict
from apps.assets import services as assets
from apps.assets.errors import AssetTaken
from apps.assets.models import Asset, SpecialDays
from apps.assets.states import Condition
from apps.audit.models import AuditEvent
from apps.tickets import selectors, services
from apps.tickets.errors import AssetsTaken, TooLittleMoney
from apps.tickets.models import Ticket
from apps.tickets.states import LineStatus, Status
from apps.tickets.tests.conftest import DAY, HOUR, Desk, lines
from apps.wallets.models import Hold, LedgerTransaction
from project.testing.make import Make


def sentence(refusal: "pytest.ExceptionInfo[Any]") -> str:
    """Return why the first asset is not free, without what each deed adds."""
    error = refusal.value
    conflicts = error.conflicts if isinstance(error, AssetsTaken) else [error.message]
    return str(conflicts[0])


def test_many_handed_over_at_once_are_checked_each(desk: Desk, clara: User) -> None:
    """Snipe-IT's check-out in bulk skips the check, and keeps what went through before."""
    desk.pay_in()
    good, lost, late = desk.assets(3)
    ticket = desk.approved([good, lost, late])
    assets.lose(lost.pk, reason="gone", actor=clara)
    assets.send_to_maintenance(late.pk, reason="lens", actor=clara)
    with pytest.raises(AssetsTaken) as refusal:
        desk.hand_over(ticket)
    assert [str(lost) in one or str(late) in one for one in refusal.value.conflicts] == [True] * 2
    assert set(ticket.lines.values_list("status", flat=True)) == {LineStatus.RESERVED}
    assert Asset.objects.get(pk=good.pk).loan is None
    assert selectors.money_of(ticket).in_escrow == 0
    assert desk.again(ticket).status == Status.APPROVED


def test_nothing_stays_written_when_a_later_step_fails(desk: Desk, anna: User) -> None:
    """Ralph catches the failure of a later action and commits the earlier ones."""
    desk.pay_in(7_000)
    # Two assets are reserved first, then the money of the second is missing.
    ticket = desk.submitted(desk.assets(2))
    before = (AuditEvent.objects.count(), LedgerTransaction.objects.count())
    with pytest.raises(TooLittleMoney):
        desk.decide(ticket, Verdict.APPROVE)
    assert desk.again(ticket).status == Status.SUBMITTED
    assert ticket.lines.filter(status="requested", reservation__isnull=True).count() == 2
    assert not any(line.asset.reservations.exists() for line in ticket.lines.all())
    assert not Hold.objects.exists()
    assert (AuditEvent.objects.count(), LedgerTransaction.objects.count()) == before
    assert anna.is_active


@pytest.mark.parametrize("why", ["taken", "buffer", "maintenance", "lost", "closed"])
def test_asking_editing_submitting_and_approving_say_the_same(
    desk: Desk, make: Make, clara: User, bella: User, why: str
) -> None:
    """Leihs says unavailable on approval and available on editing."""
    desk.pay_in()
    desk.pay_in(owner=bella)
    asset = desk.assets(category=make.category(turnaround=2 * HOUR))[0]
    draft, submitted = desk.draft([asset]), desk.submitted([asset])
    match why:
        case "taken":
            desk.approved([asset], borrower=bella)
        case "buffer":
            start = draft.ends_at + HOUR
            desk.approved([asset], borrower=bella, starts_at=start)
        case "maintenance":
            assets.send_to_maintenance(asset.pk, reason="lens", actor=clara)
        case "lost":
            assets.lose(asset.pk, reason="gone", actor=clara)
        case _:
            _close(timezone.localdate(draft.ends_at))
    with pytest.raises(AssetsTaken) as asked:
        desk.draft([asset])
    with pytest.raises(AssetsTaken) as edited:
        services.change_draft(draft.pk, seen_version=1, purpose="Another", actor=clara)
    with pytest.raises(AssetsTaken) as sent:
        services.submit(draft.pk, actor=clara)
    with pytest.raises(AssetTaken) as approved:
        desk.decide(submitted, Verdict.APPROVE)
    assert len({sentence(one) for one in (asked, edited, sent, approved)}) == 1


def _close(day: date) -> None:
    SpecialDays.objects.create(first_on=day, last_on=day, reason="Stocktaking")


def test_what_is_promised_is_handed_over_though_the_office_closes_earlier_now(
    desk: Desk, clara: User
) -> None:
    """Hours that change later break no promise: asset and borrower are at the desk."""
    desk.pay_in()
    ticket = desk.approved()
    _close(timezone.localdate(ticket.starts_at))
    _close(timezone.localdate(ticket.ends_at))
    assert desk.hand_over(ticket).status == Status.ON_LOAN
    assert clara.is_active


def test_a_late_asset_is_not_handed_over_to_the_next(desk: Desk, bella: User, clara: User) -> None:
    """Who has it reserved reads that it is still out, and nothing is taken from their wallet."""
    desk.pay_in()
    desk.pay_in(owner=bella)
    (asset,) = desk.assets()
    first = desk.approved([asset])
    second = desk.approved([asset], borrower=bella, starts_at=first.ends_at + HOUR)
    desk.hand_over(first)
    with pytest.raises(AssetsTaken, match="It is late"):
        services.hand_over(
            second.pk,
            lines=[services.LineOut(lines(second)[0], Condition.GOOD)],
            actor=clara,
            at=second.starts_at + timedelta(minutes=5),
        )
    assert selectors.money_of(second).held == 7_000
    assert Ticket.objects.get(pk=second.pk).status == Status.APPROVED
    assert second.starts_at - first.ends_at < DAY
