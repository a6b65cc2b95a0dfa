"""Sentences that deciders choose instead of typing them again."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.approvals.states import Verdict


class CannedReason(models.Model):
    """A sentence offered in the dialog of one verdict, for one kind of matter or for all."""

    scope = models.CharField(_("scope"), max_length=20, blank=True, help_text=_("empty: any"))
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict)
    text = models.CharField(_("text"), max_length=500)
    is_active = models.BooleanField(_("active"), default=True)

    history = HistoricalRecords(table_name="approval_canned_reasons_history")

    class Meta:
        db_table = "approval_canned_reasons"
        verbose_name = _("canned reason")
        verbose_name_plural = _("canned reasons")
        ordering = ("verdict", "scope", "text")
        default_permissions = ("add", "change", "view")
        constraints = (
            models.UniqueConstraint(
                fields=("scope", "verdict", "text"), name="canned_reason_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values), name="canned_reason_has_verdict"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="canned_reason_has_text"),
        )

    def __str__(self) -> str:
        return self.text
