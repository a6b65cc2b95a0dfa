"""The list of schedules, and the page of one."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from apps.audit.reference import ReferenceAdmin
from apps.common.admin import HistoryAdmin, ReadOnlyAdmin, ReasonForm, StaffRequest, carry_out
from apps.common.errors import DomainError
from apps.reports import relative
from apps.reports.admin import schedule_forms as forms
from apps.reports.admin import schedule_pages as pages
from apps.reports.catalogue import CATALOGUE
from apps.reports.models import ReportRetention, ReportRun, ReportSchedule
from apps.reports.scheduling import keeping
from apps.reports.states import Status

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from unfold.dataclasses import UnfoldAction
    from unfold.forms import BaseDialogForm

RUN_PAGE = "admin:reports_reportrun_change"


@admin.register(ReportSchedule)
class ReportScheduleAdmin(HistoryAdmin, ReadOnlyAdmin):
    """Schedules; kept on a page of their own and in dialogs."""

    list_display = ("name", "title", "owner", "cron", "next_run", "last_run", "is_active")
    list_select_related = ("owner",)
    list_filter = ("is_active",)
    search_fields = ("name", "report", "owner__display_name")
    search_help_text = gettext_lazy("Name, report, owner")
    empty_text = gettext_lazy("No report runs by itself. Schedule one from here or from its run.")
    fieldsets: ClassVar[Any] = (
        (None, {"fields": (("name", "title"), "what", ("owner", "people"))}),
        (
            gettext_lazy("When"),
            {"fields": (("cron", "moments"), ("is_active", "pause_reason"), "last_run")},
        ),
        (gettext_lazy("Files"), {"fields": (("formats", "attached"),)}),
    )
    readonly_fields = ("title", "what", "people", "moments", "last_run")
    actions_list = ("open_choice",)
    actions_detail = ("open_form", "run_now", "pause", "resume")

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("reports/reports.css",)}

    def get_urls(self) -> list[URLPattern]:
        """Add the pages beside the list."""
        views = {
            ("new/", "choose"): pages.choose,
            ("new/<slug:slug>/", "new"): pages.new,
            ("<int:schedule_id>/edit/", "edit_form"): pages.edit,
            ("moments/", "moments"): pages.moments,
        }
        own = [
            path(where, self._page(view), name=f"reports_reportschedule_{name}")
            for (where, name), view in views.items()
        ]
        return [*own, *super().get_urls()]

    def _page(self, view: Any) -> Any:
        def answered(request: StaffRequest, **captured: Any) -> HttpResponse:
            response: HttpResponse = view(request, self, **captured)
            return response

        return self.admin_site.admin_view(answered)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[ReportSchedule]":
        """Know the last run of each."""
        runs = ReportRun.objects.filter(fires__schedule=OuterRef("pk")).order_by("-pk")
        rows: QuerySet[ReportSchedule] = super().get_queryset(request)
        return rows.annotate(
            last_run_id=Subquery(runs.values("pk")[:1]),
            last_run_status=Subquery(runs.values("status")[:1]),
        )

    def has_schedule_permission(self, request: HttpRequest, _obj: object = None) -> bool:
        """Tell who may schedule reports."""
        return request.user.has_perm("reports.schedule_report")

    def has_pause_permission(self, request: HttpRequest, _obj: object = None) -> bool:
        """Tell who may pause schedules: their own, or everybody's."""
        names = ("reports.schedule_report", "reports.stop_schedule")
        return any(request.user.has_perm(name) for name in names)

    def get_actions_detail(
        self, request: StaffRequest, object_id: int | str
    ) -> "list[UnfoldAction]":
        """Offer what this person may do with it as it stands."""
        schedule: ReportSchedule | None = self.get_object(request, str(object_id))
        if schedule is None:
            return []
        is_mine = schedule.owner_id == request.user.pk
        offered = {"open_form", "run_now", "pause" if schedule.is_active else "resume"}
        if not is_mine:
            stoppable = schedule.is_active and request.user.has_perm("reports.stop_schedule")
            offered = {"pause"} if stoppable else set()
        buttons: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        return [
            one for one in buttons if one.action_name.rpartition("_reportschedule_")[2] in offered
        ]

    @action(
        description=gettext_lazy("Schedule a report"),
        url_path="schedule",
        icon="add",
        permissions=["schedule"],
    )
    def open_choice(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002
        """Go to the choice of reports."""
        return redirect("admin:reports_reportschedule_choose")

    @action(
        description=gettext_lazy("Change"),
        url_path="change-it",
        icon="edit",
        permissions=["schedule"],
    )
    def open_form(self, request: HttpRequest, object_id: int | str) -> HttpResponse:  # noqa: ARG002
        """Go to the form."""
        return redirect("admin:reports_reportschedule_edit_form", object_id)

    @action(
        description=gettext_lazy("Run now"),
        icon="play_arrow",
        permissions=["schedule"],
        dialog=forms.RUN_NOW_DIALOG,
    )
    def run_now(
        self, request: StaffRequest, form: "BaseDialogForm", object_id: int | str
    ) -> HttpResponse:
        """Run it once more."""
        return carry_out(
            request,
            form,
            forms.RUN_NOW_DIALOG,
            lambda: keeping.run_now(int(object_id), actor=request.user),
            success=lambda run: _("{run} is queued.").format(run=run),
            then=lambda run: reverse(RUN_PAGE, args=(run.pk,)),
        )

    @action(
        description=gettext_lazy("Pause"),
        icon="pause",
        permissions=["pause"],
        dialog=forms.PAUSE_DIALOG,
    )
    def pause(self, request: StaffRequest, form: ReasonForm, object_id: int | str) -> HttpResponse:
        """Stop it until it is resumed."""
        return carry_out(
            request,
            form,
            forms.PAUSE_DIALOG,
            lambda: keeping.pause(
                int(object_id), reason=form.cleaned_data["reason"], actor=request.user
            ),
            success=_("The schedule is paused."),
            then=reverse(pages.PAGE, args=(object_id,)),
        )

    @action(
        description=gettext_lazy("Resume"),
        icon="resume",
        permissions=["schedule"],
        dialog=forms.RESUME_DIALOG,
    )
    def resume(
        self, request: StaffRequest, form: "BaseDialogForm", object_id: int | str
    ) -> HttpResponse:
        """Let it run again."""
        return carry_out(
            request,
            form,
            forms.RESUME_DIALOG,
            lambda: keeping.resume(int(object_id), actor=request.user),
            success=_("The schedule runs again."),
            then=reverse(pages.PAGE, args=(object_id,)),
        )

    @display(description=gettext_lazy("report"), ordering="report")
    def title(self, schedule: ReportSchedule) -> str:
        """Return the title of the report."""
        report = CATALOGUE.get(schedule.report)
        return str(report.title) if report else schedule.report

    @display(description=gettext_lazy("parameters"))
    def what(self, schedule: ReportSchedule) -> str:
        """Return the parameters in words."""
        report = CATALOGUE.get(schedule.report)
        try:
            facts = (
                relative.described(report, schedule.parameters, timezone.localdate())
                if report
                else []
            )
        except DomainError as refusal:
            return refusal.message
        return " · ".join(f"{label}: {value}" for label, value in facts) or "–"

    @display(description=gettext_lazy("recipients"))
    def people(self, schedule: ReportSchedule) -> str:
        """Name the recipients."""
        people = schedule.recipients.order_by("display_name", "pk")
        return ", ".join(map(str, people)) or "–"

    @display(description=gettext_lazy("next runs"))
    def moments(self, schedule: ReportSchedule) -> str:
        """Return the next three moments."""
        if not schedule.is_active:
            return _("paused")
        return " · ".join(pages.next_moments(schedule.cron, timezone.now()))

    @display(description=gettext_lazy("next run"), ordering="next_at")
    def next_run(self, schedule: ReportSchedule) -> str:
        """Return the next moment."""
        if schedule.next_at is None:
            return "–"
        return date_format(timezone.localtime(schedule.next_at), "j M Y H:i")

    @display(description=gettext_lazy("last run"))
    def last_run(self, schedule: ReportSchedule) -> str:
        """Lead to the last run, with its status."""
        run_id = getattr(schedule, "last_run_id", None)
        if run_id is None:
            return "–"
        status = Status(getattr(schedule, "last_run_status", ""))
        url = reverse(RUN_PAGE, args=(run_id,))
        return format_html(
            '<a class="office-link" href="{}">RR-{}</a> {}', url, run_id, status.label
        )


@admin.register(ReportRetention)
class ReportRetentionAdmin(ReferenceAdmin):
    """How long the files of runs stay, by role."""

    list_display = ("role", "days")
    list_select_related = ("role",)
    fields = ("role", "days")
    search_fields = ("role__name",)
    empty_text = gettext_lazy("Files stay 90 days. Add a role for which it is longer or shorter.")
