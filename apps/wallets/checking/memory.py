"""What a full check remembers, so that a later one may begin there.

A checkpoint holds, for each wallet, the position and the balance up to which every entry belongs
to a sealed transaction. Its digest is named by a later seal: whoever changes the checkpoint has to
rewrite the chain from there on, which a head kept outside the database shows.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.wallets.checking.by_wallet import Place
from apps.wallets.checking.rules import Rule
from apps.wallets.checking.verdict import Fault
from apps.wallets.errors import NoCheckpoint
from apps.wallets.models import BooksCheckpoint, LedgerSeal

if TYPE_CHECKING:
    from django.db.models import QuerySet

KEPT = 5
"""So many checkpoints are kept; each weighs 24 bytes for every wallet."""

# Positions follow commits, and seals follow numbers: an entry of a transaction that is not sealed
# may come before one that is. What is remembered ends before the first of them.
_PLACES = """
WITH unsealed AS (
    SELECT e.wallet_id, min(e.position) - 1 AS position
    FROM ledger_entries e
    WHERE e.transaction_id > %(last_id)s OR e.transaction_id = ANY(%(waiting)s)
    GROUP BY e.wallet_id HAVING min(e.position) IS NOT NULL
), places AS (
    SELECT w.id, e.position, e.balance
    FROM wallets w LEFT JOIN unsealed u ON u.wallet_id = w.id
    JOIN LATERAL (
        SELECT position, balance FROM ledger_entries e
        WHERE e.wallet_id = w.id AND e.position <= coalesce(u.position, 9223372036854775807)
        ORDER BY e.position DESC LIMIT 1
    ) e ON true
)
SELECT coalesce(array_agg(id ORDER BY id), '{}'), coalesce(array_agg(position ORDER BY id), '{}'),
    coalesce(array_agg(balance ORDER BY id), '{}') FROM places
"""
_DIGEST = """
SELECT encode(sha256(int8send(%s) || decode(%s, 'hex') || array_send(%s::bigint[])
    || array_send(%s::bigint[]) || array_send(%s::bigint[])), 'hex')
"""
_STORED_DIGEST = """
SELECT encode(sha256(int8send(number) || decode(hash, 'hex') || array_send(wallet_ids)
    || array_send(positions) || array_send(balances)), 'hex') FROM books_checkpoints WHERE id = %s
"""
_CHANGED = """
SELECT w.id, coalesce(m.position, 0), coalesce(m.balance, 0)
FROM wallets w LEFT JOIN (
    SELECT unnest(wallet_ids) AS id, unnest(positions) AS position, unnest(balances) AS balance
    FROM books_checkpoints WHERE id = %s
) m ON m.id = w.id
WHERE w.position <> coalesce(m.position, 0) ORDER BY w.id
"""
_KNOWN = """(
    SELECT unnest(wallet_ids) AS id, unnest(positions) AS position, unnest(balances) AS balance
    FROM books_checkpoints WHERE id = %s
) m"""
STILL_RULES = (
    Rule(
        f"""
        SELECT m.id AS wallet FROM {_KNOWN} LEFT JOIN wallets w ON w.id = m.id
        WHERE w.id IS NULL OR w.position < m.position ORDER BY m.id LIMIT 1
        """,  # noqa: S608  (no input in it)
        gettext_lazy("The wallet with id {wallet} lost entries since it was checked."),
    ),
    Rule(
        f"""
        SELECT w.number AS wallet, w.currency, w.posted AS is_amount, m.balance AS should_amount
        FROM {_KNOWN} JOIN wallets w ON w.id = m.id
        WHERE w.position = m.position AND w.posted <> m.balance ORDER BY m.id LIMIT 1
        """,  # noqa: S608  (no input in it)
        gettext_lazy(
            "Wallet {wallet} has no new entries since it was checked, and its balance is "
            "{is_amount} instead of {should_amount}."
        ),
    ),
)


@dataclass(frozen=True)
class Memory:
    """Where each wallet stood at a block."""

    number: int
    hash: str
    wallet_ids: list[int]
    positions: list[int]
    balances: list[int]

    def keep(self) -> BooksCheckpoint:
        """Store it as a checkpoint, and forget the oldest."""
        with connection.cursor() as cursor:
            everything = (self.number, self.hash, self.wallet_ids, self.positions, self.balances)
            cursor.execute(_DIGEST, everything)
            (digest,) = cursor.fetchone()
        kept = BooksCheckpoint.objects.create(
            number=self.number,
            hash=self.hash,
            wallet_ids=self.wallet_ids,
            positions=self.positions,
            balances=self.balances,
            digest=digest,
        )
        old = BooksCheckpoint.objects.values_list("pk", flat=True)[KEPT:]
        BooksCheckpoint.objects.filter(pk__in=list(old)).delete()
        return kept


def remember(last: LedgerSeal, waiting: list[int]) -> Memory:
    """Return where each wallet stands at this seal; `waiting` came late and are not sealed."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, {"last_id": last.last_id, "waiting": waiting})
        return Memory(last.number, last.hash, *cursor.fetchone())


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint that was found to be as it was kept."""

    pk: int
    seal: LedgerSeal
    digest: str

    def changed(self) -> list[Place]:
        """Return where each wallet stood that has entries since then."""
        with connection.cursor() as cursor:
            cursor.execute(_CHANGED, [self.pk])
            return [Place(*row) for row in cursor]


def checkpoint_at(number: int) -> Checkpoint:
    """Return the newest checkpoint at this block, once a later seal names it.

    Raises:
        NoCheckpoint: there is none that a seal names.
        Fault: it, or its block, is not as it was.
    """
    named = _named().filter(number=number).first()
    if named is None:
        raise NoCheckpoint(number=number, known=", ".join(map(str, known_numbers())) or _("none"))
    seal = LedgerSeal.objects.defer("contents").filter(number=number).first()
    with connection.cursor() as cursor:
        cursor.execute(_STORED_DIGEST, [named.pk])
        (digest,) = cursor.fetchone()
    if digest != named.digest or seal is None or seal.hash != named.hash:
        raise Fault(
            _("Ledger seal {number}, or the checkpoint there, was changed.").format(number=number)
        )
    return Checkpoint(named.pk, seal, named.digest)


def known_numbers() -> list[int]:
    """Return the blocks at which a later check may begin, the newest first."""
    return list(_named().values_list("number", flat=True))


def _named() -> "QuerySet[BooksCheckpoint]":
    seals = LedgerSeal.objects.filter(checkpoint_hash=OuterRef("digest"))
    return BooksCheckpoint.objects.only("number", "hash", "digest").filter(Exists(seals))
