"""What a process of `bench ledger` does in the scratch database: seed, post, fill, read."""

import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.services import Entry, Posting
from apps.wallets.states import Role, TransactionKind
from project import reference
from project.benchmarks.sessions import signed_in

WALLET_COUNT = 1000
BATCH = 1000
_MILLION = 100_000_000
_SMALL = 1000  # entries of the wallet beside which the large one is read
_dice = random.Random()  # noqa: S311  (spreads the load)


def seed() -> None:
    """Give 1,000 people a wallet with a million US dollars each; their ids are 1 to 1,000."""
    users = User.objects.bulk_create(
        User(email=f"{number}@bench.invalid", display_name=f"Person {number}")
        for number in range(WALLET_COUNT)
    )
    people = Wallet.objects.bulk_create(
        Wallet(number=f"W-{user.pk:06d}", owner=user, currency="USD", floor=0) for user in users
    )
    reference.load()
    opening = wallets.system_wallet(Role.OPENING, "USD")
    wallets.post(
        TransactionKind.OPENING,
        [
            Entry(opening.pk, -_MILLION * WALLET_COUNT),
            *(Entry(wallet.pk, _MILLION) for wallet in people),
        ],
        actor=users[0],
        key="bench-opening",
    )


def spread(seconds: float) -> None:
    """Post between two wallets of 1,000."""
    _post(seconds, lambda ids: _dice.sample(ids, 2))


def hot_system(seconds: float) -> None:
    """Post between any wallet and one of the chart."""
    cash = wallets.system_wallet(Role.CASH, "USD").pk
    _post(seconds, lambda ids: [_dice.choice(ids), cash])


def hot_person(seconds: float) -> None:
    """Post between any wallet and that of one person."""
    _post(seconds, lambda ids: [_dice.choice(ids[1:]), ids[0]])


def batches(seconds: float) -> None:
    """Post batches of 1,000 between two wallets of 1,000."""
    ids, actor, keys = _ready()
    _batch(ids, keys, actor)
    _go()
    count, elapsed, start = 0, 0.0, time.perf_counter()
    while elapsed < seconds:
        _batch(ids, keys, actor)
        count += BATCH
        elapsed = time.perf_counter() - start
    _say(count / elapsed)


def fill(entry_count: int) -> None:
    """Post in batches until there are so many entries, and say what memory it took."""
    ids, actor, keys = _ready()
    large, small = ids[0], ids[1]
    cash = wallets.system_wallet(Role.CASH, "USD").pk
    early_mb, started, posted = 0.0, time.perf_counter(), 0
    for number in range(max(entry_count // 2 // BATCH, 2)):
        # Every fifth posting is between the cash and the wallet that becomes large.
        pairs = [
            [large, cash] if place % 5 == 0 else _dice.sample(ids[2:], 2) for place in range(BATCH)
        ]
        posted += len(wallets.post_many(_postings(pairs, keys), actor=actor))
        if number % 10 == 0:
            wallets.roll_up()
        if posted <= max(entry_count // 50, BATCH):
            early_mb = _resident_mb()
    pairs = [[small, cash] for _number in range(_SMALL)]
    wallets.post_many(_postings(pairs, keys), actor=actor)
    wallets.roll_up()
    _say(
        json.dumps(
            {
                "postings": posted,
                "entries": 2 * posted,
                "seconds": time.perf_counter() - started,
                "early_mb": early_mb,
                "late_mb": _resident_mb(),
            }
        )
    )


def read_pages(rounds: int) -> None:
    """Read the pages of both wallets in turn, and say how many a second in each round."""
    large, small = Wallet.objects.of_people().order_by("pk")[:2]
    client = Client(headers={"host": "localhost"})
    client.force_login(_controller())
    signed_in(client)
    rates: dict[str, list[float]] = {"large": [], "small": []}
    _read(client, large)
    _read(client, small)
    for _round in range(rounds):
        for name, wallet in (("large", large), ("small", small)):
            rates[name].append(1 / median(_read(client, wallet) for _time in range(20)))
    counts = {"large_count": large.position, "small_count": small.position}
    _say(json.dumps({**rates, **counts}))


def _controller() -> User:
    person = User.objects.create_user("controller@bench.invalid", display_name="Controller")
    person.is_staff = True
    person.save()
    person.groups.add(Group.objects.get(name="Finance controller"))
    return person


def _read(client: Client, wallet: Wallet) -> float:
    start = time.perf_counter()
    answer: Any = client.get(reverse("admin:wallets_wallet_change", args=(wallet.pk,)))
    assert answer.status_code == 200, answer.status_code  # noqa: PLR2004
    return time.perf_counter() - start


def _post(seconds: float, pair: Callable[[list[int]], list[int]]) -> None:
    """Say “ready”, wait for a line, post for that long, and print the postings per second."""
    ids, actor, keys = _ready()

    def transfer() -> None:
        giver, taker = pair(ids)
        entries = [Entry(giver, -1), Entry(taker, 1)]
        wallets.post(TransactionKind.TRANSFER, entries, actor=actor, key=next(keys))

    for _warm in range(200):
        transfer()
    _go()
    number, elapsed, start = 0, 0.0, time.perf_counter()
    while elapsed < seconds:
        number += 1
        transfer()
        elapsed = time.perf_counter() - start
    _say(number / elapsed)


def _ready() -> tuple[list[int], User, Iterator[str]]:
    run = f"{os.getpid()}-{time.time_ns()}"
    numbers = iter(range(10**9))
    ids = list(Wallet.objects.of_people().order_by("pk").values_list("pk", flat=True))
    return ids, User.objects.order_by("pk")[0], (f"bench:{run}:{number}" for number in numbers)


def _postings(pairs: list[list[int]], keys: Iterator[str]) -> list[Posting]:
    return [
        Posting(TransactionKind.TRANSFER, [Entry(giver, -1), Entry(taker, 1)], next(keys))
        for giver, taker in pairs
    ]


def _batch(ids: list[int], keys: Iterator[str], actor: User) -> None:
    pairs = [_dice.sample(ids, 2) for _number in range(BATCH)]
    wallets.post_many(_postings(pairs, keys), actor=actor)


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def _go() -> None:
    _say("ready")
    sys.stdin.readline()


def _say(text: object) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
