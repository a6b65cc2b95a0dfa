"""Recomputes every seal of the audit log and names the first row that does not fit."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from apps.audit.checking import check


class Command(BaseCommand):
    """Ends with status 1 when something does not fit."""

    help = "Recomputes every seal of the audit log and names the first row that does not fit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
        parser.add_argument(
            "--head",
            default="",
            metavar="NUMBER:HASH",
            help="a head that was kept outside the database, and that the chain must contain",
        )

    def handle(self, **options: Any) -> None:
        """Print the verdict."""
        verdict = check(options["head"])
        if options["json"]:
            self.stdout.write(json.dumps(asdict(verdict)))
        elif verdict.ok:
            self.stdout.write(
                f"The audit log is as it was written: {verdict.event_count} events, "
                f"{verdict.block_count} blocks, {verdict.unsealed_count} events not sealed yet.\n"
                f"Head: {verdict.head or 'none'}"
            )
        else:
            self.stderr.write(f"The audit log is not as it was written. {verdict.fault}")
        if not verdict.ok:
            raise SystemExit(1)
