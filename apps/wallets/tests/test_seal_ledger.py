"""Sealing covers each transaction once, in blocks that form a chain."""

import hashlib
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction

from apps.accounts.models import User
from apps.audit.models import AuditEvent, Outcome
from apps.audit.sealing import NO_HASH
from apps.common.errors import NotPermitted
from apps.wallets import sealing, selectors
from apps.wallets import services as wallets
from apps.wallets.checking import check
from apps.wallets.models import LedgerSeal, LedgerTransaction, Wallet
from apps.wallets.sealing import records
from apps.wallets.tasks import seal_ledger as seal_task
from apps.wallets.tests.conftest import Move, Tamper
from project.testing.make import Make


@pytest.fixture
def pair(make: Make, boris: User, lena: User) -> tuple[Wallet, Wallet]:
    return make.wallet(boris, balance=10000), make.wallet(lena)


def sealed_ids() -> list[int]:
    contents = LedgerSeal.objects.order_by("number").values_list("contents", flat=True)
    return [number for one in contents for number, _digest in records(bytes(one))]


def all_ids() -> list[int]:
    return list(LedgerTransaction.objects.order_by("pk").values_list("pk", flat=True))


def test_the_first_seal_covers_everything_so_far(
    pair: tuple[Wallet, Wallet], move: Move, system: User
) -> None:
    move(100, *pair, key="rent")

    seal = wallets.seal_ledger(actor=system)

    assert seal is not None
    assert (seal.number, seal.previous_hash) == (1, NO_HASH)
    assert (seal.transaction_count, seal.entry_count) == (2, 4)
    assert sealed_ids() == all_ids()
    assert (seal.first_id, seal.last_id) == (all_ids()[0], all_ids()[-1])
    assert check().ok


def test_the_next_seal_covers_what_is_new_and_names_the_one_before(
    pair: tuple[Wallet, Wallet], move: Move, system: User
) -> None:
    first = wallets.seal_ledger(actor=system)
    posted = move(100, *pair, key="rent")

    second = wallets.seal_ledger(actor=system)

    assert first is not None
    assert second is not None
    assert (second.number, second.previous_hash) == (2, first.hash)
    assert [number for number, _digest in records(second.contents)] == [posted.transaction_id]


def test_nothing_new_needs_no_seal(pair: tuple[Wallet, Wallet], system: User) -> None:
    assert wallets.seal_ledger(actor=system)
    assert wallets.seal_ledger(actor=system) is None


def test_an_empty_ledger_needs_no_seal(system: User) -> None:
    assert wallets.seal_ledger(actor=system) is None
    assert selectors.ledger_head() is None


def test_much_that_is_new_goes_into_several_seals(
    pair: tuple[Wallet, Wallet], move: Move, system: User
) -> None:
    for number in range(9):
        move(1, *pair, key=f"rent {number}")

    while wallets.seal_ledger(actor=system, size=4):
        pass

    assert [seal.transaction_count for seal in LedgerSeal.objects.order_by("number")] == [4, 4, 2]
    assert sealed_ids() == all_ids()
    assert check().ok


def test_only_the_job_seals(audrey: User, pair: tuple[Wallet, Wallet]) -> None:
    with pytest.raises(NotPermitted):
        wallets.seal_ledger(actor=audrey)

    assert not LedgerSeal.objects.exists()
    denied = AuditEvent.objects.get(actor=audrey)
    assert (denied.action, denied.outcome) == ("wallets.seal_ledger", Outcome.DENIED)


def test_the_job_seals_all_there_is_and_logs_the_head(
    pair: tuple[Wallet, Wallet], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="apps.wallets.tasks"):
        seal_task()
    head = selectors.ledger_head()
    assert f"up to {head}" in caplog.text
    caplog.clear()
    with caplog.at_level("INFO", logger="apps.wallets.tasks"):
        seal_task()
    assert not caplog.text


