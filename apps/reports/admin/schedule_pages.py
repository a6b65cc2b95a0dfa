"""The pages beside the list of schedules: choice, form, the next moments of an expression."""

from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.common.admin import StaffRequest
from apps.common.errors import DomainError, NotPermitted
from apps.reports import cron, relative
from apps.reports.admin.schedule_forms import (
    DAYS_LIST,
    ScheduleForm,
    initial_of,
    parameters_form,
    wish_of,
)
from apps.reports.catalogue import find, runnable_by
from apps.reports.errors import UnknownReport
from apps.reports.models import ReportSchedule
from apps.reports.scheduling import keeping

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.contrib.admin import ModelAdmin

    from apps.reports.report import Report
    from apps.reports.scheduling.wish import Wish

PAGE = "admin:reports_reportschedule_change"
_SHOWN_MOMENTS = 3


def next_moments(expression: str, now: datetime) -> list[str]:
    """Return the next three moments in words.

    Raises:
        CronRefused: the expression says nothing.
    """
    plain = cron.checked(expression)
    due = islice(cron.moments_after(plain, now), _SHOWN_MOMENTS)
    return [date_format(timezone.localtime(moment), "l, j F Y, H:i") for moment in due]


def moments(request: StaffRequest, _page: "ModelAdmin[Any]") -> HttpResponse:
    """Say what an expression means, or what is wrong with it, while it is typed."""
    _may_schedule(request)
    context: dict[str, Any] = {}
    try:
        context["moments"] = next_moments(request.GET.get("cron", ""), timezone.now())
    except DomainError as refusal:
        context["refusal"] = refusal.message
    return TemplateResponse(request, "reports/admin/moments.html", context)


def choose(request: StaffRequest, page: "ModelAdmin[Any]") -> HttpResponse:
    """Show what can be scheduled."""
    _may_schedule(request)
    context = {
        **_frame_of(request, page),
        "title": _("Schedule a report"),
        "reports": runnable_by(request.user),
    }
    return TemplateResponse(request, "reports/admin/schedule_choice.html", context)


def new(request: StaffRequest, page: "ModelAdmin[Any]", slug: str) -> HttpResponse:
    """Ask when and for whom, and schedule."""
    _may_schedule(request)
    try:
        report = find(slug)
    except UnknownReport as unknown:
        raise Http404(unknown.message) from None
    if report not in runnable_by(request.user):
        raise PermissionDenied
    initial = {"name": str(report.title), **_usual(report, request)}
    return _form(
        request, page, report, initial, lambda wish: keeping.create(slug, wish, actor=request.user)
    )


def edit(request: StaffRequest, page: "ModelAdmin[Any]", schedule_id: int) -> HttpResponse:
    """Change a schedule."""
    _may_schedule(request)
    schedule = ReportSchedule.objects.filter(pk=schedule_id, owner=request.user).first()
    if schedule is None:
        raise Http404
    return _form(
        request,
        page,
        find(schedule.report),
        initial_of(schedule),
        lambda wish: keeping.change(schedule_id, wish, actor=request.user),
    )


def _usual(report: "Report", request: HttpRequest) -> dict[str, Any]:
    """Return the parameters of the address, or the report's own, with words for days."""
    today = timezone.localdate()
    form = report.form()
    given: dict[str, Any] = {
        name: request.GET.get(name, form.get_initial_for_field(field, name))
        for name, field in form.fields.items()
    }
    for name in relative.date_fields(report):
        value = given[name]
        plain = value.isoformat() if isinstance(value, date) else str(value or "")
        given[name] = relative.words_for(plain, today)
    return given


def _form(
    request: StaffRequest,
    page: "ModelAdmin[Any]",
    report: "Report",
    initial: "Mapping[str, Any]",
    deed: "Callable[[Wish], ReportSchedule]",
) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = ScheduleForm(
        data,
        initial=dict(initial),
        report=report,
        owner=request.user,
        moments_url=reverse("admin:reports_reportschedule_moments"),
    )
    parameters = parameters_form(report, data, initial)
    if form.is_valid() & parameters.is_valid():
        try:
            schedule = deed(wish_of(form, parameters, report))
        except NotPermitted as denied:
            raise PermissionDenied(denied.message) from None
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            return redirect(PAGE, schedule.pk)
    context = {
        **_frame_of(request, page),
        "title": _("Schedule: {report}").format(report=report.title),
        "report": report,
        "form": form,
        "parameters": parameters,
        "days_list": DAYS_LIST,
        "days": [title for title, _meant in relative.WORDS.values()],
        "media": page.media + form.media + parameters.media,
    }
    return TemplateResponse(request, "reports/admin/schedule.html", context)


def _may_schedule(request: StaffRequest) -> None:
    if not request.user.has_perm("reports.schedule_report"):
        raise PermissionDenied


def _frame_of(request: StaffRequest, page: "ModelAdmin[Any]") -> dict[str, Any]:
    return {**page.admin_site.each_context(request), "media": page.media, "subtitle": None}
