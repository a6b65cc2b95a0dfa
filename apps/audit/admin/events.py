"""The pages of the audit log."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import display

from apps.audit.admin.exported import EVENT_FIELDS
from apps.audit.admin.filters import AboutFilter, ActionFilter, DaysFilter, RequestFilter
from apps.audit.diff import rows_of
from apps.audit.models import AuditEvent, Outcome
from apps.audit.selectors import found, seal_of
from apps.common.admin import KeysetAdmin, ReadOnlyAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet

SIBLINGS = 20


@admin.register(AuditEvent)
class AuditEventAdmin(KeysetAdmin, ReadOnlyAdmin):
    """What was done, the newest first; pages by index, without ever counting."""

    list_display = ("moment", "who", "what", "target", "result", "source", "why")
    list_display_links = ("moment",)
    export_fields = EVENT_FIELDS
    export_permission = "audit.export_auditevent"
    export_asks_for_step_up = True
    list_select_related = ("target_type", "on_behalf_of")
    list_filter = (
        ("at", DaysFilter),
        ("actor", AutocompleteSelectFilter),
        ActionFilter,
        ("outcome", ChoicesDropdownFilter),
        ("source", ChoicesDropdownFilter),
        RequestFilter,
        AboutFilter,
    )
    # The field only shows the box: `get_search_results` asks the indexes.
    search_fields = ("target_label",)
    search_help_text = _("Beginning of a name, part of an action, number of an event, request id")
    change_form_after_template = "audit/event.html"

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: "QuerySet[AuditEvent]",
        search_term: str,
    ) -> "tuple[QuerySet[AuditEvent], bool]":
        """Search what an index can answer."""
        return (queryset.filter(found(search_term)) if search_term else queryset), False

    @display(description=_("at"))
    def moment(self, event: AuditEvent) -> SafeString:
        """Show the moment to the second."""
        at = f"{timezone.localtime(event.at):%Y-%m-%d %H:%M:%S}"
        return format_html('<span class="whitespace-nowrap">{}</span>', at)

    @display(description=_("actor"))
    def who(self, event: AuditEvent) -> SafeString | str:
        """Show the name as it was."""
        if not event.on_behalf_of:
            return event.actor_name
        return format_html(
            '{}<br><span class="office-soft text-xs">{} {}</span>',
            event.actor_name,
            _("on behalf of"),
            event.on_behalf_of,
        )

    @display(description=_("action"))
    def what(self, event: AuditEvent) -> SafeString:
        """Show the action as it is written."""
        return format_html('<code class="text-important">{}</code>', event.action)

    @display(description=_("target"))
    def target(self, event: AuditEvent) -> SafeString | str:
        """Show the name that the target had, and what it is."""
        if not event.target_type:
            return "–"
        return format_html(
            '{}<br><span class="office-soft text-xs">{}</span>',
            event.target_label,
            event.target_type.name,
        )

    @display(description=_("outcome"), label={Outcome.DONE: "success", Outcome.DENIED: "danger"})
    def result(self, event: AuditEvent) -> tuple[str, str]:
        """Say whether it happened."""
        return event.outcome, event.get_outcome_display()

    @display(description=_("reason"))
    def why(self, event: AuditEvent) -> SafeString:
        """Show the reason, as far as there is room."""
        return format_html('<div class="line-clamp-2 max-w-sm">{}</div>', event.reason)

    def get_fieldsets(self, request: HttpRequest, obj: AuditEvent | None = None) -> list[Any]:  # noqa: ARG002
        """Leave the page to its template."""
        return []

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one event: what changed, why, and what belongs to it."""
        context = extra_context or {}
        event = self.get_object(request, object_id)
        if event is not None:
            siblings = AuditEvent.objects.filter(request_id=event.request_id).exclude(pk=event.pk)
            context |= {
                "title": str(event),
                "event": event,
                "rows": rows_of(event.before, event.after),
                "siblings": siblings.order_by("id")[:SIBLINGS],
                "seal": seal_of(event),
                "denied": Outcome.DENIED,
            }
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page
