"""My notices; and for those who look after delivery, everybody's."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from unfold.decorators import action, display

from apps.common.admin import (
    AS_TABS,
    BulkAdmin,
    BulkDialogForm,
    DialogForm,
    ReadOnlyAdmin,
    StaffRequest,
    TabFilter,
    carry_out,
    leave_dialog,
    selected_ids,
)
from apps.common.errors import DomainError
from apps.notifications import selectors, services
from apps.notifications.links import path_of
from apps.notifications.models import Notice
from apps.notifications.states import Status

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import _StrOrPromise
    from unfold.dataclasses import UnfoldAction

LIST = "admin:notifications_notice_changelist"

SEND_AGAIN = {
    "title": gettext_lazy("Send again"),
    "description": gettext_lazy(
        "When the failure says that it may have arrived, ask the recipient first."
    ),
    "form_class": DialogForm,
    "form_submit_text": gettext_lazy("Send again"),
}
SEND_MANY_AGAIN = {**SEND_AGAIN, "form_class": BulkDialogForm}
MARK_READ = {
    "title": gettext_lazy("Mark the ticked notices as read"),
    "form_class": BulkDialogForm,
    "form_submit_text": gettext_lazy("Mark as read"),
}


class NoticeTabs(TabFilter):
    """My own, and for some everybody's."""

    tabs = (("mine", gettext_lazy("My notices")), ("unread", gettext_lazy("Unread")))
    tabs_of_all = (("failed", gettext_lazy("Failed")), ("all", gettext_lazy("All notices")))

    def lookups(
        self, request: HttpRequest, model_admin: Any
    ) -> "tuple[tuple[str, _StrOrPromise], ...]":
        """Return the tabs that this person has."""
        tabs = super().lookups(request, model_admin)
        may_see_all = selectors.may_see_all(request.user)  # type: ignore[arg-type]  # staff only
        return (*tabs, *self.tabs_of_all) if may_see_all else tabs

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Notice]") -> "QuerySet[Notice]":
        """Keep the rows of the open tab."""
        if self.value() == "all":
            return queryset
        if self.value() == "failed":
            return queryset.filter(status=Status.FAILED)
        mine = selectors.notices_of(request.user)  # type: ignore[arg-type]  # staff only
        rows = queryset & mine
        return rows.filter(read_at__isnull=True) if self.value() == "unread" else rows


