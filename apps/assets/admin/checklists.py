"""The checklist of a category, in order, on the category’s page."""

from typing import TYPE_CHECKING, Any

from unfold.admin import TabularInline

from apps.assets.models import ChecklistItem

if TYPE_CHECKING:
    from django.http import HttpRequest


class ChecklistInline(TabularInline):
    """What is looked at when assets of the category go out and come back.

    An item may be taken away: answers keep its text as it was asked.
    """

    model = ChecklistItem
    fields = ("text", "checked_at", "is_required", "position")
    ordering_field = "position"
    hide_ordering_field = True
    show_title = False
    extra = 0

    def get_queryset(self, request: "HttpRequest") -> Any:
        """Show them in the order in which they are asked."""
        return super().get_queryset(request).order_by("position", "pk")
