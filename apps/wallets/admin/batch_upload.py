"""Sending in the file of a batch, and another one while it is a draft."""

import csv
import io
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from apps.common.admin import FilesField, StaffRequest, rules_as_messages
from apps.common.errors import DomainError
from apps.common.sheets import FileUnreadable, refuse_large
from apps.wallets import services
from apps.wallets.admin.batch_deeds import BatchDeeds
from apps.wallets.errors import Fault, LinesRefused, NotYours
from apps.wallets.models import AdjustmentBatch, ReasonCode
from apps.wallets.services.bulk_file import COLUMNS, LIMITS, LONGEST_NOTE, example
from apps.wallets.states import ADJUSTMENT_LIFECYCLE, AdjustmentAction, AdjustmentStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

SHOWN_FAULTS = 200


class FileInput(forms.FileInput):
    """One CSV file, in the look of a field."""

    def __init__(self) -> None:
        """Offer CSV files."""
        styled = UnfoldAdminTextInputWidget(attrs={"accept": ".csv,.tsv,.txt,text/csv"})
        super().__init__(attrs=styled.attrs)


class UploadForm(forms.Form):
    """The file, what it is about, and what shows why."""

    file = forms.FileField(
        label=gettext_lazy("File"), widget=FileInput, allow_empty_file=True, max_length=254
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=gettext_lazy("What all of it is about. Whoever decides reads it."),
    )
    evidence = FilesField(
        label=gettext_lazy("Evidence"),
        required=False,
        allow_empty_file=True,
        help_text=gettext_lazy(
            "Once for the whole batch: PDF, PNG, JPEG, or text in UTF-8; up to 10 MB each. "
            "You can choose several at once."
        ),
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, batch: AdjustmentBatch | None, **options: Any) -> None:
        """Begin with what the draft says; its file may stay."""
        super().__init__(*args, **options)
        self.fields["file"].help_text = _(
            "CSV in UTF-8 with one line for each change, at most {rows} lines and {size} MB"
        ).format(size=LIMITS.size // 1024 // 1024, rows=f"{LIMITS.rows:,}")
        if batch is not None:
            self.fields["file"].required = False
            self.fields["file"].label = _("Another file")
            self.initial = {"note": batch.note, "seen_version": batch.version}

    def clean_file(self) -> Any:
        """Refuse what is too large before it is read."""
        file = self.cleaned_data["file"]
        if file is not None:
            try:
                refuse_large(file.size, LIMITS)
            except FileUnreadable as refusal:
                raise forms.ValidationError(refusal.message) from None
        return file

    def choose_again(self) -> None:
        """Say that files have to be chosen again: a browser never fills them in."""
        for name in ("file", "evidence"):
            if self.files.get(name) and name not in self.errors:
                self.add_error(name, _("Choose the file again: the browser does not keep it."))


class BatchUpload(BatchDeeds):
    """The page with the form; what is wrong with a file stands above it, line by line."""

    def has_add_permission(self, request: "HttpRequest") -> bool:
        """Let those ask who may."""
        return request.user.has_perm("wallets.request_adjustment")

    def has_change_permission(self, request: "HttpRequest", obj: Any = None) -> bool:  # noqa: ARG002
        """Refuse: what a batch says comes with its file."""
        return False

    def add_view(
        self,
        request: StaffRequest,
        form_url: str = "",  # noqa: ARG002
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> HttpResponse:
        """Take the file of a new batch."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._upload(request, None)

    def file_view(self, request: StaffRequest, object_id: int) -> HttpResponse:
        """Take another file, another note, or more evidence for a draft."""
        batch = get_object_or_404(AdjustmentBatch, pk=object_id)
        if not self.has_view_permission(request, batch):
            raise PermissionDenied
        try:
            if batch.requester_id != request.user.pk:
                raise NotYours(adjustment=batch, requester=batch.requester)
            ADJUSTMENT_LIFECYCLE.after(AdjustmentAction.CHANGE, AdjustmentStatus(batch.status))
        except DomainError as refusal:
            messages.error(request, refusal.message)
            return redirect("admin:wallets_adjustmentbatch_change", batch.pk)
        return self._upload(request, batch)

    def template_view(self, request: StaffRequest) -> HttpResponse:
        """Hand out a file with the columns and one example."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        writer.writerow(example())
        return csv_file(text.getvalue(), "adjustments.csv")

    def _upload(self, request: StaffRequest, batch: AdjustmentBatch | None) -> HttpResponse:
        sent = (request.POST, request.FILES) if request.method == "POST" else ()
        form = UploadForm(*sent, batch=batch)
        faults: Sequence[Fault] = ()
        if form.is_valid():
            try:
                return self._taken(request, form, batch)
            except LinesRefused as refusal:
                faults = refusal.faults
                messages.error(request, refusal.message)
            except FileUnreadable as refusal:
                form.add_error("file", refusal.message)
            except DomainError as refusal:
                form.add_error(None, refusal.message)
        if form.is_bound:
            form.choose_again()
        return self._page(request, form, batch, faults)

    def _taken(
        self, request: StaffRequest, form: UploadForm, batch: AdjustmentBatch | None
    ) -> HttpResponse:
        """Let the service take the file, and go to the page that shows what it would do."""
        typed, file = form.cleaned_data, form.cleaned_data["file"]
        sent: dict[str, Any] = {
            "note": typed["note"],
            "files": typed["evidence"],
            "actor": request.user,
        }
        if file is not None:
            sent |= {"content": file.read(), "file_name": file.name}
        if batch is None:
            taken = services.request_batch(**sent)
            said = _("{batch} is drafted, and nothing has moved yet. Look at it, then submit it.")
        else:
            version = typed["seen_version"] or 0
            taken = services.change_batch(batch.pk, seen_version=version, **sent)
            said = _("{batch} is changed.")
        with rules_as_messages(request, success=said.format(batch=taken)):
            return redirect("admin:wallets_adjustmentbatch_change", taken.pk)

    def _page(
        self,
        request: StaffRequest,
        form: UploadForm,
        batch: AdjustmentBatch | None,
        faults: "Sequence[Fault]",
    ) -> HttpResponse:
        title = _("Change {batch}").format(batch=batch) if batch else _("Adjust in bulk")
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "media": self.media,
            "form": form,
            "batch": batch,
            "faults": faults[:SHOWN_FAULTS],
            "fault_count": len(faults),
            "line_count": len({fault.line for fault in faults}),
            "hidden_fault_count": max(len(faults) - SHOWN_FAULTS, 0),
            "reason_codes": ReasonCode.objects.filter(is_active=True),
            "template_url": reverse("admin:wallets_adjustmentbatch_template"),
        }
        return TemplateResponse(request, "wallets/batch_upload.html", context)


def csv_file(text: str, name: str) -> HttpResponse:
    """Return the text as a CSV file to keep; the mark tells spreadsheets that it is UTF-8."""
    response = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
