"""A request handed to a colleague."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.approvals.models.request import ApprovalRequest


class Forward(models.Model):
    """Somebody let a colleague decide in their place, on one level of one request; append-only."""

    request = models.ForeignKey(ApprovalRequest, models.PROTECT, related_name="forwards")
    level = models.PositiveSmallIntegerField(_("level"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("forwarded by")
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("on behalf of"),
    )
    to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("to")
    )
    reason = models.TextField(_("reason"))
    forwarded_at = models.DateTimeField(_("forwarded at"), db_default=Now(), editable=False)

    class Meta:
        db_table = "approval_forwards"
        verbose_name = _("forward")
        verbose_name_plural = _("forwards")
        ordering = ("pk",)
        default_permissions = ()
        constraints = (
            models.CheckConstraint(
                condition=~Q(by=F("to")) & (Q(on_behalf_of=None) | ~Q(on_behalf_of=F("to"))),
                name="approval_forward_is_to_somebody_else",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="approval_forward_has_reason"),
        )

    def __str__(self) -> str:
        return f"{self.by} → {self.to}"
