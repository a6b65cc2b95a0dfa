"""The register: a list, a page for each asset with its time and price, and the deeds on it."""

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import action, display

from apps.assets import services as assets
from apps.assets.admin import page, upkeep
from apps.assets.admin.calendar_page import CalendarPages
from apps.assets.admin.dialogs import (
    FIND,
    LOSE,
    MAINTENANCE,
    RETIRE,
    SERVICE,
    MaintenanceForm,
    OptionalReasonForm,
)
from apps.assets.admin.exported import ASSET_FIELDS
from apps.assets.admin.forms import AssetForm
from apps.assets.admin.history import RegisterHistory
from apps.assets.admin.imports import RegisterPages
from apps.assets.admin.kits import KitDeeds
from apps.assets.admin.labels import LabelPages
from apps.assets.admin.upkeep import BlackoutDeeds
from apps.assets.models import Asset
from apps.assets.states import LIFECYCLE, Action, Status
from apps.common.admin import (
    AS_TABS,
    ReasonForm,
    StaffRequest,
    TabFilter,
    carry_out,
    money,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from unfold.dataclasses import ActionDialog
    from unfold.forms import BaseDialogForm


class AssetTabs(TabFilter):
    """Where the assets are."""

    tabs = (
        ("active", _("In the register")),
        *((status.value, status.label.capitalize()) for status in Status),
        ("all", _("All")),
    )

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Asset]") -> "QuerySet[Asset]":  # noqa: ARG002
        """Keep the assets of the open tab."""
        match self.value():
            case "active":
                return queryset.exclude(status=Status.RETIRED)
            case "all":
                return queryset
            case status:
                return queryset.filter(status=status)


