"""Adjustments: asked for by one person, decided on by others."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from apps.common.admin import (
    AS_TABS,
    ExportField,
    KeysetAdmin,
    StaffRequest,
    TabFilter,
    as_download,
    money,
)
from apps.common.errors import DomainError
from apps.wallets import services
from apps.wallets.admin.adjustment_deeds import AdjustmentDeeds
from apps.wallets.admin.adjustment_drafts import AdjustmentDrafts
from apps.wallets.admin.adjustment_page import VARIANTS, content_of
from apps.wallets.admin.picking import Wallets
from apps.wallets.admin.wording import moment, number_in
from apps.wallets.models import Adjustment, Evidence
from apps.wallets.states import AdjustmentStatus

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.urls import URLPattern
    from django.utils.safestring import SafeString


class AdjustmentTabs(TabFilter):
    """What waits, what is being written, and what was posted."""

    tabs = (
        ("pending", _("Pending")),
        ("drafts", _("Drafts")),
        ("approved", _("Approved")),
        ("all", _("All")),
    )
    statuses: ClassVar[dict[str, AdjustmentStatus]] = {
        "pending": AdjustmentStatus.PENDING,
        "drafts": AdjustmentStatus.DRAFT,
        "approved": AdjustmentStatus.APPROVED,
    }

    def queryset(self, request: "HttpRequest", queryset: "QuerySet[Any]") -> "QuerySet[Any]":  # noqa: ARG002
        """Keep the rows of the open tab."""
        status = self.statuses.get(self.value())
        return queryset.filter(status=status) if status else queryset


@admin.register(Adjustment)
class AdjustmentAdmin(KeysetAdmin, AdjustmentDeeds, AdjustmentDrafts):
    """Adjustments from the first draft to their posting."""

    change_form_template = "wallets/adjustment_page.html"
    list_display = ("number", "state", "wallet_name", "figure", "why", "requester", "created")
    export_fields = (
        ExportField("pk", _("Number"), prefix="A-"),
        *("status", "wallet"),
        ExportField("wallet__owner", _("Owner")),
        *("direction", "amount"),
        ExportField("wallet__currency", _("Currency")),
        *("reason_code", "note", "requester", "created_at", "transaction"),
    )
    export_prefix = "A-"
    export_currency = "wallet__currency"
    list_display_links = ("number",)
    list_select_related = ("wallet__owner", "reason_code", "requester")
    list_filter = (AdjustmentTabs, ("reason_code", RelatedDropdownFilter))
    list_filter_options: ClassVar[dict[str, Any]] = AS_TABS
    search_fields = (
        "wallet__number",
        "wallet__owner__display_name",
        "wallet__owner__email",
        "requester__display_name",
    )
    search_help_text = _("Number of the adjustment or wallet, owner, or who asked")

    class Media:
        """The style of the pages of money."""

        css: ClassVar[dict[str, Any]] = {"all": ("wallets/wallets.css",)}

    def get_urls(self) -> "list[URLPattern]":
        """Add what the form asks while somebody types, and the files."""
        wrap = self.admin_site.admin_view
        return [
            path("wallets/", wrap(Wallets.as_view()), name="wallets_adjustment_wallets"),
            path(
                "evidence/<int:evidence_id>/",
                wrap(self.evidence_view),
                name="wallets_adjustment_evidence",
            ),
            *super().get_urls(),
        ]

    def get_search_results(
        self, request: "HttpRequest", queryset: "QuerySet[Adjustment]", search_term: str
    ) -> "tuple[QuerySet[Adjustment], bool]":
        """Find by number (`A-12` or `12`), else by wallet, owner or requester."""
        number = number_in(search_term, "A")
        if number is not None:
            return queryset.filter(pk=number), False
        found: tuple[QuerySet[Adjustment], bool] = super().get_search_results(
            request, queryset, search_term
        )
        return found

    @display(description=_("number"), ordering="pk")
    def number(self, adjustment: Adjustment) -> str:
        """Return A-12."""
        return str(adjustment)

    @display(description=_("status"), ordering="status", label=VARIANTS)
    def state(self, adjustment: Adjustment) -> tuple[str, str]:
        """Return the status as a coloured label."""
        return adjustment.status, adjustment.get_status_display()

    @display(description=_("wallet"), ordering="wallet__number")
    def wallet_name(self, adjustment: Adjustment) -> "SafeString":
        """Return whose wallet, and its number."""
        return format_html(
            '{}<br><span class="office-soft text-xs">{}</span>',
            adjustment.wallet.name,
            adjustment.wallet.number,
        )

    @display(description=_("amount"))
    def figure(self, adjustment: Adjustment) -> str:
        """Return what the balance changes by."""
        return money(adjustment.signed_amount, adjustment.wallet.currency)

    @display(description=_("reason"))
    def why(self, adjustment: Adjustment) -> "SafeString":
        """Return the reason code, and the note as far as there is room."""
        return format_html(
            '{}<div class="office-soft line-clamp-2 max-w-sm text-xs">{}</div>',
            adjustment.reason_code,
            adjustment.note,
        )

    @display(description=_("created"), ordering="created_at")
    def created(self, adjustment: Adjustment) -> str:
        """Return when it was written down."""
        return moment(adjustment.created_at)

    def changeform_view(
        self,
        request: StaffRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the adjustment around the form; a form of what is no draft any more says so."""
        context = {
            **(extra_context or {}),
            "show_save_and_continue": False,
            "show_save_and_add_another": False,
        }
        adjustment = self.get_object(request, object_id) if object_id else None
        if adjustment and self.has_view_permission(request, adjustment):
            is_form = self.has_change_permission(request, adjustment)
            if request.method == "POST" and not is_form:
                return self.refuse_late_form(request, adjustment)
            context["title"] = str(adjustment)
            context["page"] = {**content_of(adjustment, request), "is_form": is_form}
        response: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        return response

    def evidence_view(self, request: StaffRequest, evidence_id: int) -> HttpResponse:
        """Hand out a file, to be kept and never to be run by the browser."""
        evidence = get_object_or_404(Evidence, pk=evidence_id)
        try:
            file, content = services.download_evidence(evidence.pk, actor=request.user)
        except DomainError as refusal:
            messages.error(request, refusal.message)
            subject = evidence.subject
            return redirect(f"admin:wallets_{subject._meta.model_name}_change", subject.pk)
        return as_download(content, name=file.name, content_type=file.content_type)
