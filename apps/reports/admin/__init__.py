"""The pages of reports, and the export of every list."""

from apps.common.admin.exporting import offer
from apps.reports.admin.list_exports import EXPORTER
from apps.reports.admin.runs import ReportRunAdmin
from apps.reports.admin.schedules import ReportRetentionAdmin, ReportScheduleAdmin

__all__ = ["ReportRetentionAdmin", "ReportRunAdmin", "ReportScheduleAdmin"]

offer(EXPORTER)
