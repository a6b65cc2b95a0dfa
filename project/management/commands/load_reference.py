"""`manage.py load_reference`: roles, chart of accounts, reason codes, approval policies."""

from typing import Any

from django.core.management.base import BaseCommand

from project import reference


class Command(BaseCommand):
    """Loads the reference data; may be run again."""

    help = "Load roles, chart of accounts, reason codes and approval policies; may be run again."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Print how many of each are there."""
        for name, count in reference.load().items():
            self.stdout.write(f"{count:>4} {name}")
