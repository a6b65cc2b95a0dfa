"""The pages of the reports: catalogue, form, run, list."""

from apps.reports.admin.runs import ReportRunAdmin

__all__ = ["ReportRunAdmin"]
