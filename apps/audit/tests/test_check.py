"""`check_audit` recomputes everything and names the first row that does not fit."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from apps.accounts.models import User
from apps.audit import services
from apps.audit.checking import Verdict, check
from apps.audit.models import AuditBlock, AuditEvent
from apps.audit.sealing import hash_of
from apps.audit.tests.conftest import Tamper


@pytest.fixture
def events(system: User) -> list[AuditEvent]:
    """Three events in block 1, three in block 2, one not sealed yet."""
    for batch in range(2):
        for number in range(3):
            services.record("tests.happened", actor=system, after={"n": number, "batch": batch})
        services.seal(actor=system)
    services.record("tests.happened", actor=system)
    return list(AuditEvent.objects.filter(action="tests.happened").order_by("pk"))


def test_an_empty_log_is_as_it_was_written(db: None, tamper: Tamper) -> None:
    tamper("DELETE FROM audit_logs")

    assert check() == Verdict()


def test_a_sealed_log_is_as_it_was_written(events: list[AuditEvent]) -> None:
    verdict = check()

    assert verdict == Verdict(
        event_count=AuditEvent.objects.count(),
        block_count=2,
        unsealed_count=1,
        head=f"2:{AuditBlock.objects.get(number=2).hash}",
    )


@pytest.mark.parametrize(
    "change",
    [
        "at = at - interval '1 microsecond'",
        "actor_name = 'Somebody else'",
        "on_behalf_of_id = actor_id",
        "action = 'tests.other'",
        "target_type_id = (SELECT min(id) FROM django_content_type)",
        "target_id = '7'",
        "target_label = 'other'",
        "before = '{\"n\": 1}'",
        "after = '{}'",
        "reason = 'another'",
        "outcome = 'denied'",
        "source = 'api'",
        "ip_address = '10.0.0.1'",
        "request_id = gen_random_uuid()",
    ],
)
def test_a_changed_event_is_named(events: list[AuditEvent], tamper: Tamper, change: str) -> None:
    tamper(f"UPDATE audit_logs SET {change} WHERE id = %s", events[4].pk)  # noqa: S608  (constants)

    verdict = check()

    assert not verdict.ok
    assert verdict.fault == f"Audit event {events[4].pk} was changed after block 2 sealed it."


def test_every_column_of_the_log_is_sealed() -> None:
    from apps.audit.sealing import FIELDS  # noqa: PLC0415

    assert set(FIELDS) == {field.attname for field in AuditEvent._meta.concrete_fields}


def test_the_first_of_several_changes_is_named(events: list[AuditEvent], tamper: Tamper) -> None:
    tamper("UPDATE audit_logs SET reason = 'x' WHERE id IN (%s, %s)", events[1].pk, events[4].pk)

    assert check().fault == f"Audit event {events[1].pk} was changed after block 1 sealed it."


def test_a_removed_event_is_named(events: list[AuditEvent], tamper: Tamper) -> None:
    tamper("DELETE FROM audit_logs WHERE id = %s", events[1].pk)

    assert check().fault == f"Audit event {events[1].pk} is missing: block 1 sealed it."


def test_two_events_that_changed_places_are_noticed(
    events: list[AuditEvent], tamper: Tamper
) -> None:
    first, second = events[0].pk, events[1].pk
    tamper("UPDATE audit_logs SET id = -1 WHERE id = %s", first)
    tamper("UPDATE audit_logs SET id = %s WHERE id = %s", first, second)
    tamper("UPDATE audit_logs SET id = %s WHERE id = -1", second)

    assert check().fault == f"Audit event {first} was changed after block 1 sealed it."


def test_a_foreign_event_in_sealed_time_is_named(
    events: list[AuditEvent], tamper: Tamper, system: User
) -> None:
    foreign = services.record("tests.never_happened", actor=system)
    tamper("UPDATE audit_logs SET xid = '3' WHERE id = %s", foreign.pk)

    assert check().fault == f"Audit event {foreign.pk} is in no block although its time is sealed."


@pytest.mark.parametrize(
    "change",
    [
        "event_ids = event_ids[2:], event_count = event_count - 1",
        "event_count = event_count + 1",
        "digests = sha256('x')",
        "below = below + 1",
        "sealed_at = sealed_at - interval '1 hour'",
        "hash = repeat('a', 64)",
        "previous_hash = repeat('b', 64)",
    ],
)
def test_a_changed_block_is_named(events: list[AuditEvent], tamper: Tamper, change: str) -> None:
    tamper(f"UPDATE audit_blocks SET {change} WHERE number = 1")  # noqa: S608  (constants)

    assert check().fault == "Audit block 1 was changed after it was made."


def test_a_block_that_was_made_anew_breaks_the_chain(
    events: list[AuditEvent], tamper: Tamper
) -> None:
    block = AuditBlock.objects.get(number=1)
    block.event_ids = block.event_ids[:-1]
    block.digests = bytes(block.digests)[:-32]
    tamper(
        "UPDATE audit_blocks SET event_ids = %s, event_count = %s, digests = %s, hash = %s"
        " WHERE number = 1",
        block.event_ids,
        len(block.event_ids),
        block.digests,
        hash_of(block),
    )

    assert check().fault == "Audit block 2 does not continue block 1: one of them was replaced."


@pytest.mark.parametrize("number", [1, 2])
def test_a_removed_block_is_named(events: list[AuditEvent], tamper: Tamper, number: int) -> None:
    tamper("DELETE FROM audit_blocks WHERE number = %s", number)

    assert check().fault == f"Audit block {number} is missing."


def test_a_last_block_that_was_made_anew_is_not_the_head(
    events: list[AuditEvent], tamper: Tamper
) -> None:
    block = AuditBlock.objects.get(number=2)
    block.below += 1
    tamper(
        "UPDATE audit_blocks SET below = %s, hash = %s WHERE number = 2",
        block.below,
        hash_of(block),
    )

    assert check().fault == "Audit block 2 was not made by sealing."


def test_only_a_head_that_was_kept_elsewhere_shows_that_the_end_was_rewritten(
    events: list[AuditEvent], tamper: Tamper, system: User
) -> None:
    kept = check().head
    assert check(kept).ok
    tamper("DELETE FROM audit_blocks WHERE number = 2")
    tamper("UPDATE audit_head SET number = 1, hash = (SELECT hash FROM audit_blocks)")
    tamper("DELETE FROM audit_logs WHERE id = %s", events[5].pk)
    services.seal(actor=system)

    assert check().ok
    assert check(kept).fault == f"The chain does not contain {kept}."
    assert not check("nonsense").ok


def run(*options: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("check_audit", *options, stdout=out, stderr=err)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_the_command_says_that_all_is_well(events: list[AuditEvent]) -> None:
    status, out, err = run()

    assert (status, err) == (0, "")
    assert "The audit log is as it was written" in out
    assert "2 blocks, 1 events not sealed yet" in out
    assert check().head in out


def test_the_command_names_the_row_and_ends_with_one(
    events: list[AuditEvent], tamper: Tamper
) -> None:
    tamper("UPDATE audit_logs SET reason = 'nothing' WHERE id = %s", events[0].pk)

    status, out, err = run()

    assert (status, out) == (1, "")
    assert f"Audit event {events[0].pk} was changed after block 1 sealed it." in err


def test_the_command_prints_json(events: list[AuditEvent], tamper: Tamper) -> None:
    status, out, _err = run("--json")
    assert (status, json.loads(out)["ok"]) == (0, True)

    tamper("DELETE FROM audit_logs WHERE id = %s", events[2].pk)
    status, out, err = run("--json", "--head", "1:0")
    assert (status, err) == (1, "")
    assert json.loads(out)["fault"].startswith(f"Audit event {events[2].pk} is missing")


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_all_is_read_from_one_snapshot(system: User) -> None:
    services.record("tests.happened", actor=system)
    levels: list[str] = []

    def note(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        levels.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        assert check().ok

    assert levels[0] == "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
