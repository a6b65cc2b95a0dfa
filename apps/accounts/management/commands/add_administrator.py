"""`manage.py add_administrator`: the first person of a new office, who then invites the others."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from apps.accounts import services as accounts
from apps.accounts.models import PasswordLink, User
from apps.accounts.roles import Role
from apps.common.errors import DomainError


class Command(BaseCommand):
    """Invites an administrator; whoever may start it holds the machine."""

    help = "Add a person with the role Administrator, and print the link of their invitation."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take who it is."""
        parser.add_argument("email", metavar="EMAIL", help="with which they sign in")
        parser.add_argument("name", metavar="NAME", help="what people call them")

    def handle(self, *, email: str, name: str, **_options: Any) -> None:
        """Add the person, and show the link, for no mail may go out yet."""
        try:
            validate_email(email)
            person = accounts.add_person(
                email=email,
                display_name=name,
                roles=[Role.ADMINISTRATOR],
                is_staff=True,
                is_invited=True,
                actor=User.objects.system(),
            )
        except ValidationError:
            raise CommandError(f"{email} is no e-mail.") from None
        except DomainError as refusal:
            raise CommandError(refusal.message) from refusal
        link = PasswordLink.objects.get(person=person)
        self.stdout.write(accounts.address_of(link))
        self.stderr.write(
            f"{person} has 72 hours to open this link, choose a password and add a second factor."
        )
