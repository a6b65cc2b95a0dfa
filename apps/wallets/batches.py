"""Questions about batches of adjustments: what they do to wallets, and what is odd about them."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Sum

from apps.wallets.models import AdjustmentBatch, AdjustmentLine, LedgerEntry, ReasonCode, Wallet
from apps.wallets.states import AdjustmentStatus, Direction

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from django.db.models import QuerySet

UNDECIDED = frozenset({AdjustmentStatus.DRAFT, AdjustmentStatus.PENDING})


@dataclass(frozen=True, slots=True)
class Balance:
    """What all lines of a batch together do to one wallet; as posted, or as it would be now."""

    before: int
    after: int
    line_count: int
    missing: int = 0
    """By how much the wallet would fall below its floor; 0 when it does not."""


@dataclass(frozen=True, slots=True)
class ReasonTotal:
    """What one reason code moves in a batch."""

    reason_code: ReasonCode
    line_count: int
    credit: int
    debit: int


def balances_of(
    batch: AdjustmentBatch, lines: "Iterable[AdjustmentLine] | None" = None
) -> dict[int, Balance]:
    """Return by wallet what the batch did or would do to it; of ended batches nothing.

    With `lines`, only for the wallets of these.
    """
    of_wallets = None if lines is None else {line.wallet_id for line in lines}
    if batch.transaction_id is not None:
        return _posted(batch, of_wallets)
    if batch.status not in UNDECIDED:
        return {}
    changes, counts = changes_of(batch, of_wallets)
    wallets = Wallet.objects.in_bulk(list(changes))
    return {
        pk: _expected(wallets[pk], change, counts[pk]) for pk, change in sorted(changes.items())
    }


def changes_of(
    batch: AdjustmentBatch, of_wallets: "Collection[int] | None" = None
) -> tuple[dict[int, int], dict[int, int]]:
    """Return by wallet what its lines add up to, and how many they are."""
    changes: Counter[int] = Counter()
    counts: Counter[int] = Counter()
    sums = _lines(batch, of_wallets).values_list("wallet_id", "direction").order_by()
    for pk, direction, total, count in sums.annotate(total=Sum("amount"), lines=Count("id")):
        changes[pk] += int(total) if direction == Direction.CREDIT else -int(total)
        counts[pk] += count
    return dict(changes), dict(counts)


def _lines(
    batch: AdjustmentBatch, of_wallets: "Collection[int] | None"
) -> "QuerySet[AdjustmentLine]":
    lines = AdjustmentLine.objects.of(batch)
    return lines if of_wallets is None else lines.filter(wallet__in=of_wallets)


def _expected(wallet: Wallet, change: int, line_count: int) -> Balance:
    rest = wallet.available + change
    missing = max(wallet.floor - rest, 0) if wallet.floor is not None and change < 0 else 0
    return Balance(wallet.posted, wallet.posted + change, line_count, missing)


def _posted(batch: AdjustmentBatch, of_wallets: "Collection[int] | None") -> dict[int, Balance]:
    """Read from the entries: line n was posted as entry n."""
    entries = LedgerEntry.objects.filter(
        transaction=batch.transaction_id, line__lte=batch.line_count
    )
    if of_wallets is not None:
        numbers = list(_lines(batch, of_wallets).values_list("number", flat=True))
        entries = entries.filter(line__in=numbers)
    found: defaultdict[int, list[LedgerEntry]] = defaultdict(list)
    for entry in entries.order_by("position").iterator(chunk_size=2000):
        found[entry.wallet_id].append(entry)
    return {pk: _moved(rows[0], rows[-1], len(rows)) for pk, rows in found.items()}


def _moved(first: LedgerEntry, last: LedgerEntry, line_count: int) -> Balance:
    # People's wallets have a floor, so that their entries have a balance from the first moment.
    assert first.balance is not None
    assert last.balance is not None
    return Balance(first.balance - first.amount, last.balance, line_count)


def totals_of(batch: AdjustmentBatch) -> list[ReasonTotal]:
    """Return what each reason code moves, the largest first."""
    sums: defaultdict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
    lines = AdjustmentLine.objects.of(batch).values_list("reason_code_id", "direction").order_by()
    for pk, direction, total, count in lines.annotate(total=Sum("amount"), lines=Count("id")):
        sums[pk][direction] = int(total), count
    codes = ReasonCode.objects.in_bulk(list(sums))
    none = (0, 0)
    totals = [
        ReasonTotal(
            codes[pk],
            line_count=sum(count for _total, count in both.values()),
            credit=both.get(Direction.CREDIT, none)[0],
            debit=both.get(Direction.DEBIT, none)[0],
        )
        for pk, both in sums.items()
    ]
    return sorted(totals, key=lambda total: (-total.credit - total.debit, total.reason_code.pk))


def named_twice(batch: AdjustmentBatch) -> list[tuple[str, list[int]]]:
    """Return the wallets that have several lines, with these as the file counts them."""
    lines = (
        AdjustmentLine.objects.of(batch).values_list("wallet__number").order_by("wallet__number")
    )
    twice = lines.annotate(count=Count("id"), numbers=ArrayAgg("file_line", order_by="number"))
    return [(number, numbers) for number, _count, numbers in twice.filter(count__gt=1)]


def lines_with_wallets(batch: AdjustmentBatch) -> "QuerySet[AdjustmentLine]":
    """Return the lines of the last file with what a page prints of them, in order."""
    lines = AdjustmentLine.objects.of(batch).select_related("wallet__owner", "reason_code")
    return lines.order_by("number")


def lines_about(wallet: Wallet) -> "QuerySet[AdjustmentLine]":
    """Return the lines about a wallet that somebody was asked about, the newest first."""
    lines = AdjustmentLine.objects.current().filter(wallet=wallet)
    lines = lines.exclude(batch__status__in=(AdjustmentStatus.DRAFT, AdjustmentStatus.WITHDRAWN))
    return lines.select_related("batch__requester", "reason_code").order_by("-id")
