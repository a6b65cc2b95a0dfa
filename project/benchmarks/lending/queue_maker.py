"""What a process of the queue's benchmark does in its scratch database: fill it, read the pages."""

import json
import sys
import time
from datetime import timedelta
from statistics import median
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.assets.models import Asset, Category, Tariff
from apps.tickets.admin.tabs import ALL, QUEUES
from project import reference
from project.benchmarks.sessions import signed_in

_PEOPLE = 1000
_LEAST_OPEN = 100  # so that every queue fills a page
_READS = 3  # of each page in a round
CLERK = "clerk@bench.invalid"

# The newest tickets wait in the six queues, the same share in each; all others are over, three of a
# hundred without having been lent. One person and one asset are on a tenth of the last thousand,
# so that a search for them fills a page too. Set-based with the triggers off: moving a million
# through the services would take a day. Lines name reservations that are not there, which no list
# reads.
_TICKETS = """
INSERT INTO tickets (id, borrower_id, entered_by_id, starts_at, ends_at, purpose, currency, status,
    ending_reason, submitted_at, closed_at, quote, version, created_at)
OVERRIDING SYSTEM VALUE
SELECT n,
    %(first_person)s
        + CASE WHEN n > %(count)s - 1000 AND n %% 10 = 0 THEN 77 ELSE n %% %(people)s END,
    CASE WHEN n %% 5 = 0 THEN %(clerk)s ELSE %(first_person)s END,
    starts_at, starts_at + interval '2 days', 'Film school', 'USD', status,
    CASE WHEN status IN ('cancelled', 'rejected') THEN 'Not needed' ELSE '' END,
    CASE WHEN status <> 'draft' THEN starts_at - interval '1 day' END,
    CASE WHEN status = 'closed' THEN starts_at + interval '3 days' END,
    '{"fee": 2000, "deposit": 5000, "commission": 400, "lines": {}}'::jsonb,
    1, starts_at - interval '2 days'
FROM (
    SELECT n, kind,
        CASE WHEN kind IS NULL THEN CASE n %% 100 WHEN 13 THEN 'cancelled' WHEN 37 THEN 'rejected'
            WHEN 71 THEN 'expired' ELSE 'closed' END
        ELSE (ARRAY['draft', 'submitted', 'approved', 'on_loan', 'on_loan', 'returned'])[kind + 1]
        END AS status,
        CASE WHEN kind IS NULL THEN now() - (%(count)s - n + 100) * interval '5 minutes'
            WHEN kind IN (0, 1) THEN now() + interval '1 day'
            WHEN kind = 2 THEN now() - interval '10 minutes'
            WHEN kind = 3 THEN now() - interval '1 day'
            ELSE now() - interval '5 days' END + n * interval '1 millisecond' AS starts_at
    FROM (
        SELECT n, CASE WHEN n > %(count)s - 6 * %(open)s THEN n %% 6 END AS kind
        FROM generate_series(1::bigint, %(count)s::bigint) n
    ) numbered
) placed
ORDER BY n;
INSERT INTO ticket_lines (id, ticket_id, asset_id, lender_id, due_at, status, fee, deposit,
    commission, reservation_id, condition_out, note_out, condition_in, note_in, late_fee, damage,
    damage_note)
OVERRIDING SYSTEM VALUE
SELECT t.id * 2 + side, t.id,
    %(first_asset)s + CASE WHEN t.id > %(count)s - 1000 AND t.id %% 10 = 1 AND side = 0 THEN 123
        ELSE (t.id * 7 + side) %% %(people)s END,
    %(first_person)s,
    t.ends_at,
    CASE t.status WHEN 'draft' THEN 'requested' WHEN 'submitted' THEN 'requested'
        WHEN 'approved' THEN 'reserved' WHEN 'on_loan' THEN 'on_loan'
        WHEN 'returned' THEN 'returned' WHEN 'closed' THEN 'inspected' ELSE 'released' END,
    1000, 2500, 200, t.id * 2 + side, '', '', '', '', 0, 0, ''
FROM tickets t CROSS JOIN generate_series(0, 1) side ORDER BY t.id;
-- What is out shows its late fee, by the terms that the ticket keeps.
UPDATE tickets t SET quote = t.quote || jsonb_build_object('lines', (
    SELECT jsonb_object_agg(asset_id, '{"arithmetic": [], "late": {"currency": "USD",
        "grace": 900, "late_fee": 500, "late_fee_unit": "day", "late_fee_cap": null}}'::jsonb)
      FROM ticket_lines WHERE ticket_id = t.id))
 WHERE status = 'on_loan';
"""


def fill(count: int) -> User:
    """Make so many tickets with two lines each, and return the clerk who reads them."""
    reference.load()
    with transaction.atomic(), connection.cursor() as cursor:
        people = User.objects.bulk_create(
            User(email=f"{number}@bench.invalid", display_name=f"Person {number:04d}")
            for number in range(_PEOPLE)
        )
        clerk = User.objects.create_user(CLERK, display_name="Clerk", is_staff=True)
        clerk.groups.add(Group.objects.get(name=Role.LENDING_CLERK))
        facts = {
            "count": count,
            "open": max(_LEAST_OPEN, count // 500),
            "people": _PEOPLE,
            "first_person": people[0].pk,
            "clerk": clerk.pk,
            "first_asset": _assets(people[0])[0].pk,
        }
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(_TICKETS, facts)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    return clerk


def _assets(lender: User) -> list[Asset]:
    tariff = Tariff.objects.create(
        name=f"Bench {uuid4()}", currency="USD", day_price=1000, grace=timedelta(minutes=15)
    )
    category = Category.objects.create(
        name=f"Bench {uuid4()}", turnaround=timedelta(0), tariff=tariff
    )
    return Asset.objects.bulk_create(
        Asset(
            tag=f"BENCH-{number:04d}",
            name=f"Camera {number}",
            category=category,
            lender=lender,
            value=20_000,
            currency="USD",
        )
        for number in range(_PEOPLE)
    )


def pages() -> dict[str, dict[str, str]]:
    """Return what the address of each page asks: every tab, and what somebody searches for."""
    tabs = {tab: {"tab": tab} for tab in (ALL, *QUEUES)}
    searches = {
        "number": {"q": "TK-500"},
        "borrower": {"q": "Person 0077"},
        "tag": {"q": "BENCH-0123"},
    }
    return {**tabs, **searches}


def read(rounds: int) -> None:
    """Print, for every page, the median seconds that reading it took in each round."""
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(email=CLERK))
    signed_in(client)
    for asked in pages().values():
        _read(client, asked)
    seconds = {
        name: [median(_read(client, asked) for _time in range(_READS)) for _round in range(rounds)]
        for name, asked in pages().items()
    }
    sys.stdout.write(json.dumps(seconds))


def _read(client: Client, asked: dict[str, str]) -> float:
    start = time.perf_counter()
    answer: Any = client.get(reverse("admin:tickets_ticket_changelist"), asked)
    assert answer.status_code == 200, answer.status_code  # noqa: PLR2004
    seconds = time.perf_counter() - start
    assert b">TK-" in answer.content, f"an empty page: {asked}"
    return seconds
