"""Deeds over the ticked rows of a list: a bar that appears with the first tick, and a dialog."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.dataclasses import UnfoldAction

from apps.common.admin.base import BaseAdmin
from apps.common.admin.exporting import is_export


class BulkAdmin(BaseAdmin):
    """A list whose `actions_list` are dialogs with a `BulkDialogForm` over the ticked rows."""

    change_list_template = "common/bulk_change_list.html"
    list_disable_select_all = True

    def get_actions_list(self, request: HttpRequest) -> list[UnfoldAction]:
        """Return the export for the head of the page: the dialogs stand in the bar."""
        return [one for one in super().get_actions_list(request) if is_export(one)]

    def get_bulk_dialogs(self, request: HttpRequest) -> list[UnfoldAction]:
        """Return the dialogs that this person may open."""
        return [one for one in super().get_actions_list(request) if not is_export(one)]

    def get_list_display(self, request: HttpRequest) -> Any:
        """Begin each row with a box to tick, when there is something to do with it."""
        columns = self.get_columns(request)
        return ("action_checkbox", *columns) if self.get_bulk_dialogs(request) else columns

    def get_columns(self, request: HttpRequest) -> tuple[str, ...]:
        """Return the columns; a tab may have its own."""
        return tuple(super().get_list_display(request))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Add the bar to the list."""
        bar = [
            {
                "title": dialog.description,
                "icon": dialog.icon,
                "url": reverse(f"{self.admin_site.name}:{dialog.action_name}"),
            }
            for dialog in self.get_bulk_dialogs(request)
        ]
        context = {**(extra_context or {}), "bulk_dialogs": bar}
        page: HttpResponse = super().changelist_view(request, context)
        return page
