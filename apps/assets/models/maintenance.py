"""What has to be done to assets again and again, and each time that it was."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.assets.models.asset import Asset
from apps.assets.models.category import Category
from apps.assets.models.reservation import Reservation

if TYPE_CHECKING:
    from datetime import datetime


class MaintenancePlan(models.Model):
    """Work on an asset, or on each of a category: every so many months, after each loan or both."""

    title = models.CharField(_("title"), max_length=120, help_text=_("such as “Safety check”"))
    asset = models.ForeignKey(
        Asset,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="maintenance_plans",
        verbose_name=_("asset"),
    )
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="maintenance_plans",
        verbose_name=_("category"),
        help_text=_("every asset of it; leave the asset empty then"),
    )
    every_months = models.PositiveSmallIntegerField(
        _("every so many months"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    first_due_on = models.DateField(
        _("first due on"), null=True, blank=True, help_text=_("done before that day begins")
    )
    after_each_loan = models.BooleanField(_("after each loan"), default=False)
    duration = models.DurationField(_("duration"), help_text=_("how long the asset is away for it"))
    blocks = models.BooleanField(_("blocks hand-over while overdue"), default=True)
    is_active = models.BooleanField(_("active"), default=True)

    history = HistoricalRecords(table_name="maintenance_plans_history")

    class Meta:
        db_table = "maintenance_plans"
        verbose_name = _("maintenance plan")
        verbose_name_plural = _("maintenance plans")
        ordering = ("title", "pk")
        default_permissions = ("add", "change", "view")
        constraints = (
            models.CheckConstraint(
                condition=Q(asset__isnull=True, category__isnull=False)
                | Q(asset__isnull=False, category__isnull=True),
                name="maintenance_plan_of_asset_or_category",
                violation_error_message=_("Choose an asset or a category, and not both."),
            ),
            models.CheckConstraint(
                condition=Q(every_months__isnull=False) | Q(after_each_loan=True),
                name="maintenance_plan_has_rhythm",
                violation_error_message=_("Say every how many months, or tick “after each loan”."),
            ),
            models.CheckConstraint(
                condition=Q(every_months__isnull=True, first_due_on__isnull=True)
                | Q(every_months__gte=1, first_due_on__isnull=False),
                name="maintenance_plan_months_have_start",
                violation_error_message=_(
                    "Give “every so many months” and “first due on” together."
                ),
            ),
            models.CheckConstraint(
                condition=Q(duration__gt=timedelta(0)),
                name="maintenance_plan_takes_time",
                violation_error_message=_("Say how long it takes, such as 2:00."),
            ),
        )

    def __str__(self) -> str:
        return self.title


class MaintenanceQuerySet(models.QuerySet["Maintenance"]):
    """Questions about maintenance."""

    def undone(self) -> "MaintenanceQuerySet":
        """Keep what has still to be done."""
        return self.filter(done_at__isnull=True, dropped_at__isnull=True)

    def overdue(self, now: "datetime") -> "MaintenanceQuerySet":
        """Keep what should have been done by now."""
        return self.undone().filter(due_at__lte=now)

    def locked(self) -> "MaintenanceQuerySet":
        """Lock the rows, by primary key."""
        return self.order_by("pk").select_for_update(of=("self",))


class Maintenance(models.Model):
    """One time that a plan’s work is due on an asset; once it is done it stays as it is."""

    plan = models.ForeignKey(
        MaintenancePlan, models.PROTECT, related_name="maintenance", verbose_name=_("plan")
    )
    asset = models.ForeignKey(
        Asset, models.PROTECT, related_name="maintenance", verbose_name=_("asset")
    )
    due_at = models.DateTimeField(_("due"))
    after = models.ForeignKey(
        Reservation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("after the loan"),
    )
    reservation = models.OneToOneField(
        Reservation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="maintenance",
        verbose_name=_("planned"),
    )
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("done by"),
    )
    note = models.TextField(_("note"), blank=True)
    cost = models.BigIntegerField(_("cost"), null=True, blank=True, help_text=_("minor units"))
    dropped_at = models.DateTimeField(
        _("dropped at"), null=True, blank=True, help_text=_("its plan is not active any more")
    )

    objects = MaintenanceQuerySet.as_manager()
    history = HistoricalRecords(table_name="asset_maintenance_history")

    class Meta:
        db_table = "asset_maintenance"
        verbose_name = _("maintenance")
        verbose_name_plural = _("maintenance")
        ordering = ("due_at", "pk")
        default_permissions = ("view",)
        permissions = (("finish_maintenance", "Can record maintenance as done"),)
        constraints = (
            models.UniqueConstraint(
                fields=("plan", "asset", "due_at"), name="maintenance_is_planned_once"
            ),
            models.UniqueConstraint(
                fields=("plan", "after"),
                condition=Q(after__isnull=False),
                name="maintenance_follows_a_loan_once",
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True, cost__isnull=True, note="")
                | Q(done_at__isnull=False, done_by__isnull=False, dropped_at__isnull=True),
                name="maintenance_done_has_person",
            ),
            models.CheckConstraint(
                condition=Q(cost__isnull=True) | Q(cost__gte=0),
                name="maintenance_cost_is_positive",
            ),
        )
        indexes = (
            models.Index(
                fields=("asset", "due_at"),
                condition=Q(done_at__isnull=True, dropped_at__isnull=True),
                name="maintenance_undone",
            ),
        )

    def __str__(self) -> str:
        return f"M-{self.pk}"
