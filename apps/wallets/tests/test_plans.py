"""The pages of money over two hundred thousand entries: each question is led by an index."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.tickets.models import Ticket
from apps.wallets import searching
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.states import Role
from apps.wallets.tests.browsing import signed_in, url_of
from apps.wallets.tests.conftest import Tamper
from project.testing.make import Make

COUNT = 100_000
JOURNAL = url_of("ledgertransaction_changelist")
LEDGER = re.compile(r"Seq Scan on (ledger_\w+)")

_TRANSACTIONS = """
    INSERT INTO ledger_transactions (id, kind, effective_on, posted_at, description, key,
        fingerprint, actor_id, about_type_id, about_id)
    SELECT n, CASE WHEN n %% 1000 = 0 THEN 'opening' ELSE 'transfer' END,
        date '2026-01-01' + n / 400, timestamptz '2026-01-01' + n * interval '3 minutes',
        'Many', 'many:' || n, '', %s, %s, n / 10
    FROM generate_series(1, %s) n
"""
_ENTRIES = """
    INSERT INTO ledger_entries (transaction_id, line, wallet_id, currency, amount, balance,
        position, effective_on)
    SELECT n, side, CASE side WHEN 1 THEN %s ELSE %s END, 'USD',
        CASE side WHEN 1 THEN -1 ELSE 1 END, CASE side WHEN 1 THEN -n ELSE n END,
        n, date '2026-01-01' + n / 400
    FROM generate_series(1, %s) n, generate_series(1, 2) side
"""
_HOLDS = """
    INSERT INTO ledger_holds (wallet_id, amount, captured, released, status, reason, key,
        placed_by_id, placed_at, ended_at)
    SELECT %s, 1, 0, 1, 'released', '', 'many:' || n, %s, now(), now()
    FROM generate_series(1, %s) n
"""


@pytest.fixture
def many(make: Make, boris: User, system: User, tamper: Tamper) -> Wallet:
    """Boris's wallet with a hundred thousand entries and as many ended holds; cash has the rest."""
    wallet = make.wallet(boris)
    cash = wallets.system_wallet(Role.CASH, "USD")
    ticket = ContentType.objects.get_for_model(Ticket).pk
    tamper(_TRANSACTIONS, system.pk, ticket, COUNT)
    tamper(_ENTRIES, cash.pk, wallet.pk, COUNT)
    tamper(_HOLDS, wallet.pk, system.pk, COUNT)
    tamper(
        "UPDATE wallets SET position = %s, posted = CASE id WHEN %s THEN %s ELSE %s END"
        " WHERE id IN (%s, %s)",
        *(COUNT, wallet.pk, COUNT, -COUNT, wallet.pk, cash.pk),
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ledger_transactions, ledger_entries, ledger_holds, wallets")
    return wallet


def plans(client: Any, url: str, asked: dict[str, Any]) -> Iterator[str]:
    """Yield how PostgreSQL would answer each question of a page."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url, asked).status_code == 200
    with connection.cursor() as cursor:
        for query in queries:
            if "ledger_" in query["sql"] and not query["sql"].startswith(("SAVEPOINT", "RELEASE")):
                cursor.execute(f"EXPLAIN {query['sql']}")
                yield "\n".join(row[0] for row in cursor.fetchall())


def test_no_page_of_the_journal_reads_a_whole_table(many: Wallet, walt: User) -> None:
    client = signed_in(walt)
    scans = {}
    for asked in (
        {},
        {"p": "before-50000"},
        {"p": "after-50000"},
        {"wallet": many.pk},
        {"wallet": many.pk, "p": "before-50000"},
        {"wallet": many.pk, "effective_on_from": "2026-03-01", "effective_on_to": "2026-03-31"},
        {"effective_on_from": "2026-03-01", "effective_on_to": "2026-03-31"},
        {"effective_on_to": "2026-06-30", "p": "before-2026-06-01~60000"},
        {"about": "TK-77"},
        {"q": "T-777"},
        {"q": "many:777"},
        {"q": many.number},
        {"posted_from": "2026-03-01T00:00", "posted_to": "2026-03-02T00:00"},
        # An hour: a day of so few would be read as quickly as a whole.
        {"wallet": many.pk, "posted_from": "2026-03-01T00:00", "posted_to": "2026-03-01T01:00"},
    ):
        found = {name for plan in plans(client, JOURNAL, asked) for name in LEDGER.findall(plan)}
        if found:
            scans[str(asked)] = found
    assert scans == {}


def test_what_has_no_index_is_looked_at_in_stretches_of_one(
    many: Wallet, walt: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "_STRETCH", 2000)
    monkeypatch.setattr(searching, "_SHORT_STRETCH", 1000)
    client = signed_in(walt)
    scans = {}
    for asked in (
        {"kind": "exchange"},
        {"actor": walt.pk},
        {"amount": "999", "currency": "USD"},
        {"amount": "999", "wallet": many.pk},
        {"state": "reversed"},
        {"state": "standing"},
        {"kind": "exchange", "effective_on_to": "2026-06-30"},
    ):
        found = {name for plan in plans(client, JOURNAL, asked) for name in LEDGER.findall(plan)}
        if found:
            scans[str(asked)] = found
    assert scans == {}


def test_no_page_of_a_statement_reads_a_whole_table(many: Wallet, walt: User) -> None:
    client = signed_in(walt)
    url = url_of("wallet_change", many.pk)
    for asked in (
        {},
        {"p": "before-50000"},
        {"position": "777"},
        {"since": str(date(2026, 3, 1)), "until": str(date(2026, 3, 31))},
    ):
        for plan in plans(client, url, asked):
            assert not LEDGER.findall(plan), (asked, plan)


def test_few_active_holds_are_found_among_many_that_ended(
    many: Wallet, walt: User, system: User
) -> None:
    hold = wallets.place_hold(many.pk, 1, actor=system, key="one")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ledger_holds")
    client = signed_in(walt)
    for asked in ({}, {"tab": "ended"}, {"tab": "all", "q": str(hold)}, {"tab": "all"}):
        for plan in plans(client, url_of("hold_changelist"), asked):
            assert not LEDGER.findall(plan), (asked, plan)