@admin.register(Notice)
class NoticeAdmin(BulkAdmin, ReadOnlyAdmin):
    """What people were told; opening what a notice is about marks it as read, by POST."""

    list_display_links = None
    export_fields = (
        *("recipient", "subject", "body", "channel", "status", "created_at", "sent_at", "read_at"),
        "failure",
    )
    list_select_related = ("recipient", "about_type")
    list_filter = (NoticeTabs,)
    list_filter_options: ClassVar[dict[str, Any]] = AS_TABS
    search_fields = ("subject", "recipient__display_name")
    search_help_text = gettext_lazy("Search subjects and recipients")
    actions_list = ("mark_read", "send_many_again")
    actions_detail = ("send_again",)
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("subject", "body", "what_about")}),
        (
            gettext_lazy("Delivery"),
            {
                "fields": (
                    ("recipient", "channel"),
                    ("status", "failure"),
                    ("attempt_count", "attempt_at"),
                    ("created_at", "sent_at"),
                    ("read_at", "kind"),
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Notice]":
        """Keep what this person may see: their own, unless they look after all."""
        rows: QuerySet[Notice] = super().get_queryset(request)
        may_see_all = selectors.may_see_all(request.user)  # type: ignore[arg-type]  # staff only
        return rows if may_see_all else rows.filter(recipient=request.user.pk)

    def get_columns(self, request: HttpRequest) -> tuple[str, ...]:
        """Show who was told, and how it went, where that is not me."""
        if _shows_all(request):
            return ("entry", "whom", "standing", "when")
        return ("told", "when")

    def get_bulk_dialogs(self, request: HttpRequest) -> "list[UnfoldAction]":
        """Offer reading on my notices, and sending again on everybody's."""
        wanted = "send_many_again" if _shows_all(request) else "mark_read"
        return [
            dialog
            for dialog in super().get_bulk_dialogs(request)
            if dialog.action_name.endswith(wanted)
        ]

    def get_actions_detail(
        self, request: HttpRequest, object_id: int | str
    ) -> "list[UnfoldAction]":
        """Offer sending again for what has failed."""
        notice = self.get_object(request, str(object_id))
        if notice is None or notice.status != Status.FAILED:
            return []
        dialogs: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        return dialogs

    def has_retry_permission(self, request: HttpRequest, _object: object = None) -> bool:
        """Tell whether this person looks after delivery."""
        return request.user.has_perm("notifications.retry_notice")

    def get_urls(self) -> list[URLPattern]:
        """Add the door through which a notice is opened."""
        view = self.admin_site.admin_view(require_POST(self.open_view))
        door = path("<int:notice_id>/open/", view, name="notifications_notice_open")
        urls: list[URLPattern] = super().get_urls()
        return [door, *urls]

    def open_view(self, request: StaffRequest, notice_id: int) -> HttpResponse:
        """Mark my notice as read and go to what it is about."""
        notice = self.get_queryset(request).filter(pk=notice_id).first()
        if notice is None:
            raise Http404
        services.mark_read([notice.pk], actor=request.user)
        return HttpResponseRedirect(path_of(notice))

    @display(description=gettext_lazy("notice"))
    def told(self, notice: Notice) -> SafeString:
        """Return the notice as a button that opens what it is about."""
        return SafeString(render_to_string("notifications/told.html", {"notice": notice}))

    @display(description=gettext_lazy("notice"), ordering="subject")
    def entry(self, notice: Notice) -> SafeString:
        """Link to the page of the notice."""
        return format_html(
            '<a class="text-important font-medium inline-block" style="min-width: 11rem" href="{}">'
            "{}</a>",
            reverse("admin:notifications_notice_change", args=(notice.pk,)),
            notice.subject,
        )

    @display(description=gettext_lazy("recipient"), ordering="recipient__display_name")
    def whom(self, notice: Notice) -> SafeString:
        """Say who was told, and how."""
        return format_html(
            '{}<br><span class="office-soft text-xs whitespace-nowrap">{}</span>',
            notice.recipient,
            notice.get_channel_display(),
        )

    @display(description=gettext_lazy("status"), ordering="status")
    def standing(self, notice: Notice) -> SafeString:
        """Say how the delivery went."""
        return SafeString(render_to_string("notifications/standing.html", {"notice": notice}))

    @display(description=gettext_lazy("when"))
    def when(self, notice: Notice) -> SafeString:
        """Say how long ago, with the moment under the pointer."""
        return format_html(
            '<span class="whitespace-nowrap" title="{}">{}</span>',
            date_format(timezone.localtime(notice.created_at), "j M Y, H:i"),
            _("{time} ago").format(time=timesince(notice.created_at, depth=1)),
        )

    @display(description=gettext_lazy("about"))
    def what_about(self, notice: Notice) -> SafeString | str:
        """Link to what the notice is about."""
        if notice.about is None:
            return "–"
        return format_html('<a class="office-link" href="{}">{}</a>', path_of(notice), notice.about)

    @action(
        description=gettext_lazy("Mark as read"),
        icon="drafts",
        permissions=["view"],
        dialog=MARK_READ,
    )
    def mark_read(self, request: StaffRequest, _form: BulkDialogForm) -> HttpResponse:
        """Mark the ticked notices as read."""
        count = services.mark_read(selected_ids(request), actor=request.user)
        text = ngettext("{count} notice marked as read.", "{count} notices marked as read.", count)
        messages.success(request, text.format(count=count))
        return leave_dialog(LIST)

    @action(
        description=gettext_lazy("Send again"),
        icon="send",
        permissions=["retry"],
        dialog=SEND_AGAIN,
    )
    def send_again(self, request: StaffRequest, form: DialogForm, object_id: str) -> HttpResponse:
        """Give one failed notice a new set of attempts."""
        notice = self.get_object(request, object_id)
        if notice is None:
            raise Http404
        return carry_out(
            request,
            form,
            SEND_AGAIN,
            lambda: services.send_again(notice.pk, actor=request.user),
            success=_("The notice will be sent again."),
            then=reverse("admin:notifications_notice_change", args=(notice.pk,)),
        )

    @action(
        description=gettext_lazy("Send again"),
        icon="send",
        permissions=["retry"],
        dialog=SEND_MANY_AGAIN,
    )
    def send_many_again(self, request: StaffRequest, _form: BulkDialogForm) -> HttpResponse:
        """Give the ticked notices a new set of attempts; one that is refused stops no other."""
        done = 0
        for notice in Notice.objects.filter(pk__in=selected_ids(request)).order_by("pk"):
            try:
                services.send_again(notice.pk, actor=request.user)
            except DomainError as refusal:
                messages.error(request, f"{notice}: {refusal.message}")
            else:
                done += 1
        if done:
            text = ngettext(
                "{count} notice will be sent again.", "{count} notices will be sent again.", done
            )
            messages.success(request, text.format(count=done))
        return leave_dialog(f"{reverse(LIST)}?tab=failed")


def _shows_all(request: HttpRequest) -> bool:
    return request.GET.get("tab") in dict(NoticeTabs.tabs_of_all) and selectors.may_see_all(
        request.user  # type: ignore[arg-type]  # staff only
    )
