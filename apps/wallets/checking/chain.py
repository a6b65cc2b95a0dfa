"""The chain of seals: each continues the one before it, and its contents are what is there now."""

from collections.abc import Iterable, Iterator

from django.db import connection
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from apps.audit.sealing import NO_HASH
from apps.wallets.checking.verdict import Fault
from apps.wallets.models import LedgerSeal
from apps.wallets.sealing import contents_of, hash_of, records

_AT_ONCE = 500

_CONTENTS_HASH = """
SELECT encode(sha256(string_agg(contents, ''::bytea ORDER BY number)), 'hex')
FROM ledger_seals WHERE number BETWEEN %s AND %s
"""


def seals_after(number: int) -> Iterator[tuple[LedgerSeal, bool]]:
    """Yield the seals above this number in their order, without their contents.

    Beside each stands whether its contents have the hash that it names.
    """
    while seals := list(
        LedgerSeal.objects.defer("contents")
        .annotate(is_whole=RawSQL("encode(sha256(contents), 'hex') = contents_hash", []))
        .filter(number__gt=number)
        .order_by("number")[:_AT_ONCE]
    ):
        for seal in seals:
            yield seal, getattr(seal, "is_whole")  # noqa: B009  (an annotation)
        number = seals[-1].number


def grouped(seals: Iterable[LedgerSeal], size: int) -> Iterator[list[LedgerSeal]]:
    """Yield neighbours together while they cover no more than `size` transactions.

    An office that posts a little each minute has many small seals; each alone would cost a
    statement.
    """
    group: list[LedgerSeal] = []
    count = 0
    for seal in seals:
        count += seal.transaction_count
        if group and count > size:
            yield group
            group, count = [], seal.transaction_count
        group.append(seal)
    if group:
        yield group


def contents_hash_of(seals: list[LedgerSeal]) -> str:
    """Return the hash of what these neighbours contain, one after the other."""
    if len(seals) == 1:
        return seals[0].contents_hash
    with connection.cursor() as cursor:
        cursor.execute(_CONTENTS_HASH, [seals[0].number, seals[-1].number])
        (hash_,) = cursor.fetchone()
    return str(hash_)


def hold_head(seal: LedgerSeal, previous: LedgerSeal | None, *, is_whole: bool) -> None:
    """Return when the seal is as it was made and continues the one before it.

    `is_whole` tells whether its contents have the hash that it names.

    Raises:
        Fault: one of the two was changed, replaced or taken away.
    """
    expected = previous.number + 1 if previous else 1
    if seal.number != expected:
        raise Fault(missing(expected))
    if seal.hash != hash_of(seal) or not is_whole:
        raise Fault(
            _("Ledger seal {number} was changed after it was made.").format(number=seal.number)
        )
    if seal.previous_hash != (previous.hash if previous else NO_HASH):
        raise Fault(
            _(
                "Ledger seal {number} does not continue seal {previous}: one of them was replaced."
            ).format(number=seal.number, previous=expected - 1)
        )


def missing(number: int) -> str:
    """Return the sentence that a seal is missing."""
    return _("Ledger seal {number} is missing.").format(number=number)


class Covering:
    """Compares what the seals contain with what is there, and keeps what waits for a later one."""

    def __init__(self) -> None:
        """Begin with nothing waiting."""
        self._waiting: dict[int, bytes] = {}

    @property
    def waiting(self) -> list[int]:
        """The transactions that no seal covered so far."""
        return list(self._waiting)

    def compare(self, seals: list[LedgerSeal], found: dict[int, bytes]) -> None:
        """Return when each transaction in these seals is as it was sealed.

        `found` are the digests of the stretch that the seals end. What it has beyond the seals
        waits for a later one.

        Raises:
            Fault: names the first transaction that is missing or was changed.
        """
        self._waiting |= found
        for seal in seals:
            self._compare(seal)

    def _compare(self, seal: LedgerSeal) -> None:
        sealed = dict(records(seal.contents))
        now = {number: self._waiting.pop(number, None) for number in sealed}
        # Who began with a later seal has not seen what came late before it.
        unknown = [number for number, digest in now.items() if digest is None]
        now |= contents_of(unknown).by_number()
        for number, digest in sealed.items():
            if now[number] is None:
                raise Fault(
                    _("Transaction T-{id} is missing: ledger seal {number} covers it.").format(
                        id=number, number=seal.number
                    )
                )
            if now[number] != digest:
                raise Fault(
                    _(
                        "Transaction T-{id} or one of its entries was changed after ledger seal "
                        "{number} covered it."
                    ).format(id=number, number=seal.number)
                )

    def uncovered_before(self, last: LedgerSeal | None) -> int:
        """Return how many transactions the next seal will find that come late.

        Raises:
            Fault: names the first one that the last seal would have covered.
        """
        if last is None or not self._waiting:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT min(id) FROM ledger_transactions WHERE id = ANY(%s)
                AND (id <= %s OR pg_visible_in_snapshot(xid, %s::text::pg_snapshot))
                """,
                [list(self._waiting), last.search["settled"], last.search["snapshot"]],
            )
            (foreign,) = cursor.fetchone()
        if foreign:
            raise Fault(
                _("Transaction T-{id} is in no ledger seal although its time is sealed.").format(
                    id=foreign
                )
            )
        return len(self._waiting)


def hold_end(last: LedgerSeal | None, published: str) -> None:
    """Return when nothing was taken from the end of the chain, as far as can be told.

    Raises:
        Fault: the head that its trigger keeps, or the one kept elsewhere, is not in the chain.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, hash FROM ledger_seal_head")
        number, head = cursor.fetchone() or (0, "")
    if number > (last.number if last else 0):
        raise Fault(missing(number))
    if last and (number, head) != (last.number, last.hash):
        raise Fault(_("Ledger seal {number} was not made by sealing.").format(number=last.number))
    if published and not _has_head(published):
        raise Fault(_("The chain does not contain {head}.").format(head=published))


def _has_head(published: str) -> bool:
    number, _colon, hash_ = published.partition(":")
    return number.isdecimal() and LedgerSeal.objects.filter(number=number, hash=hash_).exists()
