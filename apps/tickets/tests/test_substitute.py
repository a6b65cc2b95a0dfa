"""Another asset of the same category instead of the one that was promised."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.assets import services as assets
from apps.assets.errors import AssetTaken
from apps.assets.models import Asset, Category
from apps.audit.models import AuditEvent
from apps.common.errors import DomainError, NotPermitted, OwnMatter
from apps.notifications.models import Notice
from apps.tickets import selectors, services
from apps.tickets.errors import LineNotAllowed, ReasonMissing, StalePage, UnknownAssets
from apps.tickets.errors.substituting import OnTicketAlready, OtherCategory, OtherCurrency
from apps.tickets.models import Ticket, TicketLine
from apps.tickets.tests.clicking import page_of, press, signed_in, text_of, url_of
from apps.tickets.tests.conftest import DAY, Desk
from apps.tickets.tests.racing import beside
from project.testing.make import Make


@pytest.fixture
def category(make: Make) -> Category:
    """Where the old and the new asset belong."""
    return make.category(turnaround=timedelta(hours=1))


@pytest.fixture
def old(desk: Desk, category: Category) -> Asset:
    """Lena's camera, which is promised."""
    return desk.assets(category=category, name="Old camera")[0]


@pytest.fixture
def new(make: Make, category: Category, bella: User) -> Asset:
    """Bella's camera, which is dearer today than the old one was when it was fixed."""
    dear = make.tariff(day_price=99_000)
    return make.asset(lender=bella, category=category, name="New camera", tariff=dear)


@pytest.fixture
def ticket(desk: Desk, old: Asset) -> Ticket:
    """Approved: reserved and held."""
    desk.pay_in()
    return desk.approved([old])


def swap(ticket: Ticket, new: Asset, actor: User, **options: Any) -> Ticket:
    line = ticket.lines.order_by("pk").first()
    assert line
    facts = {"reason": "The old one is broken", "actor": actor, **options}
    return services.substitute(ticket.pk, line.pk, new.pk, **facts)


def test_the_new_asset_is_promised_at_the_price_that_was_fixed(
    desk: Desk, ticket: Ticket, old: Asset, new: Asset, clara: User, bella: User
) -> None:
    before = ticket.lines.get()
    swap(ticket, new, clara)
    line = TicketLine.objects.get()
    assert (line.asset, line.lender, line.status) == (new, bella, "reserved")
    assert (line.fee, line.deposit, line.commission) == (2_000, 5_000, 400)
    assert line.reservation != before.reservation
    assert line.reservation
    assert line.reservation.asset == new
    assert before.reservation
    before.reservation.refresh_from_db()
    assert not before.reservation.is_holding
    assert selectors.money_of(ticket).held == 7_000
    again = desk.again(ticket)
    assert again.quote["lines"] == {str(new.pk): ticket.quote["lines"][str(old.pk)]}
    assert again.version == ticket.version + 1


def test_it_leaves_its_traces_and_tells_those_concerned(
    ticket: Ticket, old: Asset, new: Asset, clara: User, boris: User, lena: User, bella: User
) -> None:
    swap(ticket, new, clara)
    event = AuditEvent.objects.get(action="tickets.substituted")
    assert event.before == {"asset": str(old), "lender": str(lena)}
    assert event.after == {"asset": str(new), "lender": str(bella)}
    assert event.reason == "The old one is broken"
    latest = TicketLine.history.latest("history_id")
    assert (latest.asset_id, latest.history_user) == (new.pk, clara)
    notices = Notice.objects.filter(kind="tickets.substituted")
    assert {notice.recipient for notice in notices} == {boris, clara, lena, bella}
    assert {notice.subject for notice in notices} == {f"{ticket}: {new} instead of {old}"}


def test_the_whole_way_ends_with_the_new_lender_paid(
    desk: Desk, ticket: Ticket, new: Asset, clara: User, bella: User
) -> None:
    swap(ticket, new, clara)
    desk.inspect(desk.take_back(desk.hand_over(ticket), at=ticket.ends_at + DAY))
    assert bella.wallets.get().posted == 1_600
    line = TicketLine.objects.get()
    # By the terms of the old asset, which were carried over.
    assert line.late_fee == 500


