"""Maintenance: the plans, and what is due, planned, overdue and done."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.assets import services as assets
from apps.assets.admin.fields import LengthField
from apps.assets.admin.history import RegisterHistory
from apps.assets.admin.upkeep import COLOURS, STATES, page_of
from apps.assets.models import Maintenance, MaintenancePlan
from apps.assets.upkeep import state_of
from apps.assets.wording import length, moment
from apps.audit.reference import ReferenceAdmin
from apps.common.admin import (
    AS_TABS,
    AmountField,
    DialogForm,
    HistoryAdmin,
    ReadOnlyAdmin,
    StaffRequest,
    TabFilter,
    amount_in,
    carry_out,
    money,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from unfold.dataclasses import ActionDialog, UnfoldAction


class PlanForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """A plan with its duration in hours and minutes."""

    duration = LengthField(
        label=gettext_lazy("Duration"), help_text=gettext_lazy("how long it takes, such as 2:00")
    )

    class Meta:
        model = MaintenancePlan
        fields = (
            "title",
            "asset",
            "category",
            "every_months",
            "first_due_on",
            "after_each_loan",
            "duration",
            "blocks",
            "is_active",
        )


@admin.register(MaintenancePlan)
class MaintenancePlanAdmin(RegisterHistory, ReferenceAdmin):
    """What is done to which assets again and again; every save is in the audit log."""

    form = PlanForm
    list_display = ("title", "wanted", "rhythm", "shown_duration", "blocks", "is_active")
    list_filter = (("category", RelatedDropdownFilter), "is_active")
    list_select_related = ("asset", "category")
    search_fields = ("title", "asset__tag", "category__name")
    autocomplete_fields = ("asset", "category")
    fields = (
        "title",
        ("asset", "category"),
        ("every_months", "first_due_on"),
        "after_each_loan",
        "duration",
        "blocks",
        "is_active",
    )
    empty_text = gettext_lazy("No maintenance is planned. Add a plan for an asset or a category.")

    class Media:
        """Fields side by side."""

        css = {"all": ("assets/assets.css",)}

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Offer no shortcuts to other pages inside the form."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        if db_field.name in self.autocomplete_fields and field is not None:
            field.widget = field.widget.widget
        return field

    @display(description=gettext_lazy("for"))
    def wanted(self, plan: MaintenancePlan) -> str:
        """Show the asset or the category."""
        return str(plan.asset or plan.category)

    @display(description=gettext_lazy("when"))
    def rhythm(self, plan: MaintenancePlan) -> str:
        """Show how often."""
        parts = [_("after each loan")] if plan.after_each_loan else []
        if plan.every_months:
            parts.insert(0, _("every {count} months").format(count=plan.every_months))
        return ", ".join(parts)

    @display(description=gettext_lazy("duration"), ordering="duration")
    def shown_duration(self, plan: MaintenancePlan) -> str:
        """Show the duration in words."""
        return length(plan.duration)


class MaintenanceTabs(TabFilter):
    """What has to be done, what of that is late, and what was done."""

    tabs = (
        ("undone", gettext_lazy("To do")),
        ("overdue", gettext_lazy("Overdue")),
        ("done", gettext_lazy("Done")),
        ("all", gettext_lazy("All")),
    )

    def queryset(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: "QuerySet[Maintenance]",
    ) -> "QuerySet[Maintenance]":
        """Keep the rows of the open tab."""
        match self.value():
            case "undone":
                return queryset.filter(done_at__isnull=True, dropped_at__isnull=True)
            case "overdue":
                return queryset.filter(
                    done_at__isnull=True, dropped_at__isnull=True, due_at__lte=timezone.now()
                )
            case "done":
                return queryset.filter(done_at__isnull=False)
            case _:
                return queryset


class DoneForm(DialogForm):
    """What was done, and what it cost."""

    note = forms.CharField(
        label=gettext_lazy("What was done"),
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    cost = AmountField(
        label=gettext_lazy("Cost"),
        required=False,
        help_text=gettext_lazy("in the currency of the asset; empty: not known"),
    )

    def clean(self) -> dict[str, Any]:
        """Turn the cost into minor units."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        due = Maintenance.objects.select_related("asset").get(pk=self.object_id)
        cost = amount_in(self, "cost", due.asset.currency)
        if cost is not None and cost < 0:
            self.add_error("cost", _("A cost may not be negative."))
        elif "cost" not in self.errors:
            cleaned["cost"] = cost
        return cleaned

    def __init__(self, request: HttpRequest, object_id: Any = None, **options: Any) -> None:
        """Remember what this is about."""
        super().__init__(request, object_id, **options)
        self.object_id = object_id


