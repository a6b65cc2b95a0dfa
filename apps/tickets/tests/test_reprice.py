"""A quote is fixed at submission; only pricing anew, an explicit deed, changes it afterwards."""

from datetime import timedelta

import pytest

from apps.accounts.models import User
from apps.assets.models import Asset, CommissionRate, Discount, Tariff
from apps.audit.models import AuditEvent
from apps.common.errors import NotPermitted, OwnMatter
from apps.notifications.models import Notice
from apps.tickets import selectors, services
from apps.tickets.errors import ReasonMissing, StalePage, TooLittleMoney
from apps.tickets.errors.repricing import NotRepriceable, SamePrice
from apps.tickets.models import Ticket
from apps.tickets.states import Status
from apps.tickets.tests.clicking import press, signed_in, text_of, url_of
from apps.tickets.tests.conftest import Desk
from apps.tickets.tests.racing import beside
from apps.wallets.models import Wallet
from apps.wallets.states import HoldStatus


def dearer(asset: Asset, **changes: object) -> None:
    """Let the asset cost 15.00 a day from today on."""
    tariff = Tariff.objects.get(pk=asset.effective_tariff.pk)
    for name, value in ({"day_price": 1500} | changes).items():
        setattr(tariff, name, value)
    tariff.save()


def figures(ticket: Ticket) -> list[tuple[int, int, int]]:
    return list(ticket.lines.order_by("pk").values_list("fee", "deposit", "commission"))


def held(ticket: Ticket) -> int:
    wallet = Wallet.objects.get(owner=ticket.borrower)
    assert selectors.money_of(ticket).held == wallet.held
    return wallet.held


@pytest.mark.parametrize("status", ["submitted", "approved", "on_loan", "returned", "closed"])
def test_no_tariff_discount_or_rate_changes_what_was_submitted(
    desk: Desk, lena: User, status: str
) -> None:
    ticket = desk.in_status(status)
    before = (figures(ticket), ticket.quote)
    dearer(ticket.lines.get().asset, late_fee=900)
    Discount.objects.create(name="Later", share=5000)
    CommissionRate.objects.create(lender=lena, share=100)
    ticket = desk.again(ticket)
    assert (figures(ticket), ticket.quote) == before
    if status == "approved":
        assert desk.hand_over(ticket).quote == before[1]
        assert figures(ticket) == before[0]


def test_submission_fixes_the_discount_of_that_day(desk: Desk) -> None:
    Discount.objects.create(name="Film school", share=1000)
    ticket = desk.submitted()
    assert figures(ticket) == [(1800, 5000, 360)]
    assert ticket.quote["discount"] == 200
    (line,) = ticket.quote["lines"].values()
    assert "Discount “Film school”: 10 % of $20.00 = -$2.00; leaves $18.00" in line["arithmetic"]


def test_an_approved_ticket_is_priced_anew_and_its_holds_are_swapped(
    desk: Desk, anna: User, boris: User
) -> None:
    desk.pay_in()
    changing, staying = desk.assets(2)
    ticket = desk.approved([changing, staying])
    old = {line.asset_id: line.hold for line in ticket.lines.all()}
    dearer(changing)
    again = services.reprice(ticket.pk, reason="New list", actor=anna, seen_version=ticket.version)
    assert figures(again) == [(3000, 5000, 600), (2000, 5000, 400)]
    assert (again.price, again.status) == (15000, Status.APPROVED)
    assert held(again) == 15000
    new = {line.asset_id: line.hold for line in again.lines.all()}
    assert new[staying.pk] == old[staying.pk]
    let_go, kept = old[changing.pk], new[changing.pk]
    assert let_go
    assert kept
    let_go.refresh_from_db()
    assert let_go.status == HoldStatus.RELEASED
    assert kept.amount == 8000
    event = AuditEvent.objects.get(action="tickets.repriced")
    assert (event.before["price"], event.after["price"]) == ("$140.00", "$150.00")
    assert event.after[str(changing)] == "fee $30.00, deposit $50.00"
    assert (event.actor, event.reason) == (anna, "New list")
    notice = Notice.objects.filter(kind="tickets.repriced", recipient=boris).first()
    assert notice
    assert notice.subject == f"{ticket} is priced anew: $150.00, before $140.00"
    assert "Priced anew" in {happening.what for happening in selectors.timeline(again)}
    assert again.history.latest("history_id").history_user == anna
    desk.hand_over(again)
    assert selectors.money_of(again).in_escrow == 15000


