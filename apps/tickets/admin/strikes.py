"""Strikes, to read and to lift, and the policies that count them."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from apps.audit.reference import ReferenceAdmin
from apps.common.admin import (
    AS_TABS,
    HistoryAdmin,
    ReadOnlyAdmin,
    StaffRequest,
    TabFilter,
    carry_out,
)
from apps.tickets import services
from apps.tickets.admin import claim_dialogs as dialogs
from apps.tickets.models import Strike, StrikePolicy

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from unfold.dataclasses import UnfoldAction


class StrikeTabs(TabFilter):
    """What counts, and what was lifted."""

    tabs = (("standing", gettext_lazy("Standing")), ("lifted", gettext_lazy("Lifted")))

    def queryset(self, request: "HttpRequest", queryset: "QuerySet[Strike]") -> "QuerySet[Strike]":  # noqa: ARG002
        """Keep the rows of the open tab."""
        return queryset.filter(lifted_at__isnull=self.value() != "lifted")


@admin.register(Strike)
class StrikeAdmin(HistoryAdmin, ReadOnlyAdmin):
    """Strikes; left by deeds, lifted in a dialog with a reason."""

    list_display = ("person", "mark", "note", "left_at", "ends_at", "lifted_by")
    list_select_related = ("person", "lifted_by")
    list_filter = (StrikeTabs, "kind")
    list_filter_options: ClassVar[dict[str, Any]] = AS_TABS
    search_fields = ("person__display_name", "person__email")
    search_help_text = gettext_lazy("Name or e-mail")
    empty_text = gettext_lazy("No strikes. A late return leaves one.")
    ordering = ("-pk",)
    fieldsets: ClassVar[Any] = (
        (None, {"fields": (("person", "kind"), "note", ("struck_at", "suspended_until"))}),
        (
            gettext_lazy("Lifted"),
            {"fields": (("lifted_at", "lifted_by"), "lift_reason")},
        ),
    )
    actions_detail = ("lift",)

    def has_lift_permission(self, request: "HttpRequest", _obj: object = None) -> bool:
        """Tell whether this person may lift strikes."""
        return request.user.has_perm("accounts.suspend_user")

    def get_actions_detail(
        self, request: StaffRequest, object_id: int | str
    ) -> "list[UnfoldAction]":
        """Offer to lift what stands."""
        strike = self.get_object(request, str(object_id))
        if strike is None or strike.lifted_at:
            return []
        buttons: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        return buttons

    @display(
        description=gettext_lazy("kind"),
        ordering="kind",
        label={"late": "warning", "damage": "warning", "loss": "danger"},
    )
    def mark(self, strike: Strike) -> tuple[str, str]:
        """Return the kind as a coloured label."""
        return strike.kind, strike.get_kind_display()

    @display(description=gettext_lazy("at"), ordering="struck_at")
    def left_at(self, strike: Strike) -> str:
        """Return when it was left."""
        return _moment(strike.struck_at)

    @display(description=gettext_lazy("suspended until"), ordering="suspended_until")
    def ends_at(self, strike: Strike) -> str:
        """Return until when it suspends."""
        return _moment(strike.suspended_until) if strike.suspended_until else "–"

    @action(
        description=gettext_lazy("Lift"), permissions=["lift"], icon="undo", dialog=dialogs.LIFT
    )
    def lift(
        self, request: StaffRequest, form: dialogs.ReasonDialog, object_id: str
    ) -> HttpResponse:
        """Let it count no more."""
        return carry_out(
            request,
            form,
            dialogs.LIFT,
            lambda: services.lift_strike(
                int(object_id), reason=form.cleaned_data["reason"], actor=request.user
            ),
            success=lambda strike: _("The strike is lifted, and {person} is told.").format(
                person=strike.person
            ),
            then=lambda strike: reverse("admin:tickets_strike_change", args=(strike.pk,)),
        )


def _moment(at: "datetime") -> str:
    text = date_format(timezone.localtime(at), "j M Y H:i")
    return format_html('<span class="whitespace-nowrap">{}</span>', text)


@admin.register(StrikePolicy)
class StrikePolicyAdmin(ReferenceAdmin):
    """How many strikes suspend for how long."""

    list_display = ("name", "strike_count", "within_days", "suspended_days", "is_active")
    search_fields = ("name",)
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("name", "is_active")}),
        (
            gettext_lazy("When it applies"),
            {
                "fields": (
                    ("strike_count", "within_days"),
                    ("counts_late", "counts_damage", "counts_loss"),
                )
            },
        ),
        (
            gettext_lazy("What follows"),
            {
                "fields": ("suspended_days",),
                "description": gettext_lazy(
                    "Of several policies that apply, the longest suspension counts. Add one with "
                    "more strikes and more days to make it grow."
                ),
            },
        ),
    )
