"""`manage.py prepare`: what a new version needs before it starts."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from project.grants import NotTheOwner
from project.preparation import prepare

DEMO = "Demo company"


class Command(BaseCommand):
    """Migrates, grants, and loads the reference data; may be run again."""

    help = "Migrate and load the reference data; with --demo, the demo company where nobody is yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --demo."""
        parser.add_argument("--demo", action="store_true", help="for a database without people")

    def handle(self, *args: Any, demo: bool, **options: Any) -> None:  # noqa: ARG002
        """Say what was done, a line for each thing."""
        try:
            done = prepare(with_demo=demo)
        except NotTheOwner as refusal:
            raise CommandError(refusal.message) from None
        counts = ", ".join(f"{count} {name}" for name, count in done.reference_counts.items())
        self.stdout.write(f"Schema: {done.migration_count} migrations applied.")
        rights = (
            "each may do what it needs" if done.has_roles else "none, one login does everything"
        )
        self.stdout.write(f"Database roles: {rights}.")
        self.stdout.write(f"Reference data: {counts}.")
        if done.demo:
            self.stdout.write(f"{DEMO}: {done.demo}.")
