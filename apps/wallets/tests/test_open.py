"""Wallets as a whole: opened, frozen, unfrozen, closed; and the chart of accounts."""

from collections.abc import Callable
from itertools import product

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import User
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import MoveNotAllowed, NotPermitted
from apps.common.money import UnknownCurrency
from apps.wallets import errors
from apps.wallets import services as wallets
from apps.wallets.models import ReasonCode, Wallet
from apps.wallets.states import CHART, Role, WalletStatus
from apps.wallets.tests.conftest import fresh, refusal, stored
from project.testing.make import Make

DEEDS: dict[str, Callable[..., Wallet]] = {
    "freeze": wallets.freeze,
    "unfreeze": wallets.unfreeze,
    "close": wallets.close,
}


def test_a_clerk_opens_a_wallet(boris: User, walt: User) -> None:
    wallet = wallets.open_wallet(boris, "USD", actor=walt)
    assert wallet.number.startswith("W-")
    assert len(wallet.number) == 8
    assert (wallet.owner, wallet.currency, wallet.floor, wallet.status) == (
        boris,
        "USD",
        0,
        "active",
    )
    event = AuditEvent.objects.get(action="wallets.opened", target_id=str(wallet.pk))
    assert (event.actor, event.target_label) == (walt, f"{wallet.number} Boris")
    version = wallet.history.get()
    assert (version.history_type, version.history_user) == ("+", walt)


def test_numbers_count_up(boris: User, lena: User, walt: User) -> None:
    first, second = (wallets.open_wallet(owner, "USD", actor=walt) for owner in (boris, lena))
    assert int(second.number[2:]) == int(first.number[2:]) + 1


def test_a_number_that_is_taken_is_not_taken_for_a_wallet_of_the_owner(
    make: Make, boris: User, lena: User, walt: User
) -> None:
    taken = make.wallet(boris)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('wallet_numbers', %s, false)", [int(taken.number[2:])])
    with pytest.raises(IntegrityError, match="wallets_number_key"), transaction.atomic():
        wallets.open_wallet(lena, "USD", actor=walt)


def test_a_second_open_wallet_in_the_currency_is_refused(boris: User, walt: User) -> None:
    first = wallets.open_wallet(boris, "USD", actor=walt)
    said = refusal(lambda: wallets.open_wallet(boris, "USD", actor=walt))
    assert isinstance(said, errors.WalletExists)
    assert said.message == f"Boris has a wallet in USD already: {first.number}. Use that one."
    wallets.open_wallet(boris, "EUR", actor=walt)


@pytest.mark.parametrize(
    ("currency", "fact"),
    [("XXY", UnknownCurrency), ("usd", UnknownCurrency), ("KWD", errors.NoChart)],
)
def test_a_currency_without_a_chart_is_refused(
    boris: User, walt: User, currency: str, fact: type[Exception]
) -> None:
    before = stored()
    assert isinstance(refusal(lambda: wallets.open_wallet(boris, currency, actor=walt)), fact)
    assert stored() == before


def test_a_wallet_is_opened_when_it_is_needed(boris: User, system: User) -> None:
    wallet = wallets.wallet_for(boris, "USD", actor=system)
    assert wallets.wallet_for(boris, "USD", actor=system) == wallet


def test_after_closing_a_new_wallet_may_be_opened(
    make: Make, boris: User, walt: User, carol: User, system: User
) -> None:
    old = make.wallet(boris)
    wallets.close(old.pk, actor=carol, reason="Left")
    new = wallets.wallet_for(boris, "USD", actor=system)
    assert new != old
    assert fresh(old).status == WalletStatus.CLOSED


def test_freezing_is_recorded_with_its_reason(make: Make, boris: User, carol: User) -> None:
    wallet = make.wallet(boris, balance=500)
    wallets.freeze(wallet.pk, actor=carol, reason="Card was stolen")
    event = AuditEvent.objects.get(action="wallets.frozen")
    assert (event.before, event.after) == ({"status": "active"}, {"status": "frozen"})
    assert (event.actor, event.reason) == (carol, "Card was stolen")
    version = wallet.history.latest()
    assert (version.status, version.history_change_reason) == ("frozen", "Card was stolen")
    assert version.history_user == carol


