"""Measure, and say whether the bars are reached."""

import json
from argparse import ArgumentParser
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from project import benchmarks
from project.benchmarks import Case, Plan


class Command(BaseCommand):
    """Runs one benchmark; the exit status is 1 when a bar is missed."""

    help = "Run a benchmark: each case beside its yardstick, the ratio of both, and the bar."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the name, and how long to measure."""
        parser.add_argument("name", choices=names())
        parser.add_argument("--json", action="store_true", help="print every figure as JSON")
        parser.add_argument("--rounds", type=int, default=Plan.rounds)
        parser.add_argument("--seconds", type=float, default=Plan.seconds, help="in each round")
        parser.add_argument(
            "--entries", type=int, default=Plan.entries, help="to which the books grow"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Measure and print."""
        module = import_module(f"project.benchmarks.{options['name']}")
        plan = Plan(options["rounds"], options["seconds"], options["entries"])
        cases: list[Case] = []
        for case in module.run(plan):
            cases.append(case)
            if not options["json"]:
                self.stdout.write(line(case))
        if options["json"]:
            self.stdout.write(json.dumps([case.facts() for case in cases], indent=2))
        if missed := [case.name for case in cases if not case.is_met]:
            raise CommandError(f"Below the bar: {'; '.join(missed)}.")


def names() -> list[str]:
    """Return the benchmarks: the modules of `project.benchmarks` that have a `run`."""
    modules = [module.name for module in iter_modules(benchmarks.__path__)]
    return [name for name in modules if hasattr(import_module(f"project.benchmarks.{name}"), "run")]


def line(case: Case) -> str:
    """Return the case as one line for a person."""
    return (
        f"{case.name}: {case.value:,.0f} {case.unit} "
        f"({min(case.values):,.0f}–{max(case.values):,.0f}), "
        f"{case.yardstick}: {case.yardstick_value:,.0f} "
        f"({min(case.yardstick_values):,.0f}–{max(case.yardstick_values):,.0f}), "
        f"ratio {case.ratio:.2f}, bar {case.bar:.2f}: {'reached' if case.is_met else 'MISSED'}"
        f"{f' ({case.note})' if case.note else ''}"
    )
