"""The pages of the audit log and of its seals: to read, to search, to export."""

from apps.audit.admin.blocks import AuditBlockAdmin
from apps.audit.admin.events import AuditEventAdmin

__all__ = ["AuditBlockAdmin", "AuditEventAdmin"]
