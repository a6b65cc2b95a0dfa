"""The pages of periods: months, closing and reopening, and the trial balance that is kept."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.wallets import months
from apps.wallets import services as wallets
from apps.wallets.models import Period, ReasonCode, Wallet
from apps.wallets.states import Direction, PeriodStatus, Role
from apps.wallets.tests.browsing import (
    buttons,
    press,
    query_count,
    said,
    signed_in,
    text_of,
    url_of,
)
from apps.wallets.tests.conftest import Move, Tamper
from project.testing.make import Make

LIST = url_of("period_changelist")
CLOSE_NEXT = url_of("period_close_next")
JANUARY, FEBRUARY, MARCH = date(2020, 1, 1), date(2020, 2, 1), date(2020, 3, 1)


@pytest.fixture(autouse=True)
def _it_is_march(db: None) -> Iterator[None]:
    """Work on 10 March 2020."""
    noon = datetime(2020, 3, 10, 12, tzinfo=timezone.get_current_timezone())
    with time_machine.travel(noon, tick=True):
        yield


@pytest.fixture
def wallet(make: Make, boris: User, move: Move, tamper: Tamper) -> Wallet:
    """Open with 100.00 in January, of which 30.00 went to cash in February."""
    wallet = make.wallet(boris, balance=10000)
    tamper("UPDATE ledger_transactions SET effective_on = '2020-01-20'")
    tamper("UPDATE ledger_entries SET effective_on = '2020-01-20'")
    cash = wallets.system_wallet(Role.CASH, "USD")
    move(3000, wallet, cash, key="feb", effective_on=date(2020, 2, 3))
    return wallet


def page_of(month: date) -> str:
    return url_of("period_change", Period.objects.get(starts_on=month).pk)


def close(month: date, carol: User) -> Period:
    return wallets.close_period(month, actor=carol, reason="Over")


def test_every_month_from_the_first_entry_is_listed(wallet: Wallet, carol: User) -> None:
    page = signed_in(carol).get(LIST)
    assert [month.starts_on for month in page.context["months"]] == [MARCH, FEBRUARY, JANUARY]
    text = text_of(page)
    assert "March 2020 running" in text
    assert "January 2020 open to be closed next" in text


def test_books_without_entries_have_this_month_and_nothing_to_close(carol: User) -> None:
    page = signed_in(carol).get(LIST)
    assert [month.starts_on for month in page.context["months"]] == [MARCH]
    assert "close_next" not in buttons(page)


def test_the_list_asks_as_many_questions_for_many_months_as_for_few(
    wallet: Wallet, carol: User, tamper: Tamper
) -> None:
    client = signed_in(carol)
    query_count(client, LIST)
    few = query_count(client, LIST)
    tamper("UPDATE ledger_transactions SET effective_on = '2015-01-20'")
    assert query_count(client, LIST) == few


def test_a_controller_closes_the_next_month_and_sees_what_is_kept(
    wallet: Wallet, carol: User
) -> None:
    client = signed_in(carol)
    assert "close_next" in buttons(client.get(LIST))
    answer = press(client, CLOSE_NEXT, reason="All is in")
    period = Period.objects.get()
    assert (period.starts_on, period.status) == (JANUARY, PeriodStatus.CLOSED)
    assert answer.headers["HX-Redirect"] == page_of(JANUARY)
    assert said(answer) == ["January 2020 is closed."]
    page = text_of(client.get(page_of(JANUARY)))
    for words in (
        "Kept at closing 1",
        "People’s wallets $100.00",
        "✓ debits equal credits",
        "Carol closed it All is in",
    ):
        assert words in page
    assert "As it stands now" not in page
    assert "January 2020 closed" in text_of(client.get(LIST))


def test_the_dialog_closes_the_month_that_it_named_and_no_other(
    wallet: Wallet, carol: User
) -> None:
    """Somebody else closed January while the dialog was open."""
    client = signed_in(carol)
    opened = client.get(CLOSE_NEXT)
    drawn = {bound.html_name: bound.value() for bound in opened.context["form"]}
    close(JANUARY, carol)
    answer = client.post(CLOSE_NEXT, {**drawn, "reason": "Over"})
    assert "not possible while the status is" in text_of(answer)
    assert list(Period.objects.closed().values_list("starts_on", flat=True)) == [JANUARY]


def test_the_dialog_says_what_is_unfinished(
    wallet: Wallet, walt: User, carol: User, system: User, move: Move, tamper: Tamper
) -> None:
    suspense = wallets.system_wallet(Role.SUSPENSE, "USD")
    move(250, wallet, suspense, key="odd", effective_on=date(2020, 1, 25))
    hold = wallets.place_hold(wallet.pk, 1, actor=system, key="h")
    adjustment = wallets.request_adjustment(
        wallet_id=wallet.pk,
        direction=Direction.CREDIT,
        amount=1,
        reason_code=ReasonCode.objects.get(code="goodwill"),
        note="",
        actor=walt,
    )
    wallets.submit_adjustment(adjustment.pk, actor=walt)
    then = datetime(2020, 1, 25, tzinfo=timezone.get_current_timezone())
    tamper("UPDATE ledger_holds SET placed_at = %s WHERE id = %s", then, hold.pk)
    tamper("UPDATE adjustments SET created_at = %s WHERE id = %s", then, adjustment.pk)
    text = text_of(signed_in(carol).get(CLOSE_NEXT))
    assert "January 2020" in text
    assert "USD-SUSPENSE Suspense has $2.50 at the end of the month" in text
    assert "1 hold of that month or before is still active." in text
    assert "1 adjustment waits for its approval and is not posted." in text


def test_the_dialog_says_when_nothing_is_unfinished(wallet: Wallet, carol: User) -> None:
    assert "Nothing is unfinished in it." in text_of(signed_in(carol).get(CLOSE_NEXT))


def test_more_than_anybody_counts_is_said_so(
    wallet: Wallet, system: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(months, "_MANY", 2)
    for number in range(3):
        wallets.place_hold(wallet.pk, 1, actor=system, key=f"h{number}")
    later = months.Month(date(2999, 1, 1))
    assert months.warnings_about(later) == [
        "2 or more holds of that month or before are still active."
    ]


def test_closing_needs_a_reason(wallet: Wallet, carol: User) -> None:
    assert "This field is required" in text_of(press(signed_in(carol), CLOSE_NEXT))
    assert not Period.objects.exists()


def test_the_last_closed_month_is_reopened_and_what_it_said_is_kept(
    wallet: Wallet, carol: User, move: Move
) -> None:
    close(JANUARY, carol)
    close(FEBRUARY, carol)
    client = signed_in(carol)
    assert "reopen" not in buttons(client.get(page_of(JANUARY)))
    february = Period.objects.get(starts_on=FEBRUARY)
    answer = press(client, url_of("period_reopen", february.pk), reason="A bill came late")
    assert said(answer) == ["February 2020 is open again."]

    cash = wallets.system_wallet(Role.CASH, "USD")
    move(1000, wallet, cash, key="late", effective_on=date(2020, 2, 20))
    now = text_of(client.get(page_of(FEBRUARY)))
    assert "People’s wallets $60.00" in now
    assert "Carol reopened it A bill came late" in now
    kept = text_of(client.get(page_of(FEBRUARY), {"closing": "1"}))
    assert "People’s wallets $70.00" in kept

    assert "close" in buttons(client.get(page_of(FEBRUARY)))
    press(client, url_of("period_close", february.pk), reason="Now it is in")
    again = text_of(client.get(page_of(FEBRUARY)))
    assert "Kept at closing 2" in again
    assert "People’s wallets $60.00" in again
    assert "People’s wallets $70.00" in text_of(client.get(page_of(FEBRUARY), {"closing": "1"}))


def test_an_earlier_month_is_not_reopened_by_its_address(wallet: Wallet, carol: User) -> None:
    january = close(JANUARY, carol)
    close(FEBRUARY, carol)
    answer = press(signed_in(carol), url_of("period_reopen", january.pk), reason="No")
    assert "2020-02 is closed after it" in text_of(answer)


@pytest.mark.parametrize("closing", ["0", "9", "x", "now"])
def test_a_closed_month_shows_only_what_was_kept(wallet: Wallet, carol: User, closing: str) -> None:
    close(JANUARY, carol)
    page = signed_in(carol).get(page_of(JANUARY), {"closing": closing})
    assert page.context["page"]["closing"] == 1


def test_whoever_may_read_sees_no_buttons_and_is_refused(
    wallet: Wallet, walt: User, audrey: User, carol: User
) -> None:
    january = close(JANUARY, carol)
    for person in (walt, audrey):
        client = signed_in(person)
        assert not buttons(client.get(LIST)) & {"close_next"}
        assert not buttons(client.get(page_of(JANUARY))) & {"close", "reopen"}
        typed = {"_form_submitted": "True", "reason": "x", "month": "2020-02-01"}
        assert client.post(CLOSE_NEXT, typed).status_code == 403
        assert client.post(url_of("period_reopen", january.pk), typed).status_code == 403
    assert Period.objects.count() == 1


def test_looking_changes_nothing(wallet: Wallet, carol: User) -> None:
    january = close(JANUARY, carol)
    client, events = signed_in(carol), AuditEvent.objects.count()
    addresses: list[Any] = [LIST, CLOSE_NEXT, page_of(JANUARY)]
    addresses += [url_of(f"period_{deed}", january.pk) for deed in ("close", "reopen")]
    for address in addresses:
        assert client.get(address, {"reason": "x"}).status_code == 200
    assert Period.objects.get().status == PeriodStatus.CLOSED
    assert AuditEvent.objects.count() == events


def test_a_month_that_does_not_exist_is_said_so(carol: User) -> None:
    client = signed_in(carol)
    assert client.get(url_of("period_change", 0)).status_code == 302
    typed = {"_form_submitted": "True", "reason": "x"}
    assert client.post(url_of("period_reopen", 0), typed).status_code == 404
    assert client.get(url_of("period_close", "x")).status_code == 200
