"""Closing a ticket pays everybody to the cent, out of one transaction."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.approvals.states import Verdict
from apps.assets.states import DepositKind
from apps.tickets import selectors, services
from apps.tickets.models import Ticket
from apps.tickets.settlement import Share, settle
from apps.tickets.states import LineStatus, Status
from apps.tickets.tests.conftest import DAY, Desk, lines
from apps.wallets.models import LedgerTransaction, Wallet
from apps.wallets.states import Role, TransactionKind
from project.testing.make import Make

AMOUNTS = st.integers(min_value=0, max_value=10**9)


def posted(*, role: Role | None = None, owner: User | None = None) -> int:
    """Return what is posted on the wallet in US dollars, zero when there is none."""
    wallets = Wallet.objects.filter(currency="USD", role=role or "", owner=owner)
    return sum(wallet.posted for wallet in wallets)


def test_the_worked_example_is_right_to_the_cent_on_every_wallet(
    desk: Desk, make: Make, boris: User, lena: User
) -> None:
    """A camera at 10.00 a day for two days, deposit 50.00, commission 15 %, late fee 7.50 a day.

    Boris has 100.00. Approval holds 20.00 + 50.00 = 70.00; hand-over moves them into escrow.
    He is 25 hours late (grace 15 minutes): two started days, 15.00. The lens is scratched: 12.34.

        escrow        − 70.00
        Lena          + 20.00 − 3.00 + 12.34 = 29.34
        commission    + 15 % of 20.00        =  3.00
        late fees                            = 15.00
        Boris         + 50.00 − 15.00 − 12.34 = 22.66
    """
    tariff = make.tariff(day_price=1000, late_fee=750, commission_share=1500)
    asset = make.asset(lender=lena, tariff=tariff)
    desk.pay_in(10_000)
    ticket = desk.approved([asset])
    assert (posted(owner=boris), selectors.money_of(ticket).held) == (10_000, 7_000)
    desk.hand_over(ticket)
    assert (posted(owner=boris), posted(role=Role.ESCROW)) == (3_000, 7_000)
    desk.take_back(ticket, at=ticket.ends_at + timedelta(hours=25))
    ticket = desk.inspect(ticket, damage=1_234)

    assert posted(role=Role.ESCROW) == 0
    assert posted(owner=lena) == 2_934
    assert posted(role=Role.COMMISSION) == 300
    assert posted(role=Role.LATE_FEES) == 1_500
    assert posted(owner=boris) == 3_000 + 2_266
    assert posted(role=Role.RECEIVABLES) == 0
    assert sum(wallet.posted for wallet in Wallet.objects.with_posted()) == 0

    assert ticket.status == Status.CLOSED
    assert ticket.settlement is not None
    assert {(entry.wallet.name, entry.amount) for entry in ticket.settlement.entries.all()} == {
        ("Escrow", -7_000),
        ("Lena", 2_934),
        ("Commission income", 300),
        ("Late-fee income", 1_500),
        ("Boris", 2_266),
    }
    money = selectors.money_of(ticket)
    assert (money.held, money.in_escrow, len(money.settled)) == (0, 0, 5)


def test_two_lenders_get_their_own_part(desk: Desk, make: Make, lena: User, bella: User) -> None:
    """Two assets at 20.00 for the time, commission 4.00 each; Bella’s one is damaged for 6.00."""
    desk.pay_in()
    ticket = desk.returned([make.asset(lender=lena), make.asset(lender=bella)])
    first, second = lines(ticket)
    services.inspect(
        ticket.pk,
        findings=[services.Finding(first), services.Finding(second, 600, "Cable is missing")],
        actor=desk.clara,
    )
    desk.decide_claims(ticket)
    assert (posted(owner=lena), posted(owner=bella)) == (1_600, 2_200)
    assert posted(role=Role.COMMISSION) == 800
    assert posted(owner=desk.boris) == 100_000 - 4_000 - 600


def test_what_the_deposit_does_not_cover_comes_from_the_wallet(desk: Desk) -> None:
    """Deposit 50.00, damage 80.00: 30.00 come from the wallet, and nobody is suspended."""
    desk.pay_in(11_000)
    ticket = desk.inspect(desk.returned(), damage=8_000)
    assert ticket.status == Status.CLOSED
    assert posted(owner=desk.boris) == 11_000 - 2_000 - 8_000
    assert posted(role=Role.RECEIVABLES) == 0
    desk.boris.refresh_from_db()
    assert desk.boris.suspended_until is None


def test_what_the_wallet_does_not_cover_is_owed_and_suspends(desk: Desk) -> None:
    """Deposit 50.00, damage 80.00, the wallet has 10.00 left: 20.00 are owed."""
    desk.pay_in(8_000)
    desk.inspect(desk.returned(), damage=8_000)
    assert posted(owner=desk.boris) == 0
    assert posted(role=Role.RECEIVABLES) == -2_000
    assert posted(owner=desk.lena) == 1_600 + 8_000
    desk.boris.refresh_from_db()
    assert desk.boris.is_suspended(now=desk.start)
    assert "$20.00" in desk.boris.suspension_reason


def test_a_free_loan_closes_without_a_transaction(desk: Desk, make: Make, lena: User) -> None:
    free = make.tariff(day_price=0, deposit_kind=DepositKind.NONE, deposit_amount=0)
    ticket = desk.closed([make.asset(lender=lena, tariff=free)])
    assert ticket.status == Status.CLOSED
    assert ticket.settlement is None
    assert not LedgerTransaction.objects.filter(kind=TransactionKind.SETTLEMENT).exists()


def test_a_lender_who_borrows_their_own_gets_one_entry(desk: Desk, make: Make) -> None:
    desk.pay_in(10_000)
    ticket = desk.closed([make.asset(lender=desk.boris)])
    assert ticket.settlement is not None
    assert ticket.settlement.entries.filter(wallet__owner=desk.boris).count() == 1
    assert posted(owner=desk.boris) == 10_000 - 400


def test_the_lender_gets_a_wallet_when_they_had_none(desk: Desk) -> None:
    desk.pay_in()
    assert not Wallet.objects.filter(owner=desk.lena).exists()
    desk.closed()
    assert posted(owner=desk.lena) == 1_600


def test_a_line_inspected_early_is_settled_with_the_others(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.on_loan(desk.assets(2))
    first, _second = lines(ticket)
    back = [services.LineIn(first, "good")]
    services.take_back(ticket.pk, lines=back, actor=desk.clara, at=ticket.starts_at + DAY)
    services.inspect(ticket.pk, findings=[services.Finding(first)], actor=desk.clara)
    assert desk.again(ticket).status == Status.ON_LOAN
    assert not LedgerTransaction.objects.filter(kind=TransactionKind.SETTLEMENT).exists()
    desk.take_back(ticket)
    assert desk.again(ticket).status == Status.RETURNED
    desk.inspect(ticket)
    assert desk.again(ticket).status == Status.CLOSED
    assert Ticket.objects.get().lines.filter(status=LineStatus.INSPECTED).count() == 2
    assert posted(role=Role.ESCROW) == 0


SHARES = st.lists(
    st.builds(
        lambda lender_id, fee, cut, deposit, late_fee, damage: Share(
            lender_id=lender_id,
            fee=fee,
            deposit=deposit,
            commission=fee * cut // 10_000,
            late_fee=late_fee,
            damage=damage,
        ),
        st.integers(1, 3),
        AMOUNTS,
        st.integers(0, 10_000),
        AMOUNTS,
        AMOUNTS,
        AMOUNTS,
    ),
    min_size=1,
    max_size=6,
)


@given(shares=SHARES, available=AMOUNTS)
def test_no_cent_is_made_or_lost(shares: list[Share], available: int) -> None:
    settled = settle(shares, available=available)
    given_out = sum(settled.lenders.values()) + settled.commission + settled.late_fee
    assert settled.escrow + settled.drawn + settled.owed == given_out + settled.refund
    assert settled.escrow == sum(share.fee + share.deposit for share in shares)
    assert min(settled.refund, settled.drawn, settled.owed, *settled.lenders.values()) >= 0
    assert settled.drawn <= available
    assert not (settled.owed and settled.drawn < available)
    assert not (settled.refund and (settled.drawn or settled.owed))


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_happens_escrow_ends_empty_and_the_books_balance(
    data: st.DataObject, desk: Desk, make: Make, lena: User, bella: User
) -> None:
    """Random prices, lateness, damage and money, through the services and the ledger."""
    # Three assets for two days stay below the amount from which a second person must agree.
    amount = st.integers(0, 10_000)
    stock = [
        make.asset(
            lender=data.draw(st.sampled_from([lena, bella])),
            tariff=make.tariff(
                day_price=data.draw(amount),
                deposit_amount=data.draw(amount),
                late_fee=data.draw(amount),
                commission_share=data.draw(st.integers(0, 10_000)),
            ),
        )
        for _ in range(data.draw(st.integers(1, 3)))
    ]
    ticket = desk.submitted(stock)
    desk.pay_in(ticket.price + data.draw(amount))
    desk.decide(ticket, Verdict.APPROVE)
    desk.hand_over(ticket)
    desk.take_back(ticket, at=ticket.ends_at + data.draw(st.integers(0, 40)) * timedelta(hours=3))
    ticket = desk.inspect(ticket, damage=data.draw(amount))
    assert ticket.status == Status.CLOSED
    assert selectors.money_of(ticket).in_escrow == 0
    assert posted(role=Role.ESCROW) == 0
    assert sum(wallet.posted for wallet in Wallet.objects.with_posted()) == 0
    assert not Wallet.objects.exclude(held=0).exists()
    desk.boris.refresh_from_db()
    if desk.boris.suspended_until:
        accounts.lift_suspension(desk.boris.pk, reason="Next try", actor=User.objects.system())
        desk.boris.refresh_from_db()


@pytest.mark.parametrize("available", [-500, 0])
def test_a_wallet_below_its_floor_gives_nothing(available: int) -> None:
    share = Share(lender_id=1, fee=0, deposit=0, commission=0, late_fee=0, damage=100)
    settled = settle([share], available=available)
    assert (settled.drawn, settled.owed) == (0, 100)
