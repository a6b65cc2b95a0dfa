"""Kinds of assets."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.assets.models.tariff import WHOLE, Tariff


class Category(models.Model):
    """A kind of asset, with its usual tariff and the time that a return takes."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    tariff = models.ForeignKey(
        Tariff, models.PROTECT, related_name="categories", verbose_name=_("usual tariff")
    )
    turnaround = models.DurationField(
        _("turnaround"), help_text=_("time kept free after each loan, such as 02:00:00")
    )
    useful_life = models.PositiveIntegerField(
        _("useful life"),
        null=True,
        blank=True,
        help_text=_("months in which the value falls; empty: it does not fall"),
    )
    residual_share = models.PositiveIntegerField(
        _("residual value"),
        default=0,
        validators=[MaxValueValidator(WHOLE)],
        help_text=_("share of the value that is left after that, in basis points: 1000 is 10 %"),
    )

    requires_signature = models.BooleanField(
        _("signatures required"),
        default=False,
        help_text=_("nothing of this kind goes out or comes back unless both parties sign"),
    )
    requires_photos = models.BooleanField(
        _("photos required"),
        default=False,
        help_text=_("at least one of each asset, when it goes out and when it comes back"),
    )
    terms = models.TextField(
        _("terms"),
        blank=True,
        help_text=_("what the borrower agrees to; signed with the hand-over, printed on receipts"),
    )

    history = HistoricalRecords(table_name="asset_categories_history")

    class Meta:
        db_table = "asset_categories"
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ("name",)
        default_permissions = ("add", "change", "view")
        constraints = (
            models.CheckConstraint(
                condition=Q(residual_share__lte=WHOLE),
                name="category_residual_within_whole",
            ),
            models.CheckConstraint(
                condition=Q(useful_life__isnull=True) | Q(useful_life__gte=1),
                name="category_life_is_positive",
                violation_error_message=_("A useful life has at least one month."),
            ),
        )

    def __str__(self) -> str:
        return self.name
