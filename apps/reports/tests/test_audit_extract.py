"""The audit extract: what was done, and that the seals cover it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.models import AuditEvent
from apps.reports import services
from apps.reports.tests.conftest import OCTOBER, ask, behind_the_ledger
from apps.reports.tests.golden_files import assert_golden
from apps.reports.tests.loans import day
from project.testing.cast import person

EVERYTHING = {**OCTOBER, "actor": "", "action": "", "target": ""}
FIRST = 9_000_001

type Happen = Callable[..., AuditEvent]


@pytest.fixture
def happen(anna: User) -> Happen:
    """Return what writes an event of October, with the next number."""

    def happened(action: str, at: datetime, **fields: Any) -> AuditEvent:
        return AuditEvent.objects.create(
            **{
                "id": FIRST + AuditEvent.objects.filter(pk__gte=FIRST).count(),
                "at": at,
                "actor": anna,
                "actor_name": "Anna",
                "action": action,
                "source": "admin",
                "request_id": UUID(int=7),
                **fields,
            }
        )

    return happened


@pytest.fixture
def events(happen: Happen, arno: User, system: User) -> list[AuditEvent]:
    """Four events of October, sealed, and one that came after the seal."""
    about = {
        "target_type": ContentType.objects.get_for_model(Group),
        "target_id": "3",
        "target_label": "=Clerks",
    }
    happen("accounts.role_changed", day(1, 0), **about, after={"name": "Clerks"}, reason="Order")
    happen("wallets.transferred", day(9), on_behalf_of=arno, before={"a": 1}, after={"a": 2})
    happen("wallets.reversed", day(10), outcome="denied", ip_address="192.0.2.7")
    happen("tickets.closed", day(31, 23), actor=system, actor_name="System", source="job")
    audit.seal(actor=system)
    happen("tickets.closed", day(31, 23))
    happen("tickets.closed", day(1).replace(month=11))
    return list(AuditEvent.objects.filter(pk__gte=FIRST).order_by("pk"))


def test_what_happened_in_october(events: list[AuditEvent], tmp_path: Path) -> None:
    asked = ask("audit-extract", **EVERYTHING)

    assert [row["event"] for row in asked.rows] == [event.pk for event in events[:5]]
    assert (asked.rows[1]["on_behalf_of"], asked.rows[1]["before"]) == ("Arno", '{"a": 1}')
    assert asked.rows[0]["before"] == ""
    assert asked.frame.figures == [
        ("Events", "5"),
        ("Sealed", "4"),
        ("Not sealed yet", "1"),
        ("Denied", "1"),
    ]
    assert [(tie.expected, tie.found) for tie in asked.frame.tie_outs] == [(5, 5), (0, 0)]
    assert_golden(asked, tmp_path)


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        ({"actor": "Anna"}, [0, 1, 2, 4]),
        ({"actor": "anna@example.com"}, [0, 1, 2, 4]),
        ({"actor": "Ann"}, []),
        ({"action": "wallets."}, [1, 2]),
        ({"action": "wallets.transferred"}, [1]),
        ({"action": "%"}, []),
        ({"target": "accounts.user"}, []),
        ({"action": "tickets.closed", "actor": "System"}, [3]),
    ],
)
def test_only_what_is_asked_for(
    events: list[AuditEvent], wanted: dict[str, str], places: list[int]
) -> None:
    asked = ask("audit-extract", **EVERYTHING | wanted)

    assert [row["event"] for row in asked.rows] == [events[place].pk for place in places]
    assert not asked.broken


def test_only_events_about_tickets(happen: Happen) -> None:
    about = ContentType.objects.get(app_label="tickets", model="ticket")
    wanted = happen("tickets.closed", day(3), target_type=about, target_id="1")
    happen("wallets.transferred", day(3))

    rows = ask("audit-extract", **EVERYTHING | {"target": "tickets.ticket"}).rows

    assert [(row["event"], row["kind"]) for row in rows] == [(wanted.pk, "tickets.ticket")]


def test_an_event_that_was_taken_away_breaks_it(events: list[AuditEvent]) -> None:
    behind_the_ledger("DELETE FROM audit_logs WHERE id = %s", events[1].pk)

    (broken,) = ask("audit-extract", **EVERYTHING).broken

    assert broken.label.startswith("Events that a seal names and the log lacks")
    assert (broken.expected, broken.found) == (0, 1)


def test_an_event_that_was_slipped_in_breaks_it(events: list[AuditEvent]) -> None:
    behind_the_ledger("UPDATE audit_logs SET xid = '3' WHERE id = %s", events[4].pk)

    (broken,) = ask("audit-extract", **EVERYTHING).broken

    assert (broken.label, broken.expected, broken.found) == (
        "Events = sealed, and those since the last seal",
        4,
        5,
    )


def test_before_the_first_seal_nothing_is_sealed(happen: Happen) -> None:
    happen("tickets.closed", day(3))

    asked = ask("audit-extract", **EVERYTHING)

    assert asked.frame.figures[1:3] == [("Sealed", "0"), ("Not sealed yet", "1")]
    assert not asked.broken


def test_after_a_restore_elsewhere_all_without_a_seal_is_new(events: list[AuditEvent]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE audit_blocks SET below = below + 1000000000")
        cursor.execute("SET session_replication_role = DEFAULT")

    assert not ask("audit-extract", **EVERYTHING).broken


def test_the_auditor_makes_it_and_that_is_recorded(fiona: User) -> None:
    auditor = person("Audrey", "Auditor")

    run = services.run("audit-extract", parameters=EVERYTHING, formats=["csv"], actor=auditor)

    event = AuditEvent.objects.get(action="reports.requested")
    assert (event.actor, event.target_id) == (auditor, str(run.pk))
    assert event.after["report"] == "audit-extract"
    assert not fiona.has_perm("audit.view_auditevent")
