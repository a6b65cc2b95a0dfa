"""Assets, what they cost, and when they are taken."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now, Upper
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.assets.states import (
    LIFECYCLE,
    Action,
    Condition,
    DepositKind,
    ReservationKind,
    Status,
    Unit,
)

WHOLE = 10_000


class Tariff(models.Model):
    """What a loan costs; prices in minor units of one currency, shares in basis points."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    currency = models.CharField(_("currency"), max_length=3)
    hour_price = models.BigIntegerField(_("price per hour"), null=True, blank=True)
    day_price = models.BigIntegerField(_("price per day"), null=True, blank=True)
    week_price = models.BigIntegerField(_("price per week"), null=True, blank=True)
    month_price = models.BigIntegerField(_("price per month"), null=True, blank=True)
    minimum_fee = models.BigIntegerField(_("least fee"), default=0)
    grace = models.DurationField(
        _("grace"), help_text=_("this late is not yet late, such as 00:15:00")
    )
    deposit_kind = models.CharField(
        _("deposit"), max_length=8, choices=DepositKind, default=DepositKind.NONE
    )
    deposit_amount = models.BigIntegerField(_("fixed deposit"), default=0)
    deposit_share = models.PositiveIntegerField(
        _("share of the value"),
        default=0,
        validators=[MaxValueValidator(WHOLE)],
        help_text=_("basis points: 2500 is 25 %"),
    )
    late_fee = models.BigIntegerField(_("late fee per unit"), default=0)
    late_fee_unit = models.CharField(
        _("unit of the late fee"), max_length=8, choices=Unit, default=Unit.DAY
    )
    late_fee_cap = models.BigIntegerField(_("most late fee"), null=True, blank=True)
    commission_share = models.PositiveIntegerField(
        _("commission"),
        default=0,
        validators=[MaxValueValidator(WHOLE)],
        help_text=_("share of the fee that the platform keeps, in basis points: 2000 is 20 %"),
    )

    history = HistoricalRecords(table_name="tariffs_history")

    class Meta:
        db_table = "tariffs"
        verbose_name = _("tariff")
        verbose_name_plural = _("tariffs")
        ordering = ("name",)
        default_permissions = ("add", "change", "view")
        constraints = (
            models.CheckConstraint(
                condition=Q(hour_price__isnull=False)
                | Q(day_price__isnull=False)
                | Q(week_price__isnull=False)
                | Q(month_price__isnull=False),
                name="tariff_has_a_price",
                violation_error_message=_("Give the price of at least one unit."),
            ),
            models.CheckConstraint(
                condition=(Q(hour_price__isnull=True) | Q(hour_price__gte=0))
                & (Q(day_price__isnull=True) | Q(day_price__gte=0))
                & (Q(week_price__isnull=True) | Q(week_price__gte=0))
                & (Q(month_price__isnull=True) | Q(month_price__gte=0))
                & Q(minimum_fee__gte=0, deposit_amount__gte=0, late_fee__gte=0)
                & (Q(late_fee_cap__isnull=True) | Q(late_fee_cap__gte=0)),
                name="tariff_amounts_are_positive",
                violation_error_message=_("No amount of a tariff may be negative."),
            ),
            models.CheckConstraint(
                condition=Q(commission_share__lte=WHOLE, deposit_share__lte=WHOLE),
                name="tariff_shares_within_whole",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="tariff_has_currency"
            ),
        )

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """A kind of asset, with its usual tariff and the time that a return takes."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    tariff = models.ForeignKey(
        Tariff, models.PROTECT, related_name="categories", verbose_name=_("usual tariff")
    )
    turnaround = models.DurationField(
        _("turnaround"), help_text=_("time kept free after each loan, such as 02:00:00")
    )

    history = HistoricalRecords(table_name="asset_categories_history")

    class Meta:
        db_table = "asset_categories"
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ("name",)
        default_permissions = ("add", "change", "view")

    def __str__(self) -> str:
        return self.name


class AssetQuerySet(models.QuerySet["Asset"]):
    """Questions about assets."""

    def locked(self) -> "AssetQuerySet":
        """Lock the rows, by primary key; a new line that only refers to one need not wait."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Asset(models.Model):
    """One thing that can be lent."""

    tag = models.CharField(_("tag"), max_length=40, help_text=_("on the label; unique"))
    name = models.CharField(_("name"), max_length=200)
    category = models.ForeignKey(
        Category, models.PROTECT, related_name="assets", verbose_name=_("category")
    )
    lender = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="assets", verbose_name=_("lender")
    )
    value = models.BigIntegerField(
        _("value"), validators=[MinValueValidator(0)], help_text=_("minor units")
    )
    currency = models.CharField(_("currency"), max_length=3)
    tariff = models.ForeignKey(
        Tariff,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="assets",
        verbose_name=_("own tariff"),
        help_text=_("empty: the category’s"),
    )
    serial = models.CharField(_("serial number"), max_length=120, blank=True)
    model_name = models.CharField(_("model"), max_length=200, blank=True)
    manufacturer = models.CharField(_("manufacturer"), max_length=200, blank=True)
    location = models.CharField(_("location"), max_length=200, blank=True)
    condition = models.CharField(
        _("condition"), max_length=8, choices=Condition, default=Condition.GOOD
    )
    purchased_on = models.DateField(_("purchased on"), null=True, blank=True)
    notes = models.TextField(_("notes"), blank=True)
    # No form offers these two, but what is not editable would not be compared in the history.
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.AVAILABLE)
    loan = models.OneToOneField(
        "Reservation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("current loan"),
        help_text=_("the reservation on which it is out; kept while it is lost"),
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    registered_at = models.DateTimeField(_("registered at"), db_default=Now(), editable=False)

    objects = AssetQuerySet.as_manager()
    history = HistoricalRecords(
        table_name="assets_history", history_change_reason_field=models.TextField(null=True)
    )

    class Meta:
        db_table = "assets"
        verbose_name = _("asset")
        verbose_name_plural = _("assets")
        ordering = ("tag",)
        default_permissions = ("add", "change", "view")
        permissions = (
            ("import_asset", "Can import asset registers"),
            ("export_asset", "Can export asset registers"),
        )
        constraints = (
            models.UniqueConstraint(
                Upper("tag"),
                name="asset_tag_is_unique",
                violation_error_message=_("Another asset has this tag already."),
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0),
                name="asset_value_is_positive",
                violation_error_message=_("The value may not be negative."),
            ),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="asset_has_status"),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="asset_has_currency"
            ),
            models.CheckConstraint(
                condition=Q(loan__isnull=True) | Q(status__in=("on_loan", "lost")),
                name="asset_loan_is_out",
            ),
        )

    def __str__(self) -> str:
        return f"{self.tag} {self.name}"

    @property
    def effective_tariff(self) -> Tariff:
        """The asset's own tariff, else its category's."""
        return self.tariff or self.category.tariff

    def move(self, action: Action) -> None:
        """Set the status that follows `action`."""
        self.status = LIFECYCLE.after(action, Status(self.status))


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


class AssetImportQuerySet(models.QuerySet["AssetImport"]):
    """Questions about imports."""

    def locked(self) -> "AssetImportQuerySet":
        """Lock the rows, by primary key."""
        return self.order_by("pk").select_for_update(of=("self",))


class AssetImport(models.Model):
    """A register file, from its preview to its import, which happens once."""

    key = models.UUIDField(unique=True, default=uuid4, editable=False)
    source = models.CharField(_("source"), max_length=12)
    file_name = models.CharField(_("file"), max_length=254)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    content = models.BinaryField()
    choices = models.JSONField(help_text=_("what holds where the file says nothing"))
    preview = models.CharField(
        max_length=64, help_text=_("digest of what the clerk saw before confirming")
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("imported by"),
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), db_default=Now(), editable=False)
    imported_at = models.DateTimeField(_("imported at"), null=True, blank=True, editable=False)

    objects = AssetImportQuerySet.as_manager()

    class Meta:
        db_table = "asset_imports"
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ("-id",)
        default_permissions = ()

    def __str__(self) -> str:
        return self.file_name
