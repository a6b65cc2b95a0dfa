"""The stage: wallets with money, for everybody to move."""

import json
from dataclasses import asdict
from pathlib import Path

from apps.accounts.models import User
from apps.wallets import selectors
from apps.wallets import services as wallets
from apps.wallets.states import Role, TransactionKind
from project.preparation import prepare
from project.torture.plan import Stage

_PEOPLE = 6
_CURRENCIES = ("EUR", "USD")
_ROLES = ("cash", "escrow", "commission")
_EACH = 1_000_00
_FILE = "stage.json"


def set_up(folder: str) -> None:
    """Migrate the database, give six people money in two currencies, and write down who has what.

    Runs in a process of its own, in which Django knows the database.
    """
    prepare()
    system = User.objects.system()
    stage = Stage(actor=system.pk, people={}, chart={}, baseline=0)
    for number in range(_PEOPLE):
        person = User.objects.create_user(
            f"person-{number}@torture.invalid", display_name=f"Person {number}"
        )
        for currency in _CURRENCIES:
            wallet = wallets.wallet_for(person, currency, actor=system)
            stage.people.setdefault(currency, []).append(wallet.pk)
    for currency in _CURRENCIES:
        stage.chart[currency] = [wallets.system_wallet(Role(role), currency).pk for role in _ROLES]
        opening = wallets.system_wallet(Role.OPENING, currency)
        wallets.post(
            TransactionKind.OPENING,
            [
                wallets.Entry(opening.pk, -_EACH * _PEOPLE),
                *(wallets.Entry(pk, _EACH) for pk in stage.people[currency]),
            ],
            actor=system,
            key=f"torture:opening:{currency}",
        )
    stage.baseline = selectors.ledger_position()
    (Path(folder) / _FILE).write_text(json.dumps(asdict(stage)), encoding="utf-8")


def read_stage(folder: Path) -> Stage:
    """Return the stage that was set up."""
    return Stage(**json.loads((folder / _FILE).read_text(encoding="utf-8")))
