"""Computes every balance and every rule again and names the first row that is wrong."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from apps.common.money import format_amount
from apps.wallets.checking import RULES, Verdict, check


class Command(BaseCommand):
    """Ends with status 1 when something does not fit."""

    help = "Computes every balance and every rule again and names the first row that is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--json", action="store_true", help="print the verdict as JSON")

    def handle(self, **options: Any) -> None:
        """Print the verdict."""
        verdict = check()
        if options["json"]:
            self.stdout.write(json.dumps(asdict(verdict)))
        elif verdict.ok:
            self.stdout.write(_counts(verdict))
        else:
            self.stderr.write(f"The books are not right. {verdict.fault}")
        if not verdict.ok:
            raise SystemExit(1)


def _counts(verdict: Verdict) -> str:
    totals = ", ".join(
        f"{currency} {format_amount(total, currency)}" for currency, total in verdict.totals.items()
    )
    return (
        f"The books are right: {verdict.transaction_count:,} transactions with "
        f"{verdict.entry_count:,} entries on {verdict.wallet_count:,} wallets, "
        f"{verdict.hold_count:,} holds, {verdict.adjustment_count:,} adjustments; "
        f"{len(RULES)} rules hold.\n"
        f"Trial balance, credits less debits: {totals or 'no wallets'}."
    )
