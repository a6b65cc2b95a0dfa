"""What is looked at when an asset of a category goes out or comes back."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.assets.models.category import Category
from apps.assets.states import CheckedAt


class ChecklistItem(models.Model):
    """One question of a category’s checklist; answers keep its text as it was asked."""

    category = models.ForeignKey(Category, models.PROTECT, related_name="checklist")
    position = models.PositiveSmallIntegerField(_("order"), default=1)
    text = models.CharField(_("item"), max_length=200, help_text=_("such as: battery is charged"))
    checked_at = models.CharField(
        _("asked at"), max_length=4, choices=CheckedAt, default=CheckedAt.BOTH
    )
    is_required = models.BooleanField(_("must be answered"), default=True)

    history = HistoricalRecords(table_name="checklist_items_history")

    class Meta:
        db_table = "checklist_items"
        verbose_name = _("checklist item")
        verbose_name_plural = _("checklist")
        ordering = ("category", "position", "pk")
        default_permissions = ("add", "change", "delete", "view")
        constraints = (
            models.CheckConstraint(
                condition=Q(checked_at__in=CheckedAt.values), name="checklist_item_has_moment"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="checklist_item_has_text"),
            models.UniqueConstraint(
                fields=("category", "text"),
                name="checklist_item_is_unique",
                violation_error_message=_("This item is on the checklist already."),
            ),
        )

    def __str__(self) -> str:
        return self.text
