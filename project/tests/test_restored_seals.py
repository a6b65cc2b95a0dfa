"""A dump that is restored where transactions count anew is sealed on as if nothing had happened."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from apps.accounts.models import User
from apps.wallets import services as wallets
from apps.wallets.checking import check
from apps.wallets.models import LedgerTransaction
from apps.wallets.states import TransactionKind
from project import embedded
from project.embedded.postgres import programs, start_postgres
from project.settings.env import ROOT
from project.testing.make import Make

_POST_AND_SEAL = """
import json
from django.db import connection
from apps.accounts.models import User
from apps.wallets import services as wallets
from apps.wallets.checking import check
from apps.wallets.models import LedgerSeal, Wallet
from apps.wallets.states import TransactionKind

system = User.objects.system()
pair = Wallet.objects.of_people().order_by("pk")[:2]
def post(key):
    entries = [wallets.Entry(pair[0].pk, -1), wallets.Entry(pair[1].pk, 1)]
    wallets.post(TransactionKind.TRANSFER, entries, actor=system, key=key)
with connection.cursor() as cursor:
    cursor.execute("SELECT pg_current_xact_id()::text::bigint")
    (counts_from,) = cursor.fetchone()
before = check()
post("after the restore")
counts = []
for key in ("later", "last"):
    counts.append(wallets.seal_ledger(actor=system).transaction_count)
    assert wallets.seal_ledger(actor=system) is None
    post(key)
counts.append(wallets.seal_ledger(actor=system).transaction_count)
after = check()
print(json.dumps({"counts_from": counts_from, "counts": counts, "head": before.head,
    "faults": [before.fault, after.fault], "unsealed": [before.unsealed_count,
    after.unsealed_count], "kept": check(published=before.head).ok}))
"""


@pytest.mark.django_db(transaction=True)
def test_a_restored_ledger_goes_on_with_its_seals(
    make: Make, boris: User, lena: User, system: User, tmp_path: Path
) -> None:
    _let_many_transactions_pass()
    giver, taker = make.wallet(boris, balance=10000), make.wallet(lena)
    wallets.seal_ledger(actor=system)
    for number in range(3):
        wallets.post(
            TransactionKind.TRANSFER,
            [wallets.Entry(giver.pk, -1), wallets.Entry(taker.pk, 1)],
            actor=system,
            key=f"in the dump, not sealed: {number}",
        )
    kept = check().head
    dump, cluster = tmp_path / "dump.sql", tmp_path / "cluster"
    _program("pg_dump", "--no-owner", "--no-privileges", "--file", str(dump), _test_database())
    url = start_postgres(cluster, keep=False, settings=("fsync=off",))
    try:
        _program("psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(dump), url)
        found = _elsewhere(url)
    finally:
        embedded.leave(cluster)
    assert found["faults"] == ["", ""]
    # Lower than what stands in the rows and seals of the dump, as it should be here.
    assert found["counts_from"] < _highest_transaction()
    assert found["counts"] == [4, 1, 1]
    assert found["unsealed"] == [3, 0]
    assert (found["head"], found["kept"]) == (kept, True)


def _let_many_transactions_pass() -> None:
    """Be ahead of a new cluster, whatever the restore takes there."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DO $$ BEGIN
                FOR _ IN 1..3000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP;
            END $$
            """
        )


def _highest_transaction() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(xid)::text::bigint FROM ledger_transactions")
        (highest,) = cursor.fetchone()
    assert LedgerTransaction.objects.count() == 4
    return int(highest)


def _elsewhere(url: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", _POST_AND_SEAL],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _program(name: str, *arguments: str) -> None:
    subprocess.run([str(programs() / name), *arguments], check=True, capture_output=True)


def _test_database() -> str:
    url = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}"))
