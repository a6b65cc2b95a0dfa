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
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from apps.common.admin import StaffRequest
from apps.common.errors import DomainError, NotPermitted
from apps.reports import services
from apps.reports.admin.forms import FormatsForm, dressed
from apps.reports.admin.standing import content_of
from apps.reports.catalogue import CATALOGUE, find
from apps.reports.errors import UnknownReport
from apps.reports.models import ReportFile, ReportRun
from apps.reports.report import Report
from apps.reports.states import Format

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    from apps.accounts.models import User

PAGE = "admin:reports_reportrun_change"
_TYPES = {Format.CSV: "text/csv; charset=utf-8", Format.PDF: "application/pdf"}


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
        "reports": runnable_by(request.user, words.lower()),
    }
    return TemplateResponse(request, "reports/admin/catalogue.html", context)


def ask(request: StaffRequest, page: "ModelAdmin[Any]", slug: str) -> HttpResponse:
    """Ask for the parameters, and run."""
    try:
        report = find(slug)
    except UnknownReport as unknown:
        raise Http404(unknown.message) from None
    data = request.POST if request.method == "POST" else None
    # A denied attempt reaches the service, which writes it down.
    if data is None and report not in runnable_by(request.user):
        raise PermissionDenied
    initial = {name: request.GET[name] for name in report.form.base_fields if name in request.GET}
    form, formats = dressed(report, data, initial=initial), FormatsForm(data)
    if form.is_valid() and formats.is_valid():
        try:
            run = services.run(
                slug,
                parameters=report.parameters(form.cleaned_data),
                formats=formats.cleaned_data["formats"],
                actor=request.user,
            )
        except NotPermitted as denied:
            raise PermissionDenied(denied.message) from None
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            return redirect(PAGE, run.pk)
    context = {
        **_frame_of(request, page),
        "title": report.title,
        "report": report,
        "form": form,
        "formats": formats,
        "media": page.media + form.media + formats.media,
    }
    return TemplateResponse(request, "reports/admin/ask.html", context)


def progress(request: StaffRequest, page: "ModelAdmin[Any]", run_id: int) -> HttpResponse:
    """Return the part of the run's page that changes while a worker is at it."""
    run = found(request, page, run_id)
    context = {"run": run, **content_of(run, request.user)}
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
