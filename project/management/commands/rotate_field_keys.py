"""`manage.py rotate_field_keys`: every secret in the database gets the first key."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import User
from project import rotation


class Command(BaseCommand):
    """Encrypts anew what needs an older key of ASSETS_FIELD_KEYS; may be stopped and run again."""

    help = "Encrypt every secret in the database with the first of ASSETS_FIELD_KEYS."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --dry-run."""
        parser.add_argument("--dry-run", action="store_true", help="say what would be done")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:  # noqa: ARG002
        """Say for each place what was done, and name the rows that no key opens."""
        if dry_run:
            found, verb = rotation.standings(), "would be encrypted anew"
        else:
            found, verb = rotation.rotate(actor=User.objects.system()), "encrypted anew"
        for standing in found:
            where = f"{standing.place.table}.{standing.place.column}"
            self.stdout.write(
                f"{where}: {standing.old_count} {verb}, {standing.current_count} as they were."
            )
            if standing.unreadable:
                rows = ", ".join(standing.unreadable)
                self.stdout.write(f"{where}: no key opens {len(standing.unreadable)}: {rows}.")
        if any(standing.unreadable for standing in found):
            message = (
                "Not every secret could be opened. Put the key back into ASSETS_FIELD_KEYS that "
                "they were made with, and run this again."
            )
            raise CommandError(message)
