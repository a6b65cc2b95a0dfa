"""Writes the journal as CSV, which an import reads back, or as hledger reads it."""

import sys
from argparse import ArgumentParser
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import User
from apps.common.errors import DomainError
from apps.common.money import decimals_of
from apps.wallets.exporting import services
from apps.wallets.exporting.selection import Selection


def _currency(text: str) -> str:
    decimals_of(text.upper())
    return text.upper()


class Command(BaseCommand):
    """Streams, whatever the size of the journal; the export is recorded in the audit log."""

    help = "Writes the journal as CSV or for hledger."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--format", choices=services.Format.values, required=True)
        parser.add_argument(
            "--from", dest="from_", type=date.fromisoformat, metavar="DAY", help="first day"
        )
        parser.add_argument("--until", type=date.fromisoformat, metavar="DAY", help="last day")
        parser.add_argument("--currency", default="", help="this currency only")
        parser.add_argument("--output", type=Path, metavar="FILE", help="instead of the screen")

    def handle(self, **options: Any) -> None:
        """Write the file."""
        chosen = services.Format(options["format"])
        output: Path | None = options["output"]
        try:
            currency = _currency(options["currency"]) if options["currency"] else ""
            selection = Selection(options["from_"], options["until"], currency)
            services.export_journal(chosen, selection, actor=User.objects.system())
            with output.open("wb") if output else nullcontext(sys.stdout.buffer) as file:
                for piece in services.written(chosen, selection):
                    file.write(piece)
        except (DomainError, OSError) as refusal:
            raise CommandError(str(refusal)) from None
