"""What changed between two runs of one report, found in the CSV files that they kept.

Both files are parted by the keys of their rows into buckets, and one bucket after the other is
compared, so that memory holds a small part of the rows, however many there are. Buckets are files
without a name: whatever happens to the worker, nothing of them stays.
"""

import csv
import hashlib
import heapq
import io
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import cached_property
from typing import IO, Any, NamedTuple
from zlib import crc32

from django.core.files.storage import default_storage
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.common.formulas import unguarded
from apps.reports.columns import Column, Kind
from apps.reports.errors import ColumnsChanged, FileLost, NoTable, RunExpired, RunNotReady
from apps.reports.models import ReportFile, ReportRun
from apps.reports.report import Report
from apps.reports.states import Format, Status

MOST_CHANGES = 50_000
_BUCKET_ROWS = 4096
# Each is an open file for either run; a process may usually have 1,024.
_MOST_BUCKETS = 128
_BUFFER = 1024 * 1024

type Cells = list[str]
type Key = tuple[str, ...]


class Change(models.TextChoices):
    """What happened to a row."""

    ADDED = "added", _("added")
    REMOVED = "removed", _("removed")
    CHANGED = "changed", _("changed")
    MORE = "more", _("more")


class Difference(NamedTuple):
    """A row that came or went, or one cell that changed; sorted as the rows of the report are."""

    line: int
    rank: int
    place: int
    key: str
    change: Change
    column: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Found:
    """The first differences, how many there are in all, and how many files were as kept."""

    differences: Sequence[Difference]
    cell_count: int
    added_count: int
    removed_count: int
    changed_count: int
    sound_count: int

    @property
    def all_count(self) -> int:
        """How many differences there are, those that are not listed too."""
        return self.cell_count + self.added_count + self.removed_count


def table_of(run: ReportRun) -> ReportFile:
    """Return the CSV that the run kept.

    Raises:
        RunExpired: it was deleted on its day.
        RunNotReady: the run is not done.
        NoTable: it was made without a CSV.
    """
    if run.status == Status.EXPIRED:
        raise RunExpired(run=run, day=timezone.localdate(run.expires_at))
    if run.status != Status.DONE:
        raise RunNotReady(run=run, format=Format.CSV.label, status=Status(run.status).label)
    table = run.files.filter(format=Format.CSV).first()
    if table is None:
        raise NoTable(run=run)
    return table