def test_only_an_empty_wallet_is_closed(make: Make, boris: User, carol: User, system: User) -> None:
    wallet = make.wallet(boris, balance=500)
    said = refusal(lambda: wallets.close(wallet.pk, actor=carol, reason="Left"))
    assert isinstance(said, errors.WalletNotEmpty)
    assert said.message.startswith(f"Wallet {wallet.number} still has $5.00 posted or held.")


@pytest.mark.parametrize("deed", DEEDS)
def test_the_chart_is_never_frozen_or_closed(carol: User, deed: str) -> None:
    cash = wallets.system_wallet(Role.CASH, "USD")
    said = refusal(lambda: DEEDS[deed](cash.pk, actor=carol, reason="Try"))
    assert isinstance(said, errors.SystemWallet)
    assert "USD-CASH" in said.message


@pytest.mark.parametrize("deed", DEEDS)
def test_clerks_do_not_freeze_and_the_attempt_is_recorded(
    make: Make, boris: User, walt: User, deed: str
) -> None:
    wallet = make.wallet(boris)
    with pytest.raises(NotPermitted, match="freeze_wallet"):
        DEEDS[deed](wallet.pk, actor=walt, reason="Try")
    event = AuditEvent.objects.get(action=f"wallets.{deed}")
    assert (event.actor, event.outcome) == (walt, Outcome.DENIED)


def test_controllers_do_not_open_wallets(boris: User, carol: User) -> None:
    with pytest.raises(NotPermitted, match="open_wallet"):
        wallets.open_wallet(boris, "USD", actor=carol)


ACTIVE, FROZEN, CLOSED = WalletStatus.ACTIVE, WalletStatus.FROZEN, WalletStatus.CLOSED
LEADS_TO = {
    (ACTIVE, "freeze"): FROZEN,
    (ACTIVE, "close"): CLOSED,
    (FROZEN, "unfreeze"): ACTIVE,
    (FROZEN, "close"): CLOSED,
}


@pytest.mark.parametrize(("status", "deed"), list(product(WalletStatus, DEEDS)))
def test_every_deed_in_every_status(
    make: Make, boris: User, carol: User, status: WalletStatus, deed: str
) -> None:
    wallet = make.wallet(boris)
    if status != ACTIVE:
        DEEDS["freeze" if status == FROZEN else "close"](wallet.pk, actor=carol, reason="First")
    if (status, deed) in LEADS_TO:
        assert DEEDS[deed](wallet.pk, actor=carol, reason="Then").status == LEADS_TO[status, deed]
    else:
        said = refusal(lambda: DEEDS[deed](wallet.pk, actor=carol, reason="Then"))
        assert isinstance(said, MoveNotAllowed)
        assert fresh(wallet).status == status


def test_the_chart_has_every_role_in_every_currency(db: None) -> None:
    chart = Wallet.objects.of_the_system()
    assert set(chart.values_list("role", "currency")) == set(
        product(dict(CHART), ("USD", "EUR", "GBP", "JPY"))
    )
    transit = wallets.system_wallet(Role.PAYOUTS_IN_TRANSIT, "JPY")
    assert (transit.number, transit.floor) == ("JPY-PAYOUTS-IN-TRANSIT", None)


def test_the_chart_is_loaded_once(db: None) -> None:
    before = stored()
    rows = [{"role": "cash", "currency": "USD"}, {"role": "cash", "currency": "CHF"}]
    assert wallets.load_chart(rows[:1]) == 1
    assert stored() == before
    assert wallets.load_chart(rows) == 2
    assert wallets.system_wallet(Role.CASH, "CHF").number == "CHF-CASH"
    with pytest.raises(UnknownCurrency):
        wallets.load_chart([{"role": "cash", "currency": "XXY"}])


def test_a_currency_without_a_chart_is_named(db: None) -> None:
    with pytest.raises(errors.NoChart, match="no chart of accounts in KWD"):
        wallets.system_wallet(Role.CASH, "KWD")


def test_reason_codes_that_a_controller_changed_stay(db: None) -> None:
    row = {
        "code": "goodwill",
        "name": "Other",
        "contra_role": "cash",
        "direction": "",
        "is_evidence_required": True,
    }
    assert wallets.load_reason_codes([row, {**row, "code": "new"}]) == 2
    assert ReasonCode.objects.get(code="goodwill").name == "Goodwill"
    new = ReasonCode.objects.get(code="new")
    assert (new.name, new.direction, new.is_evidence_required) == ("Other", "", True)
    assert new.history.get().history_user == User.objects.system()
