"""The list of subscriptions, and the page of one with its log."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from unfold.decorators import display

from apps.common.admin import AS_TABS, StaffRequest, TabFilter, rules_as_messages
from apps.common.secret_text import is_lost
from apps.webhooks import services
from apps.webhooks.admin.dialogs import PAGE, SubscriptionDialogs
from apps.webhooks.catalogue import BY_NAME
from apps.webhooks.ending import receiver_of
from apps.webhooks.errors import SecretLost
from apps.webhooks.models import Subscription
from apps.webhooks.states import MessageStatus, Status

if TYPE_CHECKING:
    from django.db.models import QuerySet

_SHOWN_MESSAGES = 50


class StatusTabs(TabFilter):
    """Those that are there, those that need somebody, and those that are over."""

    tabs = (
        ("kept", gettext_lazy("Subscriptions")),
        ("failing", gettext_lazy("Failing or disabled")),
        ("removed", gettext_lazy("Removed")),
    )

    def queryset(
        self, _request: HttpRequest, queryset: "QuerySet[Subscription]"
    ) -> "QuerySet[Subscription]":
        """Keep the rows of the open tab."""
        if self.value() == "removed":
            return queryset.filter(status=Status.REMOVED)
        kept = queryset.exclude(status=Status.REMOVED)
        if self.value() == "failing":
            return kept.filter(failing_since__isnull=False)
        return kept


@admin.register(Subscription)
class SubscriptionAdmin(SubscriptionDialogs):
    """Which program is told of what, where, and whether it arrives."""

    list_display = ("entry", "receiver", "person", "event_count", "standing")
    list_display_links = None
    list_select_related = ("program", "person")
    list_filter = (StatusTabs,)
    list_filter_options: ClassVar[dict[str, Any]] = AS_TABS
    search_fields = ("program__name", "url", "description", "person__display_name")
    search_help_text = gettext_lazy("Program, URL, description, person")
    export_fields = ("program", "person", "description", "status", "failing_since", "created_at")
    empty_text = gettext_lazy("No program is told of anything. Subscribe one, or let it do so.")
    change_form_after_template = "webhooks/log.html"
    fieldsets: ClassVar[Any] = (
        (
            None,
            {
                "fields": (
                    ("program", "person"),
                    ("url", "description"),
                    ("standing", "secret_since"),
                    "what",
                    "since",
                )
            },
        ),
    )
    readonly_fields = ("standing", "what", "secret_since", "since")

    def get_urls(self) -> list[URLPattern]:
        """Add the door through which one message is sent again."""
        view = self.admin_site.admin_view(require_POST(self.replay_view))
        door = path(
            "<int:subscription_id>/messages/<int:message_id>/replay/",
            view,
            name="webhooks_subscription_replay",
        )
        urls: list[URLPattern] = super().get_urls()
        return [door, *urls]

    def replay_view(
        self, request: StaffRequest, subscription_id: int, message_id: int
    ) -> HttpResponse:
        """Send one message again."""
        row: Subscription | None = self.get_object(request, str(subscription_id))
        if row is None or not row.messages.filter(pk=message_id).exists():
            raise Http404
        with rules_as_messages(request, success=_("The message is sent again.")):
            services.replay(message_id, actor=request.user)
        return redirect(PAGE, subscription_id)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the latest messages below."""
        context = extra_context or {}
        row: Subscription | None = self.get_object(request, object_id)
        if row is not None:
            context |= {"title": str(row), **self._log_of(row, request)}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    def _log_of(self, row: Subscription, request: HttpRequest) -> dict[str, Any]:
        rows = row.messages.order_by("-pk").prefetch_related("attempts")
        withheld = row.messages.filter(status=MessageStatus.WITHHELD).count()
        return {
            "log": list(rows.exclude(status=MessageStatus.WITHHELD)[:_SHOWN_MESSAGES]),
            "withheld_count": withheld,
            "may_replay": self.has_manage_permission(request) and row.status != Status.REMOVED,
            "shown_count": _SHOWN_MESSAGES,
            "subscription": row,
        }

    @display(description=gettext_lazy("program"), ordering="program__name")
    def entry(self, row: Subscription) -> SafeString:
        """Link to the page."""
        return format_html(
            '<a class="text-important font-medium inline-block" href="{}">{}</a>'
            '<br><span class="office-soft text-xs">{} · {}</span>',
            reverse(PAGE, args=(row.pk,)),
            row.program.name,
            row,
            row.description or _("no description"),
        )

    @display(description=gettext_lazy("receiver"), ordering="url")
    def receiver(self, row: Subscription) -> str:
        """Say whom it goes to; the rest of the URL is on the page."""
        return receiver_of(row.url)

    @display(description=gettext_lazy("events"))
    def event_count(self, row: Subscription) -> SafeString:
        """Count them, with their names under the pointer."""
        text = ngettext("{count} event", "{count} events", len(row.events))
        return format_html(
            '<span class="whitespace-nowrap" title="{}">{}</span>',
            ", ".join(row.events),
            text.format(count=len(row.events)),
        )

    @display(description=gettext_lazy("status"), ordering="status")
    def standing(self, row: Subscription) -> SafeString:
        """Say whether it arrives."""
        return SafeString(render_to_string("webhooks/standing.html", {"row": row}))

    @display(description=gettext_lazy("events"))
    def what(self, row: Subscription) -> SafeString:
        """Name the events, with what they mean."""
        events = [(name, BY_NAME[name].title if name in BY_NAME else "–") for name in row.events]
        return SafeString(render_to_string("webhooks/events.html", {"events": events}))

    @display(description=gettext_lazy("subscribed"))
    def since(self, row: Subscription) -> str:
        """Say when it began."""
        return date_format(timezone.localtime(row.created_at), "j M Y, H:i")

    @display(description=gettext_lazy("secret"))
    def secret_since(self, row: Subscription) -> str:
        """Say nothing of it but whether it is lost, and until when the one before signs too."""
        if is_lost(row, "secret"):
            return format_html('<span class="office-bad">{}</span>', SecretLost().message)
        if row.previous_secret_until is None:
            return _("shown once, when it was made")
        return SafeString(render_to_string("webhooks/secret_since.html", {"row": row}))
