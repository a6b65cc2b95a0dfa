"""What the database refuses to raw SQL, whoever writes it; each rule by its name."""

from datetime import date
from typing import Any

import pytest
from django.db import Error, connection, transaction

from apps.accounts.models import User
from apps.wallets import services as wallets
from apps.wallets.models import Hold, LedgerEntry, LedgerTransaction, Wallet
from apps.wallets.states import Role, TransactionKind
from apps.wallets.tests.conftest import Move, figures, stored
from project.testing.make import Make

type Statement = tuple[str, tuple[Any, ...]]

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


def transaction_row(**columns: object) -> Statement:
    """Insert a transaction of 1 May 2027 with the key “raw”."""
    values = {
        "key": "raw",
        "fingerprint": "",
        "kind": "transfer",
        "effective_on": date(2027, 5, 1),
        "description": "",
        "actor_id": User.objects.system().pk,
        **columns,
    }
    names, marks = ", ".join(values), ", ".join(["%s"] * len(values))
    text = f"INSERT INTO ledger_transactions ({names}) VALUES ({marks})"  # noqa: S608  (constants)
    return text, tuple(values.values())


def entry_row(line: int, wallet: Wallet, amount: int, **columns: object) -> Statement:
    """Insert an entry of the transaction with the key “raw”."""
    values = {"line": line, "wallet_id": wallet.pk, "amount": amount, **columns}
    names, marks = ", ".join(values), ", ".join(["%s"] * len(values))
    text = (
        f"INSERT INTO ledger_entries (transaction_id, {names}) "  # noqa: S608  (constants)
        f"SELECT max(id), {marks} FROM ledger_transactions"
    )
    return text, tuple(values.values())


def test_raw_entries_that_balance_keep_the_books(pair: tuple[Wallet, Wallet]) -> None:
    giver, taker = pair
    statements = (transaction_row(), entry_row(1, giver, -500), entry_row(2, taker, 500))
    assert run(*statements) == "nothing refused it"
    assert (figures(giver), figures(taker)) == ((5500, 0, 3), (4500, 0, 2))
    entry = LedgerEntry.objects.get(wallet=taker, position=2)
    assert (entry.balance, entry.currency, entry.effective_on) == (4500, "USD", date(2027, 5, 1))


def test_entries_balance_at_the_latest_at_commit(pair: tuple[Wallet, Wallet]) -> None:
    giver, taker = pair
    one_sided = (transaction_row(), entry_row(1, giver, -500))
    assert run(*one_sided) == "transaction_is_balanced"
    assert run(*one_sided, entry_row(2, taker, 499)) == "transaction_is_balanced"


def test_each_currency_balances(pair: tuple[Wallet, Wallet], make: Make, lena: User) -> None:
    euros = make.wallet(lena, currency="EUR")
    statements = (transaction_row(), entry_row(1, pair[0], -500), entry_row(2, euros, 500))
    assert run(*statements) == "transaction_is_balanced"


def test_a_transaction_has_entries(db: None) -> None:
    assert run(transaction_row()) == "transaction_has_entries"


def test_an_old_transaction_takes_no_more_entries(pair: tuple[Wallet, Wallet]) -> None:
    giver, taker = pair
    move_xid = "UPDATE ledger_transactions SET xid = '3'"
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(move_xid)
        cursor.execute("SET session_replication_role = DEFAULT")
    assert run(entry_row(3, giver, -1), entry_row(4, taker, 1)) == "entry_joins_its_moment"


def test_an_entry_needs_its_transaction(pair: tuple[Wallet, Wallet]) -> None:
    statement = sql(
        "INSERT INTO ledger_entries (transaction_id, line, wallet_id, amount) "
        "VALUES (987654, 1, %s, 5)",
        pair[0].pk,
    )
    assert run(statement) == "entry_joins_its_moment"


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({"currency": "EUR"}, "entry_has_currency_of_wallet"),
        ({"balance": 4501}, "entry_continues_wallet"),
        ({"position": 3}, "entry_continues_wallet"),
        ({"effective_on": date(2027, 5, 2)}, "entry_has_day_of_transaction"),
    ],
)
def test_an_entry_fits_its_wallet_and_transaction(
    pair: tuple[Wallet, Wallet], columns: dict[str, object], rule: str
) -> None:
    giver, taker = pair
    right = {
        "currency": "USD",
        "balance": 4500,
        "position": 2,
        "effective_on": date(2027, 5, 1),
    }
    statements = (transaction_row(), entry_row(1, giver, -500))
    assert run(*statements, entry_row(2, taker, 500, **right)) == "nothing refused it"
    statements = (transaction_row(key="raw 2"), entry_row(1, giver, -500))
    right |= {"balance": 5000, "position": 3}
    wrong = right | columns | ({"position": 4} if "position" in columns else {})
    assert run(*statements, entry_row(2, taker, 500, **wrong)) == rule


