"""Letting processes post at the same time, and counting what they did."""

import re
import subprocess
import sys
from contextlib import ExitStack
from enum import Enum

from project.benchmarks.scratch import ROOT, Scratch

_OURS = (sys.executable, "manage.py", "shell", "--no-imports", "-c")


class Side(Enum):
    """Who posts, and to which wallets; the values name the deed of `poster` and `hordak`."""

    OURS = "spread"
    HOT_SYSTEM = "hot_system"
    HOT_PERSON = "hot_person"
    BATCHES = "batches"
    HORDAK = "hordak"

    def rate(self, scratch: Scratch, count: int, seconds: float) -> float:
        """Let `count` processes post, from when the last is ready; return postings per second."""
        scratch.settle()
        with ExitStack() as stack:
            posters = [stack.enter_context(self._start(scratch, seconds)) for _ in range(count)]
            for poster in posters:
                assert poster.stdout
                said = poster.stdout.readline()
                assert said == "ready\n", said
            for poster in posters:
                assert poster.stdin
                poster.stdin.write("go\n")
                poster.stdin.flush()
            rates = [float(poster.communicate()[0]) for poster in posters]
        return sum(rates)

    def _start(self, scratch: Scratch, seconds: float) -> "subprocess.Popen[str]":
        module, deed = ("hordak", "post") if self is Side.HORDAK else ("poster", self.value)
        return subprocess.Popen(  # noqa: S603  (our own module)
            command(module, f"{deed}({seconds})"),
            cwd=ROOT,
            env=scratch.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )


def command(module: str, deed: str) -> tuple[str, ...]:
    """Return the command that does a deed of a module here in a process of its own."""
    statement = f"from project.benchmarks.ledger import {module}; {module}.{deed}"
    # The other one has settings of its own, without our project.
    return (sys.executable, "-c", statement) if module == "hordak" else (*_OURS, statement)


def tell(scratch: Scratch, module: str, deed: str) -> str:
    """Do a deed of a module in a process of its own, and return what it printed."""
    return scratch.run(*command(module, deed))


def pgbench(scratch: Scratch, count: int, seconds: float, script: str = "") -> float:
    """Let pgbench run TPC-B, or the script, and return the transactions per second."""
    scratch.settle()
    load = ("-c", str(count), "-j", str(count), "-T", str(max(1, round(seconds))))
    what = ("-f", "-") if script else ()
    printed = scratch.run_program("pgbench", "-n", "-M", "prepared", *load, *what, typed=script)
    found = re.search(r"tps = ([\d.]+)", printed)
    assert found, printed
    return float(found[1])
