"""The register: each thing that can be lent."""

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now, Upper
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.assets.depreciation import Worth, worth_of
from apps.assets.models.category import Category
from apps.assets.models.tariff import Tariff
from apps.assets.states import (
    LIFECYCLE,
    Action,
    Condition,
    Status,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from apps.accounts.models import User


class AssetQuerySet(models.QuerySet["Asset"]):
    """Questions about assets."""

    def visible_to(self, person: "User") -> "AssetQuerySet":
        """Keep those that the person may see: all by a role, else their own and what is lent."""
        if not person.is_active:
            return self.none()
        if person.has_perm("assets.view_asset"):
            return self
        return self.filter(Q(lender=person) | ~Q(status=Status.RETIRED))

    def locked(self) -> "AssetQuerySet":
        """Lock the rows, by primary key; a new line that only refers to one need not wait."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)

    def of_kits(self, kits: "Collection[Asset]") -> "AssetQuerySet":
        """Keep the parts of these kits, by tag, with what their availability depends on."""
        return self.filter(kit__in=kits).select_related("category", "loan").order_by("tag")


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
    back_at = models.DateTimeField(
        _("back from maintenance"),
        null=True,
        blank=True,
        help_text=_("when the workshop promised it; empty: nobody knows"),
    )
    is_kit = models.BooleanField(
        _("kit"), default=False, help_text=_("lent together with the assets that are its parts")
    )
    kit = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="parts",
        verbose_name=_("part of the kit"),
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
            ("black_out_asset", "Can block periods of everybody’s assets"),
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
            models.CheckConstraint(
                condition=Q(back_at__isnull=True) | Q(status="in_maintenance"),
                name="asset_back_at_is_of_maintenance",
            ),
            # That the kit of a part is one, a trigger keeps.
            models.CheckConstraint(
                condition=Q(is_kit=False) | Q(kit__isnull=True), name="asset_kit_is_in_no_kit"
            ),
        )
        indexes = (
            # Few assets are away at a time, and every page counts what that endangers.
            models.Index(
                fields=("status",), condition=~Q(status="available"), name="asset_away_by_status"
            ),
            models.Index(fields=("category", "tag"), name="asset_by_category_and_tag"),
        )

    def __str__(self) -> str:
        return f"{self.tag} {self.name}"

    @property
    def effective_tariff(self) -> Tariff:
        """The asset's own tariff, else its category's."""
        return self.tariff or self.category.tariff

    def shows_details_to(self, person: "User") -> bool:
        """Tell whether the person may know whose it is, what it is worth and where it stands."""
        if not person.is_active:
            return False
        return person.pk == self.lender_id or person.has_perm("assets.view_asset")

    def worth_on(self, day: date) -> Worth:
        """Return what it is worth on `day`, with how that is found."""
        return worth_of(
            self.value,
            purchased_on=self.purchased_on,
            useful_life=self.category.useful_life,
            residual_share=self.category.residual_share,
            day=day,
        )

    def value_on(self, day: date) -> int:
        """Return what it is worth on `day`, in minor units, by straight line."""
        return self.worth_on(day).amount

    def move(self, action: Action) -> None:
        """Set the status that follows `action`."""
        self.status = LIFECYCLE.after(action, Status(self.status))
