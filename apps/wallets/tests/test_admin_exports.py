"""The journal taken out by the buttons over its list."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.wallets.tests.browsing import buttons, press, signed_in, text_of, url_of
from apps.wallets.tests.importing import SMALL, brought_in

JOURNAL = url_of("ledgertransaction_changelist")
EXPORT = url_of("ledgertransaction_export")
DOWNLOAD = url_of("ledgertransaction_download")


@pytest.fixture
def journal(carol: User) -> None:
    brought_in(SMALL, carol)


def address_in(answer: Any) -> str:
    found = re.search(r'data-address="([^"]+)"', answer.content.decode())
    assert found, text_of(answer)
    return found[1]


def file_of(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


@pytest.mark.parametrize("who", ["carol", "fiona", "audrey"])
def test_who_may_takes_the_journal_out_with_a_trace(
    journal: None, who: str, request: pytest.FixtureRequest
) -> None:
    user: User = request.getfixturevalue(who)
    client = signed_in(user)
    assert "export" in buttons(client.get(JOURNAL))
    answer = press(client, EXPORT, file_format="csv", first_day="2026-01-05", currency="USD")
    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.actor) == ("wallets.journal_exported", user)
    assert event.after == {"format": "csv", "from": "2026-01-05", "until": "", "currency": "USD"}

    file: Any = client.get(address_in(answer))
    assert re.fullmatch(
        r'attachment; filename="journal-[\d-]+\.csv"', file.headers["Content-Disposition"]
    )
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert len(file_of(file).splitlines()) == 3


def test_plain_text_accounting_is_a_choice(journal: None, fiona: User) -> None:
    client = signed_in(fiona)
    file: Any = client.get(address_in(press(client, EXPORT, file_format="hledger")))
    assert file.headers["Content-Disposition"].endswith('.journal"')
    assert "commodity 1000.00 USD" in file_of(file)


def test_a_period_ends_after_it_begins(journal: None, fiona: User) -> None:
    answer = press(
        signed_in(fiona),
        EXPORT,
        file_format="csv",
        first_day="2026-01-05",
        last_day="2026-01-04",
    )
    assert "This is before the first day. Choose a later one." in text_of(answer)
    assert not AuditEvent.objects.filter(action="wallets.journal_exported").exists()


def test_who_may_not_has_no_button_no_dialog_and_no_file(walt: User, fiona: User) -> None:
    client = signed_in(walt)
    assert "export" not in buttons(client.get(JOURNAL))
    assert client.get(EXPORT).status_code == 403
    assert client.get(DOWNLOAD).status_code == 403
    promised = address_in(press(signed_in(fiona), EXPORT, file_format="csv"))
    assert client.get(promised).status_code == 403


def test_a_promise_ends_with_the_minute_and_with_the_permission(journal: None, fiona: User) -> None:
    client = signed_in(fiona)
    promised = address_in(press(client, EXPORT, file_format="csv"))
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert client.get(promised).status_code == 403
    fiona.groups.clear()
    assert client.get(promised).status_code == 403


def test_the_way_to_the_imports_is_for_those_who_see_them(walt: User, carol: User) -> None:
    assert signed_in(carol).get(url_of("ledgertransaction_open_imports")).status_code == 302
    assert signed_in(walt).get(url_of("ledgertransaction_open_imports")).status_code == 403


def test_an_import_that_is_not_there_has_nothing_in_the_journal(journal: None, carol: User) -> None:
    page = signed_in(carol).get(JOURNAL, {"q": "I-999999999999"})
    assert not list(page.context["cl"].result_list)
