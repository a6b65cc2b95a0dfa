"""`manage.py rotate_signing_keys`: a new key signs access tokens."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import User
from apps.common.errors import DomainError
from apps.programs import services as programs


class Command(BaseCommand):
    """Changes the key that signs access tokens; the old one vouches until its last token ends."""

    help = "Publish a new key for access tokens; it signs an hour later."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer the way for a key that somebody else has seen."""
        parser.add_argument(
            "--at-once",
            action="store_true",
            help="retire the old key now, with every access token: somebody else has seen it",
        )

    def handle(self, **options: Any) -> None:
        """Rotate, and say from when the new key signs."""
        is_urgent = options["at_once"]
        try:
            key = programs.rotate_signing_keys(
                actor=User.objects.system(),
                at_once=is_urgent,
                reason="by hand, at once" if is_urgent else "by hand",
            )
        except DomainError as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"{key.key_id} signs from {key.signs_from:%Y-%m-%d %H:%M:%S} UTC on.")
