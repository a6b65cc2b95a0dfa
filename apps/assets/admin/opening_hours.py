"""When the office is open, kept as reference data: every save is in the audit log."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from apps.assets import services as assets
from apps.assets.admin.dialogs import REMOVE
from apps.assets.models import OpeningHours, SpecialDays
from apps.assets.models.opening_hours import hours
from apps.audit.reference import ReferenceAdmin
from apps.common.admin import AS_TABS, ReasonForm, StaffRequest, TabFilter, carry_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet


class _Removable(ReferenceAdmin):
    """A page with a dialog that removes the row, which its history keeps."""

    actions_detail = ("remove",)
    remove_deed: "Callable[..., object]"

    def has_remove_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Tell who may remove it."""
        return request.user.has_perm(f"assets.delete_{self.opts.model_name}")

    @action(
        description=_("Remove"),
        icon="delete",
        variant=ActionVariant.DANGER,
        permissions=["remove"],
        dialog=REMOVE,
    )
    def remove(self, request: StaffRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Let it count no more."""
        deed, reason = type(self).remove_deed, form.cleaned_data["reason"]
        return carry_out(
            request,
            form,
            REMOVE,
            lambda: deed(int(object_id), reason=reason, actor=request.user),
            success=lambda row: _("“{row}” is removed.").format(row=row),
            then=reverse(f"admin:assets_{self.opts.model_name}_changelist"),
        )


@admin.register(OpeningHours)
class OpeningHoursAdmin(_Removable):
    """The spells of the week; without any the office counts as always open."""

    list_display = ("shown_day", "shown_hours")
    list_display_links = ("shown_day",)
    fields = ("weekday", ("opens_at", "closes_at"))
    empty_text = _("No hours are kept, so that loans may start and end at any time.")
    remove_deed = assets.remove_hours

    class Media:
        """Fields side by side."""

        css = {"all": ("assets/assets.css",)}

    @display(description=_("weekday"), ordering="weekday")
    def shown_day(self, spell: OpeningHours) -> str:
        """Show the day."""
        return str(spell.get_weekday_display())

    @display(description=_("open"))
    def shown_hours(self, spell: OpeningHours) -> str:
        """Show the hours as people write them."""
        return hours(spell.opens_at, spell.closes_at)


class _DayTabs(TabFilter):
    """What is ahead, and what is over."""

    tabs = (("ahead", _("Now and ahead")), ("past", _("Past")))

    def queryset(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: "QuerySet[SpecialDays]",
    ) -> "QuerySet[SpecialDays]":
        """Keep the days of the open tab."""
        today = timezone.localdate()
        if self.value() == "past":
            return queryset.filter(last_on__lt=today)
        return queryset.filter(last_on__gte=today)


@admin.register(SpecialDays)
class SpecialDaysAdmin(_Removable):
    """Days on which the office is closed, or open at other hours."""

    list_display = ("shown_days", "shown_hours", "reason")
    list_display_links = ("shown_days",)
    list_filter = (_DayTabs,)
    list_filter_options = AS_TABS
    search_fields = ("reason",)
    fields = (("first_on", "last_on"), ("opens_at", "closes_at"), "reason")
    empty_text = _("No day differs from the week.")
    remove_deed = assets.remove_special_days

    class Media:
        """Fields side by side."""

        css = {"all": ("assets/assets.css",)}

    @display(description=_("days"), ordering="first_on")
    def shown_days(self, days: SpecialDays) -> str:
        """Show the first day, and the last if there are several."""
        return days.in_words

    @display(description=_("open"))
    def shown_hours(self, days: SpecialDays) -> str:
        """Show the hours, or that it is closed."""
        if days.opens_at is None or days.closes_at is None:
            return str(_("closed"))
        return hours(days.opens_at, days.closes_at)
