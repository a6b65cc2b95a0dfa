"""What each role of the database may do to each table, granted anew after every migration.

`deploy/database/roles.sql` makes the roles, and `manage.py prepare`, as `assets_owner`, grants. The
rights are read from the tables themselves: where a rule refuses whole statements (a BEFORE trigger
for each statement), nobody gets the right to them. So a new append-only table is closed by its own
triggers. Those triggers run as the owner, because they write what nobody else may: the balance of a
wallet, the head of a chain.
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
    "adjustment_batches": (
        *("currency", "note", "file_number", "file_name", "sha256", "line_count"),
        *("credit", "debit", "status", "version", "transaction_id"),
    ),
    "approval_requests": (
        *("status", "level", "role_id", "concluded_at", "terms", "remind_at", "escalate_at"),
    ),
    "approval_substitutions": ("is_active",),
    "approval_trusted_people": ("ended_at", "ended_by_id", "ending_reason"),
    "books_checks": (
        *("status", "stage", "done_count", "total_count", "attempt_count", "transaction_count"),
        *("entry_count", "block_count", "unsealed_count", "head", "fault", "heard_at"),
        *("started_at", "finished_at"),
    ),
    "factor_resets": ("status", "ended_by_id", "ended_at", "words"),
    "journal_imports": (
        *("status", "mapping", "refusal", "attempt_count", "result", "content"),
        *("confirmed_by_id", "confirmed_at", "finished_at"),
    ),
    "consents": ("redeemed_at", "ended_at", "ending"),
    "ledger_holds": ("captured", "released", "status", "ended_at"),
    "ledger_periods": ("status", "closing_count", "changed_at", "changed_by_id", "reason"),
    "program_secrets": ("ends_at",),
    "receivables": (
        *("paid", "status", "reminder_count", "reminded_at", "suspended_until", "ended_at"),
        "write_off_reason",
    ),
    "signing_keys": ("private_pem", "retired_at"),
    "strikes": ("suspended_until", "lifted_at", "lifted_by_id", "lift_reason"),
    "ticket_claims": (
        *("status", "estimate", "amount", "description", "amount_reason", "disputed_at"),
        *("disputed_by_id", "decided_at", "decision_reason", "posting_id"),
    ),
    "wallets": ("status", "title"),
    "webhook_messages": ("status", "attempt_count", "attempt_at", "finished_at"),
}
"""Of a table that changes in part: the columns that do."""

ONLY_READ = {
    "business_limit_uses",
    *("auth_permission", "django_content_type", "django_migrations"),
    *("ledger_days", "ledger_marks"),
}
"""Tables that the application only reads: migrations or the ledger's own triggers write them."""

STAMPED = {"audit_logs": {"xid"}}
"""Columns that PostgreSQL fills in: whoever could choose them could date a row back."""

HIDDEN: dict[str, set[str] | None] = {
    "account_emailconfirmation": None,
    "api_kept_answers": None,
    "consents": {"code_challenge", "code_digest", "family"},
    "django_session": None,
    "mfa_authenticator": {"data"},
    **{
        f"oauth2_provider_{name}": None
        for name in ("accesstoken", "devicegrant", "grant", "idtoken", "refreshtoken")
    },
    "program_secrets": None,
    "programs": {"client_secret"},
    "signing_keys": {"private_pem"},
    "socialaccount_socialapp": {"key", "secret", "settings"},
    "socialaccount_socialtoken": None,
    "users": {"password"},
    "usersessions_usersession": {"session_key"},
    "webhook_subscriptions": {"secret", "previous_secret"},
}
"""What is not for readers: whole tables, or columns."""

_EVERYBODY = sql.SQL("PUBLIC, {}, {}, {}").format(*map(sql.Identifier, (APP, READONLY, BACKUP)))

# What the library of histories has written stays.
_HISTORY = r"(_history$|_historical)"

