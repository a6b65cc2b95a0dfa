"""`check_books` computes the seals again: whatever was changed after it was sealed is named."""

import hashlib
import json
from typing import Any

import pytest
from django.db import connection

from apps.accounts.models import User
from apps.wallets import selectors
from apps.wallets import services as wallets
from apps.wallets.checking import check, check_seal
from apps.wallets.models import LedgerSeal, LedgerTransaction, Wallet
from apps.wallets.sealing import hash_of, records
from apps.wallets.tests.conftest import Move, Tamper
from apps.wallets.tests.test_check_books import run
from project.testing.make import Make

type Pair = tuple[Wallet, Wallet]


@pytest.fixture
def pair(make: Make, boris: User, lena: User) -> Pair:
    return make.wallet(boris, balance=10000), make.wallet(lena)


@pytest.fixture
def rent(pair: Pair, move: Move, system: User) -> int:
    """Two seals and one transaction that is not sealed yet; return one in the second seal."""
    move(1, *pair, key="before")
    wallets.seal_ledger(actor=system)
    posted = move(4000, *pair, key="rent", description="Camera")
    move(1, *pair, key="beside")
    wallets.seal_ledger(actor=system)
    move(1, *pair, key="after")
    return posted.transaction_id


def changed(number: int) -> str:
    return (
        f"Transaction T-{number} or one of its entries was changed after ledger seal 2 covered it."
    )


def seal(number: int) -> LedgerSeal:
    return LedgerSeal.objects.get(number=number)


def test_a_ledger_that_is_as_it_was_sealed(rent: int) -> None:
    found = check()
    assert (found.ok, found.block_count, found.unsealed_count) == (True, 2, 1)
    assert found.head == f"2:{seal(2).hash}"
    assert check(published=found.head).ok
    assert check(published=f"1:{seal(1).hash}").ok


# A single character, day, microsecond or minor unit, in every column that a seal covers.
TRANSACTION = [
    "kind = 'settlement'",
    "posted_at = posted_at + interval '1 microsecond'",
    "description = 'camera'",
    "description = 'Camera '",
    "key = 'Rent'",
    "fingerprint = overlay(fingerprint placing 'x' from 7)",
    "actor_id = (SELECT min(id) FROM users WHERE id <> actor_id)",
    "about_type_id = 1",
    "about_id = 1",
]


@pytest.mark.parametrize("change", TRANSACTION)
def test_a_sealed_transaction_that_was_changed_is_named(
    rent: int, tamper: Tamper, change: str
) -> None:
    tamper(f"UPDATE ledger_transactions SET {change} WHERE id = %s", rent)  # noqa: S608
    sentence = (
        f"Transaction T-{rent} or one of its entries was changed after ledger seal 2 covered it."
    )
    assert check().fault == sentence
    assert check_seal(seal(2)) == sentence
    assert check_seal(seal(1)) == ""


# These break other rules as well, which speak first.
BOTH = [
    "effective_on = effective_on + 1",
    "reverses_id = (SELECT min(id) FROM ledger_transactions)",
    "hold_id = 1",
    "id = 987654",
]


@pytest.mark.parametrize("change", BOTH)
def test_what_breaks_a_rule_too_is_named_by_it_and_by_the_seal(
    rent: int, tamper: Tamper, change: str
) -> None:
    tamper(f"UPDATE ledger_transactions SET {change} WHERE id = %s", rent)  # noqa: S608
    assert f"T-{rent} " in check().fault
    assert f"T-{rent} " in check_seal(seal(2))


def test_a_day_that_was_changed_everywhere_is_named(rent: int, tamper: Tamper) -> None:
    tamper("UPDATE ledger_transactions SET effective_on = effective_on - 1 WHERE id = %s", rent)
    tamper(
        "UPDATE ledger_entries SET effective_on = effective_on - 1 WHERE transaction_id = %s", rent
    )
    assert check().fault == changed(rent)


