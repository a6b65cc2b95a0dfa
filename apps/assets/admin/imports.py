"""The import of a register: form, preview, confirmation."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from import_export.admin import ImportMixin
from import_export.formats.base_formats import CSV

from apps.assets.importing import services as importing
from apps.assets.importing.forms import ConfirmForm, RegisterForm
from apps.assets.importing.resources import RESOURCES
from apps.common.admin import StaffRequest
from apps.common.errors import DomainError

if TYPE_CHECKING:
    from apps.assets.importing.resources import RegisterResult
    from apps.assets.models import AssetImport

SHOWN_ROWS = 200
SHOWN_FAULTS = 100


class RegisterPages(ImportMixin):
    """The pages on which files come in."""

    import_form_class = RegisterForm
    import_template_name = "assets/import.html"

    def get_import_resource_classes(self, request: HttpRequest) -> list[type]:  # noqa: ARG002
        """Offer the programs whose files we read."""
        return list(RESOURCES.values())

    def get_import_formats(self) -> list[type]:
        """Read CSV."""
        return [CSV]

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Tell who may import: who may also register and change."""
        needed = ("assets.import_asset", "assets.add_asset", "assets.change_asset")
        return request.user.has_perms(needed)

    def import_action(self, request: StaffRequest, **_options: Any) -> HttpResponse:
        """Ask for a file, and show what importing it would do."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = self.create_import_form(request)
        if not form.is_bound or not form.is_valid():
            return self._page(request, {"form": form})
        file, result = importing.preview(
            content=form.content,
            file_name=form.cleaned_data["import_file"].name,
            source=form.source,
            defaults=form.defaults,
            actor=request.user,
        )
        return self._page(request, {"form": form, **_preview(file, result)})

    @method_decorator(require_POST)
    def process_import(self, request: StaffRequest, **_options: Any) -> HttpResponse:
        """Import what was previewed; when it has become something else, show that instead."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = ConfirmForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("This preview is gone. Choose the file again."))
            return redirect("admin:assets_asset_import")
        try:
            file, result = importing.carry_out(form.cleaned_data["key"], actor=request.user)
        except DomainError as refusal:
            messages.warning(request, refusal.message)
            return redirect("admin:assets_asset_changelist")
        if file.imported_at is None:
            form = self.import_form_class(
                self.get_import_formats(), self.get_import_resource_classes(request)
            )
            context = {"form": form, "has_changed": True, **_preview(file, result)}
            return self._page(request, context)
        messages.success(
            request,
            _(
                "“{file}” is imported: {new} new, {updated} changed, {same} left as they were."
            ).format(
                file=file,
                new=result.count("new"),
                updated=result.count("update"),
                same=result.count("skip"),
            ),
        )
        return redirect("admin:assets_asset_changelist")

    def _page(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        request.current_app = self.admin_site.name
        site = self.admin_site.each_context(request)
        media = self.media + context["form"].media
        page = {**site, "title": _("Import assets"), "opts": self.opts, "media": media, **context}
        return TemplateResponse(request, [self.import_template_name], page)


def _preview(file: "AssetImport", result: "RegisterResult") -> dict[str, Any]:
    """Return what the page shows of a result."""
    faults = [
        (row.number, column, reason)
        for row in result.invalid_rows
        for column, reasons in cast("dict[str, list[str]]", row.error_dict).items()
        for reason in reasons
    ]
    # What is worth a look comes first: changes of what is there, then the new, then the rest.
    order = {"update": 0, "new": 1, "skip": 2}
    rows = sorted(result.valid_rows(), key=lambda row: (order[row.import_type], row.line))
    return {
        "file": file,
        "result": result,
        "confirm_form": None if result.is_refused else ConfirmForm(initial={"key": file.key}),
        "counts": [
            (_("new"), result.count("new"), "success"),
            (_("changed"), result.count("update"), "info"),
            (_("left as they are"), result.count("skip"), "default"),
            (_("wrong"), len(result.invalid_rows), "danger"),
        ],
        "rows": rows[:SHOWN_ROWS],
        "hidden_row_count": len(rows[SHOWN_ROWS:]),
        "faults": faults[:SHOWN_FAULTS],
        "hidden_fault_count": len(faults[SHOWN_FAULTS:]),
    }
