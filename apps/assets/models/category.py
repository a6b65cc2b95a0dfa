"""Kinds of assets."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.assets.models.tariff import Tariff


class Category(models.Model):
    """A kind of asset, with its usual tariff and the time that a return takes."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    tariff = models.ForeignKey(
        Tariff, models.PROTECT, related_name="categories", verbose_name=_("usual tariff")
    )
    turnaround = models.DurationField(
        _("turnaround"), help_text=_("time kept free after each loan, such as 02:00:00")
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

    def __str__(self) -> str:
        return self.name
