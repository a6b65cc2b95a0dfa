"""A report on the screen: one page of rows at once, sums and proof in a question of their own.

Both are asked inside a snapshot, with the rights of a report, and given up after SCREEN_SECONDS.
The database makes a page by making all rows before it too, as far as it cannot begin in the
middle: so pages end at `DEEPEST`, and files have the rest.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import OperationalError
from psycopg.errors import QueryCanceled

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import deed
from apps.reports.catalogue import find
from apps.reports.errors import TooSlowForScreen
from apps.reports.report import Answers, Frame, Query, Report, Totals
from apps.reports.snapshot import Position, reached, snapshot, still

ON_A_PAGE = 100
DEEPEST = 10_000

type Row = Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """Rows of a report from number `skipped` on, counted from zero."""

    rows: Sequence[Row]
    skipped: int
    has_more: bool
    position: Position

    @property
    def is_whole(self) -> bool:
        """Tell whether the report ends here, so that closing lines may stand below."""
        return not self.has_more

    @property
    def next_skipped(self) -> int | None:
        """How many rows stand before the next page; none when there is no next, or too deep."""
        after = self.skipped + ON_A_PAGE
        return after if self.has_more and after < DEEPEST else None

    @property
    def is_deepest(self) -> bool:
        """Tell whether there is more that only a file has."""
        return self.has_more and self.next_skipped is None


@dataclass(frozen=True)
class Proof:
    """The sums of all rows, what stands around them, and what they must equal."""

    totals: Totals
    frame: Frame
    position: Position


@deed
def show(
    slug: str, *, parameters: Mapping[str, Any], skipped: int = 0, actor: User
) -> tuple[Report, Answers]:
    """Let somebody read the report, and write down who did, with which parameters.

    Raises:
        UnknownReport: the catalogue has none of that name.
        ParametersRefused: a parameter is unknown, missing or not valid.
        NotPermitted: their roles do not allow it, or not with these parameters.
    """
    report, answers = permitted(slug, parameters, actor)
    kept = report.parameters(answers)
    after = {"report": slug, "parameters": kept, "skipped": skipped}
    audit.record("reports.shown", actor=actor, after=after)
    return report, answers


def page_of(report: Report, answers: Answers, skipped: int = 0) -> Page:
    """Return one page of rows.

    Raises:
        TooSlowForScreen: the database needs longer than a page may take.
    """
    query = report.query(answers)
    names = ", ".join(f'"{column.key}"' for column in report.columns)
    # One more than is shown tells whether there is more.
    asked = Query(
        f"SELECT * FROM ({query.sql}) AS answer ({names}) "  # noqa: S608  (our own names)
        f"LIMIT {ON_A_PAGE + 1:d} OFFSET {skipped:d}",
        query.parameters,
    )
    with _in_time(), still():
        _give_up_after(settings.SCREEN_SECONDS)
        found = asked.rows()
        position = reached()
    keys = [column.key for column in report.columns]
    rows = [dict(zip(keys, row, strict=True)) for row in found]
    return Page(rows[:ON_A_PAGE], skipped, len(rows) > ON_A_PAGE, position)


def proof_of(report: Report, answers: Answers) -> Proof:
    """Return the sums and the proof; as slow as the report is long.

    Raises:
        TooSlowForScreen: the database needs longer than a page may take.
    """
    with _in_time(), snapshot() as position:
        _give_up_after(settings.SCREEN_SECONDS)
        totals = report.totals(answers)
        return Proof(totals, report.frame(answers, totals), position)


def permitted(slug: str, parameters: Mapping[str, Any], actor: User) -> tuple[Report, Answers]:
    """Return a report that this person may read with these parameters, and its answers.

    Raises:
        UnknownReport: the catalogue has none of that name.
        ParametersRefused: a parameter is unknown, missing or not valid.
        NotPermitted: their roles do not allow it, or not with these parameters.
    """
    report = find(slug)
    actor.require(report.running)
    actor.require(report.permission)
    answers = report.answers(parameters)
    return report.settled(answers, actor), answers


def _give_up_after(seconds: int) -> None:
    Query("SELECT set_config('statement_timeout', %s, true)", (f"{seconds}s",)).rows()


@contextmanager
def _in_time() -> Iterator[None]:
    try:
        yield
    except OperationalError as fault:
        if not isinstance(fault.__cause__, QueryCanceled):
            raise
        raise TooSlowForScreen(seconds=settings.SCREEN_SECONDS) from None