@admin.register(Asset)
class AssetAdmin(
    KitDeeds, BlackoutDeeds, LabelPages, CalendarPages, RegisterPages, RegisterHistory
):
    """Assets; everything that is written goes through the services."""

    form = AssetForm
    change_form_template = "assets/asset_page.html"
    list_display = ("who", "category", "lender", "shown_status", "shown_value", "location")
    list_display_links = ("who",)
    export_fields = ASSET_FIELDS
    export_permission = "assets.export_asset"
    list_filter = (
        AssetTabs,
        ("category", AutocompleteSelectFilter),
        ("lender", AutocompleteSelectFilter),
        ("condition", ChoicesDropdownFilter),
    )
    list_filter_options = AS_TABS
    list_select_related = ("category", "lender")
    search_fields = ("tag", "name", "serial")
    search_help_text = _("Search tags, names and serial numbers")
    autocomplete_fields = ("category", "lender", "tariff")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("tag", "name"),
                    ("category", "lender"),
                    ("value", "currency"),
                    ("tariff", "condition"),
                )
            },
        ),
        (
            _("Details"),
            {
                "fields": (
                    ("manufacturer", "model_name"),
                    ("serial", "location"),
                    "purchased_on",
                    "notes",
                )
            },
        ),
        (None, {"fields": ("reason", "seen_version")}),
    )
    actions_detail = (
        "send_to_maintenance",
        "return_to_service",
        "black_out",
        "report_found",
        "report_lost",
        "retire",
        "make_kit",
        "add_part",
        "leave_kit",
        "dissolve_kit",
        "label",
    )

    class Media:
        """The style of the four weeks."""

        css = {"all": ("assets/assets.css",)}

    # What is shown.

    @display(description=_("asset"), ordering="tag", header=True)
    def who(self, asset: Asset) -> list[str]:
        """Show tag and name."""
        return [asset.tag, asset.name]

    @display(description=_("status"), ordering="status", label=page.COLOURS)
    def shown_status(self, asset: Asset) -> Any:
        """Show the status in its colour."""
        return asset.status, asset.get_status_display()

    @display(description=_("value"), ordering="value")
    def shown_value(self, asset: Asset) -> SafeString | str:
        """Show the value as money."""
        return money(asset.value, asset.currency)

    def changeform_view(
        self,
        request: StaffRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the asset's time and price around the form."""
        context = {**(extra_context or {}), "show_save_and_add_another": object_id is None}
        asset = self._asset(request, object_id)
        if asset and self.has_view_permission(request, asset):
            now = timezone.now()
            context["page"] = page.content_of(asset, user=request.user, now=now)
            context["upkeep"] = upkeep.content_of(asset, user=request.user, now=now)
        response: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        return response

    def get_fieldsets(self, request: HttpRequest, obj: Asset | None = None) -> Any:
        """Offer the form to those who may change; the page shows the facts to the others."""
        if obj is not None and not self.has_change_permission(request, obj):
            return ()
        return super().get_fieldsets(request, obj)

    # What is written: always by a service.

    def get_form(
        self,
        request: StaffRequest,
        obj: Asset | None = None,
        change: bool = False,  # noqa: FBT001, FBT002  (Django's signature)
        **options: Any,
    ) -> type[AssetForm]:
        """Return the form with the person who fills it in."""
        # A class of its own each time, so that two requests do not share the person.
        form: type[AssetForm] = super().get_form(request, obj, change, **options)
        form.actor = request.user
        return form

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Offer no shortcuts to other pages inside the form."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        if db_field.name in self.autocomplete_fields and field is not None:
            field.widget = field.widget.widget
        return field

    def save_model(self, request: HttpRequest, obj: Asset, form: Any, change: bool) -> None:  # noqa: FBT001
        """Save nothing more: the form's service has."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        """Save nothing more: the form's service has."""

    def has_maintenance_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may send an asset to maintenance that is in the store."""
        return self._may(request, obj, Action.SEND_TO_MAINTENANCE)

    def has_service_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may return an asset to service."""
        return self._may(request, obj, Action.RETURN_TO_SERVICE)

    def has_lose_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may report an asset lost."""
        return self._may(request, obj, Action.LOSE)

    def has_find_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may report an asset found that no open loan waits for."""
        asset = self._asset(request, obj)
        return self._may(request, obj, Action.FIND) and not (asset and asset.loan_id)

    def has_retire_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may retire an asset that no open loan waits for."""
        asset = self._asset(request, obj)
        return self._may(request, obj, Action.RETIRE) and not (asset and asset.loan_id)

    def _may(self, request: HttpRequest, obj: Any, deed: Action) -> bool:
        """Tell whether the button is shown; the service asks again."""
        if not request.user.has_perm("assets.change_asset"):
            return False
        asset = self._asset(request, obj)
        return asset is None or LIFECYCLE.allows(deed, Status(asset.status))

    def _asset(self, request: HttpRequest, obj: Any) -> Asset | None:
        """Return the asset; Unfold asks with an identifier, Django with the row."""
        if obj is None or isinstance(obj, Asset):
            return obj
        known: dict[str, Asset | None] = request.__dict__.setdefault("_assets", {})
        if str(obj) not in known:
            known[str(obj)] = self.get_object(request, str(obj))
        return known[str(obj)]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Asset]":
        """Read along what a page of one asset speaks of."""
        found: QuerySet[Asset] = super().get_queryset(request)
        return found.select_related("category__tariff", "tariff", "lender", "loan", "kit")

    @action(
        description=_("Send to maintenance"),
        icon="build",
        permissions=["maintenance"],
        dialog=MAINTENANCE,
    )
    def send_to_maintenance(
        self, request: StaffRequest, form: MaintenanceForm, object_id: str
    ) -> HttpResponse:
        """Take it out of service."""
        deed = partial(assets.send_to_maintenance, despite=form.despite())
        return self._do(request, form, object_id, MAINTENANCE, deed)

    @action(
        description=_("Return to service"), icon="undo", permissions=["service"], dialog=SERVICE
    )
    def return_to_service(
        self, request: StaffRequest, form: OptionalReasonForm, object_id: str
    ) -> HttpResponse:
        """Make it available."""
        return self._do(request, form, object_id, SERVICE, assets.return_to_service)

    @action(description=_("Report found"), icon="search_check", permissions=["find"], dialog=FIND)
    def report_found(self, request: StaffRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Have it back."""
        return self._do(request, form, object_id, FIND, assets.find)

    @action(
        description=_("Report lost"),
        icon="search_off",
        permissions=["lose"],
        dialog=LOSE,
    )
    def report_lost(self, request: StaffRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Say that nobody knows where it is."""
        return self._do(request, form, object_id, LOSE, assets.lose)

    @action(description=_("Retire"), icon="inventory", permissions=["retire"], dialog=RETIRE)
    def retire(self, request: StaffRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Lend it no more."""
        return self._do(request, form, object_id, RETIRE, assets.retire)

    def _do(
        self,
        request: StaffRequest,
        form: "BaseDialogForm",
        object_id: str,
        dialog: "ActionDialog",
        deed: "Callable[..., Asset]",
    ) -> HttpResponse:
        """Do the deed with what was typed, and come back to the page."""
        typed = {name: form.cleaned_data[name] for name in form.fields if name in _ASKED}
        return carry_out(
            request,
            form,
            dialog,
            lambda: deed(int(object_id), actor=request.user, **typed),
            success=lambda asset: _("{asset} is now: {status}.").format(
                asset=asset, status=asset.get_status_display()
            ),
            then=reverse("admin:assets_asset_change", args=(object_id,)),
        )


_ASKED = frozenset({"reason", "until"})
