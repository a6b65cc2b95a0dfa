"""The pages of the reports: catalogue, form, run, list."""

from apps.reports.admin.runs import ReportRunAdmin
from apps.reports.admin.schedules import ReportRetentionAdmin, ReportScheduleAdmin

__all__ = ["ReportRetentionAdmin", "ReportRunAdmin", "ReportScheduleAdmin"]
