"""What a process of `bench api` does in the scratch database: seed it, and check tokens."""

import json
import time
from statistics import median
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.programs import tokens
from apps.programs.models import Program
from apps.programs.scopes import SCOPES
from apps.wallets import services as wallets
from apps.wallets.states import Role as Account
from apps.wallets.states import TransactionKind
from project.benchmarks.api.asking import CURRENCY
from project.benchmarks.lending import queue_maker

TICKETS = 10_000
WALLETS = 200

_MONEY = 10**12


def seed() -> None:
    """Make an office with tickets and wallets, and print who asks and what there is, as JSON."""
    queue_maker.fill(TICKETS)
    person = User.objects.get(email=queue_maker.CLERK)
    person.groups.set(Group.objects.filter(name__in=(Role.LENDING_CLERK, Role.WALLET_CLERK)))
    system = User.objects.system()
    opening = wallets.system_wallet(Account.OPENING, CURRENCY)
    ids = []
    for number in range(WALLETS):
        owner = User.objects.create_user(f"owner-{number}@bench.invalid", display_name="Owner")
        wallet = wallets.wallet_for(owner, CURRENCY, actor=system)
        entries = [wallets.Entry(opening.pk, -_MONEY), wallets.Entry(wallet.pk, _MONEY)]
        wallets.post(TransactionKind.OPENING, entries, actor=system, key=f"bench:{number}")
        ids.append(wallet.pk)
    told = {"token": _token(person), "wallets": ids}
    print(json.dumps(told))  # noqa: T201  (to the benchmark)


def check_tokens(token: str, count: int) -> None:
    """Print the median time of checking a token, in milliseconds."""
    times = []
    for _number in range(count):
        began = time.perf_counter()
        tokens.access_of(token)
        times.append(time.perf_counter() - began)
    print(json.dumps({"milliseconds": 1000 * median(times)}))  # noqa: T201  (to the benchmark)


def _token(person: User) -> str:
    fields: dict[str, Any] = {
        "name": "Benchmark",
        "client_type": Program.CLIENT_CONFIDENTIAL,
        "authorization_grant_type": Program.GRANT_AUTHORIZATION_CODE,
        "redirect_uris": "https://bench.invalid/back",
        "allowed_scopes": list(SCOPES),
        "rate_limit": 60_000,
    }
    program = Program.objects.create(**fields)
    return tokens.issue(
        program, person=person, scopes=tuple(SCOPES), authenticated_at=timezone.now()
    )
