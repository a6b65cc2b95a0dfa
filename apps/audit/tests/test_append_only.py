"""The database refuses to change the log and its seals, whoever asks."""

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import User
from apps.audit import services
from apps.audit.models import AuditBlock, AuditEvent


@pytest.fixture(autouse=True)
def _sealed(system: User) -> None:
    services.record("tests.happened", actor=system)
    services.seal(actor=system)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("table", ["audit_logs", "audit_blocks"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}", "DELETE FROM {} WHERE false"],
)
def test_what_was_written_stays(table: str, statement: str) -> None:
    sql = statement.format(table)

    with (
        pytest.raises(IntegrityError, match=f"{table} is append-only: {sql.split()[0]} is refused"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


@pytest.mark.parametrize("change", ["save", "delete"])
def test_the_model_cannot_change_it_either(change: str) -> None:
    for row in (AuditEvent.objects.latest("pk"), AuditBlock.objects.get()):
        with pytest.raises(IntegrityError, match="is append-only"), transaction.atomic():
            getattr(row, change)()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_head SET number = 0",
        "DELETE FROM audit_head",
        "TRUNCATE audit_head",
        "INSERT INTO audit_head (number, hash) VALUES (9, 'x') ON CONFLICT DO NOTHING",
    ],
)
def test_nobody_moves_the_head(statement: str) -> None:
    with (
        pytest.raises(IntegrityError, match="audit_head is written with a new audit block only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("number", "previous_hash"), [(1, None), (3, None), (2, "0" * 64)], ids=str
)
def test_a_block_out_of_turn_is_refused(number: int, previous_hash: str | None) -> None:
    block = AuditBlock.objects.get()
    block.pk = None
    block.previous_hash = previous_hash or block.hash
    block.number = number
    block.hash = "f" * 64

    with (
        pytest.raises(IntegrityError, match="does not continue the chain"),
        transaction.atomic(),
    ):
        block.save(force_insert=True)
