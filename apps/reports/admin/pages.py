"""The pages beside the list: catalogue, form, progress, download."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.common.admin import StaffRequest
from apps.common.errors import DomainError, NotPermitted
from apps.reports import services
from apps.reports.addresses import on_screen
from apps.reports.admin import screen
from apps.reports.admin.forms import FormatsForm, dressed
from apps.reports.admin.periods import quick_periods
from apps.reports.admin.preferences import OptionsForm
from apps.reports.admin.shelves import shelves
from apps.reports.admin.standing import content_of
from apps.reports.catalogue import find, runnable_by
from apps.reports.errors import UnknownReport
from apps.reports.handing_out import handed_out
from apps.reports.models import ReportRun
from apps.reports.report import Report

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
    from django.forms import Form

PAGE = "admin:reports_reportrun_change"


def found(request: HttpRequest, page: "ModelAdmin[Any]", run_id: object) -> ReportRun:
    """Return a run that this person may see."""
    run: ReportRun | None = page.get_object(request, str(run_id))
    if run is None:
        raise Http404
    return run


def catalogue(request: StaffRequest, page: "ModelAdmin[Any]") -> HttpResponse:
    """Show what can be run."""
    if not request.user.has_perm("reports.run_report"):
        raise PermissionDenied
    words = request.GET.get("q", "").strip()
    context = {
        **_frame_of(request, page),
        "title": _("Reports"),
        "words": words,
        "shelves": shelves(runnable_by(request.user, words.lower()), request.user),
    }
    return TemplateResponse(request, "reports/admin/catalogue.html", context)


def ask(request: StaffRequest, page: "ModelAdmin[Any]", slug: str) -> HttpResponse:
    """Ask for the parameters, and run."""
    report = _known(slug)
    data = request.POST if request.method == "POST" else None
    # A denied attempt reaches the service, which writes it down.
    if data is None and report not in runnable_by(request.user):
        raise PermissionDenied
    initial = {name: request.GET[name] for name in report.form.base_fields if name in request.GET}
    form, formats = dressed(report, data, initial=initial), FormatsForm(data)
    options = OptionsForm.asked(data, request.user)
    if data is not None and "show" in data and form.is_valid():
        return redirect(on_screen(slug, report.parameters(form.cleaned_data)))
    if form.is_valid() and formats.is_valid() and options.is_in_order:
        try:
            run = services.run(
                slug,
                parameters=report.parameters(form.cleaned_data),
                formats=formats.cleaned_data["formats"],
                options=options.options,
                actor=request.user,
            )
        except NotPermitted as denied:
            raise PermissionDenied(denied.message) from None
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            return redirect(PAGE, run.pk)
    return _asking(request, page, report, (form, formats, options))


def _asking(
    request: StaffRequest,
    page: "ModelAdmin[Any]",
    report: Report,
    forms: "tuple[Form, FormatsForm, OptionsForm]",
) -> HttpResponse:
    form, formats, options = forms
    context = {
        **_frame_of(request, page),
        "title": report.title,
        "report": report,
        "form": form,
        "formats": formats,
        "options": options,
        "media": page.media + form.media + formats.media + options.media,
        "periods": quick_periods(timezone.localdate()) if "from_on" in form.fields else (),
    }
    return TemplateResponse(request, "reports/admin/ask.html", context)


def show(request: StaffRequest, page: "ModelAdmin[Any]", slug: str) -> HttpResponse:
    """Show the report itself; what does not fit in the address is asked for again."""
    report = _known(slug)
    form = screen.given(report, request.GET)
    if form.is_valid():
        return screen.show(request, page, report, form)
    if report not in runnable_by(request.user):
        raise PermissionDenied
    forms = (dressed(report, request.GET), FormatsForm(), OptionsForm.asked(None, request.user))
    return _asking(request, page, report, forms)


def closing(request: StaffRequest, page: "ModelAdmin[Any]", slug: str) -> HttpResponse:  # noqa: ARG001
    """Return what stands around the rows of a report on the screen."""
    report = _known(slug)
    form = screen.given(report, request.GET)
    if not form.is_valid():
        raise Http404
    return screen.closing(request, report, form)


def _known(slug: str) -> Report:
    try:
        return find(slug)
    except UnknownReport as unknown:
        raise Http404(unknown.message) from None


def progress(request: StaffRequest, page: "ModelAdmin[Any]", run_id: int) -> HttpResponse:
    """Return the part of the run's page that changes while a worker is at it."""
    run = found(request, page, run_id)
    is_news = request.GET.get("seen", run.status) != run.status
    context = {"run": run, "is_news": is_news, **content_of(run, request.user)}
    return TemplateResponse(request, "reports/admin/standing.html", context)


def download(
    request: StaffRequest, page: "ModelAdmin[Any]", run_id: int, format_: str
) -> HttpResponseBase:
    """Hand out a file, by the web server where it can."""
    found(request, page, run_id)
    try:
        file = services.download(run_id, format_, actor=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect(PAGE, run_id)
    return handed_out(file)


def _frame_of(request: StaffRequest, page: "ModelAdmin[Any]") -> dict[str, Any]:
    """Return what every page of the back office needs around its content."""
    return {
        **page.admin_site.each_context(request),
        "media": page.media,
        "subtitle": None,
    }
