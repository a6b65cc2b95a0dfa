"""Programs for tests, registered by nobody: with what the test speaks of, and ready to ask."""

import base64
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.urls import reverse

from apps.accounts.models import PROGRAM_DOMAIN, User
from apps.programs.models import Program, Secret
from apps.programs.states import Grant, Kind
from apps.programs.tokens import digest

SECRET = "a secret that only the tests know"
VERIFIER = "a-verifier-of-the-tests-that-is-long-enough-to-be-one"
CHALLENGE = base64.urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
CALLBACK = "https://client.example.com/back"
SCOPES = ("me", "tickets:read", "wallets:read")

_numbers = count(1)


@transaction.atomic
def program(**fields: Any) -> Program:
    """Make a confidential program of people, which knows `SECRET`."""
    number = next(_numbers)
    made: Program = Program.objects.create(
        **{
            "name": f"Program {number}",
            "client_id": f"program-{number}",
            "authorization_grant_type": Grant.AUTHORIZATION_CODE,
            "client_type": Kind.CONFIDENTIAL,
            "redirect_uris": CALLBACK,
            "allowed_scopes": list(SCOPES),
            **fields,
        }
    )
    if made.client_type == Kind.CONFIDENTIAL:
        # Digests are unique, and so are secrets: each program has its own.
        Secret.objects.create(program=made, digest=digest(secret_of(made)))
    return made


def program_by_itself(*roles: str, **fields: Any) -> Program:
    """Make a program with client credentials, whose account has these roles."""
    number = next(_numbers)
    account = User(
        email=f"account-{number}@{PROGRAM_DOMAIN}",
        display_name=f"Account {number}",
        is_program=True,
    )
    account.set_unusable_password()
    account.save()
    account.groups.set(Group.objects.filter(name__in=roles))
    return program(
        user=account,
        authorization_grant_type=Grant.CLIENT_CREDENTIALS,
        redirect_uris="",
        **fields,
    )


def secret_of(made: Program) -> str:
    """Return the secret that the maker gave the program."""
    return f"{SECRET} of {made.client_id}"


@dataclass
class Partner:
    """A program at work: it sends people to the consent page and redeems what comes back."""

    program: Program
    browser: Client = field(default_factory=Client)
    wire: Client = field(default_factory=Client)

    def address(self, **changes: Any) -> str:
        """Return where the program sends people; `None` leaves a parameter out."""
        asked = {
            "response_type": "code",
            "client_id": self.program.client_id,
            "redirect_uri": CALLBACK,
            "scope": " ".join(SCOPES),
            "state": "a-state",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changes,
        }
        return reverse(
            "oauth_authorize",
            query={key: value for key, value in asked.items() if value is not None},
        )

    def let_in(self, person: User, *, answer: str = "yes", **changes: Any) -> dict[str, str]:
        """Let a person answer, and return what comes back in the address."""
        self.browser.force_login(person)
        there = self.browser.post(self.address(**changes), {"answer": answer})
        assert there.status_code == 302, there.content
        query = parse_qs(urlsplit(there["Location"]).query)
        return {key: values[0] for key, values in query.items()}

    def send(self, name: str, *, secret: str | None = "", **form: Any) -> Any:
        """Send a form to an endpoint, with the program’s secret in the header."""
        headers = {}
        if self.program.client_type == Kind.CONFIDENTIAL and secret is not None:
            shown = f"{self.program.client_id}:{secret or secret_of(self.program)}"
            headers["Authorization"] = f"Basic {base64.b64encode(shown.encode()).decode()}"
        elif secret is not None:
            form = {"client_id": self.program.client_id, **form}
        return self.wire.post(reverse(name), form, headers=headers)

    def redeem(self, code: str, **changes: Any) -> Any:
        """Ask for the tokens of a code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
            **changes,
        }
        return self.send("oauth_token", **form)

    def refresh(self, token: str, **changes: Any) -> Any:
        """Ask for the next tokens."""
        return self.send(
            "oauth_token", **{"grant_type": "refresh_token", "refresh_token": token, **changes}
        )

    def tokens_for(self, person: User, **changes: Any) -> dict[str, Any]:
        """Return the tokens that the program gets once the person let it in."""
        answer = self.redeem(self.let_in(person, **changes)["code"])
        assert answer.status_code == 200, answer.content
        tokens: dict[str, Any] = answer.json()
        return tokens

    def tokens_by_itself(self, **form: Any) -> Any:
        """Ask for a token of the program’s own."""
        return self.send("oauth_token", **{"grant_type": "client_credentials", **form})
