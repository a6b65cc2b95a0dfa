"""What a record keeps: who, what, and values that can be read years later."""

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.audit import services
from apps.audit.context import Origin, coming_from, origin
from apps.audit.models import AuditEvent, Outcome, Source
from apps.audit.selectors import events_about
from apps.audit.snapshots import difference, label, plain, snapshot


def test_names_stay_as_they_were(clara: User, boris: User) -> None:
    event = services.record("tests.happened", actor=clara, target=boris, reason="Why not")
    boris.display_name = clara.display_name = "Renamed"
    boris.save()
    clara.save()

    event = AuditEvent.objects.get(pk=event.pk)
    assert (event.actor, event.actor_name) == (clara, "Clara")
    assert (event.target_label, event.target_id) == ("Boris", str(boris.pk))
    assert event.target_type is not None
    assert event.target_type.model_class() is User
    assert (event.reason, event.outcome) == ("Why not", Outcome.DONE)


def test_a_record_may_have_no_target_and_a_substitute(clara: User, anna: User) -> None:
    event = services.record("tests.happened", actor=clara, on_behalf_of=anna)

    assert (event.target_type, event.target_id, event.target_label) == (None, "", "")
    assert event.on_behalf_of == anna


def test_the_origin_is_kept(clara: User) -> None:
    there = Origin(source=Source.JOB, ip_address="2001:db8::1")

    with coming_from(there) as here:
        first = services.record("tests.happened", actor=clara)
        second = services.record("tests.happened", actor=clara)
    after = services.record("tests.happened", actor=clara)

    assert here is there
    assert (first.source, first.ip_address) == (Source.JOB, "2001:db8::1")
    assert first.request_id == second.request_id == there.request_id
    assert after.source == Source.SHELL
    assert after.request_id != first.request_id
    assert origin().request_id == after.request_id


def test_long_names_are_cut(clara: User) -> None:
    role = Group.objects.create(name="x" * 150)
    clara.display_name = "y" * 120
    event = services.record("tests.happened", actor=clara, target=role)

    assert event.target_label == "x" * 150
    assert len(event.actor_name) == 120


class Odd:
    """Knows only its name."""

    def __str__(self) -> str:
        return "odd"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (None, None),
        (True, True),
        (10**18, 10**18),
        (1.5, 1.5),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (Decimal("1.10"), "1.10"),
        ("nul\x00byte", "nul\ufffdbyte"),
        (date(2026, 11, 22), "2026-11-22"),
        (datetime(2026, 11, 22, 8, 5, tzinfo=UTC), "2026-11-22 08:05:00+00:00"),
        (timedelta(minutes=15), "0:15:00"),
        (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (gettext_lazy("done"), "done"),
        (Outcome.DENIED, "denied"),
        ({"b", "a"}, ["a", "b"]),
        ((1, [2, {"x": Odd()}]), [1, [2, {"x": "odd"}]]),
        ({1: b"ab"}, {"1": "b'ab'"}),
    ],
)
def test_any_value_can_be_kept(system: User, value: Any, kept: Any) -> None:
    event = services.record("tests.happened", actor=system, after={"value": value})

    event.refresh_from_db()
    assert event.after == {"value": kept}


def test_rows_are_kept_by_name_and_number(clara: User) -> None:
    assert plain(clara) == label(clara) == f"Clara (#{clara.pk})"
    assert plain(User.objects.filter(pk=clara.pk)) == [label(clara)]


def test_a_snapshot_has_links_and_no_secrets(clara: User) -> None:
    taken = snapshot(clara)

    assert taken["email"] == "clara@example.com"
    assert taken["groups"] == [label(clara.groups.get())]
    assert not {"id", "password", "last_login"} & taken.keys()


def test_a_difference_has_only_what_differs() -> None:
    assert difference({"a": 1, "b": 2, "d": 4}, {"a": 1, "b": 3, "c": 5}) == (
        {"b": 2, "d": 4},
        {"b": 3, "c": 5},
    )


def test_events_about_a_row_come_newest_first(clara: User, boris: User) -> None:
    first = services.record("tests.first", actor=clara, target=boris)
    services.record("tests.other", actor=clara, target=clara)
    second = services.record("tests.second", actor=clara, target=boris)

    assert list(events_about(boris)) == [second, first]