# In tgtype: 1 for each row, 2 before, 4 insert, 8 delete, 16 update, 32 truncate, 64 instead.
_RIGHTS = {"INSERT": 4, "DELETE": 8 | 32, "UPDATE": 16}
_TABLES = """
SELECT c.relname, c.relkind = 'v',
       array_agg(a.attname::text ORDER BY a.attnum),
       (SELECT coalesce(bit_or(t.tgtype), 0) FROM pg_trigger t
         WHERE t.tgrelid = c.oid AND NOT t.tgisinternal
           AND t.tgtype & (1 | 2) = CASE WHEN c.relkind = 'v' THEN 1 ELSE 2 END)
       | CASE WHEN c.relname ~ %(history)s THEN 8 | 16 ELSE 0 END
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
       AND NOT EXISTS (
       SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
 GROUP BY c.oid ORDER BY c.relname
"""

_FUNCTIONS = """
SELECT p.oid::regprocedure::text, p.prorettype = 'trigger'::regtype, p.prosecdef
  FROM pg_proc p
 WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND NOT EXISTS (
       SELECT FROM pg_depend d
        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
 ORDER BY 1
"""

type Rights = dict[str, tuple[str, ...] | None]
"""Privileges with their columns; None is the whole table."""


class NotTheOwner(DomainError):
    """`prepare` runs as a role that does not own the tables."""

    template = _(
        "The database has its roles, and {role} is not its owner: prepare runs as assets_owner. "
        "Correct DATABASE_URL."
    )


@dataclass(frozen=True)
class Table:
    """A table, and what its own triggers refuse; or a view, and what they do instead."""

    name: str
    is_view: bool
    columns: tuple[str, ...]
    triggers: int

    def for_the_app(self) -> Rights:
        """Return the privileges of the application."""
        met = {name for name, bits in _RIGHTS.items() if self.triggers & bits}
        if self.is_view:
            # A view with a trigger is a door: what is inserted there is done.
            given = met
        elif self.name in ONLY_READ:
            given = set()
        else:
            given = _RIGHTS.keys() - met
        stamped = STAMPED.get(self.name, set())
        columns = {
            "INSERT": tuple(sorted(set(self.columns) - stamped)) if stamped else None,
            "UPDATE": CHANGING.get(self.name),
        }
        return {"SELECT": None} | {name: columns.get(name) for name in sorted(given)}

    def for_readers(self) -> Rights:
        """Return the privileges of whoever only reads."""
        hidden = HIDDEN.get(self.name, set())
        if hidden is None:
            return {}
        return {"SELECT": tuple(sorted(set(self.columns) - hidden)) if hidden else None}


def tables() -> list[Table]:
    """Return every table and view of the schema, by name."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES, {"history": _HISTORY})
        return [
            Table(name, is_view, tuple(columns), triggers)
            for name, is_view, columns, triggers in cursor.fetchall()
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


def _granted(rights: Rights, on: sql.Identifier, role: str) -> Iterator[sql.Composed]:
    for privilege, columns in rights.items():
        only = sql.SQL("") if columns is None else sql.SQL("({})").format(_listed(columns))
        yield sql.SQL("GRANT {}{} ON {} TO {}").format(
            sql.SQL(privilege), only, on, sql.Identifier(role)
        )


def _on_functions() -> Iterator[sql.Composed]:
    """Let the application call the ledger's verbs, and readers what runs with their own rights.

    A trigger fires without EXECUTE. Whoever had it could hang the trigger on a table of their own.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FUNCTIONS)
        functions = cursor.fetchall()
    for signature, is_trigger, runs_as_owner in functions:
        on = sql.SQL(signature)
        yield sql.SQL("REVOKE ALL ON FUNCTION {} FROM {}").format(on, _EVERYBODY)
        if is_trigger:
            # Temporary tables last, so that nobody puts one of theirs before ours.
            yield sql.SQL(
                "ALTER FUNCTION {} SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
            ).format(on)
        else:
            to = (APP,) if runs_as_owner else (APP, READONLY)
            yield sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(on, _listed(to))


def _listed(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
