"""The same through django-hordak, in a process and a database of its own.

It is of the group `bench`: `uv run --group bench manage.py bench ledger`.
"""

import os
import random
import sys
import time
from typing import Any

import dj_database_url
import django
from django.conf import settings
from django.core.management import call_command
from django.db import transaction

WALLET_COUNT = 1000


def seed() -> None:
    """Make 1,000 accounts of what is owed to people, in US dollars."""
    _set_up()
    call_command("migrate", verbosity=0)
    from hordak.models import Account, AccountType  # noqa: PLC0415  (after the settings)

    with transaction.atomic():
        for number in range(WALLET_COUNT):
            Account.objects.create(
                name=f"Person {number}",
                code=f"{number:04d}",
                type=AccountType.liability,
                currencies=["USD"],
            )


def post(seconds: float) -> None:
    """Say “ready”, wait for a line, transfer for that long, and print the transfers per second."""
    _set_up()
    from hordak.models import Account  # noqa: PLC0415  (after the settings)
    from moneyed import Money  # noqa: PLC0415

    people = list(Account.objects.order_by("pk"))
    dice = random.Random()  # noqa: S311  (spreads the load)
    cent = Money("0.01", "USD")

    def transfer() -> None:
        giver, taker = dice.sample(people, 2)
        with transaction.atomic():
            giver.transfer_to(taker, cent)

    for _warm in range(200):
        transfer()
    _say("ready")
    sys.stdin.readline()
    number, elapsed, start = 0, 0.0, time.perf_counter()
    while elapsed < seconds:
        number += 1
        transfer()
        elapsed = time.perf_counter() - start
    _say(number / elapsed)


def _set_up() -> None:
    database: dict[str, Any] = {**dj_database_url.parse(os.environ["DATABASE_URL"])}
    options = database.get("OPTIONS", {})
    database["HOST"] = options.pop("host", database["HOST"])
    settings.configure(
        DATABASES={"default": database},
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "mptt",
            "hordak",
        ],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DEFAULT_CURRENCY="USD",
        CURRENCIES=["USD"],
        USE_TZ=True,
    )
    django.setup()


def _say(text: object) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
