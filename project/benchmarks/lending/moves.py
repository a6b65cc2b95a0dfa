"""How often a second tickets are submitted, approved, handed over and taken back."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

from project.benchmarks import Case, Plan
from project.benchmarks.ledger.running import pgbench
from project.benchmarks.lending.mover import DEEDS, IMPORTED
from project.benchmarks.scratch import ROOT, Scratch

SCALE = 10
AT_ONCE = 4
_MINUTE = 60.0
_OURS = (sys.executable, "manage.py", "shell", "--no-imports", "-c")


def cases(plan: Plan, scratch: Scratch) -> Iterator[Case]:
    """Measure every deed in every round, with one process and with four; then the import.

    No bar was set for the deeds: each writes some dozen rows in its transaction, TPC-B writes four.
    """
    tell(scratch, "seed()")
    scratch.run_program("pgbench", "-i", "-q", "-s", str(SCALE))
    for count in (1, AT_ONCE):
        ours: dict[str, list[float]] = {deed: [] for deed in DEEDS}
        others = []
        for _round in range(plan.rounds):
            others.append(pgbench(scratch, count, plan.seconds))
            for deed, rate in _rates(scratch, count, plan.seconds).items():
                ours[deed].append(rate)
        for deed in DEEDS:
            yield Case(
                name=f"{deed}, {count} at a time",
                unit="a second",
                values=tuple(ours[deed]),
                yardstick=f"TPC-B, scale {SCALE}",
                yardstick_values=tuple(others),
                bar=0,
            )
    rates = tuple(float(tell(scratch, f"import_register({n})")) for n in range(plan.rounds))
    yield Case(
        name=f"preview and import of {IMPORTED:,} assets",
        unit="rows a second",
        values=rates,
        yardstick="as many in a minute",
        yardstick_values=(IMPORTED / _MINUTE,),
        bar=1,
    )


def tell(scratch: Scratch, deed: str) -> str:
    """Do a deed of the mover in a process of its own, and return what it printed."""
    return scratch.run(*_command(deed))


def _command(deed: str) -> tuple[str, ...]:
    return (*_OURS, f"from project.benchmarks.lending import mover; mover.{deed}")


def _rates(scratch: Scratch, count: int, seconds: float) -> dict[str, float]:
    """Let so many processes move tickets from when the last is ready; add their rates up."""
    scratch.settle()
    with ExitStack() as stack:
        movers = [
            stack.enter_context(
                subprocess.Popen(  # noqa: S603  (our own module)
                    _command(f"move({place}, {seconds})"),
                    cwd=ROOT,
                    env=scratch.environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for place in range(count)
        ]
        for mover in movers:
            assert mover.stdout
            said = mover.stdout.readline()
            assert said == "ready\n", said
        for mover in movers:
            assert mover.stdin
            mover.stdin.write("go\n")
            mover.stdin.flush()
        printed = [json.loads(mover.communicate()[0]) for mover in movers]
    return {deed: sum(one[deed] for one in printed) for deed in DEEDS}
