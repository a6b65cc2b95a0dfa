"""`manage.py prepare`: what a new version needs before it starts."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from project.preparation import prepare

DEMO = "Demo company"


class Command(BaseCommand):
    """Migrates and loads the reference data; may be run again."""

    help = "Migrate and load the reference data; with --demo, the demo company where nobody is yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --demo."""
        parser.add_argument("--demo", action="store_true", help="for a database without people")

    def handle(self, *args: Any, demo: bool, **options: Any) -> None:  # noqa: ARG002
        """Say what was done, a line for each thing."""
        done = prepare(with_demo=demo)
        counts = ", ".join(f"{count} {name}" for name, count in done.reference_counts.items())
        self.stdout.write(f"Schema: {done.migration_count} migrations applied.")
        self.stdout.write(f"Reference data: {counts}.")
        if done.demo:
            self.stdout.write(f"{DEMO}: {done.demo}.")
