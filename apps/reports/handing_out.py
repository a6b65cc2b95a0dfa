"""Handing out the file of a run: an attachment, sent by the web server where there is one."""

from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from apps.reports.models import ReportFile
from apps.reports.states import Format

TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.PDF: "application/pdf",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def handed_out(file: ReportFile) -> HttpResponseBase:
    """Return the answer that hands out a file; whether it may be is asked before."""
    response = _handed_over(file)
    disposition = content_disposition_header(as_attachment=True, filename=file.name)
    response["Content-Disposition"] = disposition or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _handed_over(file: ReportFile) -> HttpResponseBase:
    content_type = TYPES[Format(file.format)]
    internal = getattr(settings, "INTERNAL_REDIRECT", "")
    if not internal:
        return FileResponse(file.file.open("rb"), content_type=content_type)
    # The proxy sends the file itself, from a location that nobody reaches by an address.
    path = f"{internal.rstrip('/')}/{quote(str(file.file))}"
    return HttpResponse(content_type=content_type, headers={"X-Accel-Redirect": path})
