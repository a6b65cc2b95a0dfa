"""What each role of the database may do to each table, granted anew after every migration.

`deploy/database/roles.sql` makes the roles, and `manage.py prepare`, as `assets_owner`, grants.
Which tables keep their rows is read from the tables themselves: a rule that refuses to delete or
truncate whole statements marks one. On such a table the application gets SELECT and INSERT, and
UPDATE only of the columns in `CHANGING`. So a new append-only table is closed by its own triggers,
and a mistake here shows as a refusal.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from apps.common.errors import DomainError

OWNER = "assets_owner"
APP = "assets_app"
READONLY = "assets_readonly"
BACKUP = "assets_backup"

CHANGING = {
    "approval_requests": ("status", "level", "role_id", "concluded_at"),
    "ledger_holds": ("captured", "released", "status", "ended_at"),
    # posted, held and position belong to the triggers, which write them as the owner.
    "wallets": ("status", "title"),
}
"""Of a table that keeps its rows: the columns that may change."""

MIGRATED = {"auth_permission", "django_content_type", "django_migrations"}
"""Tables that migrations write, and nobody else."""

STAMPED = {"ledger_transactions": {"posted_at", "xid"}, "audit_logs": {"xid"}}
"""Columns that PostgreSQL fills in: whoever could choose them could date a row back."""

HIDDEN = {"django_session": None, "users": {"password"}}
"""What is not for readers: whole tables, or columns."""

_EVERYBODY = sql.SQL("PUBLIC, {}, {}, {}").format(*map(sql.Identifier, (APP, READONLY, BACKUP)))

# A history keeps its rows too; only its own library writes it.
_HISTORY = r"(_history$|_historical)"

# In tgtype: 1 for each row, 2 before, 4 insert, 8 delete, 32 truncate.
_TABLES = """
SELECT c.relname, c.relkind = 'v',
       array_agg(a.attname::text ORDER BY a.attnum),
       c.relname ~ %(history)s OR EXISTS (
           SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid
           AND t.tgtype & 3 = 2 AND t.tgtype & (8 | 32) <> 0),
       EXISTS (
           SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid
           AND t.tgtype & 3 = 2 AND t.tgtype & 4 <> 0)
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
       AND NOT EXISTS (
       SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
 GROUP BY c.oid ORDER BY c.relname
"""

# A trigger function needs no EXECUTE to fire; with it somebody could hang it on a table of theirs.
_FUNCTIONS = """
SELECT p.oid::regprocedure::text, p.prorettype = 'trigger'::regtype, p.prosecdef
  FROM pg_proc p
 WHERE p.pronamespace = 'public'::regnamespace AND NOT EXISTS (
       SELECT FROM pg_depend d
        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
 ORDER BY 1
"""


class NotTheOwner(DomainError):
    """`prepare` runs as a role that does not own the tables."""

    template = _(
        "The database has its roles, and {role} is not its owner: prepare runs as assets_owner. "
        "Correct DATABASE_URL."
    )


@dataclass(frozen=True)
class Table:
    """A table, or a view, and what its own triggers refuse to everybody."""

    name: str
    is_view: bool
    columns: tuple[str, ...]
    keeps_rows: bool
    refuses_insert: bool

    def for_the_app(self) -> dict[str, tuple[str, ...] | None]:
        """Return the privileges of the application; None is the whole table."""
        if self.is_view or self.refuses_insert or self.name in MIGRATED:
            return {"SELECT": None}
        stamped = STAMPED.get(self.name, set())
        insertable = tuple(column for column in self.columns if column not in stamped)
        rights: dict[str, tuple[str, ...] | None] = {
            "SELECT": None,
            "INSERT": insertable if stamped else None,
        }
        if not self.keeps_rows:
            return rights | {"UPDATE": None, "DELETE": None}
        if self.name in CHANGING:
            rights["UPDATE"] = CHANGING[self.name]
        return rights

    def for_readers(self) -> dict[str, tuple[str, ...] | None]:
        """Return the privileges of whoever only reads."""
        hidden = HIDDEN.get(self.name, set())
        if hidden is None:
            return {}
        readable = tuple(column for column in self.columns if column not in hidden)
        return {"SELECT": readable if hidden else None}


def tables() -> list[Table]:
    """Return every table and view of the schema, by name."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES, {"history": _HISTORY})
        return [
            Table(name, is_view, tuple(columns), keeps_rows, refuses_insert)
            for name, is_view, columns, keeps_rows, refuses_insert in cursor.fetchall()
        ]


def are_made() -> bool:
    """Tell whether the database has the roles, and with them an owner who we are.

    Raises:
        NotTheOwner: another role asks.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regrole(%s) IS NOT NULL", [OWNER])
        if not cursor.fetchone()[0]:
            return False
        cursor.execute("SELECT current_user, pg_has_role(%s, 'USAGE')", [OWNER])
        role, is_owner = cursor.fetchone()
    if not is_owner:
        raise NotTheOwner(role=role)
    return True


@transaction.atomic
def grant() -> None:
    """Give every role what it may do, and take away everything else."""
    with connection.cursor() as cursor:
        for statement in (*_on_tables(), *_on_functions()):
            cursor.execute(statement)


def _on_tables() -> Iterator[sql.Composed]:
    for table in tables():
        on = sql.Identifier("public", table.name)
        yield sql.SQL("REVOKE ALL ON {} FROM {}").format(on, _EVERYBODY)
        yield from _granted(table.for_the_app(), on, APP)
        yield from _granted(table.for_readers(), on, READONLY)
        yield from _granted({"SELECT": None}, on, BACKUP)
    yield sql.SQL("REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {}").format(_EVERYBODY)
    for privilege, role in (("USAGE", APP), ("SELECT", BACKUP)):
        yield sql.SQL("GRANT {} ON ALL SEQUENCES IN SCHEMA public TO {}").format(
            sql.SQL(privilege), sql.Identifier(role)
        )


def _granted(
    rights: dict[str, tuple[str, ...] | None], on: sql.Identifier, role: str
) -> Iterator[sql.Composed]:
    for privilege, columns in rights.items():
        only = sql.SQL("") if columns is None else sql.SQL("({})").format(_listed(columns))
        yield sql.SQL("GRANT {}{} ON {} TO {}").format(
            sql.SQL(privilege), only, on, sql.Identifier(role)
        )


def _on_functions() -> Iterator[sql.Composed]:
    """Let the application call the ledger's verbs, and readers what runs with their own rights."""
    with connection.cursor() as cursor:
        cursor.execute(_FUNCTIONS)
        functions = cursor.fetchall()
    for signature, is_trigger, runs_as_owner in functions:
        on = sql.SQL(signature)
        yield sql.SQL("REVOKE ALL ON FUNCTION {} FROM {}").format(on, _EVERYBODY)
        if not is_trigger:
            to = (APP,) if runs_as_owner else (APP, READONLY)
            yield sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(on, _listed(to))


def _listed(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
