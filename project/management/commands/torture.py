"""Kill what can be killed under load, and see that money survives it."""

import json
import secrets
import signal
import sys
from argparse import ArgumentParser
from types import FrameType
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from project.embedded import CannotStart
from project.torture.drill import Order, run

_KILLS = 51
_LARGEST_SEED = 1_000_000


class Command(BaseCommand):
    """Runs on servers of its own; ends with status 1 at the first discrepancy."""

    help = (
        "Kill clients, the worker and PostgreSQL under load, and compare every answer with the "
        "books. It brings servers of its own and touches no data of the office."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how much, and the seed of an earlier run."""
        parser.add_argument("--kills", type=int, default=_KILLS, help=f"at least ({_KILLS})")
        parser.add_argument("--minutes", type=float, default=0.0, help="at least (as it comes)")
        parser.add_argument("--seed", type=int, help="of an earlier run, to repeat its requests")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Torture and print."""
        seed = options["seed"]
        order = Order(
            kills=options["kills"],
            minutes=options["minutes"],
            seed=secrets.randbelow(_LARGEST_SEED) if seed is None else seed,
        )
        before = signal.signal(signal.SIGTERM, _interrupt)
        try:
            report = run(order, (lambda _line: None) if options["json"] else self.stdout.write)
        except CannotStart as reason:
            sys.exit(str(reason))
        finally:
            signal.signal(signal.SIGTERM, before)
        self.stdout.write(json.dumps(report.facts()) if options["json"] else report.text())
        if not report.is_right:
            self.stderr.write(
                f"NOT RIGHT: {report.discrepancy}\n"
                f"Repeat the requests with --seed {report.seed}; the moments of the kills differ."
            )
            sys.exit(1)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
