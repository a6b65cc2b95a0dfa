"""The deeds on kits: made, given parts, and taken apart, each in a dialog."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.assets import services as assets
from apps.assets.admin.dialogs import OptionalReasonForm
from apps.assets.models import Asset
from apps.assets.states import Status
from apps.common.admin import BaseAdmin, StaffRequest, carry_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from unfold.dataclasses import ActionDialog


class PartForm(OptionalReasonForm):
    """Which asset goes into the kit."""

    tag = forms.CharField(
        label=gettext_lazy("Tag of the part"),
        max_length=40,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True, "autocomplete": "off"}),
        help_text=gettext_lazy("Type or scan it."),
    )
    field_order = ("tag", "reason")

    def clean_tag(self) -> str:
        """Find the asset."""
        tag = str(self.cleaned_data["tag"]).strip()
        self.part = Asset.objects.filter(tag__iexact=tag).first()
        if self.part is None:
            raise forms.ValidationError(
                _("No asset has the tag “{tag}”. Look at its label.").format(tag=tag)
            )
        return tag


def _dialog(title: Any, text: Any, form: Any, button: Any) -> "ActionDialog":
    return {"title": title, "description": text, "form_class": form, "form_submit_text": button}


MAKE = _dialog(
    gettext_lazy("Make it a kit"),
    gettext_lazy("It is lent together with its parts, for the price of the kit."),
    OptionalReasonForm,
    gettext_lazy("Make it a kit"),
)
ADD = _dialog(
    gettext_lazy("Put a part into the kit"),
    gettext_lazy("It goes along from now on. Tickets that are open stay as they are."),
    PartForm,
    gettext_lazy("Put into the kit"),
)
LEAVE = _dialog(
    gettext_lazy("Take out of the kit"),
    gettext_lazy("It no longer goes along. Tickets that are open keep it."),
    OptionalReasonForm,
    gettext_lazy("Take out"),
)
DISSOLVE = _dialog(
    gettext_lazy("Make it no kit"),
    gettext_lazy("It is lent by itself from now on."),
    OptionalReasonForm,
    gettext_lazy("Make it no kit"),
)


class KitDeeds(BaseAdmin):
    """The buttons of kits and their parts: exactly what is possible now and permitted."""

    def has_make_kit_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may make an asset a kit that is neither one nor a part of one."""
        return self._may_with(
            request,
            obj,
            lambda asset: not (asset.is_kit or asset.kit_id or asset.status == Status.RETIRED),
        )

    def has_add_part_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may put parts into a kit."""
        return self._may_with(
            request, obj, lambda asset: asset.is_kit and asset.status != Status.RETIRED
        )

    def has_leave_kit_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may take a part out of its kit."""
        return self._may_with(request, obj, lambda asset: bool(asset.kit_id))

    def has_dissolve_kit_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may let a kit without parts be one no more."""
        return self._may_with(request, obj, lambda asset: asset.is_kit and not asset.parts.exists())

    def _may_with(
        self, request: HttpRequest, obj: Any, is_possible: "Callable[[Asset], bool]"
    ) -> bool:
        if not request.user.has_perm("assets.change_asset"):
            return False
        asset = self._asset(request, obj)
        return asset is None or is_possible(asset)

    def _asset(self, request: HttpRequest, obj: Any) -> Asset | None:
        raise NotImplementedError

    @action(
        description=gettext_lazy("Make it a kit"),
        icon="package_2",
        permissions=["make_kit"],
        dialog=MAKE,
    )
    def make_kit(
        self, request: StaffRequest, form: OptionalReasonForm, object_id: str
    ) -> HttpResponse:
        """Let it have parts."""
        return _do(
            request,
            form,
            MAKE,
            lambda reason: assets.make_kit(int(object_id), actor=request.user, reason=reason),
            success=_("It is a kit now. Put its parts into it."),
        )

    @action(
        description=gettext_lazy("Put in a part"),
        icon="add_box",
        permissions=["add_part"],
        dialog=ADD,
    )
    def add_part(self, request: StaffRequest, form: PartForm, object_id: str) -> HttpResponse:
        """Let another asset go along."""
        assert form.part, "the form is valid"
        part_id = form.part.pk
        return _do(
            request,
            form,
            ADD,
            lambda reason: assets.put_into_kit(
                part_id, kit_id=int(object_id), actor=request.user, reason=reason
            ),
            success=_("It is a part of the kit now."),
            page_id=int(object_id),
        )

    @action(
        description=gettext_lazy("Take out of the kit"),
        icon="unarchive",
        permissions=["leave_kit"],
        dialog=LEAVE,
    )
    def leave_kit(
        self, request: StaffRequest, form: OptionalReasonForm, object_id: str
    ) -> HttpResponse:
        """Let it go along no more."""
        part = self._asset(request, object_id)
        return _do(
            request,
            form,
            LEAVE,
            lambda reason: assets.take_out_of_kit(
                int(object_id), actor=request.user, reason=reason
            ),
            success=_("It is no part of the kit any more."),
            page_id=part.kit_id if part else None,
        )

    @action(
        description=gettext_lazy("Make it no kit"),
        icon="deployed_code",
        permissions=["dissolve_kit"],
        dialog=DISSOLVE,
    )
    def dissolve_kit(
        self, request: StaffRequest, form: OptionalReasonForm, object_id: str
    ) -> HttpResponse:
        """Let it have no parts."""
        return _do(
            request,
            form,
            DISSOLVE,
            lambda reason: assets.dissolve_kit(int(object_id), actor=request.user, reason=reason),
            success=_("It is no kit any more."),
        )


def _do(
    request: StaffRequest,
    form: OptionalReasonForm,
    dialog: "ActionDialog",
    deed: "Callable[[str], Asset]",
    *,
    success: str,
    page_id: int | None = None,
) -> HttpResponse:
    """Do the deed, and open the page of the kit, or of the asset itself."""
    return carry_out(
        request,
        form,
        dialog,
        lambda: deed(form.cleaned_data["reason"]),
        success=success,
        then=lambda asset: reverse("admin:assets_asset_change", args=(page_id or asset.pk,)),
    )
