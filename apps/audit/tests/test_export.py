"""Taking the log out of the house: what the list shows, recorded, for a minute, by one person."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.audit import services
from apps.audit.admin import exporting
from apps.audit.models import AuditEvent

LIST = "/admin/audit/auditevent/"


@pytest.fixture
def painted(clara: User, boris: User) -> list[AuditEvent]:
    """Five events of one kind, with a formula for a reason."""
    return [
        services.record(
            "tests.painted",
            actor=clara,
            target=boris,
            before={"coats": number},
            reason='=HYPERLINK("http://example.com")',
        )
        for number in range(5)
    ]


def ask(client: Client, query: str = "", **typed: str) -> Any:
    return client.post(
        reverse("admin:audit_auditevent_export"),
        {"_form_submitted": "True", **typed},
        headers={"HX-Current-URL": f"http://testserver{LIST}?{query}"},
    )


def address_in(answer: Any) -> str:
    found = re.search(r'data-address="([^"]+)"', answer.content.decode())
    assert found, answer.content
    return found[1]


def rows(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_what_the_list_shows_is_exported_and_recorded(
    client: Client, audrey: User, painted: list[AuditEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "CHUNK", 2)
    client.force_login(audrey)

    answer = ask(client, "action=tests.painted&p=2")
    record = AuditEvent.objects.latest("pk")
    services.record("tests.painted", actor=audrey, reason="later")
    file = client.get(address_in(answer))

    assert (record.action, record.actor) == ("audit.exported", audrey)
    assert record.after == {"filters": {"action": ["tests.painted"]}, "events": 5}
    assert file["Content-Disposition"].startswith('attachment; filename="audit-log-')
    exported = rows(file)
    assert [int(row["event"]) for row in exported] == [event.pk for event in reversed(painted)]
    assert exported[0]["actor_email"] == "clara@example.com"
    assert exported[0]["before"] == '{"coats": 4}'
    assert exported[0]["kind"] == "user"
    assert exported[0]["on_behalf_of"] == ""


def test_a_formula_stays_text(client: Client, audrey: User, painted: list[AuditEvent]) -> None:
    client.force_login(audrey)

    exported = rows(client.get(address_in(ask(client, "action=tests.painted"))))

    assert exported[0]["reason"] == '\'=HYPERLINK("http://example.com")'


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_every_start_of_a_formula_is_guarded(start: str) -> None:
    assert exporting._cell(f"{start}1+1") == f"'{start}1+1"
    assert exporting._cell("1+1") == "1+1"
    assert exporting._cell(-5) == -5


def test_the_search_and_the_days_narrow_the_export(
    client: Client, audrey: User, painted: list[AuditEvent]
) -> None:
    client.force_login(audrey)

    for query in ("q=boris", "q=tests.painted&at_from=2020-01-01"):
        assert len(rows(client.get(address_in(ask(client, query))))) == 5


def test_the_dialog_says_how_much_it_will_be(
    client: Client, audrey: User, painted: list[AuditEvent]
) -> None:
    client.force_login(audrey)
    events = AuditEvent.objects.count()

    page = client.get(
        reverse("admin:audit_auditevent_export"),
        headers={"HX-Current-URL": f"http://testserver{LIST}?action=tests.painted"},
    )

    assert "5 events match." in page.content.decode()
    assert AuditEvent.objects.count() == events


def test_too_much_is_refused_in_words(
    client: Client, audrey: User, painted: list[AuditEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "LARGEST", 4)
    client.force_login(audrey)

    answer = ask(client, "action=tests.painted")

    text = answer.content.decode()
    assert "More than 4 events match." in text
    assert "narrow the list first" in text
    assert not AuditEvent.objects.filter(action="audit.exported").exists()


def test_a_filter_that_makes_no_sense_exports_nothing(client: Client, audrey: User) -> None:
    client.force_login(audrey)

    assert rows(client.get(address_in(ask(client, "actor__id__exact=nonsense")))) == []


def test_the_address_works_for_a_minute_and_for_one_person(
    client: Client, audrey: User, painted: list[AuditEvent]
) -> None:
    client.force_login(audrey)
    address = address_in(ask(client))
    assert client.get(address).status_code == 200
    assert client.get(f"{address}x").status_code == 403
    assert client.get(reverse("admin:audit_auditevent_download")).status_code == 403

    other = User.objects.create_superuser("root@example.com", "x" * 12, display_name="Root")
    client.force_login(other)
    assert client.get(address).status_code == 403

    client.force_login(audrey)
    with time_machine.travel(timedelta(minutes=2)):
        assert client.get(address).status_code == 403


def test_who_lost_the_right_gets_nothing(
    client: Client, audrey: User, painted: list[AuditEvent]
) -> None:
    client.force_login(audrey)
    address = address_in(ask(client))
    role = audrey.groups.get()
    role.permissions.remove(*role.permissions.filter(codename="export_auditevent"))

    assert client.get(address).status_code == 403
    assert ask(client).status_code == 403
    assert "Export" not in client.get(LIST).content.decode()
