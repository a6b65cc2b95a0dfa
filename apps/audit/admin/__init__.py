"""The pages of the audit log, of its seals, and of the jobs: to read, to search, to export."""

from apps.audit.admin.blocks import AuditBlockAdmin
from apps.audit.admin.events import AuditEventAdmin
from apps.audit.admin.jobs import JobRunAdmin

__all__ = ["AuditBlockAdmin", "AuditEventAdmin", "JobRunAdmin"]
