"""The finance page: figures that are those of the books, each with a way to its rows."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.reports import figures
from apps.reports.addresses import on_screen
from apps.reports.catalogue import CATALOGUE
from apps.reports.figures import Age, Span
from apps.reports.tests.conftest import behind_the_ledger, move
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.states import Role

pytestmark = pytest.mark.usefixtures("open_snapshot")

PAGE = "admin:reports_reportrun_finance"


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """Forget what another test has read."""
    cache.clear()


def _open(person: User) -> str:
    client = Client()
    client.force_login(person)
    answer = client.get(reverse(PAGE))
    assert answer.status_code == 200
    return answer.content.decode().replace("&amp;", "&")


def test_the_figures_are_those_of_the_books(fiona: User, wallet: Wallet) -> None:
    wallets.place_hold(wallet.pk, 1_000, actor=User.objects.system(), key="h")

    text = _open(fiona)

    for words in (
        *("Available to people", "$857.76"),
        *("Held", "$10.00"),
        *("Cash at bank", "$867.76"),
        *("In suspense", "should be zero"),
        *("Held, by age, USD", "As a table"),
    ):
        assert words in text
    # Other currencies have a chart of accounts too, and nothing in it.
    assert "EUR" not in text


def test_suspense_that_is_not_zero_wants_attention(fiona: User, wallet: Wallet) -> None:
    assert 'class="value office-bad"' not in _open(fiona)
    move(wallets.system_wallet(Role.SUSPENSE, "USD"), 5, timezone.localdate())
    cache.clear()

    assert 'class="value office-bad">$0.05' in _open(fiona)


def test_each_bar_leads_to_the_rows_behind_it(fiona: User, wallet: Wallet) -> None:
    commission = wallets.system_wallet(Role.COMMISSION, "USD")
    today = timezone.localdate()
    month = figures.months_until(today)[-2]
    move(commission, 4_321, month.until_on)

    text = _open(fiona)

    period = {"from_on": month.from_on, "until_on": month.until_on}
    url = on_screen("wallet-statement", {"wallet": commission.pk, **period})
    assert f'<a href="{url}">' in text
    assert "$43.21" in text
    people = "balances" if "balances" in CATALOGUE else "trial-balance"
    assert on_screen(people, {}) in text


def test_who_may_not_run_reports_reads_figures_without_ways_to_reports(
    walt: User, audrey: User, wallet: Wallet
) -> None:
    for person in (walt, audrey):
        text = _open(person)
        assert "$867.76" in text
        assert "/show/" not in text


def test_each_card_needs_its_own_permission(walt: User, fiona: User, wallet: Wallet) -> None:
    assert "Overdue loans" in _open(fiona)
    assert "Overdue loans" not in _open(walt)
    group = fiona.groups.get()
    codenames = ("view_hold", "view_receivable")
    group.permissions.remove(*group.permissions.filter(codename__in=codenames))
    text = _open(User.objects.get(pk=fiona.pk))
    assert ">Held<" not in text
    assert "Owed to us" not in text


def test_who_may_not_read_the_ledger_does_not_see_the_page(clara: User) -> None:
    client = Client()
    client.force_login(clara)

    assert client.get(reverse(PAGE)).status_code == 403


def test_figures_are_kept_for_a_minute_and_say_of_when_they_are(
    fiona: User, wallet: Wallet
) -> None:
    first = _open(fiona)
    move(wallet, 100_000, timezone.localdate())

    assert "at most a minute old" in first
    assert "$867.76" in _open(fiona)
    cache.clear()
    assert "$1,867.76" in _open(fiona)


def test_an_empty_ledger_has_a_page_too(fiona: User) -> None:
    assert "Nothing is posted yet." in _open(fiona)


def test_months_and_weeks_end_today() -> None:
    months = figures.months_until(date(2026, 3, 9))

    assert months[0] == Span(date(2025, 4, 1), date(2025, 4, 30))
    assert months[-2:] == [
        Span(date(2026, 2, 1), date(2026, 2, 28)),
        Span(date(2026, 3, 1), date(2026, 3, 9)),
    ]
    weeks = figures.weeks_until(date(2026, 3, 9))
    assert (weeks[0].until_on, weeks[-1].until_on) == (date(2025, 12, 22), date(2026, 3, 9))
    assert len(months) == len(weeks) == 12


def test_what_is_held_is_counted_by_the_days_since(wallet: Wallet) -> None:
    today = date(2026, 11, 30)
    for key, days in (("a", 0), ("b", 7), ("c", 8), ("d", 400)):
        hold = wallets.place_hold(wallet.pk, 100, actor=User.objects.system(), key=key)
        placed_at = datetime(2026, 11, 30, 23, 59, tzinfo=UTC) - timedelta(days=days)
        behind_the_ledger(
            "UPDATE ledger_holds SET placed_at = %s WHERE id = %s", placed_at, hold.pk
        )

    assert figures.held_by_age(today) == {"USD": {Age.WEEK: 200, Age.MONTH: 100, Age.OLDER: 100}}


def test_a_balance_of_the_past_is_that_of_its_day(wallet: Wallet) -> None:
    cash = figures.balances_of(
        Role.CASH, [Span(day, day) for day in (date(2026, 9, 30), date(2026, 10, 31))]
    )
    assert cash["USD"] == [-100_000, -78_999]
    rises = figures.rises_of(Role.CASH, [Span(date(2026, 10, 1), date(2026, 10, 31))])
    assert rises["USD"] == [21_001]
