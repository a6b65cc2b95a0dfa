"""Adjustments in bulk: sent in as a file by one person, decided on as a whole by others."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.common.admin import AS_TABS, StaffRequest, TabFilter, money
from apps.wallets import services
from apps.wallets.admin.adjustment_page import VARIANTS
from apps.wallets.admin.batch_page import content_of
from apps.wallets.admin.batch_upload import BatchUpload, csv_file
from apps.wallets.admin.filters import CurrencyFilter
from apps.wallets.admin.wording import moment, number_in
from apps.wallets.models import AdjustmentBatch
from apps.wallets.states import AdjustmentStatus

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.urls import URLPattern
    from django.utils.safestring import SafeString


class BatchTabs(TabFilter):
    """What waits, what is being prepared, and what has come to an end."""

    tabs = (("pending", _("Pending")), ("drafts", _("Drafts")), ("decided", _("Decided")))

    def queryset(
        self,
        request: "HttpRequest",  # noqa: ARG002
        queryset: "QuerySet[AdjustmentBatch]",
    ) -> "QuerySet[AdjustmentBatch]":
        """Keep the rows of the open tab."""
        if self.value() == "pending":
            return queryset.filter(status=AdjustmentStatus.PENDING)
        if self.value() == "drafts":
            return queryset.filter(status=AdjustmentStatus.DRAFT)
        return queryset.exclude(status__in=(AdjustmentStatus.PENDING, AdjustmentStatus.DRAFT))


@admin.register(AdjustmentBatch)
class AdjustmentBatchAdmin(BatchUpload):
    """Batches from the file to their posting."""

    change_form_template = "wallets/batch_page.html"
    list_display = ("number", "state", "lines", "credits", "debits", "what", "requester", "created")
    export_prefix = "B-"
    list_display_links = ("number",)
    list_select_related = ("requester",)
    list_filter = (BatchTabs, CurrencyFilter)
    list_filter_options: ClassVar[dict[str, Any]] = AS_TABS
    search_fields = ("note", "file_name", "requester__display_name")
    search_help_text = _("Number, note or file of the batch, or who asked")
    # The page has cards instead.
    fields = ()

    class Media:
        """The style of the pages of money."""

        css: ClassVar[dict[str, Any]] = {"all": ("wallets/wallets.css",)}

    def get_urls(self) -> "list[URLPattern]":
        """Add the template, the file of a draft, and the download."""
        wrap = self.admin_site.admin_view
        name = "wallets_adjustmentbatch"
        return [
            path("template/", wrap(self.template_view), name=f"{name}_template"),
            path("<int:object_id>/file/", wrap(self.file_view), name=f"{name}_file"),
            path("<int:object_id>/lines/", wrap(self.lines_view), name=f"{name}_lines"),
            *super().get_urls(),
        ]

    def get_search_results(
        self, request: "HttpRequest", queryset: "QuerySet[AdjustmentBatch]", search_term: str
    ) -> "tuple[QuerySet[AdjustmentBatch], bool]":
        """Find by number (`B-12` or `12`), else by note, file or requester."""
        number = number_in(search_term, "B")
        if number is not None:
            return queryset.filter(pk=number), False
        found: tuple[QuerySet[AdjustmentBatch], bool] = super().get_search_results(
            request, queryset, search_term
        )
        return found

    @display(description=_("number"), ordering="pk")
    def number(self, batch: AdjustmentBatch) -> str:
        """Return B-12."""
        return str(batch)

    @display(description=_("status"), ordering="status", label=VARIANTS)
    def state(self, batch: AdjustmentBatch) -> tuple[str, str]:
        """Return the status as a coloured label."""
        return batch.status, batch.get_status_display()

    @display(description=_("lines"), ordering="line_count")
    def lines(self, batch: AdjustmentBatch) -> str:
        """Return how many balances it changes."""
        return f"{batch.line_count:,}"

    @display(description=_("credits"))
    def credits(self, batch: AdjustmentBatch) -> str:
        """Return what goes into wallets."""
        return money(batch.credit, batch.currency)

    @display(description=_("debits"))
    def debits(self, batch: AdjustmentBatch) -> str:
        """Return what comes out of wallets."""
        return money(-batch.debit, batch.currency)

    @display(description=_("what"))
    def what(self, batch: AdjustmentBatch) -> "SafeString":
        """Return the note as far as there is room, and the file."""
        return format_html(
            '<div class="line-clamp-2 max-w-sm wallet-words">{}</div>'
            '<div class="office-soft text-xs">{}</div>',
            batch.note,
            batch.file_name,
        )

    @display(description=_("created"), ordering="created_at")
    def created(self, batch: AdjustmentBatch) -> str:
        """Return when it was sent in."""
        return moment(batch.created_at)

    def change_view(
        self,
        request: StaffRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the batch with its lines."""
        context = extra_context or {}
        batch = self.get_object(request, object_id)
        if batch is not None and self.has_view_permission(request, batch):
            context |= {"title": str(batch), "page": content_of(batch, request)}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    def lines_view(self, request: StaffRequest, object_id: int) -> HttpResponse:
        """Hand out the lines as CSV."""
        batch = get_object_or_404(AdjustmentBatch, pk=object_id)
        if request.method not in {"GET", "HEAD"}:
            raise Http404
        if not self.has_view_permission(request, batch):
            raise PermissionDenied
        batch, text = services.download_batch(batch.pk, actor=request.user)
        return csv_file(text, f"{batch}.csv")
