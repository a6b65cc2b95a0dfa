"""Postings per second through `wallets.post`, beside pgbench's TPC-B on the same server.

Every posting is a transaction of its own between two of 1,000 people's wallets. TPC-B (`pgbench -M
prepared`, scale 50) moves money too, with five statements and a commit, but checks nothing. Both
run in a scratch database, in turn; the office's data are not touched. Beside them stands how often
pgbench, which is written in C, calls our function: the difference is what Python takes.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median

from project.benchmarks import Case, Plan
from project.benchmarks.scratch import ROOT, Scratch, program, scratch_database

_PYTHON = (sys.executable, "manage.py", "shell", "--no-imports", "-c")
_POSTER = "from project.benchmarks import poster; poster.{deed}"
_SCALE = 50
_BARS = {1: 1.1, 4: 0.65}
"""By number of connections: what the ratio to TPC-B must reach."""
_FUNCTION = r"""
\set giver random(1, 1000)
\set taker 1 + (:giver + random(0, 998)) % 1000
\set key random(1, 1000000000000000000)
SELECT * FROM ledger_post('pgbench:' || :key, repeat('0', 64), 'transfer', current_date, '', 1,
    NULL, NULL, NULL, NULL, ARRAY[:giver, :taker]::bigint[], ARRAY[-1, 1]::bigint[]);
"""


def run(plan: Plan) -> Iterator[Case]:
    """Measure one and four connections, TPC-B and ours in turn."""
    ours: dict[int, list[float]] = {count: [] for count in _BARS}
    theirs: dict[int, list[float]] = {count: [] for count in _BARS}
    without_python: dict[int, list[float]] = {count: [] for count in _BARS}
    with scratch_database() as scratch:
        scratch.run(*_PYTHON, _POSTER.format(deed="seed()"))
        scratch.run(program("pgbench"), "-i", "-q", "-s", str(_SCALE))
        for _round in range(plan.rounds):
            for count in _BARS:
                theirs[count].append(_pgbench(scratch, count, plan.seconds))
                without_python[count].append(_pgbench(scratch, count, plan.seconds, _FUNCTION))
                ours[count].append(_postings(scratch, count, plan.seconds))
    for count, bar in _BARS.items():
        yield Case(
            name=f"spread over 1,000 wallets, {count} at a time",
            unit="postings/s",
            values=tuple(ours[count]),
            yardstick=f"TPC-B, scale {_SCALE}",
            yardstick_values=tuple(theirs[count]),
            bar=bar,
            note=f"the function without Python: {median(without_python[count]):,.0f}",
        )


def _pgbench(scratch: Scratch, count: int, seconds: float, script: str = "") -> float:
    """Let pgbench run TPC-B, or the script, and return the transactions per second."""
    scratch.settle()
    load = ("-c", str(count), "-j", str(count), "-T", str(max(1, round(seconds))))
    what = ("-f", "-") if script else ()
    command = (program("pgbench"), "-n", "-M", "prepared", *load, *what)
    printed = scratch.run(*command, typed=script)
    found = re.search(r"tps = ([\d.]+)", printed)
    assert found, printed
    return float(found[1])


def _postings(scratch: Scratch, count: int, seconds: float) -> float:
    """Let `count` processes post at the same time, from when the last of them is ready."""
    scratch.settle()
    with ExitStack() as stack:
        posters = [stack.enter_context(_poster(scratch, seconds)) for _ in range(count)]
        for poster in posters:
            assert poster.stdout
            poster.stdout.readline()
        for poster in posters:
            assert poster.stdin
            poster.stdin.write("go\n")
            poster.stdin.flush()
        rates = [float(poster.communicate()[0]) for poster in posters]
    return sum(rates)


def _poster(scratch: Scratch, seconds: float) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603  (our own module)
        [*_PYTHON, _POSTER.format(deed=f"post({seconds})")],
        cwd=ROOT,
        env=scratch.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