def test_what_cannot_stand_in_is_refused(
    desk: Desk, make: Make, ticket: Ticket, old: Asset, category: Category, clara: User
) -> None:
    def refused(error: type[DomainError], asset: Asset, **options: Any) -> None:
        with pytest.raises(error):
            swap(ticket, asset, options.pop("actor", clara), **options)

    euros = make.tariff(currency="EUR")
    refused(OtherCategory, desk.assets()[0])
    refused(OtherCurrency, desk.assets(category=category, currency="EUR", tariff=euros)[0])
    refused(OnTicketAlready, old)
    refused(UnknownAssets, Asset(pk=10**9))
    refused(OwnMatter, make.asset(lender=clara, category=category))
    other = desk.assets(category=category)[0]
    refused(ReasonMissing, other, reason="  ")
    refused(StalePage, other, seen_version=1)
    refused(NotPermitted, other, actor=desk.lena)
    assets.lose(other.pk, reason="gone", actor=clara)
    with pytest.raises(AssetTaken, match="reported lost"):
        swap(ticket, other, clara)
    assert TicketLine.objects.get().asset == old
    assert old.reservations.get().is_holding


def test_only_what_waits_to_be_collected_is_substituted(
    desk: Desk, ticket: Ticket, new: Asset, clara: User
) -> None:
    desk.hand_over(ticket)
    with pytest.raises(LineNotAllowed, match="Substitute"):
        swap(ticket, new, clara)


def test_once_the_period_has_begun_the_new_asset_is_taken_from_now_on(
    ticket: Ticket, new: Asset, clara: User, time_machine: Any
) -> None:
    time_machine.move_to(ticket.starts_at + timedelta(hours=3), tick=False)
    swap(ticket, new, clara)
    reservation = TicketLine.objects.get().reservation
    assert reservation
    assert reservation.starts_at == ticket.starts_at + timedelta(hours=3)
    assert reservation.due_at == ticket.ends_at


@pytest.mark.django_db(transaction=True)
def test_of_two_who_want_the_same_substitute_the_second_is_refused(
    desk: Desk, ticket: Ticket, category: Category, new: Asset, clara: User, bella: User
) -> None:
    desk.pay_in(owner=bella)
    second = desk.approved(desk.assets(category=category), borrower=bella)
    refusal = beside(lambda: swap(ticket, new, clara), lambda: swap(second, new, clara))
    assert isinstance(refusal, AssetTaken)
    assert f"loan: {ticket} Boris" in refusal.message
    assert TicketLine.objects.filter(asset=new).count() == 1


# The dialog.


@pytest.fixture
def clerk(clara: User) -> Client:
    """Sit down as the clerk."""
    return signed_in(clara)


def test_the_dialog_offers_what_is_free_and_ticks_what_is_in_danger(
    desk: Desk, ticket: Ticket, old: Asset, new: Asset, clara: User, clerk: Client
) -> None:
    busy = desk.assets(category=old.category, name="Busy camera")
    desk.approved(busy)
    shown = text_of(clerk.get(url_of("substitute", ticket)))
    assert "New camera" in shown
    assert "Busy camera" not in shown
    assets.lose(old.pk, reason="gone", actor=clara)
    assert "reported lost" in text_of(clerk.get(url_of("substitute", ticket)))
    press(clerk, "substitute", ticket, reason="Lost by the last borrower")
    assert TicketLine.objects.get(ticket=ticket).asset == new
    assert "New camera" in text_of(clerk.get(page_of(ticket)))


def test_the_dialog_says_what_is_missing(
    ticket: Ticket, old: Asset, clara: User, clerk: Client
) -> None:
    assets.lose(old.pk, reason="gone", actor=clara)
    line = ticket.lines.get()
    shown = text_of(clerk.get(url_of("substitute", ticket)))
    assert "Nothing of this category is free for this period." in shown
    answer = text_of(press(clerk, "substitute", ticket, reason="x"))
    assert "No asset is ticked" in answer
    ticked = {f"line_{line.pk}_ticked": "on", "reason": "x"}
    assert "Choose what is lent instead." in text_of(press(clerk, "substitute", ticket, **ticked))


def test_two_lines_are_substituted_together_or_not_at_all(
    desk: Desk, category: Category, make: Make, clara: User, clerk: Client
) -> None:
    desk.pay_in()
    ticket = desk.approved(desk.assets(2, category=category))
    new = make.asset(lender=desk.lena, category=category, name="The only one")
    first, second = ticket.lines.order_by("pk")
    typed = {
        f"line_{line.pk}_{part}": value
        for line in (first, second)
        for part, value in (("ticked", "on"), ("asset", str(new.pk)))
    }
    answer = text_of(press(clerk, "substitute", ticket, reason="x", **typed))
    assert "is on" in answer
    assert "already" in answer
    assert not TicketLine.objects.filter(asset=new).exists()
    assert TicketLine.objects.filter(status="reserved", reservation__is_holding=True).count() == 2
