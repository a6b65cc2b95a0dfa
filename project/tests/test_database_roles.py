"""What each role of the database may do, by a real login as that role."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django import forms
from django.contrib.admin import site
from django.core.management import call_command
from django.db import ProgrammingError, connection
from django.utils import timezone
from psycopg import errors
from pytest_django import Settings

from apps.accounts.models import User
from apps.audit import services as audit
from apps.reports import building, pdf, showing
from apps.reports import services as reports
from apps.reports.admin import finance
from apps.reports.catalogue import CATALOGUE, find
from apps.reports.lists.offering import offered_by
from apps.reports.snapshot import snapshot
from apps.reports.states import Status
from apps.wallets import selectors
from apps.wallets import services as wallets
from apps.wallets.checking import running
from project import demo, grants

type Session = psycopg.Connection[tuple[Any, ...]]
type Login = Callable[[str], Session]
type WorkingAs = Callable[[str], AbstractContextManager[None]]

KEPT = (
    "adjustment_batches",
    "adjustment_evidence",
    "adjustment_lines",
    "approval_decisions",
    "approval_parties",
    "approval_requests",
    "audit_blocks",
    "audit_head",
    "audit_logs",
    "ledger_days",
    "ledger_entries",
    "ledger_holds",
    "ledger_marks",
    "ledger_period_balances",
    "ledger_periods",
    "ledger_transactions",
    "wallets",
)
APPEND_ONLY = tuple(name for name in KEPT if name not in grants.CHANGING)


@pytest.mark.parametrize("role", [grants.APP, grants.READONLY, grants.BACKUP])
@pytest.mark.parametrize("table", KEPT)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_no_role_takes_a_kept_row_away(role: str, table: str, statement: str, login: Login) -> None:
    with login(role) as session:
        # What a login sets by itself it may unset; its rights stay.
        session.execute("SET default_transaction_read_only = off")
        with pytest.raises(errors.InsufficientPrivilege):
            session.execute(statement.format(table))


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_the_application_changes_no_column_of_an_append_only_table(
    table: str, login: Login
) -> None:
    with login(grants.APP) as session:
        columns = _columns(session, table)
        assert columns
        for column in columns:
            with pytest.raises(errors.InsufficientPrivilege):
                session.execute(f"UPDATE {table} SET {column} = {column}")  # noqa: S608  (our own names)


@pytest.mark.parametrize("table", grants.CHANGING)
def test_where_a_table_changes_in_part_the_other_columns_stay(table: str, login: Login) -> None:
    with login(grants.APP) as session:
        for column in _columns(session, table):
            change = f"UPDATE {table} SET {column} = {column} WHERE false"  # noqa: S608  (our own names)
            if column in grants.CHANGING[table]:
                session.execute(change)
            else:
                with pytest.raises(errors.InsufficientPrivilege):
                    session.execute(change)


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE ledger_entries DISABLE TRIGGER ALL",
        "ALTER TABLE ledger_entries DISABLE TRIGGER entries_are_append_only",
        "ALTER TABLE audit_logs ADD COLUMN more int",
        "ALTER TABLE ledger_entries OWNER TO assets_app",
        "ALTER FUNCTION ledger_refuses() SECURITY INVOKER",
        "DROP TABLE ledger_entries CASCADE",
        "DROP TRIGGER entries_are_append_only ON ledger_entries",
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION ledger_refuses() RETURNS trigger LANGUAGE sql AS ''",
        "CREATE TRIGGER mine AFTER INSERT ON users EXECUTE FUNCTION ledger_refuses()",
        "CREATE RULE mine AS ON INSERT TO ledger_entries DO INSTEAD NOTHING",
        "CREATE ROLE mine",
        "SET session_replication_role = replica",
        "SET ROLE assets_owner",
        "SET ROLE assets_backup",
        "SET SESSION AUTHORIZATION assets_owner",
        "LOCK TABLE ledger_entries IN ACCESS EXCLUSIVE MODE",
        "SELECT setval('ledger_transactions_id_seq', 1)",
        "SELECT setval('wallet_numbers', 1)",
        "INSERT INTO audit_head (number, hash) VALUES (7, '')",
        "INSERT INTO ledger_transactions DEFAULT VALUES",
        "INSERT INTO ledger_entries DEFAULT VALUES",
        "INSERT INTO ledger_period_balances DEFAULT VALUES",
        "INSERT INTO ledger_days DEFAULT VALUES",
        "INSERT INTO audit_logs (xid) SELECT pg_current_xact_id()",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('wallets', 'x', now())",
        "COPY ledger_entries TO PROGRAM 'cat'",
        "SELECT pg_read_file('postgresql.conf')",
    ],
)
def test_the_application_is_refused(statement: str, login: Login) -> None:
    with (
        login(grants.APP) as session,
        pytest.raises(errors.InsufficientPrivilege),
        session.transaction(),
    ):
        session.execute(statement)


def test_the_application_gives_itself_nothing(login: Login) -> None:
    with login(grants.APP) as session:
        # PostgreSQL only warns here.
        session.execute("GRANT UPDATE ON ledger_entries TO assets_app")
        with pytest.raises(errors.InsufficientPrivilege):
            session.execute("UPDATE ledger_entries SET amount = 0")


@pytest.mark.django_db
def test_whoever_reads_writes_nothing(login: Login) -> None:
    with login(grants.READONLY) as session:
        session.execute("SET default_transaction_read_only = off")
        for table in grants.tables():
            changes = (
                f"UPDATE {table.name} SET {table.columns[0]} = {table.columns[0]}",  # noqa: S608  (our own names)
                f"DELETE FROM {table.name}",  # noqa: S608  (our own names)
            )
            for statement in (
                f"INSERT INTO {table.name} DEFAULT VALUES",
                *(() if table.is_view else changes),
            ):
                with pytest.raises(errors.InsufficientPrivilege):
                    session.execute(statement)
        for statement in (
            "SELECT nextval('wallet_numbers')",
            "SELECT ledger_capture_hold(1, 1, 1, '', '', now()::date, '', 1, NULL, NULL)",
            "SET ROLE assets_app",
            "CREATE TEMPORARY TABLE mine (id int)",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                session.execute(statement)


def test_whoever_reads_starts_read_only_and_sees_no_password_and_no_session(login: Login) -> None:
    with login(grants.READONLY) as session:
        assert session.execute("SHOW transaction_read_only").fetchone() == ("on",)
        session.execute("SELECT id, email, display_name FROM users")
        session.execute("SELECT count(*) FROM ledger_entries")
        for statement in ("SELECT password FROM users", "SELECT * FROM django_session"):
            with pytest.raises(errors.InsufficientPrivilege):
                session.execute(statement)


@pytest.mark.django_db
def test_nothing_that_looks_secret_is_left_for_readers(database_roles: None) -> None:
    secret = ("password", "secret", "token", "session_data", "seed")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.column_privileges"
            " WHERE grantee = %s AND column_name ~ %s",
            [grants.READONLY, "|".join(secret)],
        )
        assert cursor.fetchall() == []


@pytest.mark.django_db
def test_the_backup_reads_everything_and_writes_nothing(login: Login) -> None:
    with login(grants.BACKUP) as session:
        for table in grants.tables():
            session.execute(f"SELECT * FROM {table.name} LIMIT 0")  # noqa: S608  (our own names)
        session.execute("SELECT last_value FROM wallet_numbers")
        with pytest.raises(errors.InsufficientPrivilege):
            session.execute("INSERT INTO auth_group (name) VALUES ('x')")


@pytest.mark.django_db(transaction=True)
def test_the_whole_office_works_as_the_application(
    working_as: WorkingAs, settings: Settings, tmp_path: Path, broker: str
) -> None:
    settings.MEDIA_ROOT = tmp_path
    with working_as(grants.APP):
        demo.load()

        assert _session_user() == grants.APP
        system = User.objects.system()
        month = timezone.localdate().replace(day=1) - timedelta(days=99)
        wallets.close_period(month, actor=system, reason="Over")
        wallets.reopen_period(month, actor=system, reason="Forgot something")
        wallets.roll_up()
        assert audit.seal(actor=system)
        assert wallets.seal_ledger(actor=system)
        wallets.expire_holds(now=timezone.now() + timedelta(days=999), actor=system)
        call_command("check_books", "--keep")
        assert wallets.seal_ledger(actor=system)
        call_command("check_books", "--since", "latest")
        running.run(wallets.check_books(actor=system).pk)
        checked = selectors.latest_books_check()
        assert checked is not None
        assert checked.is_right
        call_command("check_audit")


def _read_every_list(person: User) -> None:
    """Read every column of every list, with the rights of whoever only reads."""
    for page in site._registry.values():
        name = f"{page.opts.app_label}_{page.opts.model_name}"
        columns = [one.key for one in offered_by(page)]  # type: ignore[arg-type]  # one of ours
        answers = find("list-export").answers({"list": name, "filter": "", "columns": columns})
        report = find("list-export").settled(answers, person)
        with snapshot():
            assert report.frame(answers, report.totals(answers)).is_tied, name
            report.query(answers).rows()


@pytest.mark.django_db(transaction=True)
def test_every_report_is_made_with_the_rights_of_a_reader(
    working_as: WorkingAs, settings: Settings, tmp_path: Path, broker: str
) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.REPORTS_ROLE = grants.READONLY
    demo.load()
    root = User.objects.create_superuser("root@example.com", "x" * 12, display_name="Root")
    with working_as(grants.APP):
        _read_every_list(root)
        for slug, report in CATALOGUE.items():
            run = reports.run(
                slug,
                parameters={name: _some(field) for name, field in report.form.base_fields.items()},
                formats=["csv", *(["pdf"] if pdf.is_possible() else [])],
                actor=User.objects.system(),
            )
            building.build(run.pk)
            run.refresh_from_db()
            assert (slug, run.status, run.failure) == (slug, Status.DONE, "")
            # The same report on the screen.
            assert showing.page_of(report, report.answers(run.parameters)).position.last_id
        assert finance.read(timezone.now()).purses


@pytest.mark.django_db(transaction=True)
def test_a_report_reads_nothing_that_is_not_for_readers(
    working_as: WorkingAs, settings: Settings
) -> None:
    settings.REPORTS_ROLE = grants.READONLY
    with (
        working_as(grants.APP),
        pytest.raises(ProgrammingError, match="permission denied"),
        snapshot(),
    ):
        User.objects.get(is_system=True)


@pytest.mark.django_db(transaction=True)
def test_the_application_is_itself_again_after_a_report(
    working_as: WorkingAs, settings: Settings
) -> None:
    settings.REPORTS_ROLE = grants.READONLY
    with working_as(grants.APP):
        with snapshot():
            pass
        assert User.objects.filter(is_system=True).update(is_system=True) == 1


def _session_user() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user")
        return str(cursor.fetchone()[0])


def _some(field: Any) -> Any:
    """Return an answer that the field of a form takes."""
    kind = type(field)
    if issubclass(kind, forms.ModelChoiceField):
        return field.queryset.last().pk
    if issubclass(kind, forms.ChoiceField):
        return list(field.choices)[-1][0]
    if issubclass(kind, forms.DateField):
        return timezone.localdate().isoformat()
    # An amount, where one is typed.
    return "0" if field.required else ""


def _columns(session: Session, table: str) -> list[str]:
    found = session.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass"
        " AND attnum > 0 AND NOT attisdropped",
        [table],
    )
    return [name for (name,) in found]
