"""The list of runs, and the page of one."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import action, display

from apps.common.admin import (
    AS_TABS,
    ExportField,
    ReadOnlyAdmin,
    StaffRequest,
    TabFilter,
    carry_out,
)
from apps.reports import retention, services
from apps.reports.admin import finance, pages
from apps.reports.admin.comparing import COMPARE_DIALOG
from apps.reports.admin.filters import DayFilter, ReportFilter
from apps.reports.admin.forms import CANCEL_DIALOG, RERUN_DIALOG
from apps.reports.admin.picking import Wallets
from apps.reports.admin.preferences import preferences
from apps.reports.admin.schedule_forms import KEEP_DIALOG, KeepForm
from apps.reports.admin.standing import COLOURS, content_of, title_of
from apps.reports.models import ReportPreferences, ReportRun, ReportRunQuerySet
from apps.reports.states import Status

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from unfold.forms import BaseDialogForm


class RunTabs(TabFilter):
    """My own runs, and everybody's for those who may see them."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:  # noqa: ARG002
        """Return the tabs."""
        mine = ("mine", gettext_lazy("Mine"))
        everybody = ("all", gettext_lazy("Everybody’s"))
        if not request.user.has_perm("reports.view_reportrun"):
            return (mine,)
        # Who cannot run any has none of their own.
        own_first = any(
            request.user.has_perm(f"reports.{name}") for name in ("run_report", "export_list")
        )
        return (mine, everybody) if own_first else (everybody,)

    def queryset(
        self, request: HttpRequest, queryset: "QuerySet[ReportRun]"
    ) -> "QuerySet[ReportRun]":
        """Keep the rows of the open tab."""
        mine = queryset.filter(requester_id=request.user.pk)
        return mine if self.value() == "mine" else queryset


