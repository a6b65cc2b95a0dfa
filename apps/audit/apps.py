"""Who did what: append-only and sealed."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    """Owns `audit_logs` and the seals over them."""

    name = "apps.audit"
    label = "audit"
    verbose_name = _("Audit")

    def ready(self) -> None:
        """Let the head of the audit log be published."""
        from apps.audit import heads  # noqa: PLC0415  (models can be imported only now)

        heads.register("audit", heads.audit_head)