def test_a_digest_is_what_its_description_says(
    pair: tuple[Wallet, Wallet], move: Move, system: User
) -> None:
    """Compute one by hand, as somebody would who has only the description."""
    giver, taker = pair
    posted = move(100, giver, taker, key="rent", description="Für März")
    seal = wallets.seal_ledger(actor=system)
    assert seal
    row = LedgerTransaction.objects.get(pk=posted.transaction_id)
    int2, int4, int8, text, date, moment = 21, 23, 20, 25, 1082, 1184
    y2k = datetime(2000, 1, 1, tzinfo=UTC)
    written = binary_row(
        (int8, struct.pack(">q", row.pk)),
        (text, b"transfer"),
        (date, struct.pack(">i", (row.effective_on - y2k.date()).days)),
        (moment, struct.pack(">q", (row.posted_at - y2k) // timedelta(microseconds=1))),
        (text, "Für März".encode()),
        (text, b"rent"),
        (text, row.fingerprint.encode()),
        (int8, struct.pack(">q", system.pk)),
        (int4, None),
        (int8, None),
        (int8, None),
        (int8, None),
    )
    for line, wallet, amount in ((1, giver, -100), (2, taker, 100)):
        written += binary_row(
            (int2, struct.pack(">h", line)),
            (int8, struct.pack(">q", wallet.pk)),
            (text, b"USD"),
            (int8, struct.pack(">q", amount)),
        )
    assert dict(records(seal.contents))[row.pk] == hashlib.sha256(written).digest()


def binary_row(*columns: tuple[int, bytes | None]) -> bytes:
    """Return a row in PostgreSQL's binary form: for each column its type, its length, its value."""
    row = struct.pack(">i", len(columns))
    for type_, value in columns:
        length = -1 if value is None else len(value)
        row += struct.pack(">ii", type_, length) + (value or b"")
    return row


def in_thread(work: Callable[[], object]) -> None:
    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = Thread(target=run)
    thread.start()
    thread.join()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_commits_late_is_sealed_by_a_later_seal(
    pair: tuple[Wallet, Wallet], make: Make, move: Move, system: User, bella: User, anna: User
) -> None:
    others = make.wallet(bella, balance=500), make.wallet(anna)
    assert wallets.seal_ledger(actor=system)
    with transaction.atomic():
        late = move(100, *pair, key="late").transaction_id
        in_thread(lambda: move(1, *others, key="quick"))
        in_thread(lambda: wallets.seal_ledger(actor=system))
        second = LedgerSeal.objects.get(number=2)
        assert second.last_id > late
        assert late not in dict(records(bytes(second.contents)))
        in_thread(lambda: move(1, *others, key="quick too"))
        in_thread(lambda: wallets.seal_ledger(actor=system))
        before = check()
        assert (before.ok, before.unsealed_count) == (True, 1)

    fourth = wallets.seal_ledger(actor=system)

    assert fourth is not None
    assert [number for number, _digest in records(fourth.contents)] == [late]
    assert (fourth.first_id, fourth.last_id) == (late, second.last_id + 1)
    assert sorted(sealed_ids()) == all_ids()
    assert check().ok
    assert selectors.seal_of(LedgerTransaction.objects.get(pk=late)) == fourth
    # Nothing is searched for twice: all that was watched has ended.
    move(1, *others, key="last")
    fifth = wallets.seal_ledger(actor=system)
    assert fifth is not None
    assert fifth.search["settled"] >= second.last_id


@pytest.mark.django_db(transaction=True)
def test_who_has_drawn_a_number_and_written_nothing_yet_is_waited_for(
    pair: tuple[Wallet, Wallet], make: Make, move: Move, system: User, bella: User, anna: User
) -> None:
    """A number is drawn a moment before the database transaction has one of its own."""
    others = make.wallet(bella, balance=500), make.wallet(anna)
    drawn: dict[str, Any] = {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT max(id) + 1 FROM ledger_transactions")
        (drawn["id"],) = cursor.fetchone()
        in_thread(_skip_one_number)
        in_thread(lambda: move(1, *others, key="quick"))
        in_thread(lambda: wallets.seal_ledger(actor=system))
        in_thread(lambda: move(1, *others, key="quick too"))
        in_thread(lambda: wallets.seal_ledger(actor=system))
        _post_under(drawn["id"], pair, system)
    last = wallets.seal_ledger(actor=system)
    assert last is not None
    assert [number for number, _digest in records(last.contents)] == [drawn["id"]]
    assert check().ok


def _skip_one_number() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('ledger_transactions', 'id'))")


def _post_under(number: int, pair: tuple[Wallet, Wallet], actor: User) -> None:
    """Post as the ledger does, under a number that was drawn before."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            """
            INSERT INTO ledger_transactions
                (id, kind, effective_on, description, key, fingerprint, actor_id)
            OVERRIDING SYSTEM VALUE
            VALUES (%s, 'transfer', current_date, '', 'drawn', repeat('0', 64), %s)
            """,
            [number, actor.pk],
        )
        for line, (wallet, amount) in enumerate(zip(pair, (-5, 5), strict=True), 1):
            cursor.execute(
                """
                WITH moved AS (
                    UPDATE wallets SET posted = posted + %s, position = position + 1 WHERE id = %s
                    RETURNING id, currency, posted, position
                )
                INSERT INTO ledger_entries (transaction_id, line, wallet_id, currency, amount,
                    balance, position, placed_at, effective_on)
                SELECT %s, %s, id, currency, %s, posted, position, now(), current_date FROM moved
                """,
                [amount, wallet.pk, number, line, amount],
            )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


@pytest.mark.django_db(transaction=True)
def test_of_two_sealers_at_once_one_wins(pair: tuple[Wallet, Wallet], system: User) -> None:
    results: list[LedgerSeal | None] = []

    with transaction.atomic():
        winner = wallets.seal_ledger(actor=system)
        in_thread(lambda: results.append(wallets.seal_ledger(actor=system)))

    assert winner is not None
    assert results == [None]
    assert LedgerSeal.objects.count() == 1


@pytest.mark.parametrize("earlier", [-1_000_000, 1_000_000], ids=["lower", "higher"])
def test_a_database_restored_where_transactions_are_counted_differently_is_sealed_on(
    pair: tuple[Wallet, Wallet], move: Move, system: User, tamper: Tamper, earlier: int
) -> None:
    move(1, *pair, key="first")
    wallets.seal_ledger(actor=system)
    move(1, *pair, key="in the dump, not sealed yet")
    _as_if_from_a_cluster_that_counts(earlier, tamper)
    assert check().unsealed_count == 1
    move(1, *pair, key="after the restore")

    second = wallets.seal_ledger(actor=system)

    assert second is not None
    assert second.transaction_count == 2
    assert wallets.seal_ledger(actor=system) is None
    move(1, *pair, key="later")
    third = wallets.seal_ledger(actor=system)
    assert third is not None
    assert third.transaction_count == 1
    assert sealed_ids() == all_ids()
    assert check().ok


def _as_if_from_a_cluster_that_counts(difference: int, tamper: Tamper) -> None:
    """Move the numbers of all database transactions, also in the seals, and seal anew."""
    tamper(
        "UPDATE ledger_transactions SET xid = greatest(3, xid::text::bigint + %s)::text::xid8",
        difference,
    )
    seal = LedgerSeal.objects.get()
    low, high, _running = seal.search["snapshot"].split(":")
    shifted = [max(3, int(number) + difference) for number in (low, high)]
    seal.search["snapshot"] = f"{shifted[0]}:{shifted[1] + 1}:"
    seal.search["watched"] = ["99/99"]
    tamper(
        "UPDATE ledger_seals SET search = jsonb_set(jsonb_set(search, '{snapshot}',"
        " to_jsonb(%s::text)), '{watched}', '[\"99/99\"]')",
        seal.search["snapshot"],
    )
    tamper("UPDATE ledger_seals SET hash = %s", sealing.hash_of(seal))
    tamper("UPDATE ledger_seal_head SET hash = %s", sealing.hash_of(seal))


def test_the_search_for_what_is_new_asks_the_primary_keys(
    pair: tuple[Wallet, Wallet], system: User
) -> None:
    wallets.seal_ledger(actor=system)
    plans: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if "ledger_" in sql and sql.lstrip().startswith("SELECT"):
            with context["connection"].connection.cursor() as cursor:
                cursor.execute("SET LOCAL enable_seqscan = off")
                cursor.execute(f"EXPLAIN {sql}", params)
                plans.append("\n".join(line for (line,) in cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        assert wallets.seal_ledger(actor=system) is None
    assert len(plans) >= 3
    assert not [plan for plan in plans if "Seq Scan on ledger_" in plan]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_seals SET id = id",
        "DELETE FROM ledger_seals",
        "TRUNCATE ledger_seals",
        "UPDATE ledger_seal_head SET number = 0",
        "DELETE FROM ledger_seal_head",
        "TRUNCATE ledger_seal_head",
        "INSERT INTO ledger_seal_head (number, hash) VALUES (9, 'x')",
    ],
)
def test_the_database_refuses_to_change_seals_and_their_head(
    pair: tuple[Wallet, Wallet], system: User, statement: str
) -> None:
    wallets.seal_ledger(actor=system)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            cursor.execute(statement)
    assert refused.value.__cause__
    rule = refused.value.__cause__.diag.constraint_name  # type: ignore[attr-defined]  # psycopg's
    assert rule in {"seals_are_append_only", "seal_head_follows_seals"}


@pytest.mark.parametrize(
    "change", [{"number": 3}, {"previous_hash": NO_HASH}, {"last_id": 0}], ids=str
)
def test_the_database_refuses_a_seal_out_of_turn(
    pair: tuple[Wallet, Wallet], system: User, change: dict[str, Any]
) -> None:
    seal = wallets.seal_ledger(actor=system)
    assert seal
    following = LedgerSeal.objects.get()
    following.pk = None
    following.number, following.previous_hash, following.hash = 2, seal.hash, "f" * 64
    for name, value in change.items():
        setattr(following, name, value)
    with pytest.raises(IntegrityError, match="a seal continues"), transaction.atomic():
        following.save(force_insert=True)
