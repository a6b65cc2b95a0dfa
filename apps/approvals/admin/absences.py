"""Absences: who decides for whom, and until when."""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from apps.accounts.models import User
from apps.approvals import selectors, services
from apps.approvals.models import Substitution
from apps.approvals.services.absences import FOR_OTHERS
from apps.common.admin import (
    DialogForm,
    HistoryAdmin,
    ReadOnlyAdmin,
    ReasonForm,
    StaffRequest,
    carry_out,
)
from apps.common.admin.moments import MomentField

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet
    from django.utils.safestring import SafeString
    from unfold.dataclasses import ActionDialog

LIST = "admin:approvals_substitution_changelist"


class AbsenceForm(DialogForm):
    """Who is away, who decides for them, from when until when."""

    person = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("Who is away"), widget=UnfoldAdminSelectWidget
    )
    substitute = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Who decides for them"),
        help_text=gettext_lazy("They decide with the right of who is away, never for themselves."),
        widget=UnfoldAdminSelectWidget,
    )
    starts_at = MomentField(label=gettext_lazy("From"))
    ends_at = MomentField(label=gettext_lazy("Until"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=254,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self, request: HttpRequest, object_id: int | str | None = None, **options: Any
    ) -> None:
        """Offer oneself, and to whoever may name for others everybody who decides."""
        super().__init__(request, object_id, **options)
        staff = selectors.people_with_access()
        person, substitute = self.fields["person"], self.fields["substitute"]
        substitute.queryset = staff.exclude(pk__in=[request.user.pk])
        if request.user.has_perm(FOR_OTHERS):
            person.queryset = substitute.queryset = staff
        else:
            person.queryset = User.objects.filter(pk__in=[request.user.pk])
            self.initial["person"] = request.user.pk

    def values(self) -> dict[str, Any]:
        """Return what was typed, by the names of the service."""
        names = ("person", "substitute", "starts_at", "ends_at", "reason")
        return {name: self.cleaned_data[name] for name in names}


NAME: "ActionDialog" = {
    "title": gettext_lazy("Name a substitute"),
    "description": gettext_lazy(
        "While somebody is away, another person decides on what waits for them. Both are told."
    ),
    "form_class": AbsenceForm,
    "form_submit_text": gettext_lazy("Name the substitute"),
}
END: "ActionDialog" = {
    "title": gettext_lazy("End the absence"),
    "description": gettext_lazy("The substitute decides no more. What they decided stays."),
    "form_class": ReasonForm,
    "form_submit_text": gettext_lazy("End it"),
}


@admin.register(Substitution)
class SubstitutionAdmin(HistoryAdmin, ReadOnlyAdmin):
    """One's own absences, and for administrators and auditors everybody's."""

    list_display = ("person", "substitute", "starts", "ends", "reason", "standing", "button")
    list_display_links = None
    list_select_related = ("person", "substitute")
    search_fields = ("person__display_name", "substitute__display_name")
    fields: ClassVar[Any] = ("person", "substitute", "starts", "ends", "reason", "named_by")
    readonly_fields = ("starts", "ends")
    actions_list = ("name",)
    actions_detail = ("end",)
    empty_text = gettext_lazy("Nobody is away. Name a substitute before you leave.")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Substitution]":
        """Keep one's own, unless one may see or name everybody's."""
        rows: QuerySet[Substitution] = super().get_queryset(request)
        if request.user.has_perm(FOR_OTHERS) or request.user.has_perm(
            "approvals.view_historicalsubstitution"
        ):
            return rows
        return rows.filter(Q(person=request.user.pk) | Q(substitute=request.user.pk))

    def get_actions_detail(self, request: HttpRequest, object_id: int | str) -> list[Any]:  # noqa: ARG002
        """Return none for the head of the page: the button stands in the row."""
        return []

    @display(description=gettext_lazy("from"), ordering="period")
    def starts(self, absence: Substitution) -> str:
        """Return the first moment."""
        return _moment(absence.starts_at)

    @display(description=gettext_lazy("until"))
    def ends(self, absence: Substitution) -> str:
        """Return the first moment after it."""
        return _moment(absence.ends_at)

    @display(
        description=gettext_lazy("standing"),
        label={"now": "success", "later": "info", "over": "default", "ended": "default"},
    )
    def standing(self, absence: Substitution) -> tuple[str, str]:
        """Say whether it holds now."""
        now = timezone.now()
        if not absence.is_active:
            return "ended", _("ended early")
        if absence.ends_at <= now:
            return "over", _("over")
        return ("later", _("to come")) if absence.starts_at > now else ("now", _("now"))

    @display(description=gettext_lazy("end"))
    def button(self, absence: Substitution) -> "SafeString | str":
        """Offer to end what has not ended."""
        if not absence.is_active or absence.ends_at <= timezone.now():
            return ""
        return render_to_string(
            "approvals/row_button.html",
            {
                "url": reverse("admin:approvals_substitution_end", args=(absence.pk,)),
                "title": END["title"],
                "about": absence,
                "icon": "event_available",
            },
        )

    @action(
        description=gettext_lazy("Name a substitute"),
        icon="person_add",
        permissions=["view"],
        dialog=NAME,
    )
    def name(self, request: StaffRequest, form: AbsenceForm) -> HttpResponse:
        """Name who decides for whom."""
        return carry_out(
            request,
            form,
            NAME,
            lambda: services.name_substitute(**form.values(), actor=request.user),
            success=_("The substitute is named, and both are told."),
            then=reverse(LIST),
        )

    @action(description=gettext_lazy("End"), permissions=["view"], dialog=END)
    def end(self, request: StaffRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """End an absence early."""
        return carry_out(
            request,
            form,
            END,
            lambda: services.end_absence(
                int(object_id), reason=form.cleaned_data["reason"], actor=request.user
            ),
            success=_("The absence is ended."),
            then=reverse(LIST),
        )


def _moment(at: "datetime") -> str:
    return date_format(timezone.localtime(at), "j M Y, H:i")
