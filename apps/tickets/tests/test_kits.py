"""A kit on a ticket: one line is paid for, its parts go along, out as one or in parts, and back."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import User
from apps.approvals import selectors as approval_questions
from apps.approvals.states import Verdict
from apps.assets import services as assets
from apps.assets.errors import AssetTaken
from apps.assets.models import Asset
from apps.assets.states import Condition
from apps.assets.states import Status as AssetStatus
from apps.tickets import selectors, services
from apps.tickets.errors import AssetsTaken
from apps.tickets.errors.kits import KitStaysBehind, PartsStillOut
from apps.tickets.models import Ticket, TicketLine
from apps.tickets.states import LineStatus, Status
from apps.tickets.tests.clicking import page_of, press, signed_in, text_of, url_of
from apps.tickets.tests.conftest import DAY, Desk, lines

GOOD = Condition.GOOD


@pytest.fixture
def kit(desk: Desk, clara: User) -> Asset:
    """Return a kit of two parts, which was registered after its first part."""
    first, kit, second = desk.assets(3)
    assets.make_kit(kit.pk, actor=clara)
    for part in (first, second):
        assets.put_into_kit(part.pk, kit_id=kit.pk, actor=clara)
    desk.pay_in()
    return Asset.objects.get(pk=kit.pk)


def parts_of(kit: Asset) -> list[Asset]:
    return list(kit.parts.order_by("pk"))


def line_of(ticket: Ticket, asset: Asset) -> TicketLine:
    return ticket.lines.get(asset=asset)


def out(ticket: Ticket, *gone: Asset) -> list[services.LineOut]:
    return [services.LineOut(line_of(ticket, asset).pk, GOOD) for asset in gone]


def back(ticket: Ticket, *gone: Asset) -> list[services.LineIn]:
    return [services.LineIn(line_of(ticket, asset).pk, GOOD) for asset in gone]


@transaction.atomic
def write(line: TicketLine, **change: object) -> None:
    """Write past the services, as far as the database lets that pass."""
    TicketLine.objects.filter(pk=line.pk).update(**change)
    connection.check_constraints()


def test_a_kit_brings_its_parts_and_only_the_kit_costs(desk: Desk, kit: Asset) -> None:
    ticket = desk.draft([kit])
    rows = {
        line.asset_id: (line.kit_line and line.kit_line.asset_id, line.fee, line.deposit)
        for line in ticket.lines.all()
    }
    first, second = parts_of(kit)
    assert rows == {
        first.pk: (kit.pk, 0, 0),
        kit.pk: (None, 2000, 5000),
        second.pk: (kit.pk, 0, 0),
    }
    assert ticket.price == 7000
    assert ticket.quote["lines"][str(first.pk)]["arithmetic"] == [
        f"Part of {kit}, and paid for with it"
    ]


def test_who_decides_on_a_kit_follows_from_the_kit_alone(desk: Desk, kit: Asset) -> None:
    request = approval_questions.open_request_of(desk.submitted([kit]))
    assert request is not None
    assert request.title.endswith(f": {kit} for Boris")


def test_a_part_that_is_named_beside_its_kit_is_one_line(desk: Desk, kit: Asset) -> None:
    assert desk.draft([kit, parts_of(kit)[0]]).lines.count() == 3


def test_a_part_alone_may_be_lent_and_then_the_kit_is_not_free(desk: Desk, kit: Asset) -> None:
    part = parts_of(kit)[0]
    alone = desk.approved([part])
    assert (alone.lines.get().fee, alone.lines.get().kit_line) == (2000, None)
    with pytest.raises(
        AssetsTaken, match=f"{kit} is not free then. Its part {part}: R-"
    ) as refused:
        desk.draft([kit])
    assert len(refused.value.conflicts) == 1


def test_the_kit_is_refused_at_approval_when_a_part_was_promised_meanwhile(
    desk: Desk, kit: Asset
) -> None:
    ticket = desk.submitted([kit])
    desk.approved([parts_of(kit)[0]])
    with pytest.raises(AssetTaken, match="is not free then"):
        desk.decide(ticket, Verdict.APPROVE)
    assert desk.again(ticket).status == Status.SUBMITTED


def test_parts_follow_their_kit_when_the_draft_changes(desk: Desk, kit: Asset, clara: User) -> None:
    ticket = desk.draft([kit])
    first, second = parts_of(kit)
    assets.take_out_of_kit(second.pk, actor=clara)
    (other,) = desk.assets(1)
    changed = services.change_draft(
        ticket.pk, seen_version=ticket.version, asset_ids=[kit.pk, other.pk], actor=clara
    )
    assert set(changed.lines.values_list("asset", flat=True)) == {first.pk, kit.pk, other.pk}
    changed = services.change_draft(
        ticket.pk, seen_version=changed.version, asset_ids=[first.pk], actor=clara
    )
    line = changed.lines.get()
    assert (line.asset, line.kit_line, line.fee) == (first, None, 2000)
    changed = services.change_draft(
        ticket.pk, seen_version=changed.version, asset_ids=[kit.pk], actor=clara
    )
    assert line_of(changed, first).kit_line == line_of(changed, kit)


def test_an_open_ticket_keeps_a_part_that_left_its_kit(desk: Desk, kit: Asset, clara: User) -> None:
    ticket = desk.draft([kit])
    part = parts_of(kit)[0]
    assets.take_out_of_kit(part.pk, actor=clara)
    submitted = services.submit(ticket.pk, actor=clara)
    line = line_of(submitted, part)
    assert (line.kit_line, line.fee) == (line_of(submitted, kit), 0)
    assert submitted.price == 7000


def test_a_kit_goes_out_and_comes_back_as_one(desk: Desk, kit: Asset, clara: User) -> None:
    ticket = desk.closed([kit])
    assert ticket.status == Status.CLOSED
    assert {part.status for part in parts_of(kit)} == {AssetStatus.AVAILABLE}
    assert selectors.money_of(ticket).in_escrow == 0


def test_a_part_may_stay_behind_and_be_let_go(desk: Desk, kit: Asset, clara: User) -> None:
    ticket = desk.approved([kit])
    first, second = parts_of(kit)
    services.hand_over(ticket.pk, lines=out(ticket, kit, first), actor=clara, at=ticket.starts_at)
    assert line_of(ticket, second).status == LineStatus.RESERVED
    assert selectors.money_of(ticket).in_escrow == 7000
    services.release_lines(
        ticket.pk, line_ids=[line_of(ticket, second).pk], reason="Not needed", actor=clara
    )
    desk.take_back(ticket)
    assert desk.inspect(ticket).status == Status.CLOSED


def test_a_part_may_follow_its_kit_but_not_go_first(desk: Desk, kit: Asset, clara: User) -> None:
    ticket = desk.approved([kit])
    first, second = parts_of(kit)
    with pytest.raises(KitStaysBehind, match="Hand over the kit with it"):
        services.hand_over(ticket.pk, lines=out(ticket, first), actor=clara, at=ticket.starts_at)
    services.hand_over(ticket.pk, lines=out(ticket, kit), actor=clara, at=ticket.starts_at)
    services.hand_over(
        ticket.pk, lines=out(ticket, first, second), actor=clara, at=ticket.starts_at
    )
    assert set(ticket.lines.values_list("status", flat=True)) == {LineStatus.ON_LOAN}


def test_a_kit_comes_back_with_its_last_part_and_is_late_until_then(
    desk: Desk, kit: Asset, clara: User
) -> None:
    ticket = desk.on_loan([kit])
    first, second = parts_of(kit)
    services.take_back(ticket.pk, lines=back(ticket, first), actor=clara, at=ticket.ends_at)
    with pytest.raises(PartsStillOut, match=str(second)):
        services.take_back(ticket.pk, lines=back(ticket, kit), actor=clara, at=ticket.ends_at)
    late = ticket.ends_at + DAY
    services.take_back(ticket.pk, lines=back(ticket, kit, second), actor=clara, at=late)
    fees = {line.asset: line.late_fee for line in ticket.lines.all()}
    assert fees == {first: 0, second: 0, kit: 500}
    assert desk.again(ticket).status == Status.RETURNED


@pytest.mark.django_db(transaction=True)
def test_the_database_agrees_with_every_step_when_it_is_committed(
    desk: Desk, kit: Asset, clara: User
) -> None:
    ticket = desk.on_loan([kit])
    first, second = parts_of(kit)
    services.take_back(ticket.pk, lines=back(ticket, second), actor=clara, at=ticket.ends_at)
    services.take_back(ticket.pk, lines=back(ticket, kit, first), actor=clara, at=ticket.ends_at)
    assert desk.inspect(ticket).status == Status.CLOSED


def test_letting_go_of_a_kit_lets_go_of_its_parts(desk: Desk, kit: Asset, clara: User) -> None:
    (other,) = desk.assets(1)
    ticket = desk.approved([kit, other])
    services.hand_over(ticket.pk, lines=out(ticket, other), actor=clara, at=ticket.starts_at)
    services.release_lines(
        ticket.pk, line_ids=[line_of(ticket, kit).pk], reason="Not needed", actor=clara
    )
    gone = ticket.lines.filter(status=LineStatus.RELEASED)
    assert set(gone.values_list("asset", flat=True)) == {kit.pk, *(p.pk for p in parts_of(kit))}
    assert not any(part.reservations.holding().exists() for part in parts_of(kit))


def test_pricing_anew_leaves_the_parts_free(desk: Desk, kit: Asset, anna: User) -> None:
    ticket = desk.approved([kit])
    tariff = kit.effective_tariff
    tariff.day_price = 1500
    tariff.save()
    again = services.reprice(ticket.pk, reason="New list", actor=anna)
    assert (again.price, line_of(again, kit).fee) == (8000, 3000)
    assert {line_of(again, part).fee for part in parts_of(kit)} == {0}


def test_a_lost_part_is_reported_while_its_kit_is_out(desk: Desk, kit: Asset, clara: User) -> None:
    ticket = desk.on_loan([kit])
    part = parts_of(kit)[0]
    assets.lose(part.pk, reason="Fell into the lake", actor=clara)
    desk.take_back(ticket)
    assert desk.inspect(ticket).status == Status.CLOSED


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"fee": 1}, "ticket_line_part_costs_nothing"),
        ({"deposit": 1}, "ticket_line_part_costs_nothing"),
        ({"late_fee": 1}, "ticket_line_part_costs_nothing"),
        ({"status": "on_loan"}, "ticket_line_part_is_out_with_kit"),
    ],
)
def test_the_database_keeps_parts_free_and_with_their_kit(
    desk: Desk, kit: Asset, change: dict[str, object], name: str
) -> None:
    ticket = desk.approved([kit])
    line = line_of(ticket, parts_of(kit)[0])
    with pytest.raises(IntegrityError) as refused:
        write(line, **change)
    assert name in str(refused.value.__cause__.diag.constraint_name)  # type: ignore[union-attr]


def test_the_database_keeps_a_kit_on_its_own_ticket_and_in_no_other_kit(
    desk: Desk, kit: Asset
) -> None:
    ticket, other = desk.draft([kit]), desk.draft()
    part = line_of(ticket, parts_of(kit)[0])
    for line, goal, name in (
        (other.lines.get(), line_of(ticket, kit), "ticket_line_kit_is_on_the_ticket"),
        (line_of(ticket, kit), part, "no part of another kit"),
    ):
        with pytest.raises(IntegrityError, match=name):
            write(line, kit_line=goal, fee=0, deposit=0, commission=0)


def test_the_pages_show_the_parts_under_their_kit(desk: Desk, kit: Asset, clara: User) -> None:
    ticket = desk.draft([kit])
    clerk = signed_in(clara)
    shown = clerk.get(page_of(ticket))
    chosen = shown.context["adminform"].form.initial["assets"]
    assert chosen == [kit.pk]
    assert [row.line.asset for row in shown.context["page"]["rows"]] == [kit, *parts_of(kit)]
    assert f"Part of {kit}, and paid for with it" in text_of(clerk.get(url_of("submit", ticket)))
    press(clerk, "submit", ticket)
    desk.decide(ticket, Verdict.APPROVE)
    assert f"Goes along with {kit}." in text_of(clerk.get(url_of("hand_over", ticket)))
    again = desk.hand_over(desk.again(ticket), at=ticket.starts_at + timedelta(minutes=1))
    assert len(lines(again, LineStatus.ON_LOAN)) == 3