@admin.register(ReportRun)
class ReportRunAdmin(ReadOnlyAdmin):
    """Runs; promised on a page of their own, made by a worker."""

    list_display = ("what", "summary", "standing", "requester", "created_at", "downloads")
    export_fields = (
        ExportField("pk", gettext_lazy("Number"), prefix="RR-"),
        *("report", "summary", "status", "requester", "created_at", "finished_at", "expires_at"),
        *("rows_total", "ledger_position", "failure"),
    )
    export_prefix = "RR-"
    list_display_links = None
    list_select_related = ("requester",)
    list_filter = (
        RunTabs,
        ReportFilter,
        ("status", ChoicesDropdownFilter),
        ("requester", AutocompleteSelectFilter),
        DayFilter,
    )
    list_filter_options: ClassVar[dict[str, Any]] = AS_TABS
    search_fields = ("report", "summary", "requester__display_name")
    search_help_text = gettext_lazy("Search report, parameters, and who asked")
    actions_list = ("open_catalogue",)
    actions_detail = ("cancel", "rerun", "compare", "keep")
    change_form_after_template = "reports/admin/run.html"

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("reports/reports.css",)}
        js = ("reports/reports.js",)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages beside the list."""
        return [
            path("catalogue/", self._page(pages.catalogue), name="reports_reportrun_catalogue"),
            path("run/<slug:slug>/", self._page(pages.ask), name="reports_reportrun_ask"),
            path("preferences/", self._page(preferences), name="reports_reportrun_preferences"),
            path("show/<slug:slug>/", self._page(pages.show), name="reports_reportrun_show"),
            path(
                "show/<slug:slug>/closing/",
                self._page(pages.closing),
                name="reports_reportrun_closing",
            ),
            path("finance/", self._page(finance.finance), name="reports_reportrun_finance"),
            path(
                "wallets/",
                self.admin_site.admin_view(Wallets.as_view(model_admin=self)),
                name="reports_reportrun_wallets",
            ),
            path(
                "<int:run_id>/progress/",
                self._page(pages.progress),
                name="reports_reportrun_progress",
            ),
            path(
                "<int:run_id>/download/<slug:format_>/",
                self._page(pages.download),
                name="reports_reportrun_download",
            ),
            *super().get_urls(),
        ]

    def _page(self, view: Any) -> Any:
        def answered(request: StaffRequest, **captured: Any) -> HttpResponse:
            response: HttpResponse = view(request, self, **captured)
            return response

        return self.admin_site.admin_view(answered)

    def get_queryset(self, request: StaffRequest) -> "QuerySet[ReportRun]":
        """Show a person's own runs, or all to those who may see them."""
        rows: ReportRunQuerySet = super().get_queryset(request)
        return rows.visible_to(request.user).prefetch_related("files")

    def has_view_permission(self, request: HttpRequest, obj: "Model | None" = None) -> bool:  # noqa: ARG002
        """Tell who may open the list: who runs reports, exports lists, or sees all runs."""
        names = ("view_reportrun", "run_report", "export_list")
        return any(request.user.has_perm(f"reports.{name}") for name in names)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Tell who sees the section."""
        return self.has_view_permission(request)

    def has_run_permission(self, request: HttpRequest, obj: "Model | None" = None) -> bool:  # noqa: ARG002
        """Tell who may run reports."""
        return request.user.has_perm("reports.run_report")

    def get_fieldsets(self, request: HttpRequest, obj: "Model | None" = None) -> list[Any]:  # noqa: ARG002
        """Return none: the page is a template of its own."""
        return []

    def get_actions_detail(self, request: HttpRequest, object_id: int | str) -> list[Any]:  # noqa: ARG002
        """Return none for the head of the page: the buttons follow the status of the run."""
        return []

    @action(
        description=gettext_lazy("Run a report"),
        url_path="open-catalogue",
        icon="add",
        permissions=["run"],
    )
    def open_catalogue(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002
        """Go to the catalogue."""
        return redirect("admin:reports_reportrun_catalogue")

    @action(description=gettext_lazy("Cancel"), permissions=["view"], dialog=CANCEL_DIALOG)
    def cancel(
        self, request: StaffRequest, form: "BaseDialogForm", object_id: int | str
    ) -> HttpResponse:
        """Stop a run."""
        run = pages.found(request, self, object_id)
        return carry_out(
            request,
            form,
            CANCEL_DIALOG,
            lambda: services.cancel(run.pk, actor=request.user),
            success=_("The run is being cancelled."),
            then=reverse(pages.PAGE, args=(run.pk,)),
        )

    @action(description=gettext_lazy("Run again"), permissions=["view"], dialog=RERUN_DIALOG)
    def rerun(
        self, request: StaffRequest, form: "BaseDialogForm", object_id: int | str
    ) -> HttpResponse:
        """Run the same report again, and go to the new run."""
        run = pages.found(request, self, object_id)
        return carry_out(
            request,
            form,
            RERUN_DIALOG,
            lambda: services.rerun(run.pk, actor=request.user),
            success=lambda again: _("{run} is queued.").format(run=again),
            then=lambda again: reverse(pages.PAGE, args=(again.pk,)),
        )

    @action(
        description=gettext_lazy("Compare with an earlier run"),
        permissions=["run"],
        dialog=COMPARE_DIALOG,
    )
    def compare(
        self, request: StaffRequest, form: "BaseDialogForm", object_id: int | str
    ) -> HttpResponse:
        """Run a comparison with an earlier run, and go to it."""
        run = pages.found(request, self, object_id)
        return carry_out(
            request,
            form,
            COMPARE_DIALOG,
            lambda: services.run(
                "comparison",
                parameters={"before": form.cleaned_data["before"], "after": run.pk},
                formats=form.cleaned_data["formats"],
                options=ReportPreferences.of(request.user),
                actor=request.user,
            ),
            success=lambda comparison: _("{run} is queued.").format(run=comparison),
            then=lambda comparison: reverse(pages.PAGE, args=(comparison.pk,)),
        )

    @action(description=gettext_lazy("Keep longer"), permissions=["view"], dialog=KEEP_DIALOG)
    def keep(self, request: StaffRequest, form: KeepForm, object_id: int | str) -> HttpResponse:
        """Keep the files beyond their day."""
        run = pages.found(request, self, object_id)
        return carry_out(
            request,
            form,
            KEEP_DIALOG,
            lambda: retention.keep(run.pk, **form.cleaned_data, actor=request.user),
            success=_("The files stay longer."),
            then=reverse(pages.PAGE, args=(run.pk,)),
        )

    def change_view(
        self,
        request: StaffRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the run: how far it is, its files, its proof."""
        context = extra_context or {}
        run = self.get_object(request, object_id)
        if run is not None:
            context |= {"run": run, **content_of(run, request.user)}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    @display(description=gettext_lazy("report"), ordering="report")
    def what(self, run: ReportRun) -> SafeString:
        """Link to the run."""
        return format_html(
            '<a class="text-important font-medium" href="{}">{}</a><br>'
            '<span class="office-soft text-xs">{}</span>',
            reverse(pages.PAGE, args=(run.pk,)),
            title_of(run),
            run,
        )

    @display(
        description=gettext_lazy("status"),
        ordering="status",
        label={str(status.label): colour for status, colour in COLOURS.items()},
    )
    def standing(self, run: ReportRun) -> str:
        """Return the status."""
        return str(Status(run.status).label)

    @display(description=gettext_lazy("files"))
    def downloads(self, run: ReportRun) -> SafeString:
        """Offer the files."""
        files = run.files.all() if run.status == Status.DONE else ()
        return render_to_string("reports/admin/downloads.html", {"run": run, "files": files})
