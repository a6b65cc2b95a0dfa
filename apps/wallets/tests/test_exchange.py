"""Exchanging: the money of one owner changes its currency; the rate and the rounding are kept."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from apps.accounts.models import User
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import NotPermitted, OwnMatter
from apps.common.exchange import InvalidRate
from apps.notifications.models import Notice
from apps.wallets import checking, errors
from apps.wallets import services as wallets
from apps.wallets.models import Exchange, Wallet
from apps.wallets.services import Terms
from apps.wallets.states import ExchangeSide, Role
from apps.wallets.tests.conftest import figures, refusal, stored
from project.testing.make import Make

type Do = Callable[..., Exchange]
BOUGHT, SOLD = ExchangeSide.BOUGHT, ExchangeSide.SOLD


@pytest.fixture
def dollars(make: Make, boris: User) -> Wallet:
    return make.wallet(boris, balance=100000)


@pytest.fixture
def yen(make: Make, boris: User) -> Wallet:
    return make.wallet(boris, currency="JPY")


@pytest.fixture
def exchange(dollars: Wallet, yen: Wallet, carol: User) -> Do:
    """Exchange 100.00 of Boris’s dollars at 152.34 yen, or what a test says otherwise."""

    def run(**said: Any) -> Exchange:
        deed: dict[str, Any] = {"actor": carol, "key": "exchange", "reason": "For the trip"}
        deed |= {name: said.pop(name) for name in (*deed, "rate_source") if name in said}
        terms = {
            "sold_wallet_id": dollars.pk,
            "bought_wallet_id": yen.pk,
            "amount": 10000,
            "rate": "152.34",
            **said,
        }
        return wallets.exchange(Terms(**terms), **deed)

    return run


def system(role: Role, currency: str) -> Wallet:
    return wallets.system_wallet(role, currency)


def at_commit() -> None:
    """Check what a commit checks."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def entries_of(row: Exchange) -> dict[str, int]:
    at_commit()
    return {
        entry.wallet.number: entry.amount
        for entry in row.transaction.entries.select_related("wallet")
    }


def test_money_changes_its_currency_through_the_exchange_wallets(
    exchange: Do, dollars: Wallet, yen: Wallet
) -> None:
    row = exchange(rate_source="Bank, noon")
    assert entries_of(row) == {
        dollars.number: -10000,
        "USD-EXCHANGE": 10000,
        "JPY-EXCHANGE": -15234,
        yen.number: 15234,
    }
    assert (figures(dollars)[0], figures(yen)[0]) == (90000, 15234)
    row.refresh_from_db()
    assert (row.sold_amount, row.bought_amount, row.rate) == (10000, 15234, Decimal("152.34"))
    assert (row.unrounded, row.difference, row.rounding) == (Decimal(15234), Decimal(0), "half_up")
    assert (row.given, row.rate_source, row.reason) == ("sold", "Bank, noon", "For the trip")
    made = row.transaction
    assert (made.kind, made.description) == (
        "exchange",
        "$100.00 into ¥15,234 at 152.34: For the trip",
    )
    assert (str(row), row.fee_currency) == (str(made), "")
    assert checking.check().ok


def test_what_rounding_gives_or_takes_is_kept(exchange: Do) -> None:
    """99.99 dollars at 152.34 are 15,232.4766 yen."""
    row = exchange(amount=9999)
    row.refresh_from_db()
    assert (row.bought_amount, row.unrounded) == (15232, Decimal("15232.4766"))
    assert row.difference == Decimal("-0.4766")
    at_commit()


def test_what_arrives_may_be_given_instead(exchange: Do, dollars: Wallet, yen: Wallet) -> None:
    """1,000 yen cost 6.5642… dollars; 6.56 dollars are worth 999.3504 yen."""
    row = exchange(amount=1000, given=BOUGHT)
    assert (row.sold_amount, row.bought_amount, row.given) == (656, 1000, "bought")
    row.refresh_from_db()
    assert (row.unrounded, row.difference) == (Decimal("999.3504"), Decimal("0.6496"))
    assert (figures(dollars)[0], figures(yen)[0]) == (99344, 1000)
    at_commit()
    assert checking.check().ok


