"""Computes every balance, every rule and every seal again and names the first row that is wrong."""

import json
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from dataclasses import asdict, replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import User
from apps.common.errors import DomainError
from apps.common.money import format_amount
from apps.wallets import services as wallets
from apps.wallets.checking import Verdict, check, known_numbers
from apps.wallets.checking.bar import bar

_SINCE = """\
--since takes what was sealed up to that block as the full check found it that kept the checkpoint
there (with --keep, or the nightly job), and recomputes what came after: each later seal, each
later transaction and entry, the chain of each wallet from its remembered balance on, and all
figures of wallets, holds, reversals and adjustments. It does not notice that an older row was
changed since, unless a figure of a wallet no longer fits: that is what full checks are for.
The checkpoint itself is believed only when a seal in the chain names its digest.
"""


class Command(BaseCommand):
    """Ends with status 1 when something does not fit, with 2 when it could not be checked."""

    help = "Computes every balance, rule and seal again and names the first row that is wrong."

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> Any:
        """Print the last words of the help as they are written."""
        return super().create_parser(
            prog_name,
            subcommand,
            epilog=_SINCE,
            formatter_class=RawDescriptionHelpFormatter,
            **options,
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
        parser.add_argument(
            "--head",
            default="",
            metavar="NUMBER:HASH",
            help="a head that was kept outside the database, and that the chain must contain",
        )
        parser.add_argument(
            "--since",
            metavar="BLOCK",
            help="check only what came after this seal, or after the newest with a checkpoint: "
            "“latest”; see below for what is then taken on trust",
        )
        parser.add_argument(
            "--keep",
            action="store_true",
            help="keep the verdict in the list of checks and, after a full check, the checkpoint",
        )

    def handle(self, **options: Any) -> None:
        """Print the verdict."""
        started = time.monotonic()
        is_quiet = options["json"] or not self.stderr.isatty()
        with bar(None if is_quiet else self._draw) as say:
            try:
                verdict = check(
                    say,
                    published=options["head"],
                    since=_number(options["since"]),
                    is_remembered=options["keep"],
                )
            except DomainError as refusal:
                raise CommandError(refusal.message, returncode=2) from None
        if options["keep"]:
            wallets.keep_books_check(
                verdict, seconds=time.monotonic() - started, actor=User.objects.system()
            )
        if options["json"]:
            facts = asdict(replace(verdict, memory=None))
            del facts["memory"]
            self.stdout.write(json.dumps(facts))
        elif verdict.ok:
            self.stdout.write(_counts(verdict))
        else:
            self.stderr.write(f"The books are not right. {verdict.fault}")
        if not verdict.ok:
            raise SystemExit(1)

    def _draw(self, text: str) -> None:
        self.stderr.write(text, str, ending="")


def _number(since: str | None) -> int | None:
    if since is None:
        return None
    if since == "latest":
        return max(known_numbers(), default=0)
    if not since.isdecimal():
        raise CommandError("--since takes the number of a seal, or “latest”.", returncode=2)
    return int(since)


def _counts(verdict: Verdict) -> str:
    totals = ", ".join(
        f"{currency} {format_amount(total, currency)}" for currency, total in verdict.totals.items()
    )
    return (
        f"The books are right: {verdict.transaction_count:,} transactions with "
        f"{verdict.entry_count:,} entries on {verdict.wallet_count:,} wallets, "
        f"{verdict.hold_count:,} holds, {verdict.adjustment_count:,} adjustments; "
        f"{verdict.rule_count} rules hold.\n"
        f"Trial balance, credits less debits: {totals or 'no wallets'}.\n"
        f"{verdict.block_count:,} seals hold, {verdict.unsealed_count:,} transactions are not "
        f"sealed yet. Head: {verdict.head or 'none'}"
    )