@dataclass(frozen=True)
class Comparison:
    """Two runs of one report; what changed is found once, when somebody first asks."""

    report: Report
    before: ReportRun
    after: ReportRun

    @cached_property
    def found(self) -> Found:
        """What changed.

        Raises:
            RunExpired, RunNotReady, NoTable, FileLost: there is no CSV to read.
            ColumnsChanged: the report had other columns then.
        """
        columns = [column for column in self.report.columns if column.kind is not Kind.KEY]
        tables = [_Table(run, columns) for run in (self.before, self.after)]
        rows = max(run.rows_total or 0 for run in (self.before, self.after))
        bucket_count = min(_MOST_BUCKETS, 1 + rows // _BUCKET_ROWS)
        places = [number for number, c in enumerate(columns) if c.key in self.report.row_key]
        compared = _Compared([str(column.title) for column in columns], places)
        with ExitStack() as stack:
            earlier, later = (
                _parted(table.rows(), bucket_count, compared.key_of, stack) for table in tables
            )
            differences = heapq.nsmallest(MOST_CHANGES, compared.differences(earlier, later))
        return Found(
            differences,
            compared.cell_count,
            compared.counts[Change.ADDED],
            compared.counts[Change.REMOVED],
            compared.counts[Change.CHANGED],
            sum(table.is_sound for table in tables),
        )


class _Digesting(io.RawIOBase):
    """A file whose digest is made while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.file.read(len(buffer))
        self.digest.update(data)
        buffer[: len(data)] = data
        return len(data)


class _Table:
    """The CSV of a run; when its rows have been read, whether it is the one that was kept."""

    def __init__(self, run: ReportRun, columns: Sequence[Column]) -> None:
        self.run = run
        self.file = table_of(run)
        self.titles = [str(column.title) for column in columns]
        self.is_sound = False

    def rows(self) -> Iterator[Cells]:
        name = str(self.file.file)
        if not default_storage.exists(name):
            raise FileLost(run=self.run)
        with closing(default_storage.open(name, "rb")) as file:
            raw = _Digesting(file)
            text = io.TextIOWrapper(
                io.BufferedReader(raw, _BUFFER), encoding="utf-8-sig", newline=""
            )
            lines = csv.reader(text, delimiter=self.run.options.get("separator", ","))
            if next(lines, None) != self.titles:
                raise ColumnsChanged(run=self.run)
            yield from lines
        self.is_sound = raw.digest.hexdigest() == self.file.sha256


def _parted(
    rows: Iterable[Cells], count: int, key_of: Callable[[Cells], Key], stack: ExitStack
) -> list[IO[str]]:
    """Write the rows, with their numbers, into buckets: what has the same key is in the same."""
    buckets: list[IO[str]] = [
        # Closed with the stack.
        stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", newline=""))  # noqa: SIM115
        for _number in range(count)
    ]
    writers = [csv.writer(bucket) for bucket in buckets]
    for line, cells in enumerate(rows, start=1):
        number = crc32("\0".join(key_of(cells)).encode()) % count
        writers[number].writerow((line, *cells))
    return buckets


class _Compared:
    """Compares buckets and counts what it finds."""

    def __init__(self, titles: Sequence[str], key_places: Sequence[int]) -> None:
        self.titles = titles
        self.key_places = key_places
        self.counts: Counter[Change] = Counter()
        self.cell_count = 0

    def key_of(self, cells: Cells) -> Key:
        return tuple(cells[place] for place in self.key_places)

    def differences(
        self, earlier: Iterable[IO[str]], later: Iterable[IO[str]]
    ) -> Iterator[Difference]:
        for before, after in zip(earlier, later, strict=True):
            left = dict(self._keyed(before))
            for key, (line, cells) in self._keyed(after):
                was = left.pop(key, None)
                if was is None:
                    yield self._whole(line, cells, Change.ADDED)
                elif was[1] != cells:
                    yield from self._changed(line, was[1], cells)
            for line, cells in left.values():
                yield self._whole(line, cells, Change.REMOVED)

    def _keyed(self, bucket: IO[str]) -> Iterator[tuple[tuple[Key, int], tuple[int, Cells]]]:
        """Give the rows of a bucket; when a key comes twice, its first row goes with the first."""
        seen: Counter[Key] = Counter()
        bucket.seek(0)
        for line, *cells in csv.reader(bucket):
            key = self.key_of(cells)
            seen[key] += 1
            yield (key, seen[key]), (int(line), cells)

    def _whole(self, line: int, cells: Cells, change: Change) -> Difference:
        self.counts[change] += 1
        row = " · ".join(
            unguarded(cell)
            for place, cell in enumerate(cells)
            if cell and place not in self.key_places
        )
        is_added = change == Change.ADDED
        sides = ("", row) if is_added else (row, "")
        return Difference(line, int(is_added), 0, self._named(cells), change, "", *sides)

    def _changed(self, line: int, before: Cells, after: Cells) -> Iterator[Difference]:
        self.counts[Change.CHANGED] += 1
        for place, (was, now) in enumerate(zip(before, after, strict=True)):
            if was != now:
                self.cell_count += 1
                yield Difference(
                    line,
                    1,
                    place,
                    self._named(after),
                    Change.CHANGED,
                    self.titles[place],
                    unguarded(was),
                    unguarded(now),
                )

    def _named(self, cells: Cells) -> str:
        return " · ".join(unguarded(cell) for cell in self.key_of(cells) if cell)
