"""A report on the screen: rows at once, sums after them, links, permission, audit, and a limit."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import AuditEvent, Outcome
from apps.reports.addresses import on_screen
from apps.reports.tests.conftest import OCTOBER, move
from apps.wallets.models import Wallet
from project.testing.make import Make

pytestmark = pytest.mark.usefixtures("open_snapshot")

EVERY_WALLET = {"as_of": "", "detail": "wallets"}


def _get(person: User, url: str) -> Any:
    client = Client()
    client.force_login(person)
    return client.get(url)


def _read(person: User, url: str) -> str:
    answer = _get(person, url)
    assert answer.status_code == 200
    text: str = answer.content.decode()
    return text


def _statement(wallet: Wallet, **parameters: object) -> str:
    return on_screen("wallet-statement", {"wallet": wallet.pk, **OCTOBER, **parameters})


def _closing(slug: str, url: str, *, shown: str = "USD", position: int = 0) -> str:
    query = f"{url.partition('?')[2]}&shown={shown}&position={position}"
    return f"{reverse('admin:reports_reportrun_closing', args=(slug,))}?{query}"


def test_the_rows_are_there_at_once_and_the_sums_by_a_second_request(
    fiona: User, wallet: Wallet
) -> None:
    text = _read(fiona, _statement(wallet))

    for words in ("Back-dated correction", "40.00", "Rows 1 to 4", "Ledger position"):
        assert words in text
    assert 'Debit<br><span class="report-unit">USD</span>' in text
    assert "Opening balance" not in text
    asked = reverse("admin:reports_reportrun_closing", args=("wallet-statement",))
    assert f'hx-get="{asked}?from_on=2026-10-01&amp;' in text

    text = _read(fiona, _closing("wallet-statement", _statement(wallet)))

    for words in ("Opening balance", "1,000.00", "Total USD", "250.51", "These figures agree"):
        assert words in text
    assert 'id="report-figures" class="office-figures" hx-swap-oob="true"' in text
    for part in ("opening", "totals", "ending", "count"):
        assert f'id="report-{part}" hx-swap-oob="true"' in text


def test_sums_of_another_moment_say_so(fiona: User, wallet: Wallet) -> None:
    url = _statement(wallet)
    moved = "The ledger has moved since the rows were read"
    last = move(wallet, 1, date(2026, 10, 30))

    assert moved in _read(fiona, _closing("wallet-statement", url, position=last - 1))
    assert moved not in _read(fiona, _closing("wallet-statement", url, position=last))


def test_pages_follow_each_other(
    fiona: User, wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("apps.reports.showing", "apps.reports.admin.screen"):
        monkeypatch.setattr(f"{module}.ON_A_PAGE", 2)
    monkeypatch.setattr("apps.reports.showing.DEEPEST", 4)
    monkeypatch.setattr("apps.reports.admin.screen.DEEPEST", 4)

    first = _read(fiona, _statement(wallet))
    second = _read(fiona, _statement(wallet, skipped=2))

    assert "Rows 1 to 2" in first
    assert "skipped=2" in first
    assert 'rel="prev"' not in first
    assert 'id="report-opening"' in first
    assert 'id="report-ending"' not in first
    assert "Rows 3 to 4" in second
    assert "skipped=0" in second
    assert 'rel="next"' not in second
    assert 'id="report-opening"' not in second
    assert 'id="report-ending"' in second
    move(wallet, 5, date(2026, 10, 31), "One more")
    assert "The files have all of them." in _read(fiona, _statement(wallet, skipped=2))
    # Whatever somebody writes there, it is a page that exists.
    for strange in ("99999999999", "-1", "x", "3"):
        assert _get(fiona, _statement(wallet, skipped=strange)).status_code == 200


def test_a_report_by_currency_has_sections_and_their_totals(fiona: User, wallet: Wallet) -> None:
    url = on_screen("trial-balance", EVERY_WALLET)

    text = _read(fiona, url)
    assert '<th scope="rowgroup" colspan="5">USD</th>' in text
    assert '<tbody id="report-total-USD"></tbody>' in text
    assert '<template><tbody id="report-total-USD"' in _read(fiona, _closing("trial-balance", url))


def test_all_columns_are_one_click_away(fiona: User, wallet: Wallet) -> None:
    few, every = _statement(wallet), _statement(wallet, every_column=1)

    assert "Posted at" not in _read(fiona, few)
    assert "Posted at" in _read(fiona, every)
    assert "Fewer columns" in _read(fiona, every)


def test_a_cell_leads_to_its_wallet_and_a_figure_to_its_rows(fiona: User, wallet: Wallet) -> None:
    text = _read(fiona, on_screen("trial-balance", EVERY_WALLET)).replace("&amp;", "&")

    assert reverse("admin:wallets_wallet_change", args=(wallet.pk,)) in text
    today = timezone.localdate()
    year = {"from_on": today.replace(month=1, day=1), "until_on": today}
    assert on_screen("wallet-statement", {"wallet": wallet.pk, **year}) in text
    text = _read(fiona, on_screen("trial-balance", {"as_of": "2026-10-31", "detail": "chart"}))
    assert on_screen("trial-balance", {"as_of": "2026-10-31", "detail": "wallets"}) in (
        text.replace("&amp;", "&")
    )


def test_a_cell_leads_nowhere_for_those_who_may_not_open_the_page(
    fiona: User, wallet: Wallet
) -> None:
    group = fiona.groups.get()
    group.permissions.remove(*group.permissions.filter(codename="view_wallet"))

    text = _read(fiona, on_screen("trial-balance", EVERY_WALLET))

    assert wallet.number in text
    assert reverse("admin:wallets_wallet_change", args=(wallet.pk,)) not in text


def test_a_report_without_rows_says_so(fiona: User, make: Make) -> None:
    empty = make.wallet(fiona)

    assert "There is nothing to show." in _read(fiona, _statement(empty))
    assert "These figures agree" in _read(
        fiona, _closing("wallet-statement", _statement(empty), shown="")
    )


def test_without_parameters_a_report_takes_its_defaults(fiona: User) -> None:
    url = reverse("admin:reports_reportrun_show", args=("lending-register",))

    last = timezone.localdate().replace(day=1) - timedelta(days=1)
    assert f"{last.replace(day=1)} – {last}" in _read(fiona, url)


def test_parameters_that_do_not_fit_are_asked_for_again(fiona: User) -> None:
    wrong = {"from_on": "2026-10-02", "until_on": "2026-10-01"}

    text = _read(fiona, on_screen("lending-register", wrong))

    assert "“Until” must not be before “From”." in text
    assert 'name="formats"' in text
    closing = _closing("lending-register", on_screen("lending-register", wrong))
    assert _get(fiona, closing).status_code == 404
    assert not AuditEvent.objects.filter(action="reports.shown").exists()


def test_reading_is_written_down_with_the_parameters(fiona: User, wallet: Wallet) -> None:
    _read(fiona, _statement(wallet))

    event = AuditEvent.objects.get(action="reports.shown")
    assert event.actor == fiona
    assert event.after == {
        "report": "wallet-statement",
        "parameters": {"wallet": wallet.pk, **OCTOBER},
        "skipped": 0,
    }


@pytest.mark.parametrize("missing", ["run_report", "view_ledgerentry"])
def test_who_may_not_run_the_report_does_not_see_it(
    fiona: User, wallet: Wallet, missing: str
) -> None:
    group = fiona.groups.get()
    group.permissions.remove(*group.permissions.filter(codename=missing))

    assert _get(fiona, _statement(wallet)).status_code == 403
    assert _get(fiona, _closing("wallet-statement", _statement(wallet))).status_code == 403
    event = AuditEvent.objects.get(action="reports.show")
    assert (event.actor, event.outcome) == (fiona, Outcome.DENIED)
    # Neither the form that is shown when parameters do not fit.
    assert _get(fiona, _statement(wallet, from_on="x")).status_code == 403


def test_an_unknown_report_is_not_found(fiona: User) -> None:
    assert _get(fiona, on_screen("weather", {})).status_code == 404
