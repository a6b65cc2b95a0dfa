"""The catalogue as shelves of cards, each with the reader's own last run."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.reports.admin.standing import COLOURS
from apps.reports.models import ReportRun
from apps.reports.report import Group, Report
from apps.reports.states import Status

if TYPE_CHECKING:
    from apps.accounts.models import User

# Of somebody with a thousand runs, the newest are looked through: older ones are no news.
_NEWEST = 200


@dataclass(frozen=True)
class Card:
    """A report, and the reader's last run of it."""

    report: Report
    run: ReportRun | None

    @property
    def colour(self) -> str:
        """The colour of the run's status."""
        return COLOURS[Status(self.run.status)] if self.run else ""


@dataclass(frozen=True)
class Shelf:
    """The reports of a group."""

    group: Group
    cards: list[Card]


def shelves(reports: Iterable[Report], reader: "User") -> list[Shelf]:
    """Return the reports by group, in the order of the catalogue; no empty shelf."""
    runs = ReportRun.objects.filter(requester=reader).order_by("-pk")[:_NEWEST]
    last: dict[str, ReportRun] = {}
    for run in runs.only("report", "status", "summary", "created_at"):
        last.setdefault(run.report, run)
    cards = [Card(report, last.get(report.slug)) for report in reports]
    found = (
        Shelf(group, [card for card in cards if card.report.group == group]) for group in Group
    )
    return [shelf for shelf in found if shelf.cards]
