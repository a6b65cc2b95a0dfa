"""Makes a database ready: its schema, the reference data and, when nobody is in it, the demo."""

from typing import NamedTuple

from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from apps.accounts.models import User
from project import demo, grants, reference

# Two processes that find the same empty database prepare it one after the other.
_LOCK = 4_201_826


class Prepared(NamedTuple):
    """What was done to the database."""

    migration_count: int
    has_roles: bool
    reference_counts: dict[str, int]
    demo: str


def prepare(*, with_demo: bool = False) -> Prepared:
    """Migrate, load the reference data, and the demo company into a database without people.

    Where the database has its roles, they then may do what `grants` says.

    Raises:
        NotTheOwner: it has them, and we are not their owner.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            has_roles = grants.are_made()
            before = _applied_count()
            call_command("migrate", verbosity=0, interactive=False)
            if has_roles:
                grants.grant()
            return Prepared(
                migration_count=_applied_count() - before,
                has_roles=has_roles,
                reference_counts=reference.load(),
                demo=_load_demo() if with_demo else "",
            )
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _applied_count() -> int:
    return len(MigrationRecorder(connection).applied_migrations())


def _load_demo() -> str:
    """Load the demo company when nobody is there yet; say whether it is there."""
    people = User.objects.filter(is_system=False)
    if people.exists():
        return "is there" if people.filter(email=demo.SIGN_INS[0].email).exists() else ""
    with transaction.atomic():
        demo.load()
    return "loaded"
