"""Keeping longer what is out: asked for, priced, held for, decided on, settled."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.approvals import selectors as approval_questions
from apps.approvals import services as approvals
from apps.approvals.errors import NotWaiting
from apps.approvals.states import Verdict
from apps.assets import services as assets
from apps.assets.errors import AssetTaken
from apps.assets.states import ReservationKind
from apps.audit.models import AuditEvent
from apps.common.errors import NotPermitted, OwnMatter
from apps.notifications.models import Notice
from apps.tickets import selectors, services
from apps.tickets.errors import (
    AssetsTaken,
    LineNotAllowed,
    ReasonMissing,
    StalePage,
    TooLittleMoney,
    UnknownLine,
)
from apps.tickets.errors.extending import (
    ExtensionGone,
    ExtensionOpen,
    ExtensionOver,
    ExtensionTooShort,
    NothingOut,
)
from apps.tickets.models import Extension, Ticket
from apps.tickets.states import ExtensionStatus, LineStatus, Status
from apps.tickets.tests.conftest import DAY, HOUR, Desk, lines
from apps.tickets.tests.racing import beside
from apps.wallets.models import Hold
from apps.wallets.states import HoldStatus
from project.testing.make import Make

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(desk: Desk) -> Ticket:
    """Two days at 10.00, deposit 50.00; out since ten minutes from now."""
    desk.pay_in(20_000)
    return desk.on_loan()


def extend(ticket: Ticket, actor: User, *, days: int = 3, **options: object) -> Extension:
    """Ask for so many more days."""
    until = Ticket.objects.get(pk=ticket.pk).ends_at + days * DAY
    return services.request_extension(
        ticket.pk,
        **{"until": until, "reason": "One more scene", "actor": actor, **options},  # type: ignore[arg-type]
    )


def decide(
    extension: Extension, actor: User, verdict: Verdict = Verdict.APPROVE, reason: str = "Too long"
) -> None:
    """Decide on the open request."""
    request = approval_questions.open_request_of(extension)
    assert request is not None
    approvals.decide(request.pk, verdict=verdict, actor=actor, reason=reason)


def hold_of(extension: Extension) -> Hold:
    return extension.lines.get().hold  # type: ignore[return-value]  # with a fee it has one


def test_the_borrower_asks_and_the_difference_is_held(ticket: Ticket, boris: User) -> None:
    extension = extend(ticket, boris)

    longer = extension.lines.get()
    assert (longer.fee, longer.commission, longer.late_fee) == (3_000, 600, 0)
    assert longer.arithmetic == [
        "5 days × $10.00 = $50.00",
        "Less the fee so far: $20.00. To pay: $30.00",
    ]
    assert selectors.money_of(ticket).held == 3_000
    # Nothing is promised before it is approved.
    line = ticket.lines.get()
    assert line.reservation is not None
    assert line.due_at == line.reservation.ends_at == ticket.ends_at


def test_an_approved_extension_moves_the_loan_and_its_money(
    ticket: Ticket, desk: Desk, clara: User, anna: User
) -> None:
    until = ticket.ends_at + 3 * DAY
    extension = extend(ticket, clara)
    decide(extension, anna)

    ticket = desk.again(ticket)
    line = ticket.lines.get()
    assert line.reservation is not None
    assert line.due_at == ticket.ends_at == line.reservation.due_at == until
    assert (line.fee, line.commission) == (5_000, 1_000)
    assert (ticket.quote["fee"], ticket.quote["commission"]) == (5_000, 1_000)
    assert "To pay: $30.00" in "\n".join(ticket.quote["lines"][str(line.asset_id)]["arithmetic"])
    money = selectors.money_of(ticket)
    assert (money.held, money.in_escrow) == (0, 10_000)
    extension.refresh_from_db()
    assert extension.status == ExtensionStatus.APPROVED
    assert extension.history.filter(history_user=anna).exists()
    assert line.history.first().history_user == anna


def test_the_settlement_pays_the_extension_out_of_escrow(
    ticket: Ticket, desk: Desk, clara: User, anna: User
) -> None:
    decide(extend(ticket, clara), anna)
    ticket = desk.again(ticket)
    desk.take_back(ticket)
    desk.inspect(ticket)

    ticket = desk.again(ticket)
    assert ticket.status == Status.CLOSED
    money = selectors.money_of(ticket)
    assert (money.held, money.in_escrow) == (0, 0)
    assert sorted(entry.amount for entry in money.settled) == [-10_000, 1_000, 4_000, 5_000]


def test_two_extensions_cost_what_one_would_have(
    desk: Desk, make: Make, clara: User, anna: User
) -> None:
    desk.pay_in()
    tariff = make.tariff(day_price=1_000, week_price=5_000)
    ticket = desk.on_loan(desk.assets(category=make.category(tariff=tariff)), days=5)
    first = extend(ticket, clara, days=2)
    assert first.lines.get().fee == 0, "a week costs as much as five days"
    decide(first, anna)
    second = extend(ticket, clara, days=1)
    assert second.lines.get().fee == 1_000, "8 days are a week and a day"


def test_the_price_is_by_the_terms_of_the_quote(ticket: Ticket, clara: User) -> None:
    tariff = ticket.lines.get().asset.effective_tariff
    tariff.day_price = 9_000
    tariff.save()
    assert extend(ticket, clara).lines.get().fee == 3_000


def test_a_ticket_from_before_the_terms_were_kept_goes_by_the_tariff_of_today(
    ticket: Ticket, clara: User
) -> None:
    for line in ticket.quote["lines"].values():
        del line["terms"]
    ticket.save(update_fields=["quote"])
    tariff = ticket.lines.get().asset.effective_tariff
    tariff.day_price = 2_000
    tariff.save()
    assert extend(ticket, clara).lines.get().fee == 6_000


@pytest.mark.parametrize("verdict", [Verdict.REJECT, Verdict.RETURN])
def test_a_refusal_lets_go_of_the_money_and_changes_nothing(
    ticket: Ticket, desk: Desk, clara: User, anna: User, verdict: Verdict
) -> None:
    extension = extend(ticket, clara)
    decide(extension, anna, verdict)

    extension.refresh_from_db()
    assert (extension.status, extension.ending_reason) == (ExtensionStatus.REJECTED, "Too long")
    assert hold_of(extension).status == HoldStatus.RELEASED
    assert ticket.lines.get().due_at == desk.again(ticket).ends_at == ticket.ends_at


def test_it_may_be_withdrawn_and_asked_for_again(ticket: Ticket, boris: User, anna: User) -> None:
    extension = extend(ticket, boris)
    services.withdraw_extension(extension.pk, reason="Done sooner", actor=boris)
    assert hold_of(extension).status == HoldStatus.RELEASED
    assert approval_questions.open_request_of(extension) is None
    with pytest.raises(ExtensionGone, match="is withdrawn since"):
        services.withdraw_extension(extension.pk, reason="Twice", actor=boris)
    decide(extend(ticket, boris), anna)


def test_what_comes_back_falls_away_and_the_rest_waits(desk: Desk, clara: User, anna: User) -> None:
    desk.pay_in()
    ticket = desk.on_loan(desk.assets(2))
    extension = extend(ticket, clara)
    first, second = lines(ticket)
    services.take_back(
        ticket.pk, lines=[services.LineIn(first, "good")], actor=clara, at=ticket.ends_at
    )
    dropped, kept = extension.lines.order_by("line_id")
    assert dropped.dropped_at == ticket.ends_at
    assert [one.hold and one.hold.status for one in (dropped, kept)] == [
        HoldStatus.RELEASED,
        HoldStatus.ACTIVE,
    ]

    decide(extension, anna)
    due = dict(ticket.lines.values_list("pk", "due_at"))
    assert due == {first: ticket.ends_at, second: ticket.ends_at + 3 * DAY}
    assert ticket.lines.get(pk=first).fee == 2_000
    assert selectors.money_of(ticket).in_escrow == 2 * 7_000 + 3_000


def test_when_all_comes_back_it_ends_with_its_request(
    ticket: Ticket, desk: Desk, clara: User
) -> None:
    extension = extend(ticket, clara)
    desk.take_back(ticket)
    extension.refresh_from_db()
    assert extension.status == ExtensionStatus.EXPIRED
    assert approval_questions.open_request_of(extension) is None
    assert hold_of(extension).status == HoldStatus.RELEASED
    assert desk.again(ticket).status == Status.RETURNED


def test_only_some_lines_may_be_kept_longer(desk: Desk, clara: User, anna: User) -> None:
    desk.pay_in()
    ticket = desk.on_loan(desk.assets(2))
    first, second = lines(ticket)
    decide(extend(ticket, clara, line_ids=[second]), anna)
    due = dict(ticket.lines.values_list("pk", "due_at"))
    assert due == {first: ticket.ends_at, second: ticket.ends_at + 3 * DAY}


def test_asked_for_when_late_the_late_fee_until_then_stays(
    ticket: Ticket, desk: Desk, clara: User, anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = ticket.ends_at + DAY + HOUR
    monkeypatch.setattr(timezone, "now", lambda: late)
    extension = extend(ticket, clara)
    assert extension.lines.get().late_fee == 1_000, "two started days"
    assert ticket.lines.get().late_fee == 0, "nothing is due before it is approved"
    # Whoever decides may take a day over it.
    monkeypatch.setattr(timezone, "now", lambda: late + DAY)
    decide(extension, anna)
    assert ticket.lines.get().late_fee == 1_000

    ticket = desk.again(ticket)
    desk.take_back(ticket, at=ticket.ends_at + HOUR)
    assert ticket.lines.get().late_fee == 1_500


def test_the_time_is_asked_for_on_the_server_and_said_by_asset(
    ticket: Ticket, desk: Desk, clara: User, bella: User
) -> None:
    desk.pay_in(owner=bella)
    after = desk.approved(
        [ticket.lines.get().asset], borrower=bella, starts_at=ticket.ends_at + DAY
    )
    with pytest.raises(AssetsTaken, match=f"{after} Bella") as refusal:
        extend(ticket, clara)
    assert refusal.value.field == "assets"
    assert not Hold.objects.filter(status=HoldStatus.ACTIVE, about_id=ticket.pk).exists()
    # Up to the next loan it is free.
    assert extend(ticket, clara, days=1).lines.get().fee == 1_000


def test_what_was_promised_meanwhile_is_not_promised_again_by_an_approval(
    ticket: Ticket, desk: Desk, clara: User, anna: User, bella: User
) -> None:
    desk.pay_in(owner=bella)
    extension = extend(ticket, clara)
    desk.approved([ticket.lines.get().asset], borrower=bella, starts_at=ticket.ends_at + DAY)
    with pytest.raises(AssetTaken, match="Bella"):
        decide(extension, anna)
    extension.refresh_from_db()
    assert extension.status == ExtensionStatus.REQUESTED
    assert hold_of(extension).status == HoldStatus.ACTIVE


def test_an_extension_needs_time_that_is_ahead(ticket: Ticket, clara: User) -> None:
    for until in (ticket.ends_at, ticket.ends_at - HOUR):
        with pytest.raises(ExtensionTooShort, match="must end after"):
            extend(ticket, clara, until=until)


def test_nothing_is_kept_longer_that_is_not_out(desk: Desk, clara: User) -> None:
    desk.pay_in()
    ticket = desk.approved(desk.assets(2))
    with pytest.raises(NothingOut, match="Before the hand-over cancel it"):
        extend(ticket, clara)
    first, second = lines(ticket)
    services.hand_over(
        ticket.pk, lines=[services.LineOut(first, "good")], actor=clara, at=ticket.starts_at
    )
    with pytest.raises(LineNotAllowed, match="“Extend” is not possible"):
        extend(ticket, clara, line_ids=[second])
    with pytest.raises(UnknownLine):
        extend(ticket, clara, line_ids=[first, 0])


def test_what_was_never_collected_ends_by_its_own_end(
    desk: Desk, clara: User, anna: User, system: User
) -> None:
    desk.pay_in()
    ticket = desk.approved(desk.assets(2))
    first, second = lines(ticket)
    services.hand_over(
        ticket.pk, lines=[services.LineOut(first, "good")], actor=clara, at=ticket.starts_at
    )
    decide(extend(ticket, clara, line_ids=[first]), anna)
    assert services.expire_uncollected(now=ticket.ends_at, actor=system) == 1
    assert ticket.lines.get(pk=second).status == LineStatus.RELEASED
    assert services.expire_uncollected(now=ticket.ends_at, actor=system) == 0


def test_one_waits_at_a_time_and_the_database_says_so_too(ticket: Ticket, clara: User) -> None:
    extension = extend(ticket, clara)
    with pytest.raises(ExtensionOpen, match=f"{extension} of {ticket}"):
        extend(ticket, clara, days=4)
    with pytest.raises(IntegrityError, match="extension_one_open_each"), transaction.atomic():
        Extension.objects.create(
            ticket=ticket,
            ends_at=ticket.ends_at + DAY,
            reason="More",
            requested_by=clara,
            requested_at=timezone.now(),
        )


def test_what_the_wallet_does_not_have_is_not_promised(desk: Desk, clara: User) -> None:
    desk.pay_in(8_000)
    ticket = desk.on_loan()
    with pytest.raises(TooLittleMoney, match=r"\$20.00 are missing"):
        extend(ticket, clara)
    assert not Extension.objects.exists()


def test_it_asks_for_a_reason_and_the_page_of_now(ticket: Ticket, clara: User) -> None:
    with pytest.raises(ReasonMissing):
        extend(ticket, clara, reason=" ")
    with pytest.raises(StalePage):
        extend(ticket, clara, seen_version=ticket.version - 1)


def test_strangers_may_not_ask_and_those_concerned_may_not_decide(
    ticket: Ticket, bella: User, walt: User, clara: User, boris: User, lena: User
) -> None:
    for stranger in (bella, walt):
        with pytest.raises(NotPermitted):
            extend(ticket, stranger)
    extension = extend(ticket, clara)
    for concerned in (boris, lena, clara):
        with pytest.raises(OwnMatter):
            decide(extension, concerned)


def test_an_extension_that_is_over_cannot_be_approved_and_expires(
    ticket: Ticket, clara: User, anna: User, system: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    extension = extend(ticket, clara)
    assert services.expire_extensions(now=timezone.now(), actor=system) == 0
    over = extension.ends_at + HOUR
    monkeypatch.setattr(timezone, "now", lambda: over)
    with pytest.raises(ExtensionOver, match="has passed"):
        decide(extension, anna)
    assert services.expire_extensions(now=over, actor=system) == 1
    assert services.expire_extensions(now=over, actor=system) == 0
    extension.refresh_from_db()
    assert extension.status == ExtensionStatus.EXPIRED
    assert hold_of(extension).status == HoldStatus.RELEASED


def test_those_concerned_are_told_once_and_the_timeline_tells_it(
    ticket: Ticket, clara: User, boris: User, anna: User
) -> None:
    extension = extend(ticket, clara)
    decide(extension, anna, reason="Go on")
    told = Notice.objects.filter(kind="tickets.extension_approved")
    assert set(told.values_list("recipient__display_name", flat=True)) == {"Boris", "Clara"}
    assert boris in {notice.recipient for notice in told}
    event = AuditEvent.objects.get(action="tickets.extension_requested")
    assert event.after["fee"] == "$30.00"
    said = [it.what for it in selectors.timeline(ticket)]
    for what in ("Extension asked for", "Extension approved: due later, money in escrow"):
        assert what in said
    assert said.count("Decision on level 1: approve") == 2


_ONE_MORE_LINE = """
INSERT INTO ticket_extension_lines
       (extension_id, line_id, was_due_at, fee, commission, late_fee, arithmetic)
