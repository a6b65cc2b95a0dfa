"""The finance page: figures of the ledger and of lending, each with a way to its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.common.admin import StaffRequest
from apps.common.money import format_amount
from apps.reports import figures
from apps.reports.addresses import on_screen
from apps.reports.catalogue import CATALOGUE
from apps.reports.charts import Bar, Chart
from apps.reports.figures import Age, Purse, Span
from apps.reports.snapshot import Position, reached, still
from apps.wallets.states import Role

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    from apps.accounts.models import User

_KEPT_FOR = 60
_KEY = "reports.finance"


@dataclass(frozen=True)
class Books:
    """All that the page says, read in one snapshot; nothing in it depends on who reads it."""

    read_at: datetime
    position: Position
    purses: Sequence[Purse]
    months: Sequence[Span]
    commission: Mapping[str, Sequence[int]]
    weeks: Sequence[Span]
    escrow: Mapping[str, Sequence[int]]
    overdue: Mapping[Age, int]
    owed: Mapping[str, Mapping[Age, int]]
    held: Mapping[str, Mapping[Age, int]]


@dataclass(frozen=True)
class Figure:
    """One amount with a name; a `bad` one wants attention."""

    label: str
    value: str
    url: str = ""
    hint: str = ""
    is_bad: bool = False


@dataclass(frozen=True)
class Part:
    """One currency: its figures, and the charts that have something to show."""

    currency: str
    figures: Sequence[Figure]
    charts: Sequence[Chart]


def read(now: datetime) -> Books:
    """Return the figures as they are now."""
    today = timezone.localdate(now)
    months, weeks = figures.months_until(today), figures.weeks_until(today)
    with still():
        return Books(
            read_at=now,
            position=reached(),
            purses=figures.purses(),
            months=months,
            commission=figures.rises_of(Role.COMMISSION, months),
            weeks=weeks,
            escrow=figures.balances_of(Role.ESCROW, weeks),
            overdue=figures.overdue_by_age(now, today),
            owed=figures.owed_by_age(today),
            held=figures.held_by_age(today),
        )


def finance(request: StaffRequest, page: "ModelAdmin[Any]") -> HttpResponse:
    """Show the figures, at most a minute old."""
    if not request.user.has_perm("wallets.view_ledgerentry"):
        raise PermissionDenied
    books: Books | None = cache.get(_KEY)
    if books is None:
        books = read(timezone.now())
        cache.set(_KEY, books, _KEPT_FOR)
    desk = _Desk(books, request.user)
    context = {
        **page.admin_site.each_context(request),
        "media": page.media,
        "title": _("Finance"),
        "subtitle": None,
        "read_at": timezone.localtime(books.read_at),
        "position": books.position,
        "parts": desk.parts(),
        "overdue": desk.overdue(),
    }
    return TemplateResponse(request, "reports/admin/finance.html", context)


@dataclass(frozen=True)
class _Desk:
    """The books before one reader, who sees what their roles allow and follows what they may."""

    books: Books
    reader: "User"

    def parts(self) -> list[Part]:
        """Return each currency in which there is anything."""
        parts = (
            Part(purse.currency, self._figures(purse), self._charts(purse))
            for purse in self.books.purses
            if purse.people or purse.held or any(purse.places.values())
        )
        return list(parts)

    def overdue(self) -> Chart | None:
        """Return how many things are late, by age; none for those who may not read tickets."""
        if not self.reader.has_perm("tickets.view_ticket"):
            return None
        url = self._report("overdue-loans") or _listed("tickets_ticket", "?tab=overdue")
        return self._aged(_("Overdue loans, by days late"), self.books.overdue, "", url)

    def _figures(self, purse: Purse) -> list[Figure]:
        def figure(label: str, amount: int, url: str = "", **more: Any) -> Figure:
            return Figure(label, format_amount(amount, purse.currency), url, **more)

        figures = [
            figure(
                _("Available to people"),
                purse.people - purse.held,
                self._report("balances")
                or self._report("trial-balance", as_of="", detail="wallets"),
            ),
            figure(
                _("In escrow"),
                purse.of(Role.ESCROW),
                self._report("escrow-by-ticket") or self._statement(purse, Role.ESCROW),
            ),
        ]
        if self.reader.has_perm("wallets.view_hold"):
            figures.insert(1, figure(_("Held"), purse.held, self._holds))
        if self.reader.has_perm("tickets.view_receivable"):
            figures.append(figure(_("Owed to us"), -purse.of(Role.RECEIVABLES), self._receivables))
        figures.append(
            figure(_("Cash at bank"), -purse.of(Role.CASH), self._statement(purse, Role.CASH))
        )
        suspense = purse.of(Role.SUSPENSE)
        figures.append(
            figure(
                _("In suspense"),
                suspense,
                self._statement(purse, Role.SUSPENSE),
                hint=_("should be zero"),
                is_bad=suspense != 0,
            )
        )
        return figures

    def _charts(self, purse: Purse) -> list[Chart]:
        currency = purse.currency
        charts = [
            self._over_time(
                _("Commission by month"),
                purse,
                Role.COMMISSION,
                "M Y",
                (self.books.months, self.books.commission),
            ),
            self._over_time(
                _("In escrow, week by week"),
                purse,
                Role.ESCROW,
                "j M",
                (self.books.weeks, self.books.escrow),
            ),
        ]
        if self.reader.has_perm("tickets.view_receivable"):
            owed = self.books.owed.get(currency, {})
            charts.append(self._aged(_("Owed to us, by age"), owed, currency, self._receivables))
        if self.reader.has_perm("wallets.view_hold"):
            held = self.books.held.get(currency, {})
            charts.append(self._aged(_("Held, by age"), held, currency, self._holds))
        return [chart for chart in charts if any(bar.value for bar in chart.bars)]

    def _over_time(
        self,
        title: str,
        purse: Purse,
        role: Role,
        dates: str,
        course: tuple[Sequence[Span], Mapping[str, Sequence[int]]],
    ) -> Chart:
        """Return a bar for each span, named by the format `dates`, leading to its statement."""
        spans, amounts = course
        bars = [
            Bar(
                date_format(span.until_on, dates),
                amount,
                format_amount(amount, purse.currency),
                self._statement(purse, role, span),
            )
            for span, amount in zip(spans, amounts[purse.currency], strict=True)
        ]
        return Chart(f"{title}, {purse.currency}", bars)

    def _aged(self, title: str, amounts: Mapping[Age, int], currency: str, url: str) -> Chart:
        bars = [
            Bar(
                str(age.label),
                amount := amounts.get(age, 0),
                format_amount(amount, currency) if currency else f"{amount:,}",
                url,
            )
            for age in Age
        ]
        return Chart(f"{title}, {currency}" if currency else title, bars)

    @property
    def _holds(self) -> str:
        return self._report("holds-by-age") or _listed("wallets_hold")

    @property
    def _receivables(self) -> str:
        return self._report("receivables-by-age") or _listed("tickets_receivable")

    def _statement(self, purse: Purse, role: Role, span: Span | None = None) -> str:
        """Return the statement of a wallet of the chart: of the span, or of this year so far."""
        wallet = purse.wallets.get(role)
        if wallet is None:
            return ""
        today = timezone.localdate(self.books.read_at)
        from_on = span.from_on if span else today.replace(month=1, day=1)
        return self._report(
            "wallet-statement",
            wallet=wallet,
            from_on=from_on,
            until_on=span.until_on if span else today,
        )

    def _report(self, slug: str, **parameters: str | int | date) -> str:
        """Return where a report stands on the screen; nothing when this reader may not read it."""
        report = CATALOGUE.get(slug)
        if report is None:
            return ""
        may = self.reader.has_perms(("reports.run_report", report.permission))
        return on_screen(slug, parameters) if may else ""


def _listed(page: str, query: str = "") -> str:
    return reverse(f"admin:{page}_changelist") + query
