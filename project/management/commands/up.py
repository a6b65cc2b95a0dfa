"""`manage.py up`: everything on this machine, until Ctrl-C."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from project.embedded import CannotStart
from project.up.office import Office


class Command(BaseCommand):
    """Runs database, broker, web server, workers and beat, and shows how to sign in."""

    help = "Run everything on this machine: database, broker, web server, workers and beat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the port and what else is seldom needed."""
        parser.add_argument("--port", type=int, default=8000, help="of the web server (8000)")
        parser.add_argument("--fresh", action="store_true", help="remove all data and start over")
        parser.add_argument("--no-input", action="store_true", help="--fresh without a question")
        parser.add_argument("--reload", action="store_true", help="restart web on changed code")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Run until Ctrl-C; what is in the way is one sentence."""
        try:
            Office(self._say, port=options["port"]).run(
                is_fresh=options["fresh"], asks=not options["no_input"], reloads=options["reload"]
            )
        except CannotStart as reason:
            sys.exit(str(reason))

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
