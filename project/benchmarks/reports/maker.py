"""The processes that `bench reports` measures: each does one thing and says what it took."""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.template import Context, Engine

from apps.accounts.models import User
from apps.reports import csv, pdf, services
from apps.reports.catalogue import find
from apps.reports.columns import printed
from apps.reports.models import ReportRun
from apps.reports.paper import Paper
from apps.reports.report import Answers, Report
from apps.reports.snapshot import snapshot
from apps.reports.states import Format, Status
from apps.wallets.models import LedgerEntry, Wallet
from apps.wallets.states import Role

_FIRST_DAY = date(2026, 1, 1)
_OF_THE_JOURNAL = 6000  # entries a day
_PAUSE = 0.05
_WHOLE = """<!DOCTYPE html><html lang="en"><table>
<thead><tr>{% for title in titles %}<th>{{ title }}</th>{% endfor %}</tr></thead>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}
</table></html>"""


def seed(transactions: int) -> None:
    """Fill the ledger: so many transactions, three thousand a day from the first of January on."""
    from project import reference  # noqa: PLC0415  (what is measured shall not carry it)
    from project.benchmarks import books_maker  # noqa: PLC0415

    books_maker.seed(transactions)
    reference.load()
    analyst = User.objects.create(email="analyst@bench.invalid", display_name="Analyst")
    analyst.is_superuser = True
    with transaction.atomic():
        analyst.save()


def _journal(rows: int) -> tuple[Report, Answers]:
    report = find("journal")
    until = _FIRST_DAY + timedelta(days=-(-rows // _OF_THE_JOURNAL))
    asked = {"from_on": _FIRST_DAY.isoformat(), "until_on": until.isoformat()}
    return report, report.answers({**_usual(report), **asked})


def _statement(rows: int) -> tuple[Report, dict[str, Any]]:
    cash = Wallet.objects.get(role=Role.CASH, currency="USD")
    days = LedgerEntry.objects.filter(wallet=cash).order_by("effective_on", "id")
    beyond = days.values_list("effective_on", flat=True)[rows]
    until = beyond - timedelta(days=1)
    parameters = {"wallet": cash.pk, "from_on": _FIRST_DAY.isoformat()}
    return find("wallet-statement"), {**parameters, "until_on": until.isoformat()}


def _usual(report: Report) -> dict[str, Any]:
    """Return what the form of a report proposes."""
    initial = {name: field.initial for name, field in report.form.base_fields.items()}
    asked = {name: value() if callable(value) else value for name, value in initial.items()}
    return {name: value for name, value in asked.items() if value is not None}


def table(rows: int) -> None:
    """Write the journal as CSV."""
    report, answers = _journal(rows)
    with tempfile.TemporaryDirectory() as folder, snapshot():
        query, path = report.query(answers), Path(folder) / "report.csv"
        seen: list[int] = []
        _say(
            lambda: csv.write(path, report.columns, query, progress=seen.append),
            lambda: seen[-1],
        )


def copy_command(rows: int) -> None:
    r"""Print the query of the journal as a `\copy` for psql."""
    report, answers = _journal(rows)
    query = report.query(answers)
    with connection.cursor() as cursor:
        plain = cursor.mogrify(query.sql, query.parameters)
    sys.stdout.write(rf"\copy ({' '.join(plain.split())}) TO '/dev/null' WITH (FORMAT csv, HEADER)")


def sheet(rows: int) -> None:
    """Write the journal as XLSX."""
    from apps.reports import xlsx  # noqa: PLC0415  (only this process needs it)

    report, answers = _journal(rows)
    with tempfile.TemporaryDirectory() as folder, snapshot() as position:
        totals = report.totals(answers)
        frame = report.frame(answers, totals)
        paper = Paper(report, report.described(answers), totals, frame, position, "")
        seen: list[int] = []
        _say(
            lambda: xlsx.write(
                Path(folder) / "report.xlsx",
                paper,
                report.query(answers).streamed(),
                progress=seen.append,
            ),
            lambda: totals.row_count,
        )


def openpyxl_sheet(rows: int) -> None:
    """Write the same rows with openpyxl, which keeps none of them."""
    from openpyxl import Workbook  # noqa: PLC0415  (only this process needs it)

    report, answers = _journal(rows)
    count = 0

    def deed() -> None:
        nonlocal count
        book = Workbook(write_only=True)
        rows_of_it = book.create_sheet("Rows")
        rows_of_it.append([str(column.title) for column in report.columns])
        for cells in report.query(answers).streamed():
            rows_of_it.append([_naive(cell) for cell in cells])
            count += 1
        with tempfile.TemporaryDirectory() as folder:
            book.save(Path(folder) / "report.xlsx")

    with snapshot():
        _say(deed, lambda: count)


def _naive(cell: Any) -> Any:
    return cell.replace(tzinfo=None) if getattr(cell, "tzinfo", None) else cell


def whole(rows: int) -> None:
    """Give the statement's rows to WeasyPrint as one table."""
    report, parameters = _statement(rows)
    with snapshot():
        answers = report.answers(parameters)
        totals = report.totals(answers)
        _say(lambda: _print_whole(report, answers), lambda: totals.row_count)


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
    style = "<style>@page { size: A4 } table { font-size: 7.5pt; width: 100% }</style>"
    HTML(string=style + html).write_pdf()


def make(rows: int) -> None:
    """Have the statement made as PDF by the workers, and say how long that took."""
    report, parameters = _statement(rows)
    analyst = User.objects.get(email="analyst@bench.invalid")
    started = time.perf_counter()
    run = services.run(report.slug, parameters=parameters, formats=[Format.PDF], actor=analyst)
    while run.status in {Status.QUEUED, Status.RUNNING}:
        time.sleep(_PAUSE)
        run = ReportRun.objects.get(pk=run.pk)
    seconds = time.perf_counter() - started
    assert run.status == Status.DONE, run.failure
    file = run.files.get(format=Format.PDF)
    facts = {
        "rows": run.rows_total,
        "pages": file.page_count,
        "sha256": file.sha256,
        "seconds": seconds,
    }
    sys.stdout.write(json.dumps(facts))


def _say(deed: Callable[[], object], row_count: Callable[[], int]) -> None:
    started, cpu_started = time.perf_counter(), time.process_time()
    deed()
    facts = {
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - cpu_started,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "rows": row_count(),
    }
    sys.stdout.write(json.dumps(facts))
