r"""Reports of any size: CSV beside `\copy`, XLSX beside openpyxl, PDF beside one whole table.

Everything runs in a scratch database. A run is made as in an office: promised by the service,
rung for, made by two worker processes. Where a bar is a limit of memory, the limit is the value and
the most that any process took the yardstick.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from django.core.management import CommandError

from project.benchmarks import Case, Plan
from project.benchmarks.reports.workers import Made, Workers, ask_maker
from project.benchmarks.scratch import Scratch, program, scratch_database

# Two entries each; the cash wallet takes part in a third of them, a thousand a day.
TRANSACTIONS = 500_000
XLSX_ROWS = 200_000
PDF_ROWS = (1_000, 10_000, 50_000)
# From here on, the whole table takes minutes and gigabytes.
_COMPARED_UP_TO = 10_000
_CSV_MB, _ANY_MB = 120, 300


@dataclass(frozen=True)
class Measured:
    """What one process of its own took."""

    rows: int
    seconds: float
    cpu_seconds: float
    peak_mb: float


def run(plan: Plan) -> Iterator[Case]:
    """Measure, ours and the yardstick in turn."""
    with scratch_database() as scratch, TemporaryDirectory() as folder:
        ask_maker(scratch, f"seed({TRANSACTIONS})")
        scratch.settle()
        yield from _csv_cases(scratch, plan.rounds)
        yield from _xlsx_cases(scratch, plan.rounds)
        with Workers(scratch, Path(folder)) as workers:
            yield from _pdf_cases(scratch, workers, plan.rounds)


def _csv_cases(scratch: Scratch, rounds: int) -> Iterator[Case]:
    command = ask_maker(scratch, f"copy_command({2 * TRANSACTIONS})")
    ours, theirs = [], []
    for _round in range(rounds):
        seconds = _copied(scratch, command)
        ours.append(_measured(scratch, f"table({2 * TRANSACTIONS})"))
        theirs.append(ours[-1].rows / seconds)
    rows = ours[0].rows
    yield Case(
        name=f"CSV of {rows:,} entries of the journal",
        unit="rows/s",
        values=tuple(made.rows / made.seconds for made in ours),
        yardstick=r"psql \copy",
        yardstick_values=tuple(theirs),
        bar=0.6,
        note=_note(ours),
    )
    yield _room(f"memory for a CSV of {rows:,} rows", _CSV_MB, [made.peak_mb for made in ours])


def _xlsx_cases(scratch: Scratch, rounds: int) -> Iterator[Case]:
    ours, theirs = [], []
    for _round in range(rounds):
        theirs.append(_measured(scratch, f"openpyxl_sheet({XLSX_ROWS})"))
        ours.append(_measured(scratch, f"sheet({XLSX_ROWS})"))
    rows = ours[0].rows
    yield Case(
        name=f"XLSX of {rows:,} entries of the journal",
        unit="rows/s",
        values=tuple(made.rows / made.seconds for made in ours),
        yardstick="openpyxl, write only",
        yardstick_values=tuple(made.rows / made.seconds for made in theirs),
        bar=0.8,
        note=f"{_note(ours)}; openpyxl: {_note(theirs)}",
    )
    yield _room(f"memory for an XLSX of {rows:,} rows", _ANY_MB, [made.peak_mb for made in ours])


def _pdf_cases(scratch: Scratch, workers: Workers, rounds: int) -> Iterator[Case]:
    made: dict[int, list[Made]] = {}
    for rows in PDF_ROWS:
        theirs: list[Measured] = []
        made[rows] = []
        for _round in range(rounds if rows < max(PDF_ROWS) else 2):
            if rows <= _COMPARED_UP_TO and len(theirs) < (rounds if rows == PDF_ROWS[0] else 1):
                theirs.append(_measured(scratch, f"whole({rows})"))
            made[rows].append(workers.make(rows))
        _refuse_other_bytes(made[rows])
        if theirs:
            yield _beside_one_table(rows, made[rows], theirs)
    largest = made[max(PDF_ROWS)]
    yield Case(
        name=f"a row of {max(PDF_ROWS):,} costs what one of {_COMPARED_UP_TO:,} does, PDF",
        unit="rows/s",
        values=tuple(one.rows / one.seconds for one in largest),
        yardstick=f"{_COMPARED_UP_TO:,} rows",
        yardstick_values=tuple(one.rows / one.seconds for one in made[_COMPARED_UP_TO]),
        bar=1 / 1.2,
        note=_told(largest),
    )
    yield Case(
        name=f"cores at work on {max(PDF_ROWS):,} rows, PDF",
        unit="seconds of CPU in a second",
        values=tuple(one.cpu_seconds / one.seconds for one in largest),
        yardstick="one core",
        yardstick_values=(1.0,),
        bar=1.3,
    )
    peaks = [one.peak_mb for one in largest]
    yield _room(f"memory for a PDF of {max(PDF_ROWS):,} rows", _ANY_MB, peaks)


def _beside_one_table(rows: int, ours: list[Made], theirs: list[Measured]) -> Case:
    return Case(
        name=f"PDF of {rows:,} rows",
        unit="rows/s",
        values=tuple(one.rows / one.seconds for one in ours),
        yardstick="WeasyPrint, one table",
        yardstick_values=tuple(one.rows / one.seconds for one in theirs),
        bar=5.0 if rows == _COMPARED_UP_TO else 1.0,
        note=f"{_told(ours)}; one table: {_note(theirs)}",
    )


def _room(name: str, limit_mb: int, peaks: list[float]) -> Case:
    return Case(
        name=name,
        unit="MB allowed",
        values=(limit_mb,),
        yardstick="most MB of any process",
        yardstick_values=(max(peaks),),
        bar=1.0,
    )


def _refuse_other_bytes(runs: list[Made]) -> None:
    if len({one.sha256 for one in runs}) > 1:
        raise CommandError(f"The same report of {runs[0].rows:,} rows came out in other bytes.")


def _told(runs: list[Made]) -> str:
    seconds = median(one.seconds for one in runs)
    peak = max(one.peak_mb for one in runs)
    same = f", same bytes {len(runs)} times" if len(runs) > 1 else ""
    return f"{seconds:.1f} s, {runs[0].pages:,} pages, {peak:.0f} MB{same}"


def _note(runs: list[Measured]) -> str:
    seconds = median(made.seconds for made in runs)
    return f"{seconds:.1f} s, {max(made.peak_mb for made in runs):.0f} MB"


def _measured(scratch: Scratch, deed: str) -> Measured:
    return Measured(**json.loads(ask_maker(scratch, deed)))


def _copied(scratch: Scratch, command: str) -> float:
    printed = scratch.run(program("psql"), "-X", "-q", "-c", r"\timing on", "-c", command)
    found = re.search(r"Time: ([\d.]+) ms", printed)
    assert found, printed
    return float(found[1]) / 1000
