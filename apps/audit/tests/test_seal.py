"""Sealing covers each event once, in blocks that form a chain."""

from collections.abc import Callable
from threading import Thread

import pytest
from django.db import connection, connections, transaction

from apps.accounts.models import User
from apps.audit import sealing, services
from apps.audit.checking import check
from apps.audit.context import origin
from apps.audit.models import AuditBlock, AuditEvent, Outcome, Source
from apps.audit.sealing import NO_HASH
from apps.audit.tasks import seal as seal_task
from apps.common.errors import NotPermitted


def happen(actor: User, count: int = 1) -> list[AuditEvent]:
    return [services.record(f"tests.happened_{n}", actor=actor) for n in range(count)]


def sealed_ids() -> list[int]:
    blocks = AuditBlock.objects.order_by("number")
    return [event_id for block in blocks for event_id in block.event_ids]


def all_ids() -> list[int]:
    return list(AuditEvent.objects.order_by("pk").values_list("pk", flat=True))


def test_the_first_block_covers_everything_so_far(system: User) -> None:
    happen(system, 3)

    block = services.seal(actor=system)

    assert block is not None
    assert (block.number, block.previous_hash) == (1, NO_HASH)
    assert block.event_ids == all_ids()
    assert block.event_count == len(block.event_ids)
    assert len(block.digests) == 32 * block.event_count


def test_the_next_block_covers_what_is_new_and_names_the_one_before(system: User) -> None:
    happen(system)
    first = services.seal(actor=system)
    (event,) = happen(system)

    second = services.seal(actor=system)

    assert first is not None
    assert second is not None
    assert (second.number, second.previous_hash) == (2, first.hash)
    assert second.event_ids == [event.pk]


def test_nothing_new_needs_no_block(system: User) -> None:
    happen(system)
    services.seal(actor=system)

    assert services.seal(actor=system) is None
    assert AuditBlock.objects.count() == 1


def test_many_events_go_into_several_blocks(system: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "BLOCK_SIZE", 4)
    happen(system, 10)
    total = AuditEvent.objects.count()

    last = services.seal(actor=system)

    assert last is not None
    assert last.number == -(-total // 4)
    assert sealed_ids() == all_ids()
    assert check().ok


def test_only_the_job_seals(audrey: User) -> None:
    with pytest.raises(NotPermitted):
        services.seal(actor=audrey)

    assert not AuditBlock.objects.exists()
    denied = AuditEvent.objects.get(actor=audrey)
    assert (denied.action, denied.outcome) == ("audit.seal", Outcome.DENIED)


def test_the_job_acts_as_system_and_logs_the_head(
    system: User, caplog: pytest.LogCaptureFixture
) -> None:
    happen(system)

    with caplog.at_level("INFO", logger="apps.audit.tasks"):
        seal_task()

    block = AuditBlock.objects.get()
    assert f"{block.number}:{block.hash}" in caplog.text
    assert origin().source == Source.SHELL


def test_the_job_is_silent_when_nothing_is_new(
    system: User, caplog: pytest.LogCaptureFixture
) -> None:
    seal_task()
    caplog.clear()

    with caplog.at_level("INFO", logger="apps.audit.tasks"):
        seal_task()

    assert not caplog.text


def in_thread(work: Callable[[], object]) -> None:
    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = Thread(target=run)
    thread.start()
    thread.join()


@pytest.mark.django_db(transaction=True)
def test_an_event_that_commits_late_is_sealed_by_a_later_block(system: User) -> None:
    with transaction.atomic():
        (late,) = happen(system)
        in_thread(lambda: happen(system))
        in_thread(lambda: services.seal(actor=system))
        first = AuditBlock.objects.get()
        assert late.pk not in first.event_ids
        assert max(first.event_ids) > late.pk

    second = services.seal(actor=system)

    assert second is not None
    assert second.event_ids == [late.pk]
    assert check().ok


@pytest.mark.django_db(transaction=True)
def test_of_two_sealers_at_once_one_wins(system: User) -> None:
    happen(system, 3)
    results: list[AuditBlock | None] = []

    with transaction.atomic():
        winner = services.seal(actor=system)
        in_thread(lambda: results.append(services.seal(actor=system)))

    assert winner is not None
    assert results == [None]
    assert AuditBlock.objects.count() == 1


def test_a_restored_database_that_counts_anew_is_sealed_on(
    system: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(system)
    services.seal(actor=system)
    (event,) = happen(system)
    # As if the other cluster had counted fewer transactions than this chain has seen.
    monkeypatch.setattr(services, "transactions_ended", lambda: 5)
    monkeypatch.setattr("apps.audit.checking.transactions_ended", lambda: 5)
    assert check().unsealed_count == 1

    block = services.seal(actor=system)

    assert block is not None
    assert block.event_ids == [event.pk]
    assert block.below == 5
    assert services.seal(actor=system) is None
    assert sealing.unsealed(block, 4) == []


def test_the_search_for_new_events_uses_the_index(system: User) -> None:
    happen(system)
    block = services.seal(actor=system)

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    with connection.execute_wrapper(explained := Explain()):
        assert sealing.unsealed(block, block.below if block else 0) == []

    assert "audit_event_by_transaction" in explained.plan
    assert "audit_block_by_event" in explained.plan


class Explain:
    """Keeps the plan of the statement that runs inside it."""

    plan = ""

    def __call__(self, execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        """Explain it, then run it."""
        with context["connection"].connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {sql}", params)
            self.plan = "\n".join(line for (line,) in cursor.fetchall())
        return execute(sql, params, many, context)
