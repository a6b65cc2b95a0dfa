"""Imports of journals: a list, and a page for each from its mapping to its result."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from apps.common.admin import (
    DialogForm,
    ReadOnlyAdmin,
    StaffRequest,
    carry_out,
    dangerous,
)
from apps.wallets.admin import import_pages as pages
from apps.wallets.admin.import_content import VARIANTS, content_of, possible
from apps.wallets.admin.wording import moment
from apps.wallets.importing import services
from apps.wallets.importing.summing import Summary
from apps.wallets.models import JournalImport
from apps.wallets.states import ImportStatus

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.urls import URLPattern
    from django.utils.safestring import SafeString
    from unfold.dataclasses import ActionDialog, UnfoldAction

CONFIRM: "ActionDialog" = {
    "title": gettext_lazy("Import this journal?"),
    "description": gettext_lazy(
        "All of it is posted at once, or nothing. A journal goes in once; what was posted is "
        "corrected by reversals only."
    ),
    "form_class": DialogForm,
    "form_submit_text": gettext_lazy("Import"),
}
DISCARD = dangerous(
    {
        "title": gettext_lazy("Discard this import?"),
        "description": gettext_lazy(
            "Nothing was posted. The file is removed; it may come in again."
        ),
        "form_class": DialogForm,
        "form_submit_text": gettext_lazy("Discard"),
    }
)


@admin.register(JournalImport)
class JournalImportAdmin(ReadOnlyAdmin):
    """What came in, what waits to be mapped or confirmed, what was refused."""

    list_display = ("what", "state", "transactions", "days", "uploaded_by", "uploaded")
    export_prefix = "I-"
    list_display_links = None
    list_select_related = ("uploaded_by",)
    list_filter = (("status", ChoicesDropdownFilter),)
    search_fields = ("file_name", "sha256")
    search_help_text = gettext_lazy("Name or SHA-256 of the file")
    sortable_by = ()
    # The page has cards instead.
    fields = ("status",)
    change_form_template = "wallets/import_page.html"
    actions_list = ("open_upload",)
    actions_detail = ("confirm", "open_mapping", "discard")

    class Media:
        """The style of the pages of money."""

        css: ClassVar[dict[str, Any]] = {"all": ("wallets/wallets.css",)}

    def has_import_permission(self, request: "HttpRequest", obj: object = None) -> bool:  # noqa: ARG002
        """Let those import who may."""
        return request.user.has_perm("wallets.import_journal")

    def get_queryset(self, request: "HttpRequest") -> "QuerySet[JournalImport]":
        """Leave the files in the database."""
        rows: QuerySet[JournalImport] = super().get_queryset(request)
        return rows.defer("content")

    def get_urls(self) -> "list[URLPattern]":
        """Add the pages beside the list."""
        views = (
            ("upload/", pages.upload, "upload"),
            ("<int:import_id>/map/", pages.map_accounts, "map"),
            ("<int:import_id>/standing/", pages.standing, "standing"),
            ("<int:import_id>/file/", pages.take_file, "file"),
        )
        return [
            *(
                path(address, self._page(view), name=f"wallets_journalimport_{name}")
                for address, view, name in views
            ),
            *super().get_urls(),
        ]

    def _page(self, view: Any) -> Any:
        def answered(request: StaffRequest, **captured: Any) -> HttpResponse:
            response: HttpResponse = view(request, self, **captured)
            return response

        return self.admin_site.admin_view(answered)

    def get_actions_detail(
        self, request: StaffRequest, object_id: int | str
    ) -> "list[UnfoldAction]":
        """Return the buttons that the status allows."""
        permitted: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        row = self.get_object(request, str(object_id))
        names = possible(row) if row is not None else set()
        prefix = "wallets_journalimport_"
        return [one for one in permitted if str(one.action_name).removeprefix(prefix) in names]

    def change_view(
        self,
        request: StaffRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show where the import stands."""
        context = extra_context or {}
        row = self.get_object(request, object_id)
        if row is not None and self.has_view_permission(request, row):
            context |= {"title": f"{row}: {row.file_name}", **content_of(row, request.user)}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    @display(description=gettext_lazy("file"))
    def what(self, row: JournalImport) -> "SafeString":
        """Link to the import."""
        return format_html(
            '<a class="text-important font-medium" href="{}">{}</a><br>'
            '<span class="office-soft text-xs">{}</span>',
            reverse(pages.PAGE, args=(row.pk,)),
            row.file_name,
            row,
        )

    @display(
        description=gettext_lazy("status"),
        label={str(status.label): colour for status, colour in VARIANTS.items()},
    )
    def state(self, row: JournalImport) -> str:
        """Return the status as a coloured label."""
        return str(ImportStatus(row.status).label)

    @display(description=gettext_lazy("transactions"))
    def transactions(self, row: JournalImport) -> str:
        """Return how many the file has."""
        return f"{Summary.from_json(row.summary).transaction_count:,}"

    @display(description=gettext_lazy("effective days"))
    def days(self, row: JournalImport) -> "SafeString":
        """Return the first and the last."""
        summary = Summary.from_json(row.summary)
        days = f"{summary.first_day} – {summary.last_day}"
        return format_html('<span class="whitespace-nowrap">{}</span>', days)

    @display(description=gettext_lazy("uploaded"))
    def uploaded(self, row: JournalImport) -> str:
        """Return when."""
        return moment(row.uploaded_at)

    @action(
        description=gettext_lazy("Import a journal"),
        url_path="open-upload",
        icon="upload",
        permissions=["import"],
        variant=ActionVariant.PRIMARY,
    )
    def open_upload(self, request: StaffRequest) -> HttpResponse:  # noqa: ARG002
        """Go to the form."""
        return redirect("admin:wallets_journalimport_upload")

    @action(
        description=gettext_lazy("Import"),
        icon="publish",
        permissions=["import"],
        variant=ActionVariant.PRIMARY,
        dialog=CONFIRM,
    )
    def confirm(self, request: StaffRequest, form: DialogForm, object_id: str) -> HttpResponse:
        """Promise that it is posted."""
        row = pages.found(request, self, object_id)
        return carry_out(
            request,
            form,
            CONFIRM,
            lambda: services.confirm(row.pk, actor=request.user),
            success=_("“{file}” is being imported.").format(file=row.file_name),
            then=reverse(pages.PAGE, args=(row.pk,)),
        )

    @action(description=gettext_lazy("Map accounts"), icon="rule", permissions=["import"])
    def open_mapping(self, request: StaffRequest, object_id: str) -> HttpResponse:  # noqa: ARG002
        """Go to the form."""
        return redirect(pages.MAP, object_id)

    @action(
        description=gettext_lazy("Discard"),
        icon="delete",
        permissions=["import"],
        variant=ActionVariant.DANGER,
        dialog=DISCARD,
    )
    def discard(self, request: StaffRequest, form: DialogForm, object_id: str) -> HttpResponse:
        """End it."""
        row = pages.found(request, self, object_id)
        return carry_out(
            request,
            form,
            DISCARD,
            lambda: services.discard(row.pk, actor=request.user),
            success=_("“{file}” is discarded.").format(file=row.file_name),
            then=reverse("admin:wallets_journalimport_changelist"),
        )
