"""Mapping the accounts of a journal: what is suggested, what is refused, until when."""

import pytest

from apps.accounts.models import User
from apps.common.errors import MoveNotAllowed
from apps.wallets import services as wallets
from apps.wallets.errors import MappingFaulty
from apps.wallets.importing import mapping, services
from apps.wallets.importing.journal import ForeignAccount
from apps.wallets.importing.mapping import Target
from apps.wallets.models import JournalImport
from apps.wallets.states import AccountClass
from apps.wallets.tests.conftest import refusal
from apps.wallets.tests.importing import SMALL, mapped, uploaded
from project.testing.make import Make

BANK = ("Assets:Bank", "USD")


def fresh(row: JournalImport) -> JournalImport:
    return JournalImport.objects.get(pk=row.pk)


def test_what_is_likely_meant_is_suggested(make: Make, carol: User, boris: User) -> None:
    person = make.wallet(boris)
    till = wallets.open_general_account("Till", AccountClass.ASSET, "USD", actor=carol)
    names = {
        "USD-ESCROW": Target("", "", wallet="USD-ESCROW"),
        "Assets:Cash": Target("", "", wallet="USD-CASH"),
        "Liabilities:Payouts in transit": Target("", "", wallet="USD-PAYOUTS-IN-TRANSIT"),
        "Till": Target("", "", wallet=till.number),
        "Assets:Till": Target("", "", wallet=till.number),
        "Revenue:Sales": Target("", "", title="Revenue:Sales", general_class="income"),
        "expense account": Target("", "", title="expense account", general_class="expense"),
        "Giro": Target("", "", title="Giro"),
        person.number: Target("", "", title=person.number),
        "y" * 121: Target("", "", title="y" * 119 + "…"),
        "y" * 119 + "zz": Target("", "", title="y" * 116 + " (2)"),
    }
    accounts = [ForeignAccount(name, "USD") for name in names]
    found = mapping.suggested(accounts)
    assert [(one.wallet, one.title, one.general_class) for one in found] == [
        (one.wallet, one.title, one.general_class) for one in names.values()
    ]


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        (Target(*BANK), "Give the new account a title of at most 120 characters."),
        (Target(*BANK, title="x" * 121, general_class="asset"), "a title of at most 120"),
        (Target(*BANK, title="Bank"), "Choose the class of the new account"),
        (Target(*BANK, title="Bank", general_class="cash"), "Choose the class"),
        (Target(*BANK, wallet="EUR-CASH"), "EUR-CASH is no active account of the house in USD."),
        (Target(*BANK, wallet="W-000001"), "W-000001 is no active account of the house in USD."),
        (
            Target(*BANK, title="Equity:Start", general_class="asset"),
            "Another account of the file opens “Equity:Start” with another class.",
        ),
    ],
)
def test_a_target_must_be_one_that_can_be_posted_on(
    carol: User, target: Target, sentence: str
) -> None:
    row = uploaded(SMALL, carol)
    said = refusal(lambda: mapped(row, carol, target))
    assert isinstance(said, MappingFaulty)
    assert sentence in " ".join(said.faults.values())
    assert fresh(row).status == "uploaded"


def test_a_mapping_may_be_changed_until_it_is_confirmed(carol: User) -> None:
    row = mapped(uploaded(SMALL, carol), carol)
    mapped(row, carol, Target(*BANK, wallet="USD-CASH"))
    services.confirm(row.pk, actor=carol)
    assert isinstance(refusal(lambda: mapped(row, carol)), MoveNotAllowed)
    assert isinstance(refusal(lambda: services.discard(row.pk, actor=carol)), MoveNotAllowed)
    assert isinstance(refusal(lambda: services.confirm(row.pk, actor=carol)), MoveNotAllowed)


def test_nothing_is_confirmed_before_it_is_mapped(carol: User) -> None:
    row = uploaded(SMALL, carol)
    assert isinstance(refusal(lambda: services.confirm(row.pk, actor=carol)), MoveNotAllowed)
