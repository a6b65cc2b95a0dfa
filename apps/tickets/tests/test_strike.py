"""Strikes: lateness beyond the grace leaves one, and too many suspend until a day."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.common.errors import NotPermitted
from apps.notifications.models import Notice
from apps.tickets import services
from apps.tickets.errors import ReasonMissing
from apps.tickets.errors.claims import AlreadyLifted, OwnStrike
from apps.tickets.models import Strike, StrikePolicy
from apps.tickets.services import quoting
from apps.tickets.tests.conftest import DAY, Desk, lines
from apps.tickets.tests.racing import beside

GRACE = timedelta(minutes=15)
SECOND = timedelta(seconds=1)


def late(desk: Desk, times: int = 1) -> list[Strike]:
    """Return the strikes of so many late returns."""
    desk.pay_in()
    for _ in range(times):
        desk.returned(late=DAY)
    return list(Strike.objects.order_by("pk"))


def test_only_lateness_beyond_the_grace_leaves_a_strike(desk: Desk) -> None:
    desk.pay_in()
    desk.returned(late=GRACE)
    assert not Strike.objects.exists()
    ticket = desk.returned(late=GRACE + SECOND)
    strike = Strike.objects.get()
    assert (strike.person, strike.line, strike.kind) == (desk.boris, ticket.lines.get(), "late")
    told = Notice.objects.get(kind="tickets.struck", channel="admin")
    assert (told.recipient, str(ticket) in told.subject) == (desk.boris, True)


def test_a_line_leaves_one_strike_whatever_happens_to_it(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.inspect(desk.returned(late=DAY), damage=1_000)
    assert Strike.objects.get(line__ticket=ticket).kind == "late"
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO strikes (person_id, line_id, kind, note, lift_reason)"
            " SELECT person_id, line_id, 'damage', 'Again', '' FROM strikes"
        )


def test_damage_that_is_granted_leaves_one_too(desk: Desk) -> None:
    desk.pay_in()
    desk.inspect(desk.returned(), damage=1_000)
    assert Strike.objects.get().kind == "damage"


def test_the_third_strike_suspends_until_a_day(desk: Desk) -> None:
    first, second, third = late(desk, 3)
    assert first.suspended_until is second.suspended_until is None
    assert third.suspended_until is not None
    assert abs(third.suspended_until - third.struck_at - timedelta(days=14)) < DAY / 24
    desk.boris.refresh_from_db()
    assert desk.boris.suspended_until == third.suspended_until
    assert desk.boris.suspension_reason.startswith("Strikes: ")


def test_more_strikes_suspend_for_longer(desk: Desk) -> None:
    """Four strikes that were before, and one that makes five within a year."""
    desk.pay_in()
    ticket = desk.on_loan(desk.assets(5))
    first, *others = lines(ticket)
    back = [services.LineIn(pk, "good") for pk in [first, *others]]
    services.take_back(ticket.pk, lines=back, actor=desk.clara, at=ticket.ends_at + DAY)
    last = Strike.objects.order_by("pk").last()
    assert last is not None
    assert last.suspended_until is not None
    assert (last.suspended_until - last.struck_at).days in {89, 90}


def test_old_lifted_and_uncounted_strikes_do_not_suspend(desk: Desk, anna: User) -> None:
    strikes = late(desk, 2)
    services.lift_strike(strikes[0].pk, reason="We were closed", actor=anna)
    late(desk)
    assert Strike.objects.filter(suspended_until__isnull=False).count() == 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE strikes SET struck_at = struck_at - interval '200 days'")
    late(desk)
    assert Strike.objects.filter(suspended_until__isnull=False).count() == 0
    StrikePolicy.objects.update(counts_late=False)
    late(desk, 3)
    assert Strike.objects.filter(suspended_until__isnull=False).count() == 0


def test_a_person_lifts_a_strike_with_a_reason(desk: Desk, anna: User, walt: User) -> None:
    (strike,) = late(desk)
    lift = partial(services.lift_strike, strike.pk)
    with pytest.raises(NotPermitted):
        lift(reason="Because", actor=walt)
    with pytest.raises(ReasonMissing):
        lift(reason=" ", actor=anna)
    lifted = lift(reason="We were closed", actor=anna)
    assert (lifted.lifted_by, lifted.lift_reason) == (anna, "We were closed")
    assert lifted.history.latest().history_user == anna
    assert Notice.objects.filter(kind="tickets.strike_lifted", recipient=desk.boris).exists()
    with pytest.raises(AlreadyLifted, match="Anna"):
        lift(reason="Again", actor=anna)


def test_nobody_lifts_their_own(desk: Desk, anna: User) -> None:
    (strike,) = late(desk)
    Strike.objects.filter(pk=strike.pk).update(person=anna)
    with pytest.raises(OwnStrike):
        services.lift_strike(strike.pk, reason="Because", actor=anna)


def test_paying_a_debt_leaves_the_suspension_of_the_strikes(desk: Desk, system: User) -> None:
    desk.pay_in(40_000)
    tickets = [desk.returned(late=DAY) for _ in range(3)]
    desk.inspect(tickets[0], damage=60_000)
    debt = desk.boris.receivables.get()
    desk.pay_in(100_000)
    services.collect(debt.pk, actor=system)
    desk.boris.refresh_from_db()
    assert desk.boris.suspended_until is not None
    assert desk.boris.suspended_until < timezone.now() + timedelta(days=30)
    assert desk.boris.suspension_reason.startswith("Strikes: ")


def test_the_late_fee_grows_while_it_is_out(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.on_loan()
    due = ticket.ends_at
    fees = [
        quoting.late_fee_so_far(ticket, now=due + after)
        for after in (-DAY, GRACE, GRACE + SECOND, DAY + GRACE + SECOND)
    ]
    assert fees == [0, 0, 500, 1_000]
    # By the terms of submission, whatever the tariff says now.
    tariff = ticket.lines.get().asset.effective_tariff
    tariff.late_fee = 9_999
    tariff.save()
    assert quoting.late_fee_so_far(desk.again(ticket), now=due + DAY) == 500


@pytest.mark.django_db(transaction=True)
def test_of_two_returns_at_once_the_second_counts_the_first(desk: Desk) -> None:
    late(desk)
    one, two = desk.on_loan(), desk.on_loan()
    assert (
        beside(
            partial(desk.take_back, one, at=one.ends_at + DAY),
            partial(desk.take_back, two, at=two.ends_at + DAY),
        )
        is None
    )
    assert Strike.objects.filter(suspended_until__isnull=False).count() == 1
