"""The queue page over many tickets: each question is led by an index, and nothing is counted."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import User
from apps.tickets.models import Ticket
from project.benchmarks.lending import queue_maker

COUNT = 60_000
WHOLE = re.compile(r"Seq Scan on (tickets|ticket_lines|approval_requests)\b")
LIST = reverse("admin:tickets_ticket_changelist")


@pytest.fixture
def clerk(db: None) -> User:
    """Sign on in an office with many tickets."""
    clerk = queue_maker.fill(COUNT)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tickets, ticket_lines, assets, users")
    return clerk


def plans(client: Client, url: str, asked: dict[str, Any]) -> Iterator[str]:
    """Yield how PostgreSQL would answer each question of a page."""
    with CaptureQueriesContext(connection) as queries:
        answer: Any = client.get(url, asked)
    assert answer.status_code == 200
    with connection.cursor() as cursor:
        for query in queries:
            if "ticket" in query["sql"] and query["sql"].startswith("SELECT"):
                cursor.execute(f"EXPLAIN {query['sql']}")
                yield "\n".join(row[0] for row in cursor.fetchall())


def test_no_queue_reads_a_whole_table_or_counts_one(clerk: User) -> None:
    client = Client()
    client.force_login(clerk)
    middle = Ticket.objects.get(pk=COUNT // 2)
    start = f"{middle.starts_at}~{middle.pk}"
    strange = {}
    for url, asked in (
        *((LIST, asked) for asked in queue_maker.pages().values()),
        (LIST, {"p": f"before-{COUNT // 2}"}),
        (LIST, {"tab": "closed", "p": f"after-{COUNT // 2}"}),
        (LIST, {"tab": "hand_over", "p": f"before-{start}"}),
        (LIST, {"tab": "on_loan", "p": f"before-{start}"}),
        (LIST, {"tab": "closed", "q": "Person 0077"}),
        (reverse("admin:index"), {}),
    ):
        for plan in plans(client, url, asked):
            if WHOLE.search(plan):
                strange[str(asked)] = plan
    assert not strange, "\n\n".join(f"{asked}\n{plan}" for asked, plan in strange.items())