@pytest.mark.parametrize(
    "change",
    ["line = line + 2", "line = 3 - line", "amount = amount * 2", "currency = 'USE'"],
)
def test_sealed_entries_that_were_changed_are_named(rent: int, tamper: Tamper, change: str) -> None:
    tamper("ALTER TABLE ledger_entries DROP CONSTRAINT entry_line_is_unique")
    tamper(f"UPDATE ledger_entries SET {change} WHERE transaction_id = %s", rent)  # noqa: S608
    assert not check().ok
    assert f"T-{rent} " in check_seal(seal(2))


def test_a_payment_that_was_rewritten_with_all_that_follows_from_it_is_named(
    rent: int, pair: Pair, tamper: Tamper
) -> None:
    """Amounts, balances and wallets agree with each other; only the seal knows better."""
    giver, taker = pair
    for wallet, sign in ((giver, 1), (taker, -1)):
        tamper(
            "UPDATE ledger_entries SET amount = amount + %s"
            " WHERE transaction_id = %s AND wallet_id = %s",
            1000 * sign,
            rent,
            wallet.pk,
        )
        tamper(
            "UPDATE ledger_entries SET balance = balance + %s"
            " WHERE wallet_id = %s AND transaction_id >= %s",
            1000 * sign,
            wallet.pk,
            rent,
        )
        tamper("UPDATE wallets SET posted = posted + %s WHERE id = %s", 1000 * sign, wallet.pk)
    assert check().fault == changed(rent)


def test_a_payment_that_was_led_to_another_wallet_is_named(
    rent: int, pair: Pair, make: Make, bella: User, tamper: Tamper
) -> None:
    """The thief's own wallet was empty; the position and the balance fit."""
    thief, taker = make.wallet(bella), pair[1]
    tamper(
        "UPDATE ledger_entries SET wallet_id = %s, position = 1, balance = amount"
        " WHERE transaction_id = %s AND wallet_id = %s",
        thief.pk,
        rent,
        taker.pk,
    )
    # By way of negative positions: no two entries may share one, not even in between.
    tamper(
        "UPDATE ledger_entries SET position = 1 - position, balance = balance - 4000"
        " WHERE wallet_id = %s AND transaction_id > %s",
        taker.pk,
        rent,
    )
    tamper("UPDATE ledger_entries SET position = -position WHERE position < 0")
    tamper(
        "UPDATE wallets SET position = position - 1, posted = posted - 4000 WHERE id = %s", taker.pk
    )
    tamper("UPDATE wallets SET position = 1, posted = 4000 WHERE id = %s", thief.pk)
    assert check().fault == changed(rent)


def _remove(tamper: Tamper, pair: Pair, number: int) -> None:
    """Take the last transaction away as if it had never been."""
    amount = 1
    tamper("DELETE FROM ledger_entries WHERE transaction_id = %s", number)
    tamper("DELETE FROM ledger_transactions WHERE id = %s", number)
    for wallet, sign in zip(pair, (1, -1), strict=True):
        tamper(
            "UPDATE wallets SET position = position - 1, posted = posted + %s WHERE id = %s",
            amount * sign,
            wallet.pk,
        )


def test_a_sealed_transaction_that_was_removed_is_named(
    rent: int, pair: Pair, tamper: Tamper
) -> None:
    _remove(tamper, pair, rent + 2)
    assert check().ok
    _remove(tamper, pair, rent + 1)
    assert check().fault == f"Transaction T-{rent + 1} is missing: ledger seal 2 covers it."
    assert check_seal(seal(2)) == check().fault


def test_an_inserted_transaction_is_named(
    pair: Pair, move: Move, system: User, tamper: Tamper
) -> None:
    move(1, *pair, key="first")
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('ledger_transactions', 'id'))")
        (gap,) = cursor.fetchone()
    move(1, *pair, key="second")
    wallets.seal_ledger(actor=system)
    foreign = move(1, *pair, key="foreign").transaction_id
    # Its number and its time say that it was there all along.
    tamper("UPDATE ledger_transactions SET id = %s, xid = '3' WHERE id = %s", gap, foreign)
    tamper("UPDATE ledger_entries SET transaction_id = %s WHERE transaction_id = %s", gap, foreign)
    assert check().fault == (
        f"Transaction T-{gap} is in no ledger seal although its time is sealed."
    )


