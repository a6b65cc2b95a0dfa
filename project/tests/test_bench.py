"""`bench` measures a thing beside its yardstick and ends with status 1 below the bar."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from project.benchmarks import Case, Plan, books, ledger, scratch
from project.benchmarks.ledger import racing
from project.management.commands import bench
from project.testing import template


def case(name: str, *values: float, bar: float = 1.0) -> Case:
    """Return a case whose yardstick did 10, 20 and 30."""
    return Case(
        name=name,
        unit="postings/s",
        values=values,
        yardstick="TPC-B",
        yardstick_values=(30, 10, 20),
        bar=bar,
    )


def test_a_case_compares_medians() -> None:
    measured = case("fast", 100, 40, 10)
    assert (measured.value, measured.yardstick_value, measured.ratio) == (40, 20, 2)
    assert measured.is_met
    assert not case("slow", 19).is_met


@pytest.fixture(autouse=True)
def migrated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the scratch databases the minute of the migrations."""
    monkeypatch.setattr(scratch, "BEGIN_AS", os.environ.get(template.VARIABLE, scratch.BEGIN_AS))


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[Case]:
    """Stand in for the ledger's benchmark."""
    cases = [case("fast", 40, 30, 50)]

    def run(plan: Plan) -> Iterator[Case]:
        assert plan == Plan(rounds=2, seconds=0.5)
        yield from cases

    monkeypatch.setattr(bench, "import_module", lambda _name: SimpleNamespace(run=run))
    return cases


def run(*options: str) -> str:
    out = StringIO()
    call_command("bench", "ledger", "--rounds=2", "--seconds=0.5", *options, stdout=out)
    return out.getvalue()


def test_every_case_is_a_line(measured: list[Case]) -> None:
    assert run() == (
        "fast: 40 postings/s (30–50), TPC-B: 20 (10–30), ratio 2.00, bar 1.00: reached\n"
    )


def test_a_note_is_said_too(measured: list[Case]) -> None:
    measured[:] = [replace(measured[0], note="4 MB")]
    assert run().endswith("reached (4 MB)\n")


def test_every_figure_is_in_the_json(measured: list[Case]) -> None:
    (facts,) = json.loads(run("--json"))
    assert facts == {
        "name": "fast",
        "unit": "postings/s",
        "values": [40, 30, 50],
        "yardstick": "TPC-B",
        "yardstick_values": [30, 10, 20],
        "bar": 1.0,
        "note": "",
        "value": 40,
        "yardstick_value": 20,
        "ratio": 2.0,
        "is_met": True,
    }


def test_a_missed_bar_ends_with_status_1(measured: list[Case]) -> None:
    measured.append(case("slow", 10))
    with pytest.raises(CommandError, match=r"^Below the bar: slow\.$") as caught:
        run()
    assert caught.value.returncode == 1


def test_only_benchmarks_have_a_name() -> None:
    assert {"books", "ledger"} <= set(bench.names())
    assert {"books_maker", "poster", "scratch"}.isdisjoint(bench.names())


@pytest.mark.skipif(not os.environ.get("CI"), reason="takes half a minute; CI runs it")
@pytest.mark.django_db
def test_the_ledger_is_measured_in_a_database_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(racing, "SCALE", 1)
    monkeypatch.setattr(racing, "AT_ONCE", 2)
    cases = list(ledger.run(Plan(rounds=1, seconds=0.3, entries=4000)))
    assert len(cases) == 11
    assert min(figure for case in cases for figure in (case.value, case.yardstick_value)) > 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'assets_bench%'")
        assert cursor.fetchone() == (0,)


@pytest.mark.skipif(not os.environ.get("CI"), reason="takes half a minute; CI runs it")
@pytest.mark.django_db
def test_books_that_are_made_for_measuring_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "_TRANSACTIONS", 2000)
    full, since, sealing = books.run(Plan(rounds=1, seconds=0.3))
    assert "40 entries recomputed" in since.note
    assert min(full.value, since.value, sealing.value, full.yardstick_value) > 1