def test_half_a_minor_unit_is_rounded_up(exchange: Do) -> None:
    """0.50 dollars at 3 yen are 1.5 yen; 1 yen costs 0.125 dollars at 8."""
    assert exchange(amount=50, rate="3").bought_amount == 2
    assert exchange(amount=1, rate="8", given=BOUGHT, key="other").sold_amount == 13
    at_commit()


@pytest.mark.parametrize(
    ("side", "fee", "entries"),
    [
        (SOLD, 150, {"W": -10150, "USD-EXCHANGE": 10000, "JPY-EXCHANGE": -15234, "J": 15234}),
        (BOUGHT, 234, {"W": -10000, "USD-EXCHANGE": 10000, "JPY-EXCHANGE": -15234, "J": 15000}),
    ],
)
def test_a_fee_is_taken_on_either_side_and_is_commission(
    exchange: Do,
    dollars: Wallet,
    yen: Wallet,
    side: ExchangeSide,
    fee: int,
    entries: dict[str, int],
) -> None:
    row = exchange(fee_amount=fee, fee_side=side)
    names = {"W": dollars.number, "J": yen.number}
    commission = "USD-COMMISSION" if side == SOLD else "JPY-COMMISSION"
    expected = {names.get(name, name): amount for name, amount in entries.items()}
    assert entries_of(row) == expected | {commission: fee}
    assert row.fee_currency == commission[:3]
    assert checking.check().ok


def test_the_house_exchanges_its_cash(exchange: Do) -> None:
    """Of what we own, what leaves is a credit, and what arrives is a debit."""
    cash = {
        "sold_wallet_id": system(Role.CASH, "USD").pk,
        "bought_wallet_id": system(Role.CASH, "EUR").pk,
    }
    row = exchange(**cash, rate="0.92", reason="To pay the landlord")
    assert entries_of(row) == {
        "USD-CASH": 10000,
        "USD-EXCHANGE": -10000,
        "EUR-EXCHANGE": 9200,
        "EUR-CASH": -9200,
    }
    assert checking.check().ok
    assert not Notice.objects.exists()


def test_it_counts_on_the_day_that_was_said(dollars: Wallet, yen: Wallet, carol: User) -> None:
    terms = Terms(dollars.pk, yen.pk, 100, Decimal(150))
    day = date(2027, 3, 1)
    row = wallets.exchange(terms, actor=carol, key="k", reason="Late", effective_on=day)
    assert row.transaction.effective_on == day


def test_the_owner_is_told_and_the_deed_recorded(
    exchange: Do, dollars: Wallet, yen: Wallet, boris: User, carol: User
) -> None:
    row = exchange(fee_amount=150, rate_source="Bank")
    notice = Notice.objects.filter(recipient=boris, kind="wallets.exchanged").first()
    assert notice
    assert notice.subject == (
        f"$101.50 of {dollars.number} became ¥15,234 in {yen.number}"  # with the fee
    )
    assert notice.body == "1 USD = 152.34 JPY.\nFee: $1.50."
    event = AuditEvent.objects.get(action="wallets.exchanged")
    assert (event.actor, event.reason) == (carol, "For the trip")
    assert event.target_label == str(row.transaction)
    assert event.after == {
        "sold": f"$101.50 · {dollars.number}",
        "bought": f"¥15,234 · {yen.number}",
        "rate": "152.34",
        "source of the rate": "Bank",
        "rounding difference": "0",
        "fee": "$1.50",
    }


def test_the_same_key_exchanges_once(exchange: Do, dollars: Wallet) -> None:
    first = exchange()
    before = stored()
    assert exchange(reason="Again") == first
    assert stored() == before
    assert figures(dollars)[0] == 90000
    assert AuditEvent.objects.filter(action="wallets.exchanged").count() == 1