SELECT extension_id, line_id, was_due_at, {}, {}, 0, '[]' FROM ticket_extension_lines
"""
_WITHOUT_REASON = """
INSERT INTO ticket_extensions (ticket_id, ends_at, reason, status, requested_by_id, requested_at,
                               concluded_at, ending_reason)
SELECT ticket_id, ends_at, '', 'approved', requested_by_id, requested_at, now(), ''
  FROM ticket_extensions
"""
_LOST = "UPDATE ticket_extensions SET status = 'lost', concluded_at = now(), ending_reason = '-'"
_REJECTED = "UPDATE ticket_extensions SET status = 'rejected', concluded_at = now()"
_REFUSED = [
    (_WITHOUT_REASON, "extension_has_reason"),
    (_LOST, "extension_has_status"),
    (_REJECTED, "extension_refusal_has_reason"),
    ("UPDATE ticket_extensions SET status = 'approved'", "extension_ended_has_moment"),
    ("UPDATE ticket_extensions SET ends_at = now()", "ticket_extensions_asked_stay"),
    ("DELETE FROM ticket_extensions", "ticket_extensions_stay"),
    ("UPDATE ticket_extension_lines SET fee = 1", "ticket_extension_lines_price_stays"),
    ("DELETE FROM ticket_extension_lines", "ticket_extension_lines_stay"),
    (_ONE_MORE_LINE.format(0, 0), "extension_line_is_unique"),
    (_ONE_MORE_LINE.format(5, 6), "extension_line_amounts_are_positive"),
    (_ONE_MORE_LINE.format(5, 0), "extension_line_fee_has_hold"),
]


@pytest.mark.parametrize(("statement", "name"), _REFUSED)
def test_the_database_refuses(ticket: Ticket, clara: User, statement: str, name: str) -> None:
    extend(ticket, clara)
    refuse(statement, name)


def test_what_has_ended_stays_as_it_ended(ticket: Ticket, clara: User, anna: User) -> None:
    decide(extend(ticket, clara), anna)
    refuse("UPDATE ticket_extensions SET status = 'requested'", "ticket_extensions_ended_stay")


def refuse(statement: str, name: str) -> None:
    with (
        pytest.raises(IntegrityError) as refusal,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert refusal.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]


@pytest.mark.django_db(transaction=True)
def test_an_approval_waits_for_the_return_and_finds_nothing_to_extend(
    ticket: Ticket, desk: Desk, clara: User, anna: User
) -> None:
    extension = extend(ticket, clara)
    refusal = beside(partial(desk.take_back, ticket), partial(decide, extension, anna))
    assert isinstance(refusal, NotWaiting)
    money = selectors.money_of(ticket)
    assert (money.held, money.in_escrow) == (0, 7_000)


@pytest.mark.django_db(transaction=True)
def test_a_return_waits_for_the_approval_and_ends_the_longer_loan(
    ticket: Ticket, desk: Desk, clara: User, anna: User
) -> None:
    extension = extend(ticket, clara)
    back_at = ticket.ends_at + DAY
    assert (
        beside(partial(decide, extension, anna), partial(desk.take_back, ticket, at=back_at))
        is None
    )
    line = ticket.lines.get()
    assert line.returned_at == back_at
    assert line.late_fee == 0, "by the longer period it is in time"
    assert selectors.money_of(ticket).in_escrow == 10_000


@pytest.mark.django_db(transaction=True)
def test_a_return_ends_an_extension_that_was_asked_for_at_the_same_moment(
    ticket: Ticket, desk: Desk, clara: User
) -> None:
    extended: list[Extension] = []
    assert (
        beside(
            lambda: extended.append(extend(ticket, clara)),
            partial(desk.take_back, ticket),
        )
        is None
    )
    extended[0].refresh_from_db()
    assert extended[0].status == ExtensionStatus.EXPIRED
    assert selectors.money_of(ticket).held == 0


@pytest.mark.django_db(transaction=True)
def test_the_time_of_an_asset_is_taken_once(
    ticket: Ticket, desk: Desk, clara: User, anna: User
) -> None:
    extension = extend(ticket, clara)
    asset = ticket.lines.get().asset
    take = partial(
        assets.reserve,
        asset.pk,
        ticket.ends_at + timedelta(hours=1),
        ticket.ends_at + DAY,
        kind=ReservationKind.BLACKOUT,
        reason="Holidays",
        actor=clara,
    )
    refusal = beside(take, partial(decide, extension, anna))
    assert isinstance(refusal, AssetTaken)
    assert "Holidays" in refusal.message
    assert ticket.lines.get().due_at == ticket.ends_at
