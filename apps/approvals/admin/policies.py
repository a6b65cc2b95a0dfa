"""Policies: who must agree on what; a change holds for what is asked from then on."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from apps.approvals import scopes
from apps.approvals.models import Level, Policy
from apps.audit.reference import ReferenceAdmin
from apps.common.admin import AmountField, amount_in
from apps.common.errors import DomainError
from apps.common.money import decimals_of, format_amount, plain_amount

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


def _hours(policy: Policy) -> int | None:
    return round(policy.due_in / timedelta(hours=1)) if policy.due_in else None


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """A policy whose amounts are written as people write them."""

    scope = forms.ChoiceField(label=gettext_lazy("Scope"), widget=UnfoldAdminSelectWidget)
    from_amount = AmountField(
        label=gettext_lazy("From amount"),
        required=False,
        help_text=gettext_lazy("This amount and more; empty: from nothing."),
    )
    to_amount = AmountField(
        label=gettext_lazy("Below amount"),
        required=False,
        help_text=gettext_lazy("Less than this amount; empty: without an end."),
    )
    due_hours = forms.IntegerField(
        label=gettext_lazy("Decide within"),
        required=False,
        min_value=1,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("Hours; the queue shows what is later in red. Empty: no hurry."),
    )

    class Meta:
        model = Policy
        fields = ("name", "scope", "currency", "group", "is_active")

    def __init__(self, *args: Any, **options: Any) -> None:
        """Offer the registered scopes, and show the amounts in the policy's currency."""
        super().__init__(*args, **options)
        if "scope" in self.fields:
            self.fields["scope"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
                (scope.slug, scope.label) for scope in scopes.registered.values()
            ]
        policy = self.instance
        self.initial["due_hours"] = _hours(policy)
        if policy.currency:
            if policy.amount_from:
                self.initial["from_amount"] = plain_amount(policy.amount_from, policy.currency)
            if policy.amount_to is not None:
                self.initial["to_amount"] = plain_amount(policy.amount_to, policy.currency)

    def clean_currency(self) -> str:
        """Return the code in capitals, or nothing for any currency."""
        currency = str(self.cleaned_data["currency"]).strip().upper()
        if currency:
            try:
                decimals_of(currency)
            except DomainError as refusal:
                raise forms.ValidationError(refusal.message) from refusal
        return currency

    def clean(self) -> dict[str, Any]:
        """Turn the amounts into minor units; without a currency they would mean nothing."""
        cleaned = super().clean() or {}
        hours = cleaned.get("due_hours")
        self.instance.due_in = timedelta(hours=hours) if hours else None
        currency = cleaned.get("currency")
        if currency:
            self._clean_band(currency)
        elif currency == "":
            self.instance.amount_from, self.instance.amount_to = 0, None
            for field in ("from_amount", "to_amount"):
                if cleaned.get(field):
                    self.add_error(field, _("Name a currency first: amounts differ between them."))
        return cleaned

    def _clean_band(self, currency: str) -> None:
        start = amount_in(self, "from_amount", currency) or 0
        end = amount_in(self, "to_amount", currency)
        if start < 0:
            self.add_error("from_amount", _("Write an amount that is not negative."))
        elif end is not None and end <= start:
            self.add_error("to_amount", _("This must be more than the “from amount”."))
        self.instance.amount_from, self.instance.amount_to = start, end


class LevelInline(TabularInline):
    """The levels of a policy, in order."""

    model = Level
    fields = ("number", "role", "decider_count")
    min_num = 1
    extra = 0

    def get_formset(
        self, request: "HttpRequest", obj: Policy | None = None, **options: Any
    ) -> "type[forms.BaseInlineFormSet[Any, Any, Any]]":
        """Insist on a level: a policy without one never applies."""
        formset = super().get_formset(request, obj, **{**options, "validate_min": True})
        return cast("type[forms.BaseInlineFormSet[Any, Any, Any]]", formset)


@admin.register(Policy)
class PolicyAdmin(ReferenceAdmin):
    """Policies, edited by administrators."""

    form = PolicyForm
    list_display = ("name", "kind", "currency", "group", "band", "chain", "is_active")
    list_filter = ("scope", "currency", "is_active")
    search_fields = ("name", "group")
    inlines = (LevelInline,)
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("name", "is_active")}),
        (
            gettext_lazy("What it is about"),
            {
                "fields": ("scope", "group", "currency", "from_amount", "to_amount"),
                "description": gettext_lazy(
                    "Of several that fit, the one with a category or reason code wins, then the "
                    "one with a currency, then the one that begins at the higher amount."
                ),
            },
        ),
        (gettext_lazy("When"), {"fields": ("due_hours",)}),
    )

    def get_queryset(self, request: "HttpRequest") -> "QuerySet[Policy]":
        """Fetch the levels of all rows at once."""
        rows: QuerySet[Policy] = super().get_queryset(request)
        return rows.prefetch_related("levels__role")

    @display(description=gettext_lazy("scope"), ordering="scope")
    def kind(self, policy: Policy) -> str:
        """Return the name of the scope."""
        scope = scopes.registered.get(policy.scope)
        return str(scope.label if scope else policy.scope)

    @display(description=gettext_lazy("amount"))
    def band(self, policy: Policy) -> str:
        """Return the band as people read it."""
        if not policy.currency:
            return _("any")
        if policy.amount_to is None:
            return _("from {start}").format(start=self.from_amount(policy))
        return _("{start} to below {end}").format(
            start=self.from_amount(policy), end=self.to_amount(policy)
        )

    @display(description=gettext_lazy("From amount"))
    def from_amount(self, policy: Policy) -> str:
        """Return where the band begins, for somebody who only reads."""
        return format_amount(policy.amount_from, policy.currency) if policy.currency else "–"

    @display(description=gettext_lazy("Below amount"))
    def to_amount(self, policy: Policy) -> str:
        """Return where the band ends, for somebody who only reads."""
        if policy.amount_to is None:
            return "–"
        return format_amount(policy.amount_to, policy.currency)

    @display(description=gettext_lazy("Decide within"))
    def due_hours(self, policy: Policy) -> str:
        """Return how long there is to decide, for somebody who only reads."""
        return _("{count} hours").format(count=_hours(policy)) if policy.due_in else "–"

    @display(description=gettext_lazy("levels"))
    def chain(self, policy: Policy) -> str:
        """Return the roles in order."""
        return " → ".join(
            f"{level.decider_count} × {level.role}" if level.decider_count > 1 else str(level.role)
            for level in policy.levels.all()
        )
