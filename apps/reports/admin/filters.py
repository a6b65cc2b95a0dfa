"""The filters of the list of runs."""

from typing import TYPE_CHECKING, Any

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
