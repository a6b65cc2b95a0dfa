"""Writing to the ledger by raw SQL, and reading which rule refuses it."""

from datetime import date
from typing import Any

from django.db import Error, connection, transaction

from apps.accounts.models import User
from apps.wallets.models import Wallet
from apps.wallets.tests.conftest import stored

type Statement = tuple[str, tuple[Any, ...]]

# What a commit checks, without a commit.
_COMMIT: "tuple[Statement, ...]" = (
    ("SET CONSTRAINTS ALL IMMEDIATE", ()),
    ("SET CONSTRAINTS ALL DEFERRED", ()),
)


def run(*statements: Statement) -> str:
    """Run statements and whatever waits for the commit; return the rule that refused them."""
    before = stored()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for text, values in (*_COMMIT, *statements, *_COMMIT):
                cursor.execute(text, values)
    except Error as error:
        assert stored() == before
        diagnostics = getattr(error.__cause__, "diag", None)
        return str(diagnostics and diagnostics.constraint_name)
    return "nothing refused it"


def sql(text: str, *values: object) -> Statement:
    return text, values


def posting(*entries: tuple[Wallet, int], **columns: object) -> Statement:
    """Post a transfer of 1 May 2027 with the key “raw” by the inbox of the ledger."""
    values = {
        "key": "raw",
        "fingerprint": "",
        "kind": "transfer",
        "effective_on": date(2027, 5, 1),
        "description": "",
        "actor_id": User.objects.system().pk,
        "wallets": [wallet.pk for wallet, _amount in entries],
        "amounts": [amount for _wallet, amount in entries],
        "lines": list(range(1, len(entries) + 1)),
        **columns,
    }
    names, marks = ", ".join(values), ", ".join(["%s"] * len(values))
    text = f"INSERT INTO ledger_inbox ({names}) VALUES ({marks})"  # noqa: S608  (constants)
    return text, tuple(values.values())


def batch(*postings: tuple[tuple[Wallet, int], ...], **columns: object) -> Statement:
    """Post transfers of 1 May 2027 with the keys “raw 1”, “raw 2” … by the batch of the ledger."""
    numbers = range(1, len(postings) + 1)
    rows = [(n, *entry) for n, entries in zip(numbers, postings, strict=True) for entry in entries]
    values = {
        "keys": [f"raw {number}" for number in numbers],
        "fingerprints": [""] * len(postings),
        "kinds": ["transfer"] * len(postings),
        "days": [date(2027, 5, 1)] * len(postings),
        "descriptions": [""] * len(postings),
        "actor_id": User.objects.system().pk,
        "about_types": [None] * len(postings),
        "about_ids": [None] * len(postings),
        "numbers": [number for number, _wallet, _amount in rows],
        "lines": list(range(1, len(rows) + 1)),
        "wallets": [wallet.pk for _number, wallet, _amount in rows],
        "amounts": [amount for _number, _wallet, amount in rows],
        **columns,
    }
    names = ", ".join(values)
    casts = {"about_types": "int[]", "about_ids": "bigint[]", "wallets": "bigint[]"}
    marks = ", ".join(f"%s::{casts[name]}" if name in casts else "%s" for name in values)
    text = f"INSERT INTO ledger_batch ({names}) VALUES ({marks})"  # noqa: S608  (constants)
    return text, tuple(values.values())


def hold_row(wallet: Wallet, amount: int, **columns: object) -> Statement:
    values = {
        "wallet_id": wallet.pk,
        "amount": amount,
        "captured": 0,
        "released": 0,
        "status": "active",
        "reason": "",
        "key": "raw",
        "placed_by_id": User.objects.system().pk,
        **columns,
    }
    names, marks = ", ".join(values), ", ".join(["%s"] * len(values))
    text = f"INSERT INTO ledger_holds ({names}) VALUES ({marks})"  # noqa: S608  (constants)
    return text, tuple(values.values())
