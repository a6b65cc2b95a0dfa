"""The chart of accounts: by currency and class, both sides, now and at a day."""

from datetime import date

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.wallets import services as wallets
from apps.wallets.charting import chart_of_accounts
from apps.wallets.models import Wallet
from apps.wallets.states import AccountClass, Role
from apps.wallets.tests.browsing import query_count, signed_in, text_of, url_of
from apps.wallets.tests.conftest import Move, Tamper
from project.testing.make import Make

CHART = url_of("wallet_chart")


@pytest.fixture
def wallet(make: Make, boris: User, move: Move) -> Wallet:
    """Open with 100.00, of which 30.00 became commission on 3 February 2020."""
    wallet = make.wallet(boris, balance=10000)
    commission = wallets.system_wallet(Role.COMMISSION, "USD")
    move(3000, wallet, commission, key="fee", effective_on=date(2020, 2, 3))
    return wallet


def test_accounts_stand_in_their_class_on_their_side(wallet: Wallet) -> None:
    sheet = chart_of_accounts()[0]
    assert sheet.currency == "USD"
    assert [group.account_class for group in sheet.groups] == list(AccountClass)
    sides = {group.account_class: (group.debit, group.credit) for group in sheet.groups}
    assert sides == {
        AccountClass.ASSET: (0, 0),
        AccountClass.LIABILITY: (0, 7000),
        AccountClass.EQUITY: (10000, 0),
        AccountClass.INCOME: (0, 3000),
        AccountClass.EXPENSE: (0, 0),
    }
    assert (sheet.debit, sheet.credit, sheet.difference) == (10000, 10000, 0)


def test_at_a_day_it_counts_what_is_effective_by_then(wallet: Wallet) -> None:
    sheet = chart_of_accounts(date(2020, 2, 3))[0]
    assert (sheet.debit, sheet.credit) == (3000, 3000)
    assert all(sheet.is_empty for sheet in chart_of_accounts(date(2020, 2, 2)))


def test_each_general_account_has_its_own_line_in_its_class(wallet: Wallet) -> None:
    for title in ("Rent", "Water"):
        Wallet.objects.create(
            number=f"USD-{title.upper()}",
            role=Role.GENERAL,
            title=title,
            general_class=AccountClass.EXPENSE,
            currency="USD",
        )
    expenses = chart_of_accounts()[0].groups[-1]
    assert [account.wallet.name for account in expenses.accounts if account.wallet][-2:] == [
        "Rent",
        "Water",
    ]


def test_the_page_ticks_a_currency_whose_sides_agree_and_leads_on(
    wallet: Wallet, walt: User
) -> None:
    page = signed_in(walt).get(CHART, {"on": "2020-02-03"})
    text = text_of(page)
    assert "✓ debits equal credits" in text
    assert "People’s wallets $30.00" in text
    assert "Commission income USD-COMMISSION $30.00" in text
    assert "EUR: no account has a balance" in text
    commission = wallets.system_wallet(Role.COMMISSION, "USD")
    address = f'"{url_of("wallet_change", commission.pk)}?until=2020-02-03#statement"'
    assert address in page.content.decode()


def test_sides_that_differ_are_said_in_red(wallet: Wallet, walt: User, tamper: Tamper) -> None:
    tamper("UPDATE wallets SET posted = posted + 5 WHERE id = %s", wallet.pk)
    page = signed_in(walt).get(CHART)
    assert "the sides differ by $0.05" in text_of(page)
    assert 'class="office-bad" role="alert"' in page.content.decode()


def test_a_day_that_is_none_is_said_and_shows_nothing(wallet: Wallet, walt: User) -> None:
    page = text_of(signed_in(walt).get(CHART, {"on": "soon"}))
    assert "Enter a valid date." in page
    assert "debits equal credits" not in page


def test_it_is_for_those_who_read_the_ledger(
    request: pytest.FixtureRequest, db: None, client: Client
) -> None:
    allowed = {"walt", "carol", "fiona", "audrey"}
    for name in ("walt", "carol", "fiona", "audrey", "clara", "anna", "adam"):
        status = signed_in(request.getfixturevalue(name)).get(CHART).status_code
        assert status == (200 if name in allowed else 403), name
    assert client.get(CHART).status_code == 302


def test_it_asks_as_many_questions_for_many_people_as_for_one(
    make: Make, wallet: Wallet, walt: User
) -> None:
    client = signed_in(walt)
    query_count(client, CHART)
    few = query_count(client, CHART)
    for number in range(5):
        make.wallet(User.objects.create_user(f"p{number}@example.com", display_name="P"))
    assert query_count(client, CHART) == few


def test_the_sidebar_marks_one_page_as_open(wallet: Wallet, walt: User) -> None:
    client = signed_in(walt)
    for address, name in ((CHART, "Chart of accounts"), (url_of("wallet_changelist"), "Wallets")):
        items = [
            item
            for group in client.get(address).context["sidebar_navigation"]
            for item in group["items"]
        ]
        assert [str(item["title"]) for item in items if item["active"]] == [name]
