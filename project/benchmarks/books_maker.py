"""What a process of `bench books` does, in the scratch database: fill the ledger, seal, check."""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.db import connection, transaction

from apps.accounts.models import User
from apps.wallets import checking
from apps.wallets import services as wallets
from apps.wallets.checking import Verdict
from apps.wallets.models import LedgerEntry, LedgerSeal, Wallet
from apps.wallets.states import Role

_PEOPLE = 1000
_MILLION = 100_000_000
_EVERYTHING = 2**31 - 1

# Of a hundred transactions two capture a hold, one reverses the one before it, a third goes to the
# cash wallet, and the others go from one person to another. Set-based with the triggers off:
# posting a million would take too long, and the check says whether all is right.
_TRANSACTIONS = f"""
CREATE TEMP TABLE made AS
SELECT n, n + (SELECT coalesce(max(id), 0) FROM ledger_transactions) AS id,
    CASE n %% 100 WHEN 7 THEN 'capture' WHEN 57 THEN 'capture' WHEN 31 THEN 'reversal'
        ELSE 'transfer' END AS kind,
    1 + (n * 7919) %% 500 AS amount,
    (n * 7919) %% {_PEOPLE} AS giver, (n * 7919 + 1 + n %% 997) %% {_PEOPLE} AS taker
FROM generate_series(1::bigint, %(count)s::bigint) n;
UPDATE made SET taker = -1 WHERE kind = 'transfer' AND n %% 3 = 0 AND n %% 100 <> 30;
UPDATE made r SET amount = -o.amount, giver = o.giver, taker = o.taker
FROM made o WHERE r.kind = 'reversal' AND o.n = r.n - 1;
CREATE TEMP TABLE people AS
SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM wallets WHERE owner_id IS NOT NULL
UNION ALL
SELECT id, -1 FROM wallets WHERE role = 'cash';
INSERT INTO ledger_holds (id, wallet_id, amount, captured, released, status, reason, key,
    placed_by_id, placed_at, ended_at)
OVERRIDING SYSTEM VALUE
SELECT made.id, people.id, made.amount, made.amount, 0, 'captured', '', 'bench:' || made.id,
    %(actor)s, now(), now()
FROM made JOIN people ON people.place = made.giver WHERE made.kind = 'capture';
INSERT INTO ledger_transactions (id, kind, effective_on, posted_at, description, key, fingerprint,
    actor_id, reverses_id, hold_id, xid)
OVERRIDING SYSTEM VALUE
SELECT id, kind, date '2026-01-01' + (n / 3000)::integer, now(), 'Payment ' || n,
    'bench:' || id, encode(sha256(n::text::bytea), 'hex'), %(actor)s,
    CASE kind WHEN 'reversal' THEN id - 1 END, CASE kind WHEN 'capture' THEN id END,
    pg_current_xact_id()
FROM made ORDER BY id;
INSERT INTO ledger_entries (transaction_id, line, wallet_id, currency, amount, balance, position,
    placed_at, effective_on)
SELECT side.id, side.line, side.wallet_id, 'USD', side.amount,
    w.posted + sum(side.amount) OVER one, w.position + row_number() OVER one, now(),
    side.effective_on
FROM (
    SELECT made.id, line, people.id AS wallet_id,
        date '2026-01-01' + (n / 3000)::integer AS effective_on,
        CASE line WHEN 1 THEN -made.amount ELSE made.amount END AS amount
    FROM made CROSS JOIN (VALUES (1), (2)) lines (line)
    JOIN people ON people.place = CASE line WHEN 1 THEN giver ELSE taker END
) side JOIN wallets w ON w.id = side.wallet_id
WINDOW one AS (PARTITION BY side.wallet_id ORDER BY side.id)
ORDER BY side.id, side.line;
UPDATE wallets w SET posted = last.balance, position = last.position, moved_at = now()
FROM (
    SELECT DISTINCT ON (wallet_id) wallet_id, balance, position
    FROM ledger_entries ORDER BY wallet_id, position DESC
) last WHERE last.wallet_id = w.id;
SELECT setval(pg_get_serial_sequence('ledger_transactions', 'id'), (SELECT max(id) FROM made));
"""  # noqa: S608  (no input in it)


def seed(count: int) -> None:
    """Add so many transactions with two entries each; the first time, people too."""
    with transaction.atomic(), connection.cursor() as cursor:
        if not User.objects.exists():
            _people()
        actor = User.objects.order_by("pk")[0]
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(_TRANSACTIONS, {"count": count, "actor": actor.pk})
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        cursor.execute("INSERT INTO ledger_roll_up (most) VALUES (%s)", [_EVERYTHING])


def _people() -> None:
    users = User.objects.bulk_create(
        User(email=f"{number}@bench.invalid", display_name=f"Person {number}")
        for number in range(_PEOPLE)
    )
    User.objects.create(email="system@bench.invalid", display_name="System", is_system=True)
    Wallet.objects.bulk_create(
        Wallet(number=f"W-{user.pk:06d}", owner=user, currency="USD", floor=-_MILLION)
        for user in users
    )
    Wallet.objects.create(number="USD-CASH", role=Role.CASH, currency="USD")


def seal() -> None:
    """Seal the whole ledger, as if it had never been sealed, and tell what that took."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("TRUNCATE ledger_seals, ledger_seal_head RESTART IDENTITY")
    seal_more()


def seal_more() -> None:
    """Seal what is new, and tell what that took."""

    def deed() -> int:
        entry_count = 0
        while made := wallets.seal_ledger(actor=User.objects.system()):
            entry_count += made.entry_count
        return entry_count

    _tell(deed)


def check() -> None:
    """Check everything, and tell what that took."""
    _tell(lambda: _count(checking.check()))


def keep() -> None:
    """Check everything, keep the checkpoint, and let a seal name it."""

    def deed() -> int:
        verdict = checking.check(is_remembered=True)
        wallets.keep_books_check(verdict, seconds=0, actor=User.objects.system())
        wallets.seal_ledger(actor=User.objects.system())
        return _count(verdict)

    _tell(deed)


def check_since() -> None:
    """Check what came after the checkpoint, and tell what that took."""
    (known,) = checking.known_numbers()
    _tell(lambda: _count(checking.check(since=known)))


def _count(verdict: Verdict) -> int:
    assert verdict.ok, verdict.fault
    assert verdict.unsealed_count == 0 or LedgerSeal.objects.exists()
    return verdict.entry_count


def _tell(deed: Callable[[], int]) -> None:
    LedgerEntry.objects.first()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    start, cpu = time.perf_counter(), time.process_time() + _cpu_of(pid)
    entry_count = deed()
    figures = {
        "seconds": time.perf_counter() - start,
        "cpu_seconds": time.process_time() + _cpu_of(pid) - cpu,
        "entry_count": entry_count,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "server_peak_mb": _private_peak_of(pid),
    }
    sys.stdout.write(json.dumps(figures))


def _cpu_of(pid: int) -> float:
    """Return the seconds of CPU that a process on this machine has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _private_peak_of(pid: int) -> float:
    """Return the most memory that the process had, with what it shares of PostgreSQL's cache."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024
