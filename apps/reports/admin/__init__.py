"""The pages of reports, and the export of every list."""

from apps.common.admin.exporting import offer
from apps.reports.admin.list_exports import EXPORTER
from apps.reports.admin.runs import ReportRunAdmin

__all__ = ["ReportRunAdmin"]

offer(EXPORTER)
