"""Versions of a row, old and new value side by side."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.admin import SimpleHistoryAdmin
from simple_history.models import DeletedObject
from simple_history.template_utils import HistoricalRecordContextHelper

from apps.common.admin.base import BaseAdmin


class HistoryAdmin(SimpleHistoryAdmin, BaseAdmin):
    """A page with the versions of its row, to read."""

    object_history_list_template = "common/history.html"

    def history_form_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,  # noqa: ARG002
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> HttpResponse:
        """Lead to the list of versions; the library's form would let a reader write one back."""
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        name = f"{self.opts.app_label}_{self.opts.model_name}_history"
        return HttpResponseRedirect(reverse(f"{self.admin_site.name}:{name}", args=(object_id,)))

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Take nothing back by a button: what was wrong is changed once more."""
        return True

    def get_historical_record_context_helper(
        self,
        request: HttpRequest,  # noqa: ARG002
        historical_record: Any,
    ) -> HistoricalRecordContextHelper:
        """Show values as the pages show them."""
        return ReadableValues(self.model, historical_record, max_displayed_delta_change_chars=500)


class ReadableValues(HistoricalRecordContextHelper):
    """What a version changed, in words."""

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        """Return labels instead of codes, names instead of lists, our time instead of UTC."""
        prepared = super().prepare_delta_change_value(change, value)
        labels = dict(getattr(self.model._meta.get_field(change.field), "flatchoices", ()))
        match prepared:
            case None | "" | [] | DeletedObject(pk=None):
                return "–"
            case bool():
                return _("yes") if prepared else _("no")
            case list():
                return ", ".join(sorted(str(one) for one in prepared))
            case datetime():
                return f"{timezone.localtime(prepared):%Y-%m-%d %H:%M:%S}"
            case _:
                return labels.get(prepared, prepared)
