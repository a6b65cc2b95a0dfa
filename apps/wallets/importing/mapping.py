"""Which account of ours each account of a file is: one of the chart, a general one, or a new one.

Wallets of people are no targets: what somebody owns moves by deeds of this office only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.wallets.account_names import class_in, names_of
from apps.wallets.errors import MappingFaulty
from apps.wallets.importing.journal import ForeignAccount
from apps.wallets.models import Wallet
from apps.wallets.services.opening import TITLE_LENGTH
from apps.wallets.states import AccountClass, Role, WalletStatus


@dataclass(frozen=True)
class Target:
    """An account of a file: the number of ours that it is, or title and class of a new one."""

    name: str
    currency: str
    wallet: str = ""
    title: str = ""
    general_class: str = ""

    @property
    def account(self) -> ForeignAccount:
        """The account of the file."""
        return ForeignAccount(self.name, self.currency)

    def as_json(self) -> dict[str, Any]:
        """Return what the row keeps."""
        return asdict(self)


def targets_in(currencies: Iterable[str]) -> list[Wallet]:
    """Return what a foreign account may be mapped to: active accounts of the house, by name."""
    wallets = Wallet.objects.of_the_system().filter(
        currency__in=list(currencies), status=WalletStatus.ACTIVE
    )
    return sorted(wallets, key=lambda one: (one.currency, one.role == Role.GENERAL, one.name))


def suggested(accounts: Sequence[ForeignAccount]) -> list[Target]:
    """Return what is likely meant: the account with that name here, else a new one.

    The class of a new one is guessed from the first word; it is empty when that says nothing.
    """
    currencies = {account.currency for account in accounts}
    wallets = Wallet.objects.of_the_system().filter(currency__in=currencies)
    names = names_of(wallets)
    known: dict[tuple[str, str], Wallet] = {}
    for wallet in wallets:
        if wallet.status == WalletStatus.ACTIVE:
            for name in (names[wallet.pk], wallet.number, wallet.title):
                known.setdefault((name, wallet.currency), wallet)
    taken = {(wallet.title, wallet.currency) for wallet in wallets}
    found = []
    for account in accounts:
        if (wallet_ := known.get(account)) is not None:
            found.append(Target(*account, wallet=wallet_.number))
            continue
        title = _free_title(account, taken)
        taken.add((title, account.currency))
        found.append(Target(*account, title=title, general_class=class_in(account.name) or ""))
    return found


def _free_title(account: ForeignAccount, taken: set[tuple[str, str]]) -> str:
    """Return the name, shortened to what a title holds, and told apart from the others."""
    name = account.name
    title = name if len(name) <= TITLE_LENGTH else f"{name[: TITLE_LENGTH - 1]}…"
    number = 1
    while (title, account.currency) in taken:
        number += 1
        mark = f" ({number})"
        title = f"{name[: TITLE_LENGTH - len(mark)]}{mark}"
    return title


def checked(
    accounts: Sequence[ForeignAccount], answers: Mapping[ForeignAccount, Target]
) -> list[Target]:
    """Return a target for every account, each of which can be posted on.

    Raises:
        MappingFaulty: an account has none, or one that it cannot have; it tells of each why.
    """
    wallets = targets_in({account.currency for account in accounts})
    numbers = {(wallet.number, wallet.currency): wallet for wallet in wallets}
    titles = {(wallet.title, wallet.currency): wallet for wallet in wallets if wallet.title}
    classes: dict[tuple[str, str], str] = {}
    found: list[Target] = []
    faults: dict[tuple[str, str], str] = {}
    for account in accounts:
        target = _tidied(answers.get(account) or Target(*account))
        fault = (
            _fault_of_wallet(target, numbers)
            if target.wallet
            else _fault_of_new(target, titles, classes)
        )
        if fault:
            faults[account] = fault
        found.append(target)
    if faults:
        raise MappingFaulty(faults)
    return found


def _tidied(target: Target) -> Target:
    if target.wallet:
        return Target(*target.account, wallet=target.wallet)
    title = " ".join(target.title.split())
    return Target(*target.account, title=title, general_class=target.general_class)


def _fault_of_wallet(target: Target, numbers: Mapping[tuple[str, str], Wallet]) -> str:
    if (target.wallet, target.currency) in numbers:
        return ""
    return _(
        "{wallet} is no active account of the house in {currency}. Choose one of the list."
    ).format(wallet=target.wallet, currency=target.currency)


def _fault_of_new(
    target: Target,
    titles: Mapping[tuple[str, str], Wallet],
    classes: dict[tuple[str, str], str],
) -> str:
    key = (target.title, target.currency)
    if not 0 < len(target.title) <= TITLE_LENGTH:
        return _("Give the new account a title of at most {most} characters.").format(
            most=TITLE_LENGTH
        )
    if target.general_class not in AccountClass.values:
        return _("Choose the class of the new account: its name does not tell.")
    if key in titles:
        return _("There is an account with this title already: choose {wallet}.").format(
            wallet=titles[key].number
        )
    if classes.setdefault(key, target.general_class) != target.general_class:
        return _("Another account of the file opens “{title}” with another class.").format(
            title=target.title
        )
    return ""
