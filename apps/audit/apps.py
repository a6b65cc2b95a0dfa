"""Who did what: append-only and sealed."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    """Owns `audit_logs`, the seals over them, and `job_runs`."""

    name = "apps.audit"
    label = "audit"
    verbose_name = _("Audit")

    def ready(self) -> None:
        """Let the head of the audit log be published, and the runs of jobs be written down."""
        from apps.audit import heads, job_runs  # noqa: PLC0415  (models can be imported only now)

        heads.register("audit", heads.audit_head)
        job_runs.connect()
