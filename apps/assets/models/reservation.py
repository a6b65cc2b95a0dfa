"""When an asset is taken."""

from datetime import datetime, timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import (
    BigIntegerRangeField,
    DateTimeRangeField,
    RangeOperators,
)
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange, NumericRange
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.assets.models.asset import Asset
from apps.assets.states import (
    ReservationKind,
)

# btree_gist may be missing, so that “the same asset” is written as ranges that overlap.
_ASSET_AS_RANGE = Func(
    F("asset_id"),
    F("asset_id"),
    Value("[]"),
    function="int8range",
    output_field=BigIntegerRangeField(),
)


class ReservationQuerySet(models.QuerySet["Reservation"]):
    """Questions about reservations."""

    def holding(self) -> "ReservationQuerySet":
        """Keep those that still take time."""
        return self.filter(is_holding=True)

    def loans(self) -> "ReservationQuerySet":
        """Keep those of borrowers."""
        return self.filter(kind=ReservationKind.LOAN)

    def maintenance(self) -> "ReservationQuerySet":
        """Keep those of the workshop."""
        return self.filter(kind=ReservationKind.MAINTENANCE)

    def of_asset(self, asset_id: int) -> "ReservationQuerySet":
        """Keep those of one asset, found as fast among ten thousand as among ten.

        Written as the exclusion constraint is, whose index then finds asset and period at once.
        """
        return self.alias(taken_asset=_ASSET_AS_RANGE).filter(
            taken_asset__overlap=NumericRange(asset_id, asset_id, "[]")
        )

    def overlapping(self, starts_at: datetime, ends_at: datetime) -> "ReservationQuerySet":
        """Keep those that share a moment with `[starts_at, ends_at)`."""
        return self.filter(period__overlap=(starts_at, ends_at))

    def current(self, now: datetime) -> "ReservationQuerySet":
        """Keep those that have begun and not ended."""
        return self.filter(period__contains=now)

    def unfinished(self, now: datetime) -> "ReservationQuerySet":
        """Keep those that have not ended."""
        return self.filter(period__endswith__gt=now)


class Reservation(models.Model):
    """A stretch of an asset's time that is taken; half-open, the turnaround inside it."""

    asset = models.ForeignKey(
        Asset, models.PROTECT, related_name="reservations", verbose_name=_("asset")
    )
    period = DateTimeRangeField(
        _("period"), help_text=_("from inclusive, to exclusive, turnaround included")
    )
    turnaround = models.DurationField(_("turnaround"), help_text=_("how much of the end is that"))
    kind = models.CharField(_("kind"), max_length=12, choices=ReservationKind)
    is_holding = models.BooleanField(
        _("holds"), default=True, help_text=_("released ones no longer take time")
    )
    reason = models.CharField(_("reason"), max_length=254, blank=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    objects = ReservationQuerySet.as_manager()

    class Meta:
        db_table = "asset_reservations"
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        ordering = ("-id",)
        default_permissions = ("view",)
        constraints = (
            # btree_gist may be missing, so that “the same asset” is written as ranges that overlap.
            ExclusionConstraint(
                name="reservation_asset_is_taken_once",
                expressions=(
                    (
                        Func(F("asset_id"), F("asset_id"), Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    ("period", RangeOperators.OVERLAPS),
                ),
                condition=Q(is_holding=True),
            ),
            models.CheckConstraint(
                condition=Q(
                    period__isempty=False,
                    period__lower_inf=False,
                    period__upper_inf=False,
                    period__lower_inc=True,
                    period__upper_inc=False,
                ),
                name="reservation_period_is_half_open",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ReservationKind.values), name="reservation_has_kind"
            ),
        )

    def __str__(self) -> str:
        return f"R-{self.pk}"

    @property
    def starts_at(self) -> datetime:
        """The first moment that is taken."""
        assert self.period.lower, "the database keeps no open period"
        return self.period.lower

    @property
    def ends_at(self) -> datetime:
        """The first moment that is free again, after the turnaround."""
        assert self.period.upper, "the database keeps no open period"
        return self.period.upper

    @property
    def due_at(self) -> datetime:
        """When the asset should be back, before the turnaround."""
        return self.ends_at - self.turnaround

    @property
    def in_words(self) -> str:
        """The number, the kind and the reason: “R-12 (loan: T-7 Boris)”."""
        why = f": {self.reason}" if self.reason else ""
        return f"{self} ({self.get_kind_display()}{why})"

    def end(self, *, due_at: datetime, ends_at: datetime) -> None:
        """Let the period end at `ends_at`; what lies after `due_at` is turnaround."""
        self.turnaround = max(ends_at - due_at, timedelta(0))
        self.period = DateTimeTZRange(self.starts_at, ends_at)