@pytest.mark.parametrize(
    ("amount", "rule"),
    [
        (0, "entry_amount_is_not_zero"),
        (10**15 + 1, "entry_amount_is_bounded"),
        (-(10**15) - 1, "entry_amount_is_bounded"),
    ],
)
def test_an_entry_has_an_amount_that_the_ledger_can_hold(
    pair: tuple[Wallet, Wallet], amount: int, rule: str
) -> None:
    assert run(transaction_row(), entry_row(1, pair[0], amount)) == rule


def test_a_line_is_used_once(pair: tuple[Wallet, Wallet]) -> None:
    statements = (transaction_row(), entry_row(1, pair[0], 500), entry_row(1, pair[1], -500))
    assert run(*statements) == "entry_line_is_unique"


def test_a_key_is_used_once(pair: tuple[Wallet, Wallet]) -> None:
    assert run(transaction_row(key="rent")) == "transaction_key_is_unique"


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({"kind": "gift"}, "transaction_has_kind"),
        ({"kind": "capture"}, "transaction_capture_names_hold"),
        ({"kind": "reversal"}, "transaction_reversal_names_original"),
        ({"reverses_id": "rent"}, "transaction_reversal_names_original"),
        ({"hold_id": "hold"}, "transaction_capture_names_hold"),
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
    statements = (transaction_row(**columns), entry_row(1, giver, -1), entry_row(2, taker, 1))
    assert run(*statements) == rule


@pytest.mark.parametrize("amounts", [(4000, -3999, -1), (3999, -3999), (-4000, 4000)])
def test_a_reversal_mirrors_its_original(
    pair: tuple[Wallet, Wallet], amounts: tuple[int, ...]
) -> None:
    giver, taker = pair
    original = LedgerTransaction.objects.get(key="rent")
    on = (giver, taker, taker)
    statements = (
        transaction_row(kind="reversal", reverses_id=original.pk),
        *(
            entry_row(line, on[line - 1], amount)
            for line, amount in sorted(enumerate(amounts, start=1), key=lambda one: -one[1])
        ),
    )
    assert run(*statements) == "reversal_mirrors_original"


def test_a_transaction_is_reversed_once_and_a_reversal_never(
    pair: tuple[Wallet, Wallet], carol: User
) -> None:
    giver, taker = pair
    original = LedgerTransaction.objects.get(key="rent")
    reversal = wallets.reverse(original.pk, actor=carol, reason="mistake").transaction_id
    again = transaction_row(kind="reversal", reverses_id=original.pk)
    assert run(again) == "transaction_is_reversed_once"
    statements = (
        transaction_row(kind="reversal", reverses_id=reversal),
        entry_row(1, taker, 4000),
        entry_row(2, giver, -4000),
    )
    assert run(*statements) == "reversal_is_final"


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


@pytest.mark.parametrize("status", ["frozen", "closed"])
def test_a_wallet_that_is_not_active_takes_no_entries_and_no_holds(
    make: Make, bella: User, lena: User, system: User, status: str
) -> None:
    wallet, opening = make.wallet(bella), wallets.system_wallet(Role.OPENING, "USD")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE wallets SET status = %s WHERE id = %s", [status, wallet.pk])
    statements = (transaction_row(), entry_row(1, opening, -500), entry_row(2, wallet, 500))
    assert run(*statements) == "wallet_is_active"
    assert run(hold_row(wallet, 1)) == "wallet_is_active"


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
    statements = (transaction_row(), entry_row(1, giver, -1001), entry_row(2, taker, 1001))
    assert run(*statements) == "wallet_available_above_floor"


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
