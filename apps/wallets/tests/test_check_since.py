"""`check_books --since`: a full check keeps a checkpoint, and a later one begins there."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.accounts.models import User
from apps.wallets import services as wallets
from apps.wallets.checking import check, memory
from apps.wallets.errors import NoCheckpoint
from apps.wallets.models import BooksCheck, BooksCheckpoint, LedgerSeal, Wallet
from apps.wallets.tests.conftest import Move, Tamper
from apps.wallets.tests.test_check_books import run
from project.testing.make import Make

type Pair = tuple[Wallet, Wallet]


@pytest.fixture
def pair(make: Make, boris: User, lena: User) -> Pair:
    return make.wallet(boris, balance=10000), make.wallet(lena)


@pytest.fixture
def start(pair: Pair, move: Move, system: User) -> int:
    """Keep a checkpoint at seal 1, name it by seal 2, and post on; return the first after it."""
    move(100, *pair, key="old")
    wallets.roll_up()
    wallets.seal_ledger(actor=system)
    move(1, *pair, key="not sealed yet when it was checked")
    assert run("--keep")[2] == 0
    wallets.seal_ledger(actor=system)
    posted = move(200, *pair, key="new")
    wallets.seal_ledger(actor=system)
    move(1, *pair, key="newest")
    return posted.transaction_id


def test_only_what_came_after_is_recomputed(start: int) -> None:
    everything, since = check(), check(since=1)
    assert (everything.transaction_count, everything.block_count) == (5, 3)
    assert (since.ok, since.transaction_count, since.block_count) == (True, 3, 2)
    assert since.entry_count == 6
    assert since.rule_count == everything.rule_count
    assert since.head == everything.head
    assert since.totals == everything.totals


def test_the_command_takes_a_block_or_the_latest(start: int) -> None:
    for block in ("1", "latest"):
        printed, _complaints, status = run("--since", block, "--json")
        assert (json.loads(printed)["transaction_count"], status) == (3, 0)


@pytest.mark.parametrize("block", ["7", "0", "soon"])
def test_a_block_without_a_checkpoint_is_refused_with_status_2(start: int, block: str) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("check_books", "--since", block)
    assert refused.value.returncode == 2
    if block != "soon":
        assert f"at seal {block}; seals with one: 1." in str(refused.value)


def test_without_any_checkpoint_the_latest_is_refused(pair: Pair) -> None:
    with pytest.raises(CommandError, match="seals with one: none"):
        call_command("check_books", "--since", "latest")


def test_a_checkpoint_that_no_seal_names_is_not_believed(pair: Pair, system: User) -> None:
    wallets.seal_ledger(actor=system)
    run("--keep")
    with pytest.raises(NoCheckpoint):
        check(since=1)
    # A new checkpoint is reason enough for a seal.
    named = wallets.seal_ledger(actor=system)
    assert named is not None
    assert (named.transaction_count, named.checkpoint_hash) == (
        0,
        BooksCheckpoint.objects.get().digest,
    )
    assert wallets.seal_ledger(actor=system) is None
    assert check(since=1).ok
    assert check().ok


def test_what_came_after_is_checked_like_everything(start: int, pair: Pair, tamper: Tamper) -> None:
    tamper("UPDATE ledger_entries SET amount = amount - 1 WHERE transaction_id = %s", start)
    assert check(since=1).fault == check().fault
    assert f"T-{start}" in check(since=1).fault


def test_a_sealed_transaction_after_the_block_is_checked(start: int, tamper: Tamper) -> None:
    tamper("UPDATE ledger_transactions SET description = 'x' WHERE id = %s", start)
    assert check(since=1).fault == (
        f"Transaction T-{start} or one of its entries was changed after ledger seal 3 covered it."
    )


def test_what_was_sealed_before_is_taken_on_trust(start: int, tamper: Tamper) -> None:
    """The price of being quick, and why full checks go on."""
    tamper("UPDATE ledger_transactions SET description = 'x' WHERE key = 'old'")
    assert check(since=1).ok
    assert not check().ok


def test_a_balance_that_was_changed_without_entries_is_named(
    start: int, make: Make, bella: User, pair: Pair, tamper: Tamper
) -> None:
    opening = Wallet.objects.get(role="opening", currency="USD")
    tamper("UPDATE ledger_entries SET balance = balance + 5 WHERE wallet_id = %s", opening.pk)
    tamper("UPDATE wallets SET posted = posted + 5 WHERE id = %s", opening.pk)
    assert check(since=1).fault == (
        f"Wallet {opening.number} has no new entries since it was checked, and its balance is "
        "-$99.95 instead of -$100.00."
    )


def test_entries_that_vanished_are_named(start: int, pair: Pair, tamper: Tamper) -> None:
    tamper("UPDATE wallets SET position = 1 WHERE id = %s", pair[0].pk)
    assert check(since=1).fault == (
        f"The wallet with id {pair[0].pk} lost entries since it was checked."
    )


@pytest.mark.parametrize(
    "change",
    [
        "balances[1] = balances[1] + 5",
        "positions[1] = 1 + positions[1]",
        "number = 1, hash = repeat('0', 64)",
    ],
)
def test_a_changed_checkpoint_is_named(start: int, tamper: Tamper, change: str) -> None:
    tamper(f"UPDATE books_checkpoints SET {change}")  # noqa: S608
    assert check(since=1).fault == "Ledger seal 1, or the checkpoint there, was changed."


def test_a_checkpoint_with_a_new_digest_is_not_named_by_a_seal(start: int, tamper: Tamper) -> None:
    tamper("UPDATE books_checkpoints SET digest = repeat('0', 64)")
    with pytest.raises(NoCheckpoint):
        check(since=1)


def test_an_entry_that_was_not_sealed_yet_is_checked_again(
    start: int, pair: Pair, tamper: Tamper
) -> None:
    kept = BooksCheckpoint.objects.get()
    place = kept.wallet_ids.index(pair[0].pk)
    assert (kept.positions[place], kept.balances[place]) == (2, 9900)
    tamper(
        "UPDATE ledger_entries SET balance = balance + 1 WHERE position = 3 AND wallet_id = %s",
        pair[0].pk,
    )
    assert f"position 3 of wallet {pair[0].number}" in check(since=1).fault


def test_a_failed_check_keeps_no_checkpoint(pair: Pair, system: User, tamper: Tamper) -> None:
    wallets.seal_ledger(actor=system)
    tamper("UPDATE wallets SET posted = posted + 1 WHERE id = %s", pair[0].pk)
    assert run("--keep")[2] == 1
    assert not BooksCheckpoint.objects.exists()
    kept = BooksCheck.objects.get()
    assert (kept.status, kept.requester) == ("wrong", system)
    assert pair[0].number in kept.fault


def test_only_the_newest_checkpoints_are_kept(
    pair: Pair, system: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "KEPT", 2)
    for _night in range(4):
        wallets.seal_ledger(actor=system)
        run("--keep")
    assert BooksCheckpoint.objects.count() == 2
    newest = BooksCheckpoint.objects.first()
    assert newest is not None
    assert newest.number == LedgerSeal.objects.count()


def test_wallets_opened_later_are_checked_from_their_beginning(
    start: int, pair: Pair, make: Make, bella: User, move: Move, tamper: Tamper
) -> None:
    wallet = make.wallet(bella)
    late = move(5, pair[0], wallet, key="to Bella").transaction_id
    assert check(since=1).ok
    tamper(
        "UPDATE ledger_entries SET position = 2 WHERE transaction_id = %s AND wallet_id = %s",
        late,
        wallet.pk,
    )
    assert f"Wallet {wallet.number} has no entry with position 1" in check(since=1).fault


def test_it_asks_for_no_entry_that_was_checked_before(start: int) -> None:
    """The plan of the pass goes from the remembered places into the index."""
    seen: list[str] = []

    def note(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        check(since=1)
    assert not [sql for sql in seen if "(e.wallet_id, e.position) >" in sql]
