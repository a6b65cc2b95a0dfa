"""Blackouts and maintenance on an asset’s page, and the cards that other parts put there."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.assets import sections
from apps.assets import services as assets
from apps.assets.models import Asset, Maintenance, Reservation
from apps.assets.services.blocking import PERMISSION
from apps.assets.states import ReservationKind, Status
from apps.assets.upkeep import state_of
from apps.assets.wording import moment
from apps.common.admin import BaseAdmin, ReasonForm, StaffRequest, carry_out

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.db.models import Model
    from unfold.dataclasses import ActionDialog

    from apps.accounts.models import User

STATES = {
    "overdue": gettext_lazy("overdue"),
    "planned": gettext_lazy("planned"),
    "waiting": gettext_lazy("waits for a gap"),
    "done": gettext_lazy("done"),
    "dropped": gettext_lazy("dropped"),
}
COLOURS = {
    "overdue": "danger",
    "planned": "info",
    "waiting": "warning",
    "done": "success",
    "dropped": "default",
}
SHOWN_DONE = 5


def _moment_field(label: Any) -> forms.DateTimeField:
    widget = UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"})
    return forms.DateTimeField(label=label, widget=widget)


class BlackoutForm(ReasonForm):
    """From when until when, and why."""

    field_order = ("starts_at", "ends_at", "reason")
    starts_at = _moment_field(gettext_lazy("From"))
    ends_at = _moment_field(gettext_lazy("Until"))


BLACK_OUT: "ActionDialog" = {
    "title": gettext_lazy("Block a period"),
    "description": gettext_lazy(
        "Its lender wants it back for that time. What is promised is not broken for it."
    ),
    "form_class": BlackoutForm,
    "form_submit_text": gettext_lazy("Block it"),
}
LIFT: "ActionDialog" = {
    "title": gettext_lazy("Lift the blackout"),
    "description": gettext_lazy("What is left of its time can be lent again."),
    "form_class": ReasonForm,
    "form_submit_text": gettext_lazy("Lift it"),
}


class BlackoutDeeds(BaseAdmin):
    """The button with which a lender’s time is blocked."""

    def has_black_out_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may block what is lent at all: its lender, and whoever may for everybody."""
        asset = self._asset(request, obj)
        if asset is not None and asset.status == Status.RETIRED:
            return False
        is_own = asset is not None and asset.lender_id == request.user.pk
        return is_own or request.user.has_perm(PERMISSION)

    @action(
        description=gettext_lazy("Block a period"),
        icon="event_busy",
        permissions=["black_out"],
        dialog=BLACK_OUT,
    )
    def black_out(self, request: StaffRequest, form: BlackoutForm, object_id: str) -> HttpResponse:
        """Keep it free for its lender."""
        typed = form.cleaned_data
        return carry_out(
            request,
            form,
            BLACK_OUT,
            lambda: assets.black_out(
                int(object_id),
                typed["starts_at"],
                typed["ends_at"],
                reason=typed["reason"],
                actor=request.user,
            ),
            success=lambda made: _("{reservation} is kept free.").format(reservation=made.in_words),
            then=page_of(object_id),
        )


class LiftDeed(BaseAdmin):
    """The button with which a blackout is lifted."""

    actions_detail = ("lift",)

    def has_lift_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may lift what is a blackout and not over."""
        found = obj
        if obj is not None and not isinstance(obj, Reservation):
            found = self.get_object(request, str(obj))
        return found is None or may_lift(found, request.user)  # type: ignore[arg-type]  # of staff

    @action(
        description=gettext_lazy("Lift the blackout"),
        icon="event_available",
        permissions=["lift"],
        dialog=LIFT,
    )
    def lift(self, request: StaffRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Let the rest of it go."""
        return carry_out(
            request,
            form,
            LIFT,
            lambda: assets.lift_blackout(
                int(object_id), reason=form.cleaned_data["reason"], actor=request.user
            ),
            success=lambda lifted: _("{reservation} is lifted.").format(reservation=lifted),
            then=lambda lifted: page_of(lifted.asset_id),
        )


def may_lift(reservation: Reservation, user: "User") -> bool:
    """Tell whether this is a blackout that this person may lift now."""
    if reservation.kind != ReservationKind.BLACKOUT or not reservation.is_holding:
        return False
    if reservation.ends_at <= timezone.now():
        return False
    return reservation.asset.lender_id == user.pk or user.has_perm(PERMISSION)


def page_of(asset_id: int | str) -> str:
    """Return the address of the asset’s page."""
    return reverse("admin:assets_asset_change", args=(asset_id,))


def content_of(asset: Asset, *, user: "User", now: "datetime") -> dict[str, Any]:
    """Return what the page shows of maintenance, blackouts, and whatever else has a card."""
    blackouts = asset.reservations.holding().filter(kind=ReservationKind.BLACKOUT)
    return {
        "maintenance": list(_rows(asset, now)) if user.has_perm("assets.view_maintenance") else [],
        "may_finish": user.has_perm("assets.finish_maintenance"),
        "blackouts": [
            {
                "reservation": one,
                "starts": moment(one.starts_at),
                "ends": moment(one.ends_at),
                "may_lift": may_lift(one, user),
            }
            for one in blackouts.unfinished(now).order_by("period").select_related("asset")
        ],
        "sections": sections.drawn(asset, user),
    }


def _rows(asset: Asset, now: "datetime") -> "Iterator[dict[str, Any]]":
    """Yield what is to do, the most urgent first, then what was done last."""
    all_of_it = Maintenance.objects.filter(asset=asset).select_related(
        "plan", "reservation", "done_by"
    )
    done = all_of_it.filter(done_at__isnull=False).order_by("-done_at")[:SHOWN_DONE]
    for due in (*all_of_it.undone().order_by("due_at"), *done):
        state = state_of(due, now=now)
        yield {
            "due": due,
            "is_open": due.done_at is None,
            "state": STATES[state],
            "colour": COLOURS[state],
            "due_at": moment(due.due_at),
            "planned": moment(due.reservation.starts_at) if due.reservation else "–",
        }


class CategorySections(BaseAdmin):
    """The cards that other parts put on the page of a category."""

    change_form_template = "assets/category_page.html"

    def changeform_view(
        self,
        request: StaffRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the cards under the form."""
        context = extra_context or {}
        category: Model | None = self.get_object(request, object_id) if object_id else None
        if category and self.has_view_permission(request, category):
            context["sections"] = sections.drawn(category, request.user)  # type: ignore[arg-type]  # a category
        response: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        return response