DONE: "ActionDialog" = {
    "title": gettext_lazy("Record as done"),
    "description": gettext_lazy("The rest of its time is free again, and it stays in the history."),
    "form_class": DoneForm,
    "form_submit_text": gettext_lazy("Record as done"),
}


@admin.register(Maintenance)
class MaintenanceAdmin(HistoryAdmin, ReadOnlyAdmin):
    """What is due on which asset; done by a dialog."""

    list_display = ("what", "state", "shown_asset", "due", "planned", "done", "shown_cost")
    export_prefix = "M-"
    export_currency = "asset__currency"
    list_display_links = ("what",)
    list_filter = (
        MaintenanceTabs,
        ("plan", RelatedDropdownFilter),
        ("asset__category", RelatedDropdownFilter),
    )
    list_filter_options = AS_TABS
    list_select_related = ("plan", "asset", "reservation", "done_by")
    search_fields = ("plan__title", "asset__tag", "asset__name")
    search_help_text = gettext_lazy("Search plans, tags and names")
    empty_text = gettext_lazy("Nothing has to be done.")
    fields = (
        ("what", "standing"),
        ("shown_asset", "due"),
        ("planned", "done"),
        ("note", "shown_cost"),
    )
    readonly_fields = ("what", "standing", "shown_asset", "due", "planned", "done", "shown_cost")
    actions_detail = ("done_deed",)

    class Media:
        """Fields side by side."""

        css = {"all": ("assets/assets.css",)}

    @display(description=gettext_lazy("plan"), ordering="plan__title")
    def what(self, due: Maintenance) -> str:
        """Show the plan."""
        return due.plan.title

    @display(description=gettext_lazy("status"), label=COLOURS)
    def state(self, due: Maintenance) -> Any:
        """Show where it stands."""
        state = state_of(due, now=timezone.now())
        return state, STATES[state]

    @display(description=gettext_lazy("status"))
    def standing(self, due: Maintenance) -> str:
        """Show where it stands on the page, which draws no labels."""
        return str(STATES[state_of(due, now=timezone.now())])

    @display(description=gettext_lazy("asset"), ordering="asset__tag")
    def shown_asset(self, due: Maintenance) -> str:
        """Lead to the asset."""
        address = page_of(due.asset_id)
        return format_html('<a class="office-link" href="{}">{}</a>', address, due.asset)

    @display(description=gettext_lazy("due"), ordering="due_at")
    def due(self, due: Maintenance) -> str:
        """Show by when."""
        return moment(due.due_at)

    @display(description=gettext_lazy("planned"))
    def planned(self, due: Maintenance) -> str:
        """Show when it has its time."""
        return moment(due.reservation.starts_at) if due.reservation else "–"

    @display(description=gettext_lazy("done"), ordering="done_at")
    def done(self, due: Maintenance) -> str:
        """Show when, and by whom."""
        return f"{moment(due.done_at)}, {due.done_by}" if due.done_at else "–"

    @display(description=gettext_lazy("cost"), ordering="cost")
    def shown_cost(self, due: Maintenance) -> str:
        """Show the cost as money."""
        return money(due.cost, due.asset.currency)

    def has_finish_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        """Tell who may record it."""
        return bool(request.user.has_perm("assets.finish_maintenance"))

    def get_actions_detail(
        self, request: StaffRequest, object_id: int | str
    ) -> "list[UnfoldAction]":
        """Offer it until it is done."""
        due = self.get_object(request, str(object_id))
        if due is None or due.done_at or due.dropped_at:
            return []
        offered: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        return offered

    @action(
        description=gettext_lazy("Record as done"),
        icon="task_alt",
        permissions=["finish"],
        url_path="done",
        dialog=DONE,
    )
    def done_deed(self, request: StaffRequest, form: DoneForm, object_id: str) -> HttpResponse:
        """Record it."""
        typed = form.cleaned_data
        return carry_out(
            request,
            form,
            DONE,
            lambda: assets.maintenance_done(
                int(object_id), note=typed["note"], cost=typed["cost"], actor=request.user
            ),
            success=lambda due: _("“{title}” is recorded as done.").format(title=due.plan.title),
            then=lambda due: page_of(due.asset_id),
        )
