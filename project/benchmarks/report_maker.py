"""The processes that `bench reports` measures: each makes one report and says what it took."""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.template import Context, Engine

from apps.accounts.models import User
from apps.assets.models import Asset, Category, Reservation, Tariff
from apps.assets.states import ReservationKind
from apps.reports import building, csv, pdf
from apps.reports.catalogue import find
from apps.reports.columns import printed
from apps.reports.models import ReportRun
from apps.reports.report import Answers, Report
from apps.reports.snapshot import snapshot
from apps.tickets.models import Ticket, TicketLine
from apps.tickets.states import LineStatus, Status
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.states import Role, TransactionKind
from project import reference

# So many rows up to the end of each month: every report is asked for a longer stretch.
ROWS_UNTIL = {10: date(2026, 1, 31), 1_000: date(2026, 2, 28), 10_000: date(2026, 3, 31)}
_FEE, _DEPOSIT = 3000, 5000
_WHOLE = """<!DOCTYPE html><html lang="en"><table>
<thead><tr>{% for title in titles %}<th>{{ title }}</th>{% endfor %}</tr></thead>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}
</table></html>"""


def seed() -> None:
    """Make 10,000 people with a wallet each, a payment to each of them, and a loan for each."""
    reference.load()
    people = User.objects.bulk_create(
        User(email=f"person{number}@example.com", display_name=f"Person {number}")
        for number in range(max(ROWS_UNTIL))
    )
    with transaction.atomic():
        _pay(people)
        _lend(people)


def _day(number: int) -> date:
    return min(until for rows, until in ROWS_UNTIL.items() if number < rows)


def _pay(people: list[User]) -> None:
    system = User.objects.system()
    payer = wallets.system_wallet(Role.CASH, "USD")
    for number, person in enumerate(people):
        amount = 100 + number
        wallet = wallets.wallet_for(person, "USD", actor=system)
        wallets.post(
            TransactionKind.TRANSFER,
            [wallets.Entry(wallet.pk, amount), wallets.Entry(payer.pk, -amount)],
            actor=system,
            key=f"bench:{number}",
            effective_on=_day(number),
            description=f"Payment {number} for a camera, two lenses and a tripod",
        )


def _lend(people: list[User]) -> None:
    tariff = Tariff.objects.create(name="Bench", currency="USD", day_price=1000, grace=timedelta(0))
    category = Category.objects.create(name="Bench", tariff=tariff, turnaround=timedelta(0))
    assets = Asset.objects.bulk_create(
        Asset(
            tag=f"CAM-{number}",
            name=f"Cinema camera {number}",
            category=category,
            lender=people[number],
            value=100_000,
            currency="USD",
        )
        for number in range(100)
    )
    moments = [
        datetime.combine(_day(number), datetime.min.time(), UTC) for number in range(len(people))
    ]
    tickets = Ticket.objects.bulk_create(
        Ticket(
            borrower=person,
            entered_by=person,
            starts_at=moment,
            ends_at=moment + timedelta(days=3),
            purpose="A film",
            currency="USD",
            status=Status.ON_LOAN,
        )
        for person, moment in zip(people, moments, strict=True)
    )
    reservations = Reservation.objects.bulk_create(
        Reservation(
            asset=assets[number % len(assets)],
            period=(ticket.starts_at, ticket.ends_at),
            turnaround=timedelta(0),
            kind=ReservationKind.LOAN,
            is_holding=False,
        )
        for number, ticket in enumerate(tickets)
    )
    TicketLine.objects.bulk_create(
        TicketLine(
            ticket=ticket,
            asset=reservation.asset,
            lender=reservation.asset.lender,
            due_at=ticket.ends_at,
            reservation=reservation,
            status=LineStatus.ON_LOAN,
            handed_over_at=ticket.starts_at,
            fee=_FEE,
            deposit=_DEPOSIT,
            commission=600,
        )
        for ticket, reservation in zip(tickets, reservations, strict=True)
    )
    held = len(tickets) * (_FEE + _DEPOSIT)
    wallets.post(
        TransactionKind.OPENING,
        [
            wallets.Entry(wallets.system_wallet(Role.ESCROW, "USD").pk, held),
            wallets.Entry(wallets.system_wallet(Role.OPENING, "USD").pk, -held),
        ],
        actor=User.objects.system(),
        key="bench:escrow",
        effective_on=date(2026, 1, 1),
    )


def _asked(slug: str, rows: int) -> tuple[Report, dict[str, Any]]:
    report = find(slug)
    until = ROWS_UNTIL[rows].isoformat()
    period = {"from_on": "2026-01-01", "until_on": until}
    payer = Wallet.objects.get(role=Role.CASH, currency="USD")
    parameters: dict[str, dict[str, Any]] = {
        "wallet-statement": {"wallet": payer.pk, **period},
        "trial-balance": {"as_of": until, "detail": "wallets"},
        "lending-register": period,
    }
    return report, parameters[slug]


def make(slug: str, rows: int, format_: str) -> None:
    """Make the whole run as the worker does."""
    _report, parameters = _asked(slug, rows)
    run = ReportRun.objects.create(
        report=slug, parameters=parameters, formats=[format_], requester=User.objects.system()
    )
    with tempfile.TemporaryDirectory() as folder:
        settings.MEDIA_ROOT = folder
        _say(lambda: building.build(run.pk))
    run.refresh_from_db()
    assert run.status == "done", run.failure
    assert run.rows_total is not None
    assert rows <= run.rows_total <= rows + 3, run.rows_total  # the chart's own wallets


def table(slug: str, rows: int) -> None:
    """Write the CSV alone."""
    report, parameters = _asked(slug, rows)
    with tempfile.TemporaryDirectory() as folder, snapshot():
        query = report.query(report.answers(parameters))
        path = Path(folder) / "report.csv"
        _say(lambda: csv.write(path, report.columns, query, progress=lambda _rows: None))


def copy_command(slug: str, rows: int) -> None:
    r"""Print the query of the report as a `\copy` for psql."""
    report, parameters = _asked(slug, rows)
    query = report.query(report.answers(parameters))
    with connection.cursor() as cursor:
        plain = cursor.mogrify(query.sql, query.parameters)
    sys.stdout.write(rf"\copy ({' '.join(plain.split())}) TO '/dev/null' WITH (FORMAT csv, HEADER)")


def whole(slug: str, rows: int) -> None:
    """Give the same rows to WeasyPrint as one table."""
    report, parameters = _asked(slug, rows)
    with snapshot():
        answers = report.answers(parameters)
        _say(lambda: _print_whole(report, answers))


def _print_whole(report: Report, answers: Answers) -> None:
    from weasyprint import HTML  # noqa: PLC0415  (loads Pango)

    assert pdf.is_possible()
    shown = [(index, column) for index, column in enumerate(report.columns) if column.width]
    rows = (
        [printed(cells[index], column.kind, "USD") for index, column in shown]
        for cells in report.query(answers).streamed()
    )
    titles = [column.title for _index, column in shown]
    html = Engine().from_string(_WHOLE).render(Context({"titles": titles, "rows": rows}))
    size = "A4 landscape" if report.is_landscape else "A4"
    style = f"<style>@page {{ size: {size} }} table {{ font-size: 7.5pt; width: 100% }}</style>"
    HTML(string=style + html).write_pdf()


def _say(deed: Callable[[], object]) -> None:
    started, cpu_started = time.perf_counter(), time.process_time()
    deed()
    facts = {
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - cpu_started,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    sys.stdout.write(json.dumps(facts))
