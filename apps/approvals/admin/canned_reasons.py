"""Canned reasons, kept by administrators."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from apps.approvals import scopes
from apps.approvals.models import CannedReason
from apps.audit.reference import ReferenceAdmin


class CannedReasonForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """A sentence, for which verdict, and on what."""

    scope = forms.ChoiceField(
        label=gettext_lazy("Scope"), required=False, widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = CannedReason
        fields = ("verdict", "scope", "text", "is_active")

    def __init__(self, *args: Any, **options: Any) -> None:
        """Offer the registered scopes, and any."""
        super().__init__(*args, **options)
        if "scope" in self.fields:
            self.fields["scope"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
                ("", gettext_lazy("any")),
                *((scope.slug, scope.label) for scope in scopes.registered.values()),
            ]


@admin.register(CannedReason)
class CannedReasonAdmin(ReferenceAdmin):
    """Sentences offered where somebody decides."""

    form = CannedReasonForm
    list_display = ("text", "verdict", "kind", "is_active")
    list_filter = ("verdict", "is_active")
    search_fields = ("text",)
    empty_text = gettext_lazy("There is no canned reason yet. Add the sentences you often write.")

    @display(description=gettext_lazy("scope"), ordering="scope")
    def kind(self, row: CannedReason) -> str:
        """Return the name of the scope, or any."""
        scope = scopes.registered.get(row.scope)
        return str(scope.label if scope else gettext_lazy("any"))
