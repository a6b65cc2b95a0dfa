"""A request that waited too long, so that another role may decide too."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.approvals.models.request import ApprovalRequest


class Escalation(models.Model):
    """From this moment `role` may decide on this level too; append-only."""

    request = models.ForeignKey(ApprovalRequest, models.PROTECT, related_name="escalations")
    level = models.PositiveSmallIntegerField(_("level"))
    role = models.ForeignKey("auth.Group", models.PROTECT, related_name="+", verbose_name=_("role"))
    escalated_at = models.DateTimeField(_("escalated at"), db_default=Now(), editable=False)

    class Meta:
        db_table = "approval_escalations"
        verbose_name = _("escalation")
        verbose_name_plural = _("escalations")
        ordering = ("pk",)
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=("request", "level"), name="approval_escalation_once_each_level"
            ),
        )

    def __str__(self) -> str:
        return f"{self.level}. {self.role}"
