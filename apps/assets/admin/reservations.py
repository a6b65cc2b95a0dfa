"""Reservations, to read: deeds make and free them."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from apps.assets.admin.endangered import BrokenPromises
from apps.assets.admin.upkeep import LiftDeed
from apps.assets.models import Reservation
from apps.assets.states import ReservationKind
from apps.assets.wording import length, moment
from apps.common.admin import AS_TABS, TabFilter

if TYPE_CHECKING:
    from django.db.models import QuerySet

KIND_COLOURS = {
    ReservationKind.LOAN: "primary",
    ReservationKind.MAINTENANCE: "warning",
    ReservationKind.BLACKOUT: "default",
}


class ReservationTabs(TabFilter):
    """What takes time from now on, what took it, and what was let go."""

    tabs = (
        ("ahead", _("Now and ahead")),
        ("past", _("Past")),
        ("released", _("Released")),
        ("all", _("All")),
    )

    def queryset(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: "QuerySet[Reservation]",
    ) -> "QuerySet[Reservation]":
        """Keep the reservations of the open tab."""
        now = timezone.now()
        match self.value():
            case "ahead":
                return queryset.filter(is_holding=True, period__endswith__gt=now)
            case "past":
                return queryset.filter(is_holding=True, period__endswith__lte=now)
            case "released":
                return queryset.filter(is_holding=False)
            case _:
                return queryset


@admin.register(Reservation)
class ReservationAdmin(LiftDeed, BrokenPromises):
    """When which asset is taken, and why."""

    list_display = ("number", "shown_asset", "shown_kind", "starts", "due", "ends", "reason")
    export_prefix = "R-"
    list_display_links = ("number",)
    list_filter = (
        ReservationTabs,
        ("kind", ChoicesDropdownFilter),
        ("asset__category", RelatedDropdownFilter),
    )
    list_filter_options = AS_TABS
    list_select_related = ("asset",)
    search_fields = ("asset__tag", "asset__name", "reason")
    search_help_text = _("Search tags, names and reasons")
    fields = (
        ("number", "kind"),
        ("shown_asset", "reason"),
        ("starts", "due"),
        ("ends", "shown_turnaround"),
        ("is_holding", "created"),
    )
    readonly_fields = (
        "number",
        "shown_asset",
        "starts",
        "due",
        "ends",
        "shown_turnaround",
        "created",
    )

    class Media:
        """Fields side by side."""

        css = {"all": ("assets/assets.css",)}

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Begin with the nearest: what comes next, or what came last."""
        is_ahead = request.GET.get(ReservationTabs.parameter_name, "ahead") == "ahead"
        return ("period",) if is_ahead else ("-period",)

    @display(description=_("number"), ordering="pk")
    def number(self, reservation: Reservation) -> str:
        """Show the number."""
        return str(reservation)

    @display(description=_("asset"), ordering="asset__tag")
    def shown_asset(self, reservation: Reservation) -> str:
        """Lead to the asset."""
        page = reverse("admin:assets_asset_change", args=(reservation.asset_id,))
        return format_html('<a class="office-link" href="{}">{}</a>', page, reservation.asset)

    @display(description=_("kind"), ordering="kind", label=KIND_COLOURS)
    def shown_kind(self, reservation: Reservation) -> Any:
        """Show the kind in its colour."""
        return reservation.kind, reservation.get_kind_display()

    @display(description=_("from"), ordering="period")
    def starts(self, reservation: Reservation) -> str:
        """Show the first moment that is taken."""
        return moment(reservation.starts_at)

    @display(description=_("due back"))
    def due(self, reservation: Reservation) -> str:
        """Show when the asset should be back."""
        return moment(reservation.due_at)

    @display(description=_("free again"))
    def ends(self, reservation: Reservation) -> str:
        """Show the end with its turnaround."""
        return moment(reservation.ends_at)

    @display(description=_("reserved at"))
    def created(self, reservation: Reservation) -> str:
        """Show since when."""
        return moment(reservation.created_at)

    @display(description=_("turnaround"))
    def shown_turnaround(self, reservation: Reservation) -> str:
        """Show the turnaround in words."""
        return length(reservation.turnaround)
