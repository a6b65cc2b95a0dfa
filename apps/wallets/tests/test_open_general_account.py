"""General accounts: opened beside the chart, known by their titles."""

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.common.errors import NotPermitted
from apps.common.money import UnknownCurrency
from apps.wallets import selectors
from apps.wallets import services as wallets
from apps.wallets.errors import TitleMissing, TitleTaken
from apps.wallets.models import Wallet
from apps.wallets.states import AccountClass
from apps.wallets.tests.conftest import refusal


def test_it_is_open_with_a_number_a_version_and_a_trace(carol: User) -> None:
    account = wallets.open_general_account(
        "  Office   rent ", AccountClass.EXPENSE, "CHF", actor=carol
    )
    account.refresh_from_db()
    assert account.number.startswith("CHF-G-")
    assert len(account.number) == len("CHF-G-000001")
    assert (account.name, account.account_class, account.floor) == ("Office rent", "expense", None)
    version = account.history.get()
    assert (version.history_user, version.title) == (carol, "Office rent")
    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.actor, event.target_id) == (
        "wallets.opened",
        carol,
        str(account.pk),
    )
    assert event.after == {"currency": "CHF", "title": "Office rent", "class": "expense"}


def test_a_title_names_one_account_in_each_currency(carol: User) -> None:
    first = wallets.open_general_account("Till", AccountClass.ASSET, "USD", actor=carol)
    wallets.open_general_account("Till", AccountClass.ASSET, "EUR", actor=carol)
    said = refusal(
        lambda: wallets.open_general_account("Till ", AccountClass.INCOME, "USD", actor=carol)
    )
    assert isinstance(said, TitleTaken)
    assert str(said) == (
        f"There is a general account “Till” in USD already: {first.number}. "
        "Use that one, or choose another title."
    )


def test_the_database_refuses_a_second_one_of_that_title(carol: User) -> None:
    wallets.open_general_account("Till", AccountClass.ASSET, "USD", actor=carol)
    with pytest.raises(IntegrityError, match="wallet_title_is_unique"), transaction.atomic():
        Wallet.objects.create(
            number="X", role="general", title="Till", general_class="asset", currency="USD"
        )


@pytest.mark.parametrize("title", ["", " \n ", "x" * 121])
def test_a_title_is_needed_and_fits(carol: User, title: str) -> None:
    said = refusal(
        lambda: wallets.open_general_account(title, AccountClass.ASSET, "USD", actor=carol)
    )
    assert isinstance(said, TitleMissing)


def test_a_currency_must_exist_but_needs_no_chart(carol: User) -> None:
    said = refusal(
        lambda: wallets.open_general_account("Till", AccountClass.ASSET, "XXL", actor=carol)
    )
    assert isinstance(said, UnknownCurrency)
    wallets.open_general_account("Till", AccountClass.ASSET, "KWD", actor=carol)
    assert "KWD" in selectors.kept_currencies()
    assert "KWD" not in selectors.currencies()


def test_only_who_may_opens_one(walt: User) -> None:
    said = refusal(
        lambda: wallets.open_general_account("Till", AccountClass.ASSET, "USD", actor=walt)
    )
    assert isinstance(said, NotPermitted)
    assert not Wallet.objects.filter(role="general").exists()


def test_each_general_account_is_a_line_of_the_trial_balance(carol: User) -> None:
    for title, account_class in (
        ("Wages", AccountClass.EXPENSE),
        ("Till", AccountClass.ASSET),
        ("Bank", AccountClass.ASSET),
    ):
        wallets.open_general_account(title, account_class, "USD", actor=carol)
    lines = [line for line in selectors.trial_balance("USD") if line.role == "general"]
    assert [(line.title, line.account_class) for line in lines] == [
        ("Bank", "asset"),
        ("Till", "asset"),
        ("Wages", "expense"),
    ]
