"""The filters over the audit log."""

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter, TextFilter

from apps.audit.models import AuditEvent
from apps.audit.selectors import known_actions

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
    from django.db.models import QuerySet

type Events = "QuerySet[AuditEvent]"


class DaysFilter(RangeDateFilter):
    """From one day until another, both whole; the library's filter leaves the last day out."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Call it what it asks for."""
        super().__init__(*args, **options)
        self.title = _("day")

    def queryset(self, request: HttpRequest, queryset: Events) -> Events:  # noqa: ARG002
        """Keep what happened on these days, here."""
        first, last = self._day("from"), self._day("to")
        if first:
            queryset = queryset.filter(at__gte=first)
        return queryset.filter(at__lt=last + timedelta(days=1)) if last else queryset

    def _day(self, end: str) -> datetime | None:
        try:
            day = date.fromisoformat(str(self.used_parameters.get(f"at_{end}", "")))
        except ValueError:
            return None
        return timezone.make_aware(datetime.combine(day, time.min))


class ActionFilter(DropdownFilter):
    """One action of those that were ever recorded."""

    title = _("action")
    parameter_name = "action"

    def lookups(
        self,
        request: HttpRequest,  # noqa: ARG002
        model_admin: "ModelAdmin[Any]",  # noqa: ARG002
    ) -> list[tuple[str, str]]:
        """Return the actions."""
        return [(action, action) for action in known_actions()]

    def queryset(self, request: HttpRequest, queryset: Events) -> Events:  # noqa: ARG002
        """Keep the events of that action."""
        return queryset.filter(action=self.value()) if self.value() else queryset


class RequestFilter(TextFilter):
    """Everything that one click did."""

    title = _("request")
    parameter_name = "request"

    def queryset(self, request: HttpRequest, queryset: Events) -> Events:  # noqa: ARG002
        """Keep the events of that request."""
        if not self.value():
            return queryset
        try:
            return queryset.filter(request_id=UUID(str(self.value()).strip()))
        except ValueError:
            return queryset.none()


class AboutFilter(DropdownFilter):
    """Everything that was done to one thing; set by links from its pages."""

    title = _("about")
    parameter_name = "about"

    def lookups(
        self,
        request: HttpRequest,
        model_admin: "ModelAdmin[Any]",  # noqa: ARG002
    ) -> list[tuple[str, str]]:
        """Offer the thing that the address names, by the name that it had last."""
        asked = request.GET.get(self.parameter_name)
        if not asked:
            return []
        event = AuditEvent.objects.filter(**_about(asked)).first()
        return [(asked, event.target_label if event else asked)]

    def queryset(self, request: HttpRequest, queryset: Events) -> Events:  # noqa: ARG002
        """Keep what was done to that thing."""
        return queryset.filter(**_about(str(self.value()))) if self.value() else queryset


def _about(value: str) -> dict[str, Any]:
    """Read `app.model:id`."""
    kind, _colon, target_id = value.partition(":")
    app, _dot, model = kind.partition(".")
    return {
        "target_type__app_label": app,
        "target_type__model": model,
        "target_id": target_id,
    }
