"""Asking for files, and handing them out."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.common.errors import DomainError
from apps.common.uploads import check

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile


class FilesInput(forms.ClearableFileInput):
    """Lets people choose several files."""

    template_name = "django/forms/widgets/file.html"
    allow_multiple_selected = True

    def __init__(self) -> None:
        """Look like a field, and offer the kinds of files that are taken."""
        styled = UnfoldAdminTextInputWidget(attrs={"accept": ".pdf,.png,.jpg,.jpeg,.txt,.csv"})
        super().__init__(attrs=styled.attrs)


class FilesField(forms.FileField):
    """Any number of files, each of them checked by its content."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[bytes]]":
        """Return the files, or say of each that is refused why."""
        chosen = data if isinstance(data, (list, tuple)) else [data]
        files = [file for one in chosen if (file := super(FilesField, self).clean(one, initial))]
        refusals = []
        for file in files:
            try:
                check(file)
            except DomainError as refusal:
                refusals.append(forms.ValidationError(refusal.message))
        if refusals:
            raise forms.ValidationError(refusals)
        return files


def as_download(content: bytes, *, name: str, content_type: str) -> HttpResponse:
    """Hand out a file, to be kept and never to be run by the browser."""
    response = HttpResponse(content, content_type=content_type)
    disposition = content_disposition_header(as_attachment=True, filename=name)
    response["Content-Disposition"] = disposition or "attachment"
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
