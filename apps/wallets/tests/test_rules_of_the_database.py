"""What the database refuses to raw SQL beside its doors, each rule by its name."""

from datetime import date

import pytest
from django.db import Error, connection, transaction

from apps.accounts.models import User
from apps.wallets import services as wallets
from apps.wallets.models import Hold, Wallet
from apps.wallets.states import TransactionKind
from apps.wallets.tests.conftest import figures
from apps.wallets.tests.raw_sql import hold_row, posting, run, sql
from project.testing.make import Make


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
