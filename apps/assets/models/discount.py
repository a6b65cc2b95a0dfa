"""What takes something off a fee, and who keeps another share of it than the tariff says."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.assets.models.category import Category
from apps.assets.models.tariff import WHOLE
from apps.assets.states import DiscountKind


class DiscountQuerySet(models.QuerySet["Discount"]):
    """Questions about discounts."""

    def on(self, day: date) -> "DiscountQuerySet":
        """Keep those for loans that begin on this day."""
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=day),
            Q(valid_until__isnull=True) | Q(valid_until__gte=day),
        )

    def of(self, borrower: Any) -> "DiscountQuerySet":
        """Keep those for this borrower; without one, those for everybody."""
        roles = borrower.groups.values("pk") if borrower else []
        return self.filter(
            Q(person__isnull=True) | Q(person=borrower.pk if borrower else None),
            Q(role__isnull=True) | Q(role__in=roles),
        )


class Discount(models.Model):
    """What is taken off the fees of a ticket that fits; a ticket gets one discount at most."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    kind = models.CharField(
        _("kind"), max_length=8, choices=DiscountKind, default=DiscountKind.SHARE
    )
    share = models.PositiveIntegerField(
        _("share of the fee"),
        default=0,
        validators=[MaxValueValidator(WHOLE)],
        help_text=_("basis points: 1000 is 10 %"),
    )
    amount = models.BigIntegerField(_("amount per ticket"), default=0)
    currency = models.CharField(
        _("currency"), max_length=3, blank=True, help_text=_("of the amount")
    )
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="discounts",
        verbose_name=_("category"),
        help_text=_("empty: assets of every category"),
    )
    role = models.ForeignKey(
        "auth.Group",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("role of the borrower"),
        help_text=_("empty: borrowers of every role"),
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("borrower"),
        help_text=_("empty: every borrower"),
    )
    minimum_length = models.DurationField(
        _("least length"),
        null=True,
        blank=True,
        help_text=_("of the loan, such as 14 days; empty: loans of every length"),
    )
    valid_from = models.DateField(
        _("valid from"), null=True, blank=True, help_text=_("first day on which a loan may begin")
    )
    valid_until = models.DateField(
        _("valid until"), null=True, blank=True, help_text=_("last day on which a loan may begin")
    )

    objects = DiscountQuerySet.as_manager()
    history = HistoricalRecords(table_name="discounts_history")

    class Meta:
        db_table = "discounts"
        verbose_name = _("discount")
        verbose_name_plural = _("discounts")
        ordering = ("name",)
        default_permissions = ("add", "change", "view")
        constraints = (
            models.CheckConstraint(
                condition=Q(kind="share", share__gte=1, share__lte=WHOLE, amount=0, currency="")
                | Q(kind="amount", share=0, amount__gte=1, currency__regex=r"^[A-Z]{3}$"),
                name="discount_is_share_or_amount",
                violation_error_message=_(
                    "Give a share above zero, or an amount above zero and its currency."
                ),
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                name="discount_validity_is_forward",
                violation_error_message=_("“Valid until” may not be before “valid from”."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class CommissionRate(models.Model):
    """The share of the fee that the platform keeps from a lender, in a category, or both."""

    lender = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lender"),
        help_text=_("empty: every lender"),
    )
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="commission_rates",
        verbose_name=_("category"),
        help_text=_("empty: every category"),
    )
    share = models.PositiveIntegerField(
        _("commission"),
        validators=[MaxValueValidator(WHOLE)],
        help_text=_("share of the fee that the platform keeps, in basis points: 2000 is 20 %"),
    )
    is_active = models.BooleanField(
        _("in force"), default=True, help_text=_("otherwise the next rate holds, or the tariff")
    )

    history = HistoricalRecords(table_name="commission_rates_history")

    class Meta:
        db_table = "commission_rates"
        verbose_name = _("commission rate")
        verbose_name_plural = _("commission rates")
        ordering = ("pk",)
        default_permissions = ("add", "change", "view")
        constraints = (
            models.CheckConstraint(
                condition=Q(lender__isnull=False) | Q(category__isnull=False),
                name="commission_rate_names_somebody",
                violation_error_message=_(
                    "Choose a lender, a category or both; for everybody else the tariff says it."
                ),
            ),
            models.CheckConstraint(
                condition=Q(share__lte=WHOLE), name="commission_rate_within_whole"
            ),
            models.UniqueConstraint(
                fields=("lender", "category"),
                nulls_distinct=False,
                name="commission_rate_is_unique",
                violation_error_message=_(
                    "There is a rate for this lender and category already. Change that one."
                ),
            ),
        )

    def __str__(self) -> str:
        return self.whose

    @property
    def whose(self) -> str:
        """For whom it holds: “Lena, Cameras”."""
        return ", ".join(str(part) for part in (self.lender, self.category) if part)
