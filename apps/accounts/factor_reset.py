"""The reset of a lost second factor, on which two administrators agree."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.accounts.states import RESETS, ResetAction, ResetStatus

LASTS = timedelta(hours=24)
"""How long a reset waits for the second administrator."""


class FactorResetQuerySet(models.QuerySet["FactorReset"]):
    """Questions about resets."""

    def waiting(self) -> "FactorResetQuerySet":
        """Keep those that wait for the second administrator, also when their time is over."""
        return self.filter(status=ResetStatus.ASKED)

    def overdue(self, *, now: datetime) -> "FactorResetQuerySet":
        """Keep those that have waited too long."""
        return self.waiting().filter(expires_at__lte=now)

    def locked(self) -> "FactorResetQuerySet":
        """Lock the rows, by primary key."""
        return self.order_by("pk").select_for_update(of=("self",))


class FactorReset(models.Model):
    """Somebody lost a second factor: one administrator asks, another one checks and confirms."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person")
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked at"), db_default=Now(), editable=False)
    reason = models.TextField(_("reason"))
    expires_at = models.DateTimeField(_("expires at"))
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=ResetStatus,
        default=ResetStatus.ASKED,
        editable=False,
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("ended by"),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True)
    words = models.TextField(
        _("how it was checked, or why it was withdrawn"), blank=True, default=""
    )

    objects = FactorResetQuerySet.as_manager()

    class Meta:
        db_table = "factor_resets"
        verbose_name = _("reset of second factors")
        verbose_name_plural = _("resets of second factors")
        ordering = ("-pk",)
        default_permissions = ("view",)
        permissions = (
            ("reset_factors", "Can reset second factors, together with another administrator"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=ResetStatus.values), name="factor_reset_has_status"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="factor_reset_has_reason"),
            models.CheckConstraint(
                condition=~Q(person=F("asked_by")), name="factor_reset_asker_is_somebody_else"
            ),
            models.CheckConstraint(
                condition=Q(status=ResetStatus.ASKED, ended_by__isnull=True, ended_at__isnull=True)
                | (
                    ~Q(status=ResetStatus.ASKED) & Q(ended_by__isnull=False, ended_at__isnull=False)
                ),
                name="factor_reset_ended_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status=ResetStatus.CONFIRMED)
                | (~Q(ended_by=F("asked_by")) & ~Q(ended_by=F("person")) & ~Q(words="")),
                name="factor_reset_confirmer_is_a_third",
            ),
            models.CheckConstraint(
                condition=~Q(status=ResetStatus.CONFIRMED) | Q(ended_at__lte=F("expires_at")),
                name="factor_reset_confirmed_in_time",
            ),
            models.UniqueConstraint(
                fields=("person",),
                condition=Q(status=ResetStatus.ASKED),
                name="factor_reset_one_open_each",
            ),
        )

    def __str__(self) -> str:
        return str(_("Reset for {person}")).format(person=self.person)

    def move(self, action: ResetAction) -> None:
        """Set the status that follows `action`."""
        self.status = RESETS.after(action, ResetStatus(self.status))

    def is_open(self, *, now: datetime) -> bool:
        """Tell whether somebody may still confirm it."""
        return self.status == ResetStatus.ASKED and now < self.expires_at
