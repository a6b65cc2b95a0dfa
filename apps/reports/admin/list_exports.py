"""The dialog over every list: which formats, which columns; and the run that it asks for."""

from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from apps.common.admin import DialogForm, KeysetAdmin, StaffRequest, carry_out
from apps.common.admin.exporting import EXPORT, Exporter, page_asked
from apps.common.errors import DomainError
from apps.reports import services
from apps.reports.admin.forms import FormatsForm
from apps.reports.catalogue.list_export import ListExport
from apps.reports.lists.offering import offered_by
from apps.reports.lists.shown import name_of, shown_to, without_pages
from apps.reports.states import Format

if TYPE_CHECKING:
    from apps.common.admin import BaseAdmin

PAGE = "admin:reports_reportrun_change"


class ExportForm(DialogForm):
    """Asks for formats and columns, and says how many rows it will be."""

    form_before_template = "reports/admin/export_rows.html"

    formats = FormatsForm.base_fields["formats"]
    columns = forms.MultipleChoiceField(
        label=gettext_lazy("Columns"), widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Media:
        """The columns stand side by side where there is room."""

        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("reports/reports.css",)}

    def __init__(self, *args: Any, **options: Any) -> None:
        """Offer what may leave of this list."""
        super().__init__(*args, **options)
        self.page: BaseAdmin = page_asked(self.request)
        usual = FormatsForm().fields["formats"]
        self.fields["formats"] = usual
        usual.initial = [Format.CSV]
        offered = offered_by(self.page)
        columns = self.fields["columns"]
        columns.choices = [(one.key, one.title) for one in offered]
        columns.initial = [one.key for one in offered if one.is_ticked]

    def get_before_template_context(
        self,
        request: HttpRequest,
        object_id: int | str | None = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Count the rows, where the list does so too."""
        try:
            shown = shown_to(request.user, self.page, filter_of(request))  # type: ignore[arg-type]  # staff only
        except DomainError as refusal:
            return {"refusal": refusal.message}
        is_dear = isinstance(self.page, KeysetAdmin)
        return {"facts": shown.facts, "row_count": None if is_dear else shown.rows.count()}


def filter_of(request: HttpRequest) -> str:
    """Return what narrows the list under the dialog; a dialog knows its page by this header."""
    return without_pages(urlsplit(request.headers.get("HX-Current-URL", "")).query)


def export(page: "BaseAdmin", request: StaffRequest, form: ExportForm) -> HttpResponse:
    """Ask for the run, and open its page."""
    return carry_out(
        request,
        form,
        EXPORT,
        lambda: services.run(
            ListExport.slug,
            parameters={
                "list": name_of(page),
                "filter": filter_of(request),
                "columns": form.cleaned_data["columns"],
            },
            formats=form.cleaned_data["formats"],
            actor=request.user,
        ),
        success=lambda run: _("{run} is queued.").format(run=run),
        then=lambda run: reverse(PAGE, args=(run.pk,)),
    )


EXPORTER = Exporter(ExportForm, export, ListExport.running)
