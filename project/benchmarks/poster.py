"""What a process of `bench ledger` does, in the scratch database: fill the wallets, or post."""

import os
import random
import sys
import time

from apps.accounts.models import User
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.states import Role, TransactionKind

WALLET_COUNT = 1000
_MILLION = 100_000_000


def seed() -> None:
    """Give 1,000 people a wallet with a million US dollars each."""
    users = User.objects.bulk_create(
        User(email=f"{number}@bench.invalid", display_name=f"Person {number}")
        for number in range(WALLET_COUNT)
    )
    people = Wallet.objects.bulk_create(
        Wallet(number=f"W-{user.pk:06d}", owner=user, currency="USD", floor=0) for user in users
    )
    opening = Wallet.objects.create(number="USD-OPENING", role=Role.OPENING, currency="USD")
    wallets.post(
        TransactionKind.OPENING,
        [
            wallets.Entry(opening.pk, -_MILLION * WALLET_COUNT),
            *(wallets.Entry(wallet.pk, _MILLION) for wallet in people),
        ],
        actor=users[0],
        key="bench-opening",
    )


def post(seconds: float) -> None:
    """Say “ready”, wait for a line, post for that long, and print the postings per second."""
    ids = list(Wallet.objects.of_people().values_list("pk", flat=True))
    actor = User.objects.order_by("pk")[0]
    dice = random.Random()  # noqa: S311  (spreads the load)
    run = f"{os.getpid()}-{time.time_ns()}"

    def transfer(number: int) -> None:
        giver, taker = dice.sample(ids, 2)
        wallets.post(
            TransactionKind.TRANSFER,
            [wallets.Entry(giver, -1), wallets.Entry(taker, 1)],
            actor=actor,
            key=f"bench:{run}:{number}",
        )

    for number in range(-100, 0):
        transfer(number)
    _say("ready")
    sys.stdin.readline()
    number, elapsed, start = 0, 0.0, time.perf_counter()
    while elapsed < seconds:
        number += 1
        transfer(number)
        elapsed = time.perf_counter() - start
    _say(number / elapsed)


def _say(text: object) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
