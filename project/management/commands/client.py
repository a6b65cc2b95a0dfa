"""Make the client for Python programs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from project.client.making import NotMade, make


class Command(BaseCommand):
    """Writes the package `assets_client`, ready for pip."""

    help = "Make the typed client for Python programs from the OpenAPI document."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the folder."""
        parser.add_argument("folder", type=Path, help="is made; what is in it is replaced")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Make it."""
        try:
            package = make(options["folder"])
        except NotMade as why:
            raise CommandError(str(why)) from None
        self.stdout.write(f"{package}: pip install {options['folder']}")
