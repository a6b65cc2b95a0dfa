"""The pages beside the list: catalogue, form, progress, download."""

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
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
from apps.reports.catalogue import CATALOGUE, find
from apps.reports.errors import UnknownReport
from apps.reports.models import ReportFile, ReportRun
from apps.reports.report import Report
from apps.reports.states import Format

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
    from django.forms import Form

    from apps.accounts.models import User

PAGE = "admin:reports_reportrun_change"
_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.PDF: "application/pdf",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def found(request: HttpRequest, page: "ModelAdmin[Any]", run_id: object) -> ReportRun:
    """Return a run that this person may see."""
    run: ReportRun | None = page.get_object(request, str(run_id))
    if run is None:
        raise Http404
    return run


def runnable_by(person: "User", words: str = "") -> list[Report]:
    """Return the reports that this person may run, those that have all the words."""
    return [
        report
        for report in CATALOGUE.values()
        if person.has_perms(("reports.run_report", report.permission))
        and all(word in f"{report.title} {report.description}".lower() for word in words.split())
    ]


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
    response = _handed_over(file)
    disposition = content_disposition_header(as_attachment=True, filename=file.name)
    response["Content-Disposition"] = disposition or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _handed_over(file: ReportFile) -> HttpResponseBase:
    content_type = _TYPES[Format(file.format)]
    internal = getattr(settings, "INTERNAL_REDIRECT", "")
    if not internal:
        return FileResponse(file.file.open("rb"), content_type=content_type)
    # The proxy sends the file itself, from a location that nobody reaches by an address.
    path = f"{internal.rstrip('/')}/{quote(str(file.file))}"
    return HttpResponse(content_type=content_type, headers={"X-Accel-Redirect": path})


def _frame_of(request: StaffRequest, page: "ModelAdmin[Any]") -> dict[str, Any]:
    """Return what every page of the back office needs around its content."""
    return {
        **page.admin_site.each_context(request),
        "media": page.media,
        "subtitle": None,
    }
