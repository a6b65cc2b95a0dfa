"""Who decides for whom while somebody is away."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class SubstitutionQuerySet(models.QuerySet["Substitution"]):
    """Questions about substitutions."""

    def current(self, now: datetime) -> "SubstitutionQuerySet":
        """Keep those that hold at this moment."""
        return self.filter(is_active=True, period__contains=now)

    def locked(self) -> "SubstitutionQuerySet":
        """Lock the rows, by primary key."""
        return self.order_by("pk").select_for_update(of=("self",))


class Substitution(models.Model):
    """While `person` is away, `substitute` decides for them; only `is_active` ever changes."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("who is away"),
    )
    substitute = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("who decides for them"),
    )
    period = DateTimeRangeField(_("period"), help_text=_("from inclusive, to exclusive"))
    reason = models.CharField(_("reason"), max_length=254)
    named_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("named by")
    )
    named_at = models.DateTimeField(_("named at"), db_default=Now(), editable=False)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("ended early: no longer")
    )

    objects = SubstitutionQuerySet.as_manager()
    history = HistoricalRecords(table_name="approval_substitutions_history")

    class Meta:
        db_table = "approval_substitutions"
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ("-pk",)
        default_permissions = ("view",)
        permissions = (("name_substitution", "Can name substitutes for others"),)
        constraints = (
            # btree_gist may be missing, so “the same person” is written as ranges that overlap.
            ExclusionConstraint(
                name="substitution_one_at_a_time",
                expressions=(
                    (
                        Func(F("person_id"), F("person_id"), Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    ("period", RangeOperators.OVERLAPS),
                ),
                condition=Q(is_active=True),
            ),
            models.CheckConstraint(
                condition=~Q(person=F("substitute")), name="substitution_is_somebody_else"
            ),
            models.CheckConstraint(
                condition=Q(
                    period__isempty=False,
                    period__lower_inf=False,
                    period__upper_inf=False,
                    period__lower_inc=True,
                    period__upper_inc=False,
                ),
                name="substitution_period_is_half_open",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="substitution_has_reason"),
        )

    def __str__(self) -> str:
        return f"{self.substitute} ← {self.person}"

    @property
    def starts_at(self) -> datetime:
        """The first moment of the absence."""
        assert self.period.lower, "the database keeps no open period"
        return self.period.lower

    @property
    def ends_at(self) -> datetime:
        """The first moment after it."""
        assert self.period.upper, "the database keeps no open period"
        return self.period.upper
