"""How accounts are called in files: `Assets:Cash`, `Liabilities:People:W-000001`.

The first word of a name tells the class of the account, as in the plain-text books of hledger and
its kin; so a journal that we write is one that we, and they, can read. In each currency every name
is of one account only.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from apps.wallets.models import Wallet
from apps.wallets.states import AccountClass, Role

if TYPE_CHECKING:
    from collections.abc import Container

PEOPLE = "Liabilities:People:"
FIRST_WORD = {
    AccountClass.ASSET: "Assets",
    AccountClass.LIABILITY: "Liabilities",
    AccountClass.EQUITY: "Equity",
    AccountClass.INCOME: "Income",
    AccountClass.EXPENSE: "Expenses",
}
_CLASS_OF_WORD = {
    "asset": AccountClass.ASSET,
    "assets": AccountClass.ASSET,
    "capital": AccountClass.EQUITY,
    "cost": AccountClass.EXPENSE,
    "costs": AccountClass.EXPENSE,
    "debt": AccountClass.LIABILITY,
    "debts": AccountClass.LIABILITY,
    "equity": AccountClass.EQUITY,
    "expense": AccountClass.EXPENSE,
    "expenses": AccountClass.EXPENSE,
    "gain": AccountClass.INCOME,
    "gains": AccountClass.INCOME,
    "income": AccountClass.INCOME,
    "liabilities": AccountClass.LIABILITY,
    "liability": AccountClass.LIABILITY,
    "revenue": AccountClass.INCOME,
    "revenues": AccountClass.INCOME,
}
_WORD = re.compile(r"[A-Za-z]+")


def class_in(name: str) -> AccountClass | None:
    """Return the class that the first word of a name tells, if it does."""
    word = _WORD.match(name)
    return _CLASS_OF_WORD.get(word[0].lower()) if word else None


def tidy(name: str) -> str:
    """Return the name on one line, with single spaces, and no empty part between colons."""
    parts = (" ".join(part.split()) for part in name.split(":"))
    return ":".join(filter(None, parts))


def names_of(wallets: Iterable[Wallet]) -> dict[int, str]:
    """Return what the system wallets, taken all together, are called in files, by primary key.

    Older accounts keep their names when newer ones would be called the same.
    """
    wallets = sorted(wallets, key=lambda wallet: (wallet.role == Role.GENERAL, wallet.pk))
    wanted = {wallet.pk: _wanted(wallet) for wallet in wallets}
    people = [name.removeprefix(PEOPLE) for name in wanted.values() if name.startswith(PEOPLE)]
    numbers = Wallet.objects.of_people().filter(number__in=people) if people else ()
    taken = {(wallet.currency, f"{PEOPLE}{wallet.number}") for wallet in numbers}
    names: dict[int, str] = {}
    for wallet in wallets:
        names[wallet.pk] = name = _free(wanted[wallet.pk], wallet, taken)
        taken.add((wallet.currency, name))
    return names


def _wanted(wallet: Wallet) -> str:
    """Return the title of a general account or the place in the chart, below its class."""
    account_class = wallet.account_class
    title = wallet.title if wallet.role == Role.GENERAL else ""
    name = tidy(title or wallet.role.replace("_", " ").capitalize())
    if title and class_in(name) == account_class:
        return name
    return f"{FIRST_WORD[account_class]}:{name}".rstrip(":")


def _free(name: str, wallet: Wallet, taken: "Container[tuple[str, str]]") -> str:
    while (wallet.currency, name) in taken:
        name = f"{name} [{wallet.number}]"
    return name
