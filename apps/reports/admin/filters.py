"""The filters of the list of runs."""

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from apps.reports.catalogue import CATALOGUE

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from apps.reports.models import ReportRun


class ReportFilter(DropdownFilter):
    """Runs of one report of the catalogue."""

    title = _("report")
    parameter_name = "report"

    def lookups(self, request: "HttpRequest", model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        """Return the catalogue; the table of runs is not asked."""
        return [(slug, str(report.title)) for slug, report in CATALOGUE.items()]

    def queryset(
        self,
        request: "HttpRequest",  # noqa: ARG002
        queryset: "QuerySet[ReportRun]",
    ) -> "QuerySet[ReportRun]":
        """Keep the runs of the chosen report."""
        return queryset.filter(report=self.value()) if self.value() else queryset


class DayFilter(DropdownFilter):
    """Runs that were requested today, or within the last days, today included."""

    title = _("requested at")
    parameter_name = "days"

    def lookups(self, request: "HttpRequest", model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        """Return the stretches of days."""
        return [
            ("1", str(_("today"))),
            ("2", str(_("since yesterday"))),
            ("7", str(_("last 7 days"))),
            ("30", str(_("last 30 days"))),
        ]

    def queryset(
        self,
        request: "HttpRequest",  # noqa: ARG002
        queryset: "QuerySet[ReportRun]",
    ) -> "QuerySet[ReportRun]":
        """Keep the runs since the midnight with which those days began."""
        days = {value for value, _label in self.lookup_choices} & {self.value()}
        if not days:
            return queryset
        first = timezone.localdate() - timedelta(days=int(days.pop() or 1) - 1)
        return queryset.filter(
            created_at__gte=timezone.make_aware(datetime.combine(first, time.min))
        )
