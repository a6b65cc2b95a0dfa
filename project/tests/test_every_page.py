"""Every page of the back office, walked with the demo company in it: reading changes nothing."""

from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from django.contrib.admin import site
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, reverse

from apps.accounts.models import User
from apps.audit.models import AuditEvent

# When somebody was last seen is written once a minute, whichever page they read.
OUTSIDE = {"django_session", "usersessions_usersession", "django_migrations", "audit_logs"}
# Whoever takes a file away leaves a trace, on purpose.
TRACES = {
    "wallets.evidence_downloaded",
    "wallets.journal_file_downloaded",
    "reports.downloaded",
}
TRACES |= {"wallets.batch_downloaded", "tickets.file_downloaded"}


@pytest.fixture
def reader(demo_company: None, db: None, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Return the browser of somebody whom no permission stops."""
    # The test's own transaction has begun without a snapshot.
    monkeypatch.setattr("apps.reports.admin.finance.still", nullcontext)
    anybody = User.objects.create_superuser("root@example.com", display_name="Root")
    client = Client()
    client.force_login(anybody)
    return client


def digest_of_all_tables() -> dict[str, object]:
    with connection.cursor() as cursor:
        tables = sorted(set(connection.introspection.table_names(cursor)) - OUTSIDE)
        digests = {}
        for table in tables:
            cursor.execute(
                f"SELECT count(*), md5(string_agg(md5(row::text), '' ORDER BY md5(row::text))) FROM \"{table}\" AS row"  # noqa: S608, E501
            )
            digests[table] = cursor.fetchone()
        return digests


def addresses() -> Iterator[str]:
    """Every address of every registered page, of its first two rows and all of its actions."""
    for model, page in site._registry.items():
        rows = list(model._default_manager.order_by("-pk").values_list("pk", flat=True)[:2])
        for pattern in page.get_urls():
            if not isinstance(pattern, URLPattern) or not pattern.name:
                continue
            for arguments in ((), *((row,) for row in rows)):
                try:
                    yield reverse(f"admin:{pattern.name}", args=arguments)
                except NoReverseMatch:
                    continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        yield reverse(name) + "?q=camera"


def test_no_page_changes_anything_by_being_read(reader: Client) -> None:
    reader.get(reverse("admin:index"))
    before = digest_of_all_tables()
    last = AuditEvent.objects.latest("pk")
    strange = {}
    visited = 0
    for address in addresses():
        visited += 1
        status = reader.get(address).status_code
        if status not in {200, 302, 400, 403, 404, 405}:
            strange[address] = status
    assert not strange
    assert visited > 150
    assert digest_of_all_tables() == before
    traces = AuditEvent.objects.filter(pk__gt=last.pk)
    assert set(traces.values_list("action", flat=True)) <= TRACES


def test_the_command_palette_finds_what_one_may_see(reader: Client) -> None:
    found = reader.get(reverse("admin:search"), {"s": "cam-00"}).content.decode()
    assert found.count("CAM-00") >= 3
    nothing = Client()
    nothing.force_login(User.objects.get(email="wallets@demo.example"))
    assert "CAM-00" not in nothing.get(reverse("admin:search"), {"s": "cam-00"}).content.decode()


def test_the_first_page_shows_the_day(reader: Client) -> None:
    first = reader.get(reverse("admin:index")).content.decode()
    for text in ("Overdue", "To hand over today", "In escrow", "should be zero"):
        assert text in first


def test_the_first_page_asks_a_fixed_number_of_questions(
    reader: Client, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(40):  # type: ignore[operator]  # a fixture without a type
        reader.get(reverse("admin:index"))


def test_health_is_asked_without_a_sign_in(db: None) -> None:
    assert Client().get(reverse("healthz")).json() == {"status": "ok"}