@pytest.mark.parametrize(
    "other",
    [
        {"amount": 9999},
        # The same yen, at another rate.
        {"rate": "152.3401"},
        {"amount": 15234, "given": BOUGHT},
        {"fee_amount": 1},
    ],
)
def test_a_key_is_for_one_request(exchange: Do, other: dict[str, Any]) -> None:
    exchange()
    before = stored()
    assert isinstance(refusal(lambda: exchange(**other)), errors.KeyReused)
    assert stored() == before


def test_a_replay_needs_no_money_and_no_active_wallet(
    exchange: Do, dollars: Wallet, carol: User
) -> None:
    first = exchange(amount=100000)
    wallets.freeze(dollars.pk, actor=carol, reason="Audit")
    assert exchange(amount=100000) == first


def test_an_exchange_is_reversed_at_its_own_rate(
    exchange: Do, dollars: Wallet, yen: Wallet, carol: User
) -> None:
    row = exchange(amount=9999, fee_amount=150)
    wallets.reverse(row.transaction_id, actor=carol, reason="Wrong person")
    assert (figures(dollars)[0], figures(yen)[0]) == (100000, 0)
    assert figures(system(Role.EXCHANGE, "JPY"))[0] == 0
    at_commit()
    assert checking.check().ok


# Refusals


@pytest.mark.parametrize(
    ("said", "error", "sentence"),
    [
        ({"amount": 0}, errors.AmountNotPositive, "must be more than zero"),
        ({"amount": -5}, errors.AmountNotPositive, "must be more than zero"),
        ({"fee_amount": -5}, errors.AmountNotPositive, "must be more than zero"),
        ({"amount": 10**15 + 1}, errors.AmountTooLarge, "larger than the ledger"),
        ({"rate": "1000000000"}, None, ""),
        ({"amount": 10**15, "rate": "1000"}, errors.AmountTooLarge, "larger than the ledger"),
        ({"rate": "0"}, InvalidRate, "more than zero"),
        ({"rate": "-1"}, InvalidRate, "more than zero"),
        ({"rate": "1000000001"}, InvalidRate, "so little or so much"),
        ({"rate": Decimal("NaN")}, InvalidRate, "write digits"),
        (
            {"amount": 1, "rate": "0.5"},
            errors.NothingArrives,
            "$0.01 at this rate is less than half of the smallest amount in JPY",
        ),
        (
            {"amount": 1, "rate": "1000", "given": BOUGHT},
            errors.NothingArrives,
            "¥1 at this rate is less than half of the smallest amount in USD",
        ),
        (
            {"fee_amount": 15234, "fee_side": BOUGHT},
            errors.FeeTooLarge,
            "A fee of ¥15,234 leaves nothing of the ¥15,234 that arrive",
        ),
        (
            {"amount": 100001},
            errors.InsufficientFunds,
            "has $1,000.00 available, and $1,000.01 is needed",
        ),
        ({"amount": 99999, "fee_amount": 2}, errors.InsufficientFunds, "and $1,000.01 is needed"),
        ({"reason": " "}, errors.ReasonMissing, "Say why"),
    ],
)
def test_terms_that_are_wrong_are_refused_in_words(
    exchange: Do, said: dict[str, Any], error: type[Exception] | None, sentence: str
) -> None:
    before = stored()
    if error is None:
        exchange(**said)
        return
    refused = refusal(lambda: exchange(**said))
    assert isinstance(refused, error)
    assert sentence in refused.message
    assert stored() == before


def test_a_rate_is_never_a_float(exchange: Do) -> None:
    with pytest.raises(TypeError, match="float"):
        exchange(rate=152.34)


def test_two_wallets_of_one_currency_do_not_exchange(exchange: Do, dollars: Wallet) -> None:
    refused = refusal(lambda: exchange(bought_wallet_id=dollars.pk))
    assert isinstance(refused, errors.SameCurrency)
    assert "Both wallets are kept in USD" in refused.message