@pytest.mark.parametrize(
    "change",
    [
        "contents = substring(contents from 1 for 40)",
        "contents_hash = repeat('0', 64)",
        "transaction_count = 1",
        "entry_count = 1",
        "first_id = first_id + 1",
        "sealed_at = sealed_at - interval '1 hour'",
        "search = '{}'",
        "checkpoint_hash = repeat('0', 64)",
        "previous_hash = repeat('f', 64)",
        "last_id = last_id + 1",
    ],
)
def test_a_changed_seal_is_named(rent: int, tamper: Tamper, change: str) -> None:
    tamper(f"UPDATE ledger_seals SET {change} WHERE number = 1")  # noqa: S608
    assert check().fault == "Ledger seal 1 was changed after it was made."


def _make_anew(tamper: Tamper, number: int, **fields: Any) -> None:
    """Rewrite a seal with a hash that is right."""
    anew = seal(number)
    for name, value in fields.items():
        setattr(anew, name, value)
    anew.contents_hash = hashlib.sha256(bytes(anew.contents)).hexdigest()
    anew.hash = hash_of(anew)
    tamper(
        "UPDATE ledger_seals SET contents = %s, contents_hash = %s, transaction_count = %s,"
        " search = %s, hash = %s WHERE number = %s",
        anew.contents,
        anew.contents_hash,
        anew.transaction_count,
        json.dumps(anew.search),
        anew.hash,
        number,
    )


def test_a_seal_that_was_made_anew_breaks_the_chain(rent: int, tamper: Tamper) -> None:
    _make_anew(tamper, 1, contents=bytes(seal(1).contents)[:-40])
    assert check().fault == "Ledger seal 2 does not continue seal 1: one of them was replaced."
    assert check_seal(seal(2)) == check().fault


@pytest.mark.parametrize("number", [1, 2])
def test_a_removed_seal_is_named(rent: int, tamper: Tamper, number: int) -> None:
    tamper("DELETE FROM ledger_seals WHERE number = %s", number)
    assert check().fault == f"Ledger seal {number} is missing."


def test_a_last_seal_that_was_made_anew_is_not_the_head(rent: int, tamper: Tamper) -> None:
    _make_anew(tamper, 2, search={**seal(2).search, "settled": 7})
    assert check().fault == "Ledger seal 2 was not made by sealing."


def test_only_a_head_that_was_kept_elsewhere_shows_that_the_end_was_rewritten(
    rent: int, pair: Pair, tamper: Tamper, system: User
) -> None:
    kept = check().head
    tamper("DELETE FROM ledger_seals WHERE number = 2")
    tamper("UPDATE ledger_seal_head SET number = 1, hash = (SELECT hash FROM ledger_seals)")
    _remove(tamper, pair, rent + 2)
    wallets.seal_ledger(actor=system)

    assert check().ok
    assert check(published=kept).fault == f"The chain does not contain {kept}."
    assert not check(published="nonsense").ok
    printed, complaints, status = run("--head", kept)
    assert (printed, status) == ("", 1)
    assert complaints == f"The books are not right. The chain does not contain {kept}.\n"


def test_each_seal_of_many_small_ones_is_looked_at(
    pair: Pair, move: Move, system: User, tamper: Tamper
) -> None:
    numbers = []
    for number in range(5):
        numbers.append(move(1, *pair, key=f"payment {number}").transaction_id)
        wallets.seal_ledger(actor=system)
    assert check().block_count == 5
    tamper("UPDATE ledger_transactions SET description = 'x' WHERE id = %s", numbers[2])
    assert f"T-{numbers[2]} or one of its entries was changed after ledger seal 3" in check().fault


def test_the_seal_of_a_transaction_is_found(rent: int) -> None:
    found = selectors.seal_of(LedgerTransaction.objects.get(pk=rent))
    assert found == seal(2)
    assert rent in dict(records(bytes(seal(2).contents)))
    assert selectors.seal_of(LedgerTransaction.objects.get(pk=rent + 2)) is None
