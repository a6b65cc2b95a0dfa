"""A decision: one person's answer on one level."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.approvals.models.request import ApprovalRequest
from apps.approvals.states import Verdict


class Decision(models.Model):
    """One person's answer on one level; append-only."""

    request = models.ForeignKey(ApprovalRequest, models.PROTECT, related_name="decisions")
    level = models.PositiveSmallIntegerField(_("level"))
    decider = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("decider")
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("on behalf of"),
    )
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict)
    reason = models.TextField(_("reason"), blank=True)
    terms = models.JSONField(
        _("approved only"), null=True, blank=True, help_text=_("empty: all that was left")
    )
    decided_at = models.DateTimeField(_("decided at"), db_default=Now(), editable=False)

    class Meta:
        db_table = "approval_decisions"
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ("pk",)
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(
                fields=("request", "decider"), name="approval_decision_once_each"
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values), name="approval_decision_has_verdict"
            ),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.APPROVE) | ~Q(reason=""),
                name="approval_decision_refusal_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.APPROVE) | Q(terms__isnull=True),
                name="approval_decision_terms_are_of_approvals",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_verdict_display()}: {self.decider}"