def test_an_exchange_leaves_the_money_with_its_owner(
    exchange: Do, make: Make, bella: User, dollars: Wallet
) -> None:
    hers = make.wallet(bella, currency="EUR")
    refused = refusal(lambda: exchange(bought_wallet_id=hers.pk))
    assert isinstance(refused, errors.NotOneOwner)
    assert f"Wallets {dollars.number} and {hers.number} belong to different" in refused.message
    ours = system(Role.CASH, "EUR").pk
    assert isinstance(refusal(lambda: exchange(bought_wallet_id=ours)), errors.NotOneOwner)


def test_the_house_exchanges_within_one_class(exchange: Do) -> None:
    pair = {
        "sold_wallet_id": system(Role.CASH, "USD").pk,
        "bought_wallet_id": system(Role.ESCROW, "EUR").pk,
    }
    refused = refusal(lambda: exchange(**pair))
    assert isinstance(refused, errors.NotOneClass)
    assert "USD-CASH is an account of asset and EUR-ESCROW one of liability" in refused.message


def test_the_house_pays_itself_no_commission(exchange: Do) -> None:
    pair = {
        "sold_wallet_id": system(Role.CASH, "USD").pk,
        "bought_wallet_id": system(Role.CASH, "EUR").pk,
    }
    refused = refusal(lambda: exchange(**pair, fee_amount=1))
    assert isinstance(refused, errors.FeeOfTheHouse)


def test_no_exchange_begins_or_ends_in_an_exchange_wallet(exchange: Do) -> None:
    through = system(Role.EXCHANGE, "EUR").pk
    for side in ("sold_wallet_id", "bought_wallet_id"):
        refused = refusal(lambda side=side: exchange(**{side: through}))  # type: ignore[misc]
        assert isinstance(refused, errors.ExchangeWallet)


def test_a_wallet_that_does_not_exist_is_refused(exchange: Do) -> None:
    refused = refusal(lambda: exchange(bought_wallet_id=987654))
    assert isinstance(refused, errors.UnknownWallet)


def test_without_a_chart_in_that_currency_nothing_is_exchanged(exchange: Do, boris: User) -> None:
    dinars = Wallet.objects.create(number="W-KWD", owner=boris, currency="KWD", floor=0)
    refused = refusal(lambda: exchange(bought_wallet_id=dinars.pk, rate="0.3"))
    assert isinstance(refused, errors.NoChart)
    assert "no chart of accounts in KWD" in refused.message


@pytest.mark.parametrize("frozen", ["dollars", "yen"])
def test_a_frozen_wallet_neither_gives_nor_gets(
    exchange: Do, carol: User, request: pytest.FixtureRequest, frozen: str
) -> None:
    wallet = request.getfixturevalue(frozen)
    wallets.freeze(wallet.pk, actor=carol, reason="Audit")
    refused = refusal(exchange)
    assert isinstance(refused, errors.WalletNotActive)
    assert f"{wallet.number} is frozen" in refused.message


def test_nobody_exchanges_their_own_money_and_the_attempt_is_recorded(
    make: Make, carol: User
) -> None:
    mine, other = make.wallet(carol, balance=100), make.wallet(carol, currency="EUR")
    before = stored()
    with pytest.raises(OwnMatter, match="owner of the wallet"):
        wallets.exchange(
            Terms(mine.pk, other.pk, 100, "0.9"), actor=carol, key="mine", reason="Holiday"
        )
    assert stored() == before
    event = AuditEvent.objects.get(action="wallets.exchange")
    assert (event.actor, event.outcome) == (carol, Outcome.DENIED)


def test_only_controllers_exchange_and_the_attempt_is_recorded(exchange: Do, walt: User) -> None:
    with pytest.raises(NotPermitted, match="exchange_money"):
        exchange(actor=walt)
    assert AuditEvent.objects.get(action="wallets.exchange").outcome == Outcome.DENIED
