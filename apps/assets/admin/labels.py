"""Labels of the ticked assets, or of one: asked for in a dialog, fetched as a PDF."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from apps.assets import services as assets
from apps.assets.labels.codes import CodeKind
from apps.assets.labels.formats import FORMATS
from apps.assets.labels.printing import Wish
from apps.common.admin import (
    BulkAdmin,
    BulkDialogForm,
    DialogForm,
    StaffRequest,
    begin_download,
    promised,
    selected_ids,
)
from apps.common.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest
    from django.urls import URLPattern
    from unfold.dataclasses import ActionDialog
    from unfold.forms import BaseDialogForm

SALT = "assets.labels"
FILE = "admin:assets_asset_labels_file"


class _LabelFields(DialogForm):
    """On which sheet, with which code, and from which place on."""

    format_name = forms.ChoiceField(
        label=_("Sheet"),
        choices=[(name, sheet.name) for name, sheet in FORMATS.items()],
        widget=UnfoldAdminSelectWidget,
    )
    code = forms.ChoiceField(
        label=_("Code"),
        choices=[(CodeKind.QR.value, _("QR code")), (CodeKind.CODE_128.value, _("Code 128"))],
        widget=UnfoldAdminSelectWidget,
        help_text=_("Both say the tag, which every scanner types."),
    )
    first = forms.IntegerField(
        label=_("First label"),
        initial=1,
        min_value=1,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("Of a sheet that has been begun: the first that is left, counted by rows."),
    )

    @property
    def wish(self) -> Wish:
        """How they are to be printed."""
        typed = self.cleaned_data
        return Wish(typed["format_name"], CodeKind(typed["code"]), typed["first"])


class LabelForm(_LabelFields):
    """Labels of one asset."""


class LabelManyForm(_LabelFields, BulkDialogForm):
    """Labels of the ticked assets."""


def _dialog(form: "type[DialogForm]") -> "ActionDialog":
    return {
        "title": _("Print labels"),
        "description": _("A PDF; print it at its real size. It is recorded that you did."),
        "form_class": form,
        "form_submit_text": _("Print"),
    }


ONE, MANY = _dialog(LabelForm), _dialog(LabelManyForm)


class LabelPages(BulkAdmin):
    """The dialogs over the list and on the page of an asset, and the address of the file."""

    actions_list = ("labels",)

    def has_labels_permission(self, request: "HttpRequest", _obj: Any = None) -> bool:
        """Let those print who may take the register out of the house."""
        return bool(request.user.has_perm("assets.export_asset"))

    def get_urls(self) -> "list[URLPattern]":
        """Add the file."""
        file = self.admin_site.admin_view(self.labels_file)
        return [path("labels/file/", file, name="assets_asset_labels_file"), *super().get_urls()]

    @action(description=_("Labels"), icon="qr_code_2", permissions=["labels"], dialog=MANY)
    def labels(self, request: StaffRequest, form: LabelManyForm) -> HttpResponse:
        """Print those of the ticked assets."""
        return _order(request, form, MANY, selected_ids(request), form.wish)

    @action(description=_("Label"), icon="qr_code_2", permissions=["labels"], dialog=ONE)
    def label(self, request: StaffRequest, form: LabelForm, object_id: str) -> HttpResponse:
        """Print that of one asset."""
        return _order(request, form, ONE, [int(object_id)], form.wish)

    def labels_file(self, request: StaffRequest) -> HttpResponse:
        """Answer with what was ordered a moment ago, to whom it was promised."""
        promise = promised(request, salt=SALT)
        wish = Wish(promise["format_name"], CodeKind(promise["code"]), promise["first"])
        at = datetime.fromisoformat(promise["at"])
        content = assets.labels_of(promise["assets"], wish, at=at, actor=request.user)
        name = f"labels-{timezone.localtime(at):%Y-%m-%d-%H%M}.pdf"
        return HttpResponse(
            content,
            content_type="application/pdf",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "X-Content-Type-Options": "nosniff",
            },
        )


def _order(
    request: StaffRequest,
    form: "BaseDialogForm",
    dialog: "ActionDialog",
    asset_ids: "Sequence[int]",
    wish: Wish,
) -> HttpResponse:
    try:
        ordered = assets.order_labels(asset_ids, wish, actor=request.user)
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        context = {"dialog": dialog, "form": form}
        return render(request, "unfold/helpers/dialog.html", context)
    promise = {
        "assets": [asset.pk for asset in ordered],
        "format_name": wish.format_name,
        "code": wish.code.value,
        "first": wish.first,
        "at": timezone.now().isoformat(),
    }
    return begin_download(request, FILE, salt=SALT, promise=promise)
