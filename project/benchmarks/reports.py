r"""Time and memory of each report at 10, 1,000 and 10,000 rows, as CSV and as PDF.

Every report is made in a process of its own, in a scratch database. Beside the CSV stands psql's
`\copy` of the same query, beside the PDF the same rows given to WeasyPrint as one table. The note
of a case says what the whole run took: figures, tie-outs, files, storage.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from project.benchmarks import Case, Plan
from project.benchmarks.report_maker import ROWS_UNTIL
from project.benchmarks.scratch import Scratch, program, scratch_database

_PYTHON = (sys.executable, "manage.py", "shell", "--no-imports", "-c")
_MAKER = "from project.benchmarks import report_maker; report_maker.{deed}"
_REPORTS = ("wallet-statement", "trial-balance", "lending-register")
# Below that, starting costs more than rows, and a ratio says nothing.
_COMPARED_FROM = 1_000
_CSV_BAR, _PDF_BAR = 0.3, 0.6
_ROUNDS_OF_LONG_ONES = 1


@dataclass(frozen=True)
class Measured:
    """What one process took."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


def run(plan: Plan) -> Iterator[Case]:
    """Measure every report, ours and the yardstick in turn."""
    with scratch_database() as scratch:
        _tell(scratch, "seed()")
        scratch.settle()
        for slug in _REPORTS:
            for rows in ROWS_UNTIL:
                rounds = _ROUNDS_OF_LONG_ONES if rows == max(ROWS_UNTIL) else plan.rounds
                yield _csv_case(scratch, slug, rows, plan.rounds)
                yield _pdf_case(scratch, slug, rows, rounds)


def _csv_case(scratch: Scratch, slug: str, rows: int, rounds: int) -> Case:
    command = _tell(scratch, f"copy_command({slug!r}, {rows})")
    ours, theirs, runs = [], [], []
    for _round in range(rounds):
        theirs.append(rows / _copied(scratch, command))
        ours.append(rows / _measured(scratch, f"table({slug!r}, {rows})").seconds)
        runs.append(_measured(scratch, f"make({slug!r}, {rows}, 'csv')"))
    return Case(
        name=f"{slug}, {rows:,} rows, CSV",
        unit="rows/s",
        values=tuple(ours),
        yardstick=r"psql \copy",
        yardstick_values=tuple(theirs),
        bar=_CSV_BAR if rows > _COMPARED_FROM else 0,
        note=_note(runs),
    )


def _pdf_case(scratch: Scratch, slug: str, rows: int, rounds: int) -> Case:
    ours, theirs = [], []
    for _round in range(rounds):
        theirs.append(_measured(scratch, f"whole({slug!r}, {rows})"))
        ours.append(_measured(scratch, f"make({slug!r}, {rows}, 'pdf')"))
    return Case(
        name=f"{slug}, {rows:,} rows, PDF",
        # Printing is nothing but computing, and CPU time does not see who else is at it.
        unit="rows per second of CPU",
        values=tuple(rows / made.cpu_seconds for made in ours),
        yardstick="WeasyPrint, one table",
        yardstick_values=tuple(rows / made.cpu_seconds for made in theirs),
        bar=_PDF_BAR if rows >= _COMPARED_FROM else 0,
        note=f"{_note(ours)}; one table: {_note(theirs)}",
    )


def _note(runs: list[Measured]) -> str:
    seconds = median(made.seconds for made in runs)
    cpu_seconds = median(made.cpu_seconds for made in runs)
    return f"{seconds:.2f} s, {cpu_seconds:.2f} s of CPU, {max(m.peak_mb for m in runs):.0f} MB"


def _tell(scratch: Scratch, deed: str) -> str:
    return scratch.run(*_PYTHON, _MAKER.format(deed=deed))


def _measured(scratch: Scratch, deed: str) -> Measured:
    return Measured(**json.loads(_tell(scratch, deed)))


def _copied(scratch: Scratch, command: str) -> float:
    printed = scratch.run(program("psql"), "-X", "-q", "-c", r"\timing on", "-c", command)
    found = re.search(r"Time: ([\d.]+) ms", printed)
    assert found, printed
    return float(found[1]) / 1000
