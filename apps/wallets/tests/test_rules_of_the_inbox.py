"""What the doors of the ledger refuse, whoever comes to them; each rule by its name."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection

from apps.accounts.models import User
from apps.wallets import services as wallets
from apps.wallets.models import LedgerEntry, LedgerTransaction, Wallet
from apps.wallets.states import Role
from apps.wallets.tests.conftest import figures, fresh
from apps.wallets.tests.raw_sql import Statement, batch, hold_row, posting, run, sql
from project.testing.make import Make

type Door = Callable[..., Statement]


def test_a_raw_posting_keeps_the_books(pair: tuple[Wallet, Wallet]) -> None:
    giver, taker = pair
    assert run(posting((giver, -500), (taker, 500))) == "nothing refused it"
    assert (figures(giver), figures(taker)) == ((5500, 0, 3), (4500, 0, 2))
    entry = LedgerEntry.objects.get(wallet=taker, position=2)
    assert (entry.balance, entry.currency, entry.effective_on) == (4500, "USD", date(2027, 5, 1))
    assert entry.placed_at == fresh(taker).moved_at


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        (
            (
                "INSERT INTO ledger_transactions SELECT id + 1000, kind, effective_on, posted_at,"
                " description, key || 'x', fingerprint, about_id, about_type_id, actor_id"
                " FROM ledger_transactions"
            ),
            "transactions_come_by_the_inbox",
        ),
        (
            (
                "INSERT INTO ledger_entries (transaction_id, line, wallet_id, currency, amount,"
                " effective_on) SELECT transaction_id, line + 9, wallet_id, currency, 5,"
                " effective_on FROM ledger_entries"
            ),
            "entries_come_by_the_inbox",
        ),
        ("INSERT INTO ledger_entries DEFAULT VALUES", "entries_come_by_the_inbox"),
    ],
)
def test_nothing_is_written_past_the_inbox(
    pair: tuple[Wallet, Wallet], statement: str, rule: str
) -> None:
    assert run(sql(statement)) == rule


ONE_OR_MANY = pytest.mark.parametrize(
    "door",
    [
        pytest.param(posting, id="one"),
        pytest.param(lambda *entries, **_columns: batch(entries), id="many"),
    ],
)


@ONE_OR_MANY
def test_a_transaction_balances(pair: tuple[Wallet, Wallet], door: Door) -> None:
    giver, taker = pair
    assert run(door((giver, -500))) == "transaction_is_balanced"
    assert run(door((giver, -500), (taker, 499))) == "transaction_is_balanced"


@ONE_OR_MANY
def test_each_currency_balances(
    pair: tuple[Wallet, Wallet], make: Make, lena: User, door: Door
) -> None:
    euros = make.wallet(lena, currency="EUR")
    assert run(door((pair[0], -500), (euros, 500))) == "transaction_is_balanced"


@ONE_OR_MANY
def test_a_transaction_has_entries(db: None, door: Door) -> None:
    assert run(door()) == "transaction_has_entries"


@ONE_OR_MANY
@pytest.mark.parametrize(
    ("amount", "rule"),
    [
        (0, "entry_amount_is_not_zero"),
        (10**15 + 1, "entry_amount_is_bounded"),
        (-(10**15) - 1, "entry_amount_is_bounded"),
    ],
)
def test_an_entry_has_an_amount_that_the_ledger_can_hold(
    pair: tuple[Wallet, Wallet], door: Door, amount: int, rule: str
) -> None:
    assert run(door((pair[0], amount))) == rule


@ONE_OR_MANY
def test_a_wallet_stays_above_its_floor(pair: tuple[Wallet, Wallet], door: Door) -> None:
    giver, taker = pair
    assert run(door((giver, -6001), (taker, 6001))) == "wallet_available_above_floor"


@ONE_OR_MANY
def test_an_entry_needs_its_wallet(pair: tuple[Wallet, Wallet], door: Door) -> None:
    nobody = Wallet(pk=987654)
    assert run(door((pair[0], -5), (nobody, 5))) == "wallet_is_known"


@ONE_OR_MANY
@pytest.mark.parametrize("status", ["frozen", "closed"])
def test_a_wallet_that_is_not_active_takes_no_entries_and_no_holds(
    make: Make, bella: User, door: Door, status: str
) -> None:
    wallet, opening = make.wallet(bella), wallets.system_wallet(Role.OPENING, "USD")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE wallets SET status = %s WHERE id = %s", [status, wallet.pk])
    assert run(door((opening, -500), (wallet, 500))) == "wallet_is_active"
    assert run(hold_row(wallet, 1)) == "wallet_is_active"


def test_a_batch_judges_a_wallet_after_each_transaction(pair: tuple[Wallet, Wallet]) -> None:
    giver, taker = pair
    out, back = ((giver, -6001), (taker, 6001)), ((giver, 6001), (taker, -6001))
    assert run(batch(out, back)) == "wallet_available_above_floor"
    assert run(batch(back, out)) == "wallet_available_above_floor"  # the taker has 4000
    there = ((giver, -6000), (taker, 6000))
    assert run(batch(there, ((giver, 6000), (taker, -6000)))) == "nothing refused it"


def test_a_line_is_used_once(pair: tuple[Wallet, Wallet]) -> None:
    row = posting((pair[0], -500), (pair[1], 500), lines=[1, 1])
    assert run(row) == "entry_line_is_unique"


def test_a_key_is_used_once(pair: tuple[Wallet, Wallet]) -> None:
    assert run(posting((pair[0], -5), (pair[1], 5), key="rent")) == "transaction_key_is_unique"
    again = batch(((pair[0], -5), (pair[1], 5)), keys=["rent"])
    assert run(again) == "transaction_key_is_unique"


def test_entries_come_in_the_order_in_which_wallets_are_locked(pair: tuple[Wallet, Wallet]) -> None:
    assert run(posting((pair[1], 5), (pair[0], -5))) == "entries_are_in_order"


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({"kind": "gift"}, "transaction_has_kind"),
        ({"kind": "capture"}, "transaction_capture_names_hold"),
        ({"kind": "reversal"}, "transaction_reversal_names_original"),
        ({"reverses_id": "rent"}, "transaction_reversal_names_original"),
        ({"hold_id": "hold"}, "transaction_capture_names_hold"),
        ({"kind": "capture", "hold_id": "hold"}, "transaction_capture_follows_hold"),
        ({"kind": "capture", "hold_id": 987654}, "transaction_capture_follows_hold"),
        ({"kind": "reversal", "reverses_id": 987654}, "reversal_mirrors_original"),
    ],
)
def test_a_transaction_has_the_shape_of_its_kind(
    pair: tuple[Wallet, Wallet], system: User, columns: dict[str, object], rule: str
) -> None:
    giver, taker = pair
    names = {
        "rent": LedgerTransaction.objects.get(key="rent").pk,
        "hold": wallets.place_hold(giver.pk, 1, actor=system, key="hold").pk,
    }
    columns = {name: names.get(str(value), value) for name, value in columns.items()}
    assert run(posting((giver, -1), (taker, 1), **columns)) == rule


@pytest.mark.parametrize("kind", ["gift", "capture", "reversal"])
def test_captures_and_reversals_come_alone(pair: tuple[Wallet, Wallet], kind: str) -> None:
    rule = run(batch(((pair[0], -1), (pair[1], 1)), kinds=[kind]))
    assert rule in {
        "transaction_has_kind",
        "transaction_capture_names_hold",
        "transaction_reversal_names_original",
    }


@pytest.mark.parametrize("amounts", [(4000, -3999, -1), (3999, -3999), (-4000, 4000)])
def test_a_reversal_mirrors_its_original(
    pair: tuple[Wallet, Wallet], amounts: tuple[int, ...]
) -> None:
    giver, taker = pair
    original = LedgerTransaction.objects.get(key="rent")
    entries = zip((giver, taker, taker), amounts, strict=False)
    statement = posting(*entries, kind="reversal", reverses_id=original.pk)
    assert run(statement) == "reversal_mirrors_original"


def test_a_transaction_is_reversed_once_and_a_reversal_never(
    pair: tuple[Wallet, Wallet], carol: User
) -> None:
    giver, taker = pair
    original = LedgerTransaction.objects.get(key="rent")
    reversal = wallets.reverse(original.pk, actor=carol, reason="mistake").transaction_id
    mirror = (giver, 4000), (taker, -4000)
    again = posting(*mirror, kind="reversal", reverses_id=original.pk)
    assert run(again) == "transaction_is_reversed_once"
    back = posting((giver, -4000), (taker, 4000), kind="reversal", reverses_id=reversal)
    assert run(back) == "reversal_is_final"


def test_an_entry_of_an_open_wallet_takes_its_place_once(pair: tuple[Wallet, Wallet]) -> None:
    place = (
        "UPDATE ledger_entries SET position = 1, balance = 1, placed_at = now()"
        " WHERE wallet_id = (SELECT id FROM wallets WHERE number = 'USD-OPENING')"
    )
    assert run(sql(place)) == "entries_are_append_only"
    wallets.roll_up()
    assert run(sql(place)) == "entries_are_append_only"


@pytest.mark.parametrize("status", ["frozen", "closed"])
def test_an_open_wallet_is_always_active(db: None, status: str) -> None:
    change = sql("UPDATE wallets SET status = %s WHERE number = 'USD-CASH'", status)
    assert run(change) == "wallet_open_is_active"
