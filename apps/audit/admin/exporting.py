"""Taking the log out of the house: asked for in a dialog, recorded, then streamed."""

import copy
import csv
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.audit import services
from apps.audit.errors import TooManyEvents
from apps.audit.models import AuditEvent
from apps.common.admin import DialogForm, StaffRequest, begin_download, promised
from apps.common.errors import DomainError
from apps.common.formulas import guarded

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
    from django.db.models import QuerySet
    from unfold.dataclasses import ActionDialog

LARGEST = 100_000
CHUNK = 2_000
SALT = "audit.export"
PAGES = frozenset({"p", "all", "o"})
COLUMNS = {
    "event": "id",
    "at": "at",
    "actor": "actor_name",
    "actor_email": "actor__email",
    "on_behalf_of": "on_behalf_of__email",
    "action": "action",
    "kind": "target_type__model",
    "target_id": "target_id",
    "target": "target_label",
    "before": "before",
    "after": "after",
    "reason": "reason",
    "outcome": "outcome",
    "source": "source",
    "address": "ip_address",
    "request": "request_id",
}


class ExportForm(DialogForm):
    """Asks nothing, and says how much it will be."""

    form_before_template = "audit/export.html"

    def get_before_template_context(
        self,
        request: HttpRequest,
        object_id: int | str | None = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Count the events, as far as an export may go."""
        page = admin.site.get_model_admin(AuditEvent)
        count = _count(_selected(page, request, _filters(request)))
        return {"count": count, "largest": LARGEST, "is_too_many": count > LARGEST}


EXPORT: "ActionDialog" = {
    "title": _("Export the audit log"),
    "description": _(
        "A CSV file with all events that the list shows now, on all its pages. "
        "The export itself is recorded in the log."
    ),
    "form_class": ExportForm,
    "form_submit_text": _("Export"),
}


def export(page: "ModelAdmin[AuditEvent]", request: StaffRequest, form: ExportForm) -> HttpResponse:
    """Record the export, and let the browser begin the download."""
    filters = _filters(request)
    context: dict[str, Any] = {"dialog": EXPORT, "form": form}
    try:
        count = _count(_selected(page, request, filters))
        if count > LARGEST:
            raise TooManyEvents(largest=LARGEST)
        exported = services.export(filters=filters, event_count=count, actor=request.user)
    except DomainError as refusal:
        form.add_error(None, refusal.message)
    else:
        # What is recorded from here on is not part of the file.
        promise = {"filters": filters, "below": exported.pk}
        return begin_download(
            request, "admin:audit_auditevent_download", salt=SALT, promise=promise
        )
    return render(request, "unfold/helpers/dialog.html", context)


def download(page: "ModelAdmin[AuditEvent]", request: StaffRequest) -> StreamingHttpResponse:
    """Stream what was promised a moment ago, to whom it was promised."""
    promise = promised(request, salt=SALT)
    if not request.user.has_perm("audit.export_auditevent"):
        raise PermissionDenied
    events = _selected(page, request, promise["filters"]).filter(pk__lt=promise["below"])
    name = f"audit-log-{timezone.localtime():%Y-%m-%d-%H%M}.csv"
    return StreamingHttpResponse(
        _lines(events),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _filters(request: HttpRequest) -> dict[str, list[str]]:
    """Return what narrows the list under the dialog; a dialog knows its page by this header."""
    query = QueryDict(urlsplit(request.headers.get("HX-Current-URL", "")).query)
    return {name: query.getlist(name) for name in query if name not in PAGES}


def _count(events: "QuerySet[AuditEvent]") -> int:
    return events.order_by()[: LARGEST + 1].count()


def _selected(
    page: "ModelAdmin[AuditEvent]", request: HttpRequest, filters: dict[str, list[str]]
) -> "QuerySet[AuditEvent]":
    """Return the events that the list shows with these filters."""
    asked = copy.copy(request)
    query = QueryDict(mutable=True)
    for name, values in filters.items():
        query.setlist(name, values)
    asked.GET = cast("Any", query)
    try:
        shown: QuerySet[AuditEvent] = page.get_changelist_instance(asked).queryset
    except IncorrectLookupParameters:
        return AuditEvent.objects.none()
    return shown


class _Echo:
    """A file that hands on what is written to it."""

    def write(self, line: str) -> str:
        return line


def _lines(events: "QuerySet[AuditEvent]") -> Iterator[str]:
    """Yield the lines of the file, reading on by id so that no query grows with the log."""
    writer: Any = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    below: int | None = None
    while True:
        rest = events if below is None else events.filter(pk__lt=below)
        chunk = list(rest.order_by("-pk").values_list(*COLUMNS.values())[:CHUNK])
        if not chunk:
            return
        for row in chunk:
            yield writer.writerow([_cell(value) for value in row])
        below = chunk[-1][0]


def _cell(value: object) -> object:
    """Keep a text that a spreadsheet would run as a formula a text."""
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return value.isoformat() if hasattr(value, "isoformat") else guarded(value)
