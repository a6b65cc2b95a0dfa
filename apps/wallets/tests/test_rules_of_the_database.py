"""What the database refuses to raw SQL, whoever writes it; each rule by its name."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import Error, connection, transaction

from apps.accounts.models import User
from apps.wallets import services as wallets
from apps.wallets.models import Hold, LedgerEntry, LedgerTransaction, Wallet
from apps.wallets.states import Role, TransactionKind
from apps.wallets.tests.conftest import Move, figures, fresh, stored
from project.testing.make import Make

type Statement = tuple[str, tuple[Any, ...]]
type Door = Callable[..., Statement]

# What a commit checks, without a commit.
_COMMIT: "tuple[Statement, ...]" = (
    ("SET CONSTRAINTS ALL IMMEDIATE", ()),
    ("SET CONSTRAINTS ALL DEFERRED", ()),
)


@pytest.fixture
def pair(make: Make, boris: User, lena: User, move: Move) -> tuple[Wallet, Wallet]:
    """Boris with 60.00 and Lena with 40.00, after one posting between them."""
    giver, taker = make.wallet(boris, balance=10000), make.wallet(lena)
    move(4000, giver, taker, key="rent", description="Rent")
    return giver, taker


def run(*statements: Statement) -> str:
    """Run statements and whatever waits for the commit; return the rule that refused them."""
    before = stored()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for text, values in (*_COMMIT, *statements, *_COMMIT):
                cursor.execute(text, values)
    except Error as error:
        assert stored() == before
        diagnostics = getattr(error.__cause__, "diag", None)
        return str(diagnostics and diagnostics.constraint_name)
    return "nothing refused it"


def sql(text: str, *values: object) -> Statement:
    return text, values


def posting(*entries: tuple[Wallet, int], **columns: object) -> Statement:
    """Post a transfer of 1 May 2027 with the key “raw” by the inbox of the ledger."""
    values = {
        "key": "raw",
        "fingerprint": "",
        "kind": "transfer",
        "effective_on": date(2027, 5, 1),
        "description": "",
        "actor_id": User.objects.system().pk,
        "wallets": [wallet.pk for wallet, _amount in entries],
        "amounts": [amount for _wallet, amount in entries],
        "lines": list(range(1, len(entries) + 1)),
        **columns,
    }
    names, marks = ", ".join(values), ", ".join(["%s"] * len(values))
    text = f"INSERT INTO ledger_inbox ({names}) VALUES ({marks})"  # noqa: S608  (constants)
    return text, tuple(values.values())


def batch(*postings: tuple[tuple[Wallet, int], ...], **columns: object) -> Statement:
    """Post transfers of 1 May 2027 with the keys “raw 1”, “raw 2” … by the batch of the ledger."""
    numbers = range(1, len(postings) + 1)
    rows = [(n, *entry) for n, entries in zip(numbers, postings, strict=True) for entry in entries]
    values = {
        "keys": [f"raw {number}" for number in numbers],
        "fingerprints": [""] * len(postings),
        "kinds": ["transfer"] * len(postings),
        "days": [date(2027, 5, 1)] * len(postings),
        "descriptions": [""] * len(postings),
        "actor_id": User.objects.system().pk,
        "about_types": [None] * len(postings),
        "about_ids": [None] * len(postings),
        "numbers": [number for number, _wallet, _amount in rows],
        "lines": list(range(1, len(rows) + 1)),
        "wallets": [wallet.pk for _number, wallet, _amount in rows],
        "amounts": [amount for _number, _wallet, amount in rows],
        **columns,
    }
    names = ", ".join(values)
    casts = {"about_types": "int[]", "about_ids": "bigint[]", "wallets": "bigint[]"}
    marks = ", ".join(f"%s::{casts[name]}" if name in casts else "%s" for name in values)
    text = f"INSERT INTO ledger_batch ({names}) VALUES ({marks})"  # noqa: S608  (constants)
    return text, tuple(values.values())


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


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE ledger_entries SET amount = amount + 1", "entries_are_append_only"),
        ("DELETE FROM ledger_entries", "entries_are_append_only"),
        ("TRUNCATE ledger_entries CASCADE", "entries_are_append_only"),
        ("UPDATE ledger_transactions SET description = ''", "transactions_are_append_only"),
        ("DELETE FROM ledger_transactions", "transactions_are_append_only"),
        ("TRUNCATE ledger_transactions CASCADE", "transactions_are_append_only"),
        ("DELETE FROM ledger_holds", "holds_are_kept"),
        ("TRUNCATE ledger_holds CASCADE", "holds_are_kept"),
        ("DELETE FROM wallets", "wallet_is_closed_not_deleted"),
        ("TRUNCATE wallets CASCADE", "wallet_is_closed_not_deleted"),
        ("UPDATE adjustment_evidence SET name = ''", "evidence_is_append_only"),
        ("DELETE FROM adjustment_evidence", "evidence_is_append_only"),
        ("TRUNCATE adjustment_evidence", "evidence_is_append_only"),
    ],
)
def test_what_was_written_stays(pair: tuple[Wallet, Wallet], statement: str, rule: str) -> None:
    assert run(sql(statement)) == rule


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("posted = posted + 1", "wallet_figures_follow_the_ledger"),
        ("held = held + 1", "wallet_figures_follow_the_ledger"),
        ("position = position + 1", "wallet_figures_follow_the_ledger"),
        ("number = number || 'x'", "wallet_identity_stays"),
        ("currency = 'EUR'", "wallet_identity_stays"),
        ("owner_id = NULL, role = 'cash', currency = 'KWD'", "wallet_identity_stays"),
        ("floor = NULL", "wallet_identity_stays"),
        ("moved_at = now() + interval '1 day'", "wallet_figures_follow_the_ledger"),
        ("id = -id", "wallet_identity_stays"),
        ("status = 'asleep'", "wallet_has_status"),
        ("status = 'closed'", "wallet_closed_is_empty"),
        ("floor = posted + 1", "wallet_available_above_floor"),
    ],
)
def test_a_wallet_changes_only_with_its_entries_and_holds(
    pair: tuple[Wallet, Wallet], change: str, rule: str
) -> None:
    statement = f"UPDATE wallets SET {change} WHERE id = %s"  # noqa: S608  (constants)
    assert run(sql(statement, pair[0].pk)) == rule


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({}, "nothing refused it"),
        ({"posted": 5}, "wallet_starts_empty"),
        ({"floor": 1}, "wallet_available_above_floor"),
        ({"status": "asleep"}, "wallet_has_status"),
        ({"currency": "usd"}, "wallet_has_currency"),
        ({"role": "cash"}, "wallet_has_owner_or_role"),
        ({"owner_id": None}, "wallet_has_owner_or_role"),
        ({"owner_id": None, "role": "purse"}, "wallet_has_owner_or_role"),
        ({"owner_id": None, "role": "cash"}, "wallet_role_is_unique"),
        ({"currency": "EUR", "number": "USD-CASH"}, "wallets_number_key"),
    ],
)
def test_a_new_wallet_is_empty_and_somebodys(
    system: User, bella: User, columns: dict[str, object], rule: str
) -> None:
    values = {
        "number": "W-9",
        "owner_id": bella.pk,
        "role": "",
        "currency": "USD",
        "status": "active",
        "floor": 0,
        "posted": 0,
        "held": 0,
        "position": 0,
        **columns,
    }
    names, marks = ", ".join(values), ", ".join(["%s"] * len(values))
    statement = f"INSERT INTO wallets ({names}) VALUES ({marks})"  # noqa: S608  (constants)
    assert run(sql(statement, *values.values())) == rule


def test_a_person_has_one_open_wallet_in_each_currency(make: Make, boris: User) -> None:
    make.wallet(boris)
    row = Wallet(number="W-9", owner=boris, currency="USD")
    with pytest.raises(Error, match="wallet_one_open_each"), transaction.atomic():
        row.save()


def hold_row(wallet: Wallet, amount: int, **columns: object) -> Statement:
    values = {
        "wallet_id": wallet.pk,
        "amount": amount,
        "captured": 0,
        "released": 0,
        "status": "active",
        "reason": "",
        "key": "raw",
        "placed_by_id": User.objects.system().pk,
        **columns,
    }
    names, marks = ", ".join(values), ", ".join(["%s"] * len(values))
    text = f"INSERT INTO ledger_holds ({names}) VALUES ({marks})"  # noqa: S608  (constants)
    return text, tuple(values.values())


@pytest.mark.parametrize(
    ("amount", "columns", "rule"),
    [
        (6000, {}, "nothing refused it"),
        (6001, {}, "wallet_available_above_floor"),
        (0, {}, "hold_ended_has_no_rest"),
        (-5, {}, "hold_ended_has_no_rest"),
        (10**15 + 1, {}, "hold_amount_is_bounded"),
        (10, {"captured": 5}, "hold_starts_whole"),
        (10, {"captured": -1}, "hold_parts_within_amount"),
        (10, {"captured": 11}, "hold_ended_has_no_rest"),
        (10, {"status": "released", "ended_at": date(2027, 1, 1)}, "hold_ended_has_no_rest"),
        (10, {"status": "lost", "released": 10, "ended_at": date(2027, 1, 1)}, "hold_has_status"),
        (10, {"ended_at": date(2027, 1, 1)}, "hold_ended_has_moment"),
        (10, {"status": "released", "released": 10}, "hold_ended_has_moment"),
    ],
)
def test_a_hold_is_covered_and_starts_whole(
    pair: tuple[Wallet, Wallet], amount: int, columns: dict[str, object], rule: str
) -> None:
    assert run(hold_row(pair[0], amount, **columns)) == rule


def test_a_raw_hold_counts_against_what_is_available(pair: tuple[Wallet, Wallet]) -> None:
    giver, taker = pair
    run(hold_row(giver, 5000))
    assert figures(giver) == (6000, 5000, 2)
    assert run(posting((giver, -1001), (taker, 1001))) == "wallet_available_above_floor"


@pytest.mark.parametrize(
    "change",
    [
        "captured = captured - 1",
        "released = released - 1",
        "amount = amount + 1",
        "wallet_id = (SELECT min(id) FROM wallets)",
        "key = 'other'",
        "reason = 'other'",
        "placed_at = now() - interval '1 day'",
        "about_id = 7",
    ],
)
def test_a_hold_only_moves_forward(pair: tuple[Wallet, Wallet], system: User, change: str) -> None:
    giver, taker = pair
    hold = wallets.place_hold(giver.pk, 100, actor=system, key="h")
    wallets.capture_hold(hold.pk, 10, to_wallet_id=taker.pk, actor=system, key="c")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_holds SET released = 5 WHERE id = %s", [hold.pk])
    assert figures(giver) == (5990, 85, 3)
    statement = f"UPDATE ledger_holds SET {change} WHERE id = %s"  # noqa: S608  (constants)
    assert run(sql(statement, hold.pk)) == "hold_moves_forward"


def test_a_hold_that_has_ended_never_moves_again(pair: tuple[Wallet, Wallet], system: User) -> None:
    hold = wallets.place_hold(pair[0].pk, 100, actor=system, key="h")
    wallets.release_hold(hold.pk, actor=system)
    back = "UPDATE ledger_holds SET status = 'active', released = 0, ended_at = NULL"
    assert run(sql(back)) == "hold_moves_forward"
    assert Hold.objects.get().status == "released"


def test_more_is_never_let_go_than_is_held(pair: tuple[Wallet, Wallet], system: User) -> None:
    wallets.place_hold(pair[0].pk, 100, actor=system, key="h")
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE wallets SET held = 50 WHERE id = %s", [pair[0].pk])
        cursor.execute("SET session_replication_role = DEFAULT")
    let_go = "UPDATE ledger_holds SET status = 'released', released = 100, ended_at = now()"
    assert run(sql(let_go)) == "wallet_held_is_positive"


def test_whoever_posted_is_never_deleted(pair: tuple[Wallet, Wallet], bella: User) -> None:
    fiona = User.objects.create_user("posts@example.com", display_name="Posts")
    entries = [wallets.Entry(pair[0].pk, -1), wallets.Entry(pair[1].pk, 1)]
    wallets.post(TransactionKind.TRANSFER, entries, actor=fiona, key="k")
    assert run(sql("DELETE FROM users WHERE id = %s", fiona.pk)) == "transaction_keeps_actor"
    assert run(sql("DELETE FROM users_history WHERE id = %s", bella.pk)) == "nothing refused it"
