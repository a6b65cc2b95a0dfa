"""The pages beside the list of imports: upload, mapping, progress, the file."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from apps.common.errors import DomainError, NotPermitted
from apps.wallets.admin.import_content import content_of, possible
from apps.wallets.admin.import_forms import MappingForm, UploadForm
from apps.wallets.errors import JournalFaulty, MappingFaulty
from apps.wallets.importing import services
from apps.wallets.models import JournalImport
from apps.wallets.states import ImportStatus

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    from apps.common.admin import StaffRequest

PAGE = "admin:wallets_journalimport_change"
MAP = "admin:wallets_journalimport_map"
SHOWN_FAULTS = 200


def found(request: "StaffRequest", page: "ModelAdmin[Any]", import_id: object) -> JournalImport:
    """Return an import that this person may see."""
    row: JournalImport | None = page.get_object(request, str(import_id))
    if row is None or not page.has_view_permission(request, row):
        raise Http404
    return row


def upload(request: "StaffRequest", page: "ModelAdmin[Any]") -> HttpResponse:
    """Ask for a file; keep it when it is a journal, else say everything that is wrong with it."""
    is_sent = request.method == "POST"
    if not is_sent and not request.user.has_perm("wallets.import_journal"):
        raise PermissionDenied
    form = UploadForm(request.POST, request.FILES) if is_sent else UploadForm()
    context: dict[str, Any] = {"title": _("Import a journal"), "form": form}
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            row = services.upload(file.read(), file_name=file.name, actor=request.user)
        except NotPermitted as denied:
            raise PermissionDenied(denied.message) from None
        except JournalFaulty as refusal:
            shown = refusal.faults[:SHOWN_FAULTS]
            context |= {
                "file_name": file.name,
                "faults": shown,
                "fault_count": refusal.count,
                "hidden_fault_count": refusal.count - len(shown),
            }
        except DomainError as refusal:
            form.add_error("file", refusal.message)
        else:
            return redirect(MAP, row.pk)
    return _drawn(request, page, "wallets/import_upload.html", context)


def map_accounts(request: "StaffRequest", page: "ModelAdmin[Any]", import_id: int) -> HttpResponse:
    """Ask which account of ours each account of the file is."""
    row = found(request, page, import_id)
    is_sent = request.method == "POST"
    if not is_sent and not request.user.has_perm("wallets.import_journal"):
        raise PermissionDenied
    if "open_mapping" not in possible(row):
        return redirect(PAGE, row.pk)
    form = MappingForm(row, request.POST if is_sent else None)
    if form.is_valid():
        try:
            services.map_accounts(row.pk, answers=form.answers(), actor=request.user)
        except NotPermitted as denied:
            raise PermissionDenied(denied.message) from None
        except MappingFaulty as refusal:
            form.refuse(refusal)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            return redirect(PAGE, row.pk)
    context = {
        "title": _("Accounts of “{file}”").format(file=row.file_name),
        "row": row,
        "form": form,
    }
    return _drawn(request, page, "wallets/import_mapping.html", context)


def standing(request: "StaffRequest", page: "ModelAdmin[Any]", import_id: int) -> HttpResponse:
    """Return what the page shows while a worker is at it; the whole page again when it is over."""
    row = found(request, page, import_id)
    if row.status != ImportStatus.QUEUED:
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = content_of(row, request.user)
    return TemplateResponse(request, "wallets/import_standing.html", context)


def take_file(request: "StaffRequest", page: "ModelAdmin[Any]", import_id: int) -> HttpResponse:
    """Hand out the file as it was uploaded."""
    found(request, page, import_id)
    try:
        row = services.hand_out(import_id, actor=request.user)
    except DomainError as refusal:
        raise Http404(refusal.message) from None
    disposition = content_disposition_header(as_attachment=True, filename=row.file_name)
    return HttpResponse(
        row.file,
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": disposition or "attachment",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _drawn(
    request: "StaffRequest", page: "ModelAdmin[Any]", template: str, context: dict[str, Any]
) -> HttpResponse:
    frame = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "media": page.media + context["form"].media,
        "subtitle": None,
    }
    return TemplateResponse(request, template, {**frame, **context})
