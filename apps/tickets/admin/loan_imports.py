"""Imports of open loans: a list, an upload, and a page for each with the report of its rows."""

import csv
import io
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from apps.common.admin import DialogForm, ReadOnlyAdmin, StaffRequest, as_download, carry_out
from apps.common.errors import DomainError
from apps.common.formulas import guarded
from apps.tickets.importing import services
from apps.tickets.importing.forms import UploadForm
from apps.tickets.importing.services import LEFT_OUT, NEW, WRONG, wrong_in
from apps.tickets.models import LoanImport

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.urls import URLPattern
    from unfold.dataclasses import ActionDialog, UnfoldAction

PAGE = "admin:tickets_loanimport_change"
CONFIRM: "ActionDialog" = {
    "title": gettext_lazy("Take over these loans?"),
    "description": gettext_lazy(
        "Each becomes a ticket on loan, and what was paid for it comes into escrow. All of it, or "
        "nothing; a file goes in once."
    ),
    "form_class": DialogForm,
    "form_submit_text": gettext_lazy("Take over"),
}
_VARIANTS = {NEW: "success", LEFT_OUT: "default", WRONG: "danger"}
_COLUMNS = (
    *("line", "tag", "asset", "borrower", "handed_over", "due", "fee", "deposit"),
    *("result", "why", "ticket"),
)


@admin.register(LoanImport)
class LoanImportAdmin(ReadOnlyAdmin):
    """What was taken over from other systems, and what waits to be confirmed."""

    list_display = ("file_name", "state", "rows", "uploaded_by", "uploaded_at")
    list_select_related = ("uploaded_by",)
    search_fields = ("file_name", "sha256")
    search_help_text = gettext_lazy("Name or SHA-256 of the file")
    sortable_by = ()
    # The page has a report instead.
    fields = ("file_name",)
    change_form_template = "tickets/loan_import.html"
    actions_list = ("open_upload",)
    actions_detail = ("confirm", "open_report")

    class Media:
        """The style of the pages of lending."""

        css: ClassVar[dict[str, Any]] = {"all": ("tickets/tickets.css",)}

    def has_import_permission(self, request: "HttpRequest", obj: object = None) -> bool:  # noqa: ARG002
        """Let those import who may."""
        return request.user.has_perm("tickets.import_loan")

    def get_queryset(self, request: "HttpRequest") -> "QuerySet[LoanImport]":
        """Leave the files in the database."""
        rows: QuerySet[LoanImport] = super().get_queryset(request)
        return rows.defer("content")

    @display(
        description=gettext_lazy("Status"),
        label={"imported": "success", "waits": "warning", "wrong": "danger"},
    )
    def state(self, row: LoanImport) -> tuple[str, str]:
        """Where it stands."""
        if row.imported_at:
            return "imported", _("imported")
        return ("wrong", _("has faults")) if wrong_in(row.report) else ("waits", _("to confirm"))

    @display(description=gettext_lazy("Rows"))
    def rows(self, row: LoanImport) -> int:
        """Return how many rows the file has."""
        return len(row.report)

    def get_urls(self) -> "list[URLPattern]":
        """Add the upload and the report as a file."""
        wrap = self.admin_site.admin_view
        return [
            path("upload/", wrap(self.upload_view), name="tickets_loanimport_upload"),
            path(
                "<int:import_id>/report/", wrap(self.report_view), name="tickets_loanimport_report"
            ),
            *super().get_urls(),
        ]

    def get_actions_detail(
        self, request: StaffRequest, object_id: int | str
    ) -> "list[UnfoldAction]":
        """Offer to confirm what has no faults and was not confirmed."""
        buttons: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        row = self.get_object(request, str(object_id))
        if row is None or row.imported_at or wrong_in(row.report):
            buttons = [one for one in buttons if not str(one.action_name).endswith("_confirm")]
        return buttons

    @action(description=gettext_lazy("Import open loans"), permissions=["import"], icon="upload")
    def open_upload(self, request: StaffRequest) -> HttpResponse:  # noqa: ARG002
        """Go to the upload."""
        return redirect("admin:tickets_loanimport_upload")

    @action(description=gettext_lazy("Report as CSV"), permissions=["view"], icon="download")
    def open_report(self, request: StaffRequest, object_id: str) -> HttpResponse:  # noqa: ARG002
        """Fetch the report."""
        return redirect("admin:tickets_loanimport_report", object_id)

    @action(
        description=gettext_lazy("Take over"),
        permissions=["import"],
        icon="check",
        dialog=CONFIRM,
    )
    def confirm(self, request: StaffRequest, form: DialogForm, object_id: str) -> HttpResponse:
        """Import the file as it was previewed."""
        return carry_out(
            request,
            form,
            CONFIRM,
            lambda: services.carry_out(int(object_id), actor=request.user),
            success=_said,
            then=reverse(PAGE, args=(object_id,)),
        )

    def upload_view(self, request: StaffRequest) -> HttpResponse:
        """Ask for a file, and show what importing it would do."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                row = services.preview(
                    content=file.read(),
                    file_name=file.name,
                    choices=form.choices,
                    actor=request.user,
                )
            except DomainError as refusal:
                form.add_error("file", refusal.message)
            else:
                return redirect(PAGE, row.pk)
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import open loans"),
            "opts": self.opts,
            "media": self.media + form.media,
            "form": form,
        }
        return TemplateResponse(request, "tickets/loan_upload.html", context)

    def report_view(self, request: StaffRequest, import_id: int) -> HttpResponse:
        """Hand out the report of each row."""
        row = self.get_object(request, str(import_id))
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(_COLUMNS)
        for entry in row.report:
            shown = {**entry, "why": " ".join(entry["why"]), "ticket": _ticket(entry)}
            writer.writerow(guarded(str(shown[name])) for name in _COLUMNS)
        name = f"{row.file_name.rsplit('.', 1)[0]}-report.csv"
        return as_download(text.getvalue().encode(), name=name, content_type="text/csv")

    def changeform_view(
        self,
        request: StaffRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show what became of each row, what is wrong first."""
        context = {**(extra_context or {})}
        row = self.get_object(request, object_id) if object_id else None
        if row is not None:
            order = list(_VARIANTS)[::-1]
            counts = [(name, sum(one["result"] == name for one in row.report)) for name in order]
            context |= {
                "title": str(row),
                "row": row,
                "counts": [(_name_of(name), n, _VARIANTS[name]) for name, n in counts if n],
                "entries": [
                    {**one, "variant": _VARIANTS[one["result"]], "name": _name_of(one["result"])}
                    for one in sorted(row.report, key=lambda one: order.index(one["result"]))
                ],
                "wrong_count": len(wrong_in(row.report)),
            }
        response: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        return response


def _said(row: LoanImport) -> str:
    if row.imported_at:
        return _("“{file}” is imported.").format(file=row)
    return _(
        "Nothing was imported: something has changed since the preview. Look at the new report."
    )


def _name_of(result: str) -> str:
    return {NEW: _("on loan"), LEFT_OUT: _("left out"), WRONG: _("wrong")}[result]


def _ticket(entry: dict[str, Any]) -> str:
    return f"TK-{entry['ticket']}" if entry["ticket"] else ""
