"""The journal as a file: the buttons over its list, the dialog of an export, the download."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from apps.common.admin import DialogForm, StaffRequest, begin_download, promised
from apps.common.errors import DomainError
from apps.wallets import selectors
from apps.wallets.admin.wording import number_in
from apps.wallets.exporting import services
from apps.wallets.exporting.selection import Selection
from apps.wallets.models import JournalImport

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.urls import URLPattern
    from unfold.dataclasses import ActionDialog

    from apps.wallets.models import LedgerTransaction

SALT = "wallets.journal"
_IMPORT = "I-"


def _currencies() -> list[tuple[str, str]]:
    codes = selectors.kept_currencies()
    return [("", _("all")), *((code, code) for code in codes)]


def _day_input() -> UnfoldAdminTextInputWidget:
    # A dialog has no date picker of Unfold's; every browser has its own.
    return UnfoldAdminTextInputWidget(attrs={"type": "date"})


class ExportForm(DialogForm):
    """How the file is written, and what of the journal is in it."""

    file_format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=[
            (services.Format.CSV, gettext_lazy("CSV, which an import of a journal reads back")),
            (services.Format.HLEDGER, gettext_lazy("plain-text accounting, for hledger")),
        ],
        widget=UnfoldAdminSelectWidget,
    )
    first_day = forms.DateField(
        label=gettext_lazy("Effective from"),
        required=False,
        widget=_day_input(),
        help_text=gettext_lazy("empty: from the first day"),
    )
    last_day = forms.DateField(
        label=gettext_lazy("Effective until"),
        required=False,
        widget=_day_input(),
        help_text=gettext_lazy("empty: to the last day"),
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"),
        choices=_currencies,
        required=False,
        widget=UnfoldAdminSelectWidget,
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("This is before the first day. Choose a later one."))
        return dict(cleaned)

    @property
    def selection(self) -> Selection:
        """What was chosen."""
        chosen = self.cleaned_data
        return Selection(chosen["first_day"], chosen["last_day"], chosen["currency"])


EXPORT: "ActionDialog" = {
    "title": gettext_lazy("Export the journal"),
    "description": gettext_lazy(
        "Every entry with the names of its accounts; people’s wallets by their numbers. "
        "The export is recorded in the audit log."
    ),
    "form_class": ExportForm,
    "form_submit_text": gettext_lazy("Export"),
}


def imported_as(
    term: str, queryset: "QuerySet[LedgerTransaction]"
) -> "QuerySet[LedgerTransaction] | None":
    """Return what came in with the import that `term` names, if it names one."""
    number = number_in(term, "I") if term.upper().startswith(_IMPORT) else None
    if number is None:
        return None
    imports = ContentType.objects.get_for_model(JournalImport)
    return queryset.filter(about_type=imports, about_id=number)


class JournalFiles(ModelAdmin):
    """The journal's ways out and in."""

    actions_list: tuple[str, ...] = ("export", "open_imports")

    def has_export_permission(self, request: "HttpRequest", obj: object = None) -> bool:  # noqa: ARG002
        """Let those export who may."""
        return request.user.has_perm("wallets.export_journal")

    def has_imports_permission(self, request: "HttpRequest", obj: object = None) -> bool:  # noqa: ARG002
        """Let those go to the imports who may see them."""
        return request.user.has_perm("wallets.view_journalimport")

    def get_urls(self) -> "list[URLPattern]":
        """Add what the browser fetches after the dialog."""
        download = self.admin_site.admin_view(self.download)
        return [
            path("download/", download, name="wallets_ledgertransaction_download"),
            *super().get_urls(),
        ]

    @action(
        description=gettext_lazy("Journal file"),
        icon="menu_book",
        permissions=["export"],
        dialog=EXPORT,
    )
    def export(self, request: StaffRequest, form: ExportForm) -> HttpResponse:
        """Record the export, and begin the download."""
        chosen = services.Format(form.cleaned_data["file_format"])
        try:
            services.export_journal(chosen, form.selection, actor=request.user)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
            context = {"dialog": EXPORT, "form": form}
            return render(request, "unfold/helpers/dialog.html", context)
        promise = {"format": chosen.value, **form.selection.as_json()}
        to = "admin:wallets_ledgertransaction_download"
        return begin_download(request, to, salt=SALT, promise=promise)

    @action(description=gettext_lazy("Imports"), icon="upload", permissions=["imports"])
    def open_imports(self, request: StaffRequest) -> HttpResponse:  # noqa: ARG002
        """Go to the imports of journals."""
        return redirect("admin:wallets_journalimport_changelist")

    def download(self, request: StaffRequest) -> StreamingHttpResponse:
        """Stream what was promised a moment ago."""
        promise = promised(request, salt=SALT)
        if not self.has_export_permission(request):
            raise PermissionDenied
        chosen = services.Format(promise["format"])
        name = f"journal-{timezone.localtime():%Y-%m-%d-%H%M}.{services.SUFFIX[chosen]}"
        kind = "text/csv" if chosen == services.Format.CSV else "text/plain"
        return StreamingHttpResponse(
            services.written(chosen, Selection.from_json(promise)),
            content_type=f"{kind}; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