def test_it_may_be_priced_anew_twice_and_become_free(desk: Desk, anna: User) -> None:
    desk.pay_in()
    ticket = desk.approved()
    asset = ticket.lines.get().asset
    for price, deposit in ((1500, 5000), (1200, 5000), (0, 0)):
        dearer(asset, day_price=price, deposit_amount=deposit)
        ticket = services.reprice(ticket.pk, reason="New list", actor=anna)
        assert held(ticket) == ticket.price == 2 * price + deposit
    assert ticket.lines.get().hold is None
    assert desk.hand_over(ticket).status == Status.ON_LOAN


def test_the_terms_of_lateness_are_priced_anew_too(desk: Desk, anna: User) -> None:
    desk.pay_in()
    ticket = desk.approved()
    dearer(ticket.lines.get().asset, day_price=1000, late_fee=900)
    services.reprice(ticket.pk, reason="New list", actor=anna)
    desk.hand_over(ticket)
    desk.take_back(ticket, at=ticket.ends_at + timedelta(hours=1))
    assert ticket.lines.get().late_fee == 900


@pytest.mark.parametrize("status", [status for status in Status.values if status != "approved"])
def test_only_an_approved_ticket_is_priced_anew(desk: Desk, anna: User, status: str) -> None:
    ticket = desk.in_status(status)
    dearer(ticket.lines.get().asset)
    with pytest.raises(NotRepriceable, match="Only an approved ticket"):
        services.reprice(ticket.pk, reason="New list", actor=anna)


def test_nothing_new_no_reason_or_an_old_page_is_refused(desk: Desk, anna: User) -> None:
    desk.pay_in()
    ticket = desk.approved()
    with pytest.raises(SamePrice, match="There is nothing to change"):
        services.reprice(ticket.pk, reason="New list", actor=anna)
    dearer(ticket.lines.get().asset)
    with pytest.raises(ReasonMissing):
        services.reprice(ticket.pk, reason=" ", actor=anna)
    with pytest.raises(StalePage):
        services.reprice(ticket.pk, reason="New list", actor=anna, seen_version=ticket.version - 1)


def test_too_little_money_leaves_the_old_price_and_the_old_holds(desk: Desk, anna: User) -> None:
    desk.pay_in(7000)
    ticket = desk.approved()
    dearer(ticket.lines.get().asset)
    before = (figures(ticket), ticket.lines.get().hold_id)
    with pytest.raises(TooLittleMoney, match="are missing"):
        services.reprice(ticket.pk, reason="New list", actor=anna)
    assert (figures(ticket), ticket.lines.get().hold_id) == before
    assert held(ticket) == 7000


def test_nobody_prices_their_own_ticket_and_no_clerk_any(
    desk: Desk, boris: User, lena: User, clara: User, anna: User
) -> None:
    desk.pay_in()
    ticket = desk.approved()
    dearer(ticket.lines.get().asset)
    for person in (boris, lena):
        person.groups.add(*anna.groups.all())
        with pytest.raises(OwnMatter):
            services.reprice(ticket.pk, reason="New list", actor=User.objects.get(pk=person.pk))
    with pytest.raises(NotPermitted):
        services.reprice(ticket.pk, reason="New list", actor=clara)
    assert figures(ticket) == [(2000, 5000, 400)]


@pytest.mark.django_db(transaction=True)
def test_what_is_handed_over_at_that_moment_keeps_its_price(desk: Desk, anna: User) -> None:
    desk.pay_in()
    ticket = desk.approved()
    dearer(ticket.lines.get().asset)
    refusal = beside(
        lambda: desk.hand_over(ticket),
        lambda: services.reprice(ticket.pk, reason="New list", actor=anna),
    )
    assert isinstance(refusal, NotRepriceable)
    assert figures(ticket) == [(2000, 5000, 400)]
    assert selectors.money_of(ticket).in_escrow == 7000


def test_the_dialog_shows_every_line_before_and_after(desk: Desk, anna: User) -> None:
    desk.pay_in(14500)
    changing, staying = desk.assets(2)
    ticket = desk.approved([changing, staying])
    approver = signed_in(anna)
    dearer(changing)
    shown = text_of(approver.get(url_of("reprice", ticket)))
    for text in ("$20.00 + $50.00", "$30.00 + $50.00", "stays the same", "$140.00", "$150.00"):
        assert text in shown
    assert "Missing: it cannot be priced anew before this is paid in $5.00" in shown
    assert figures(ticket) == [(2000, 5000, 400)] * 2
    desk.pay_in()
    assert press(approver, "reprice", ticket, reason="New list")["HX-Redirect"]
    assert figures(ticket)[0] == (3000, 5000, 600)
    desk.hand_over(desk.again(ticket))
    shown = text_of(approver.get(url_of("reprice", ticket)))
    assert "Only an approved ticket of which nothing has gone out" in shown
