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


HOURS = {
    "due_hours": "due_in",
    "remind_hours": "remind_after",
    "escalate_hours": "escalate_after",
}
AMOUNTS = {
    "from_amount": "amount_from",
    "to_amount": "amount_to",
    "from_value": "value_from",
    "to_value": "value_to",
    "automatic_amount": "automatic_below",
    "recent_amount": "step_up_amount",
}


def _hours(length: timedelta | None) -> int | None:
    return round(length / timedelta(hours=1)) if length else None


def _hours_field(label: Any, help_text: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=1,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=help_text,
    )


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
    from_value = AmountField(
        label=gettext_lazy("From asset value"),
        required=False,
        help_text=gettext_lazy("Of the dearest asset, this value and more; empty: any."),
    )
    to_value = AmountField(
        label=gettext_lazy("Below asset value"),
        required=False,
        help_text=gettext_lazy("Less than this value; empty: without an end."),
    )
    automatic_amount = AmountField(
        label=gettext_lazy("Automatic below"),
        required=False,
        help_text=gettext_lazy(
            "For trusted people, less than this is approved at once. Empty: never."
        ),
    )
    recent_amount = AmountField(
        label=gettext_lazy("Recent sign-in from"),
        required=False,
        help_text=gettext_lazy(
            "Who approves this amount or more must have shown a moment ago who they are. "
            "Zero: always. Empty: never."
        ),
    )
    due_hours = _hours_field(
        gettext_lazy("Decide within"),
        gettext_lazy("Hours; the queue shows what is later in red. Empty: no hurry."),
    )
    remind_hours = _hours_field(
        gettext_lazy("Remind after"),
        gettext_lazy("Hours on one level; those who can decide are told once more."),
    )
    escalate_hours = _hours_field(
        gettext_lazy("Escalate after"),
        gettext_lazy("Hours on one level; then the role beside this may decide too."),
    )

    class Meta:
        model = Policy
        fields = ("name", "scope", "currency", "group", "lender", "escalate_to", "is_active")

    def __init__(self, *args: Any, **options: Any) -> None:
        """Offer the registered scopes, and show the amounts in the policy's currency."""
        super().__init__(*args, **options)
        if "scope" in self.fields:
            self.fields["scope"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
                (scope.slug, scope.label) for scope in scopes.registered.values()
            ]
        policy = self.instance
        for field, name in HOURS.items():
            self.initial[field] = _hours(getattr(policy, name))
        if policy.currency:
            for field, name in AMOUNTS.items():
                if amount := getattr(policy, name):
                    self.initial[field] = plain_amount(amount, policy.currency)
        if policy.step_up_amount == 0:
            self.initial["recent_amount"] = "0"

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
        for field, name in HOURS.items():
            hours = cleaned.get(field)
            setattr(self.instance, name, timedelta(hours=hours) if hours else None)
        if bool(cleaned.get("escalate_hours")) != bool(cleaned.get("escalate_to")):
            self.add_error("escalate_hours", _("Name after how long, and to whom, it escalates."))
        self._clean_automatic(cleaned)
        currency = cleaned.get("currency")
        if currency:
            self._clean_bands(currency)
        elif currency == "":
            self.instance.amount_from, self.instance.amount_to = 0, None
            self.instance.value_from, self.instance.value_to = 0, None
            self.instance.automatic_below = None
            recent = cleaned.get("recent_amount")
            self.instance.step_up_amount = None if recent is None else 0
            for field in AMOUNTS:
                if cleaned.get(field):
                    self.add_error(field, _("Name a currency first: amounts differ between them."))
        return cleaned

    def _clean_automatic(self, cleaned: dict[str, Any]) -> None:
        scope = scopes.registered.get(cleaned.get("scope", ""))
        if cleaned.get("automatic_amount") and scope and not scope.may_be_automatic:
            text = _("On this a person always decides. Leave it empty.")
            self.add_error("automatic_amount", text)

    def _clean_bands(self, currency: str) -> None:
        policy = self.instance
        policy.amount_from, policy.amount_to = self._clean_band(
            "from_amount", "to_amount", currency, _("This must be more than the “from amount”.")
        )
        policy.value_from, policy.value_to = self._clean_band(
            "from_value", "to_value", currency, _("This must be more than the “from asset value”.")
        )
        policy.automatic_below = amount_in(self, "automatic_amount", currency) or None
        if policy.automatic_below is not None and policy.automatic_below < 0:
            self.add_error("automatic_amount", _("Write an amount that is not negative."))
        policy.step_up_amount = amount_in(self, "recent_amount", currency)
        if policy.step_up_amount is not None and policy.step_up_amount < 0:
            self.add_error("recent_amount", _("Write an amount that is not negative."))

    def _clean_band(
        self, first: str, last: str, currency: str, upward: str
    ) -> tuple[int, int | None]:
        start = amount_in(self, first, currency) or 0
        end = amount_in(self, last, currency)
        if start < 0:
            self.add_error(first, _("Write an amount that is not negative."))
        elif end is not None and end <= start:
            self.add_error(last, upward)
        return start, end


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
    list_display = ("name", "kind", "group", "lender", "band", "value_band", "chain", "is_active")
    list_filter = ("scope", "currency", "is_active")
    search_fields = ("name", "group")
    list_select_related = ("lender",)
    autocomplete_fields = ("lender",)
    inlines = (LevelInline,)
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("name", "is_active")}),
        (
            gettext_lazy("What it is about"),
            {
                "fields": (
                    ("scope", "currency"),
                    ("group", "lender"),
                    ("from_amount", "to_amount"),
                    ("from_value", "to_value"),
                ),
                "description": gettext_lazy(
                    "A category or a lender fits when any line has it. Of several that fit, the "
                    "one with a lender wins, then a category or reason code, then an asset value, "
                    "then a currency, then the one that begins at the higher amount; of equals "
                    "the stricter."
                ),
            },
        ),
        (
            gettext_lazy("When"),
            {"fields": ("due_hours", "remind_hours", ("escalate_hours", "escalate_to"))},
        ),
        (gettext_lazy("Without a person"), {"fields": ("automatic_amount",)}),
        (gettext_lazy("With care"), {"fields": ("recent_amount",)}),
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

    @display(description=gettext_lazy("amount"), ordering="amount_from")
    def band(self, policy: Policy) -> str:
        """Return the band as people read it."""
        return _band(policy.amount_from, policy.amount_to, policy.currency)

    @display(description=gettext_lazy("asset value"))
    def value_band(self, policy: Policy) -> str:
        """Return the band of asset values as people read it."""
        if not policy.value_from and policy.value_to is None:
            return _("any")
        return _band(policy.value_from, policy.value_to, policy.currency)

    @display(description=gettext_lazy("From amount"))
    def from_amount(self, policy: Policy) -> str:
        """Return where the band begins, for somebody who only reads."""
        return _shown(policy.amount_from, policy.currency)

    @display(description=gettext_lazy("Below amount"))
    def to_amount(self, policy: Policy) -> str:
        """Return where the band ends, for somebody who only reads."""
        return _shown(policy.amount_to, policy.currency)

    @display(description=gettext_lazy("From asset value"))
    def from_value(self, policy: Policy) -> str:
        """Return where the values begin, for somebody who only reads."""
        return _shown(policy.value_from, policy.currency)

    @display(description=gettext_lazy("Below asset value"))
    def to_value(self, policy: Policy) -> str:
        """Return where the values end, for somebody who only reads."""
        return _shown(policy.value_to, policy.currency)

    @display(description=gettext_lazy("Automatic below"))
    def automatic_amount(self, policy: Policy) -> str:
        """Return below what nobody is asked, for somebody who only reads."""
        return _shown(policy.automatic_below, policy.currency)

    @display(description=gettext_lazy("Recent sign-in from"))
    def recent_amount(self, policy: Policy) -> str:
        """Return from what a recent sign-in is asked for, for somebody who only reads."""
        if policy.step_up_amount == 0:
            return _("always")
        return _shown(policy.step_up_amount, policy.currency)

    @display(description=gettext_lazy("Decide within"))
    def due_hours(self, policy: Policy) -> str:
        """Return how long there is to decide, for somebody who only reads."""
        return _in_hours(policy.due_in)

    @display(description=gettext_lazy("Remind after"))
    def remind_hours(self, policy: Policy) -> str:
        """Return after how long people are reminded, for somebody who only reads."""
        return _in_hours(policy.remind_after)

    @display(description=gettext_lazy("Escalate after"))
    def escalate_hours(self, policy: Policy) -> str:
        """Return after how long it escalates, for somebody who only reads."""
        return _in_hours(policy.escalate_after)

    @display(description=gettext_lazy("levels"))
    def chain(self, policy: Policy) -> str:
        """Return the roles in order."""
        return " → ".join(
            f"{level.decider_count} × {level.role}" if level.decider_count > 1 else str(level.role)
            for level in policy.levels.all()
        )


def _in_hours(length: timedelta | None) -> str:
    return _("{count} hours").format(count=_hours(length)) if length else "–"


def _shown(amount: int | None, currency: str) -> str:
    return "–" if amount is None or not currency else format_amount(amount, currency)


def _band(start: int, end: int | None, currency: str) -> str:
    if not currency:
        return _("any")
    if end is None:
        return _("from {start}").format(start=_shown(start, currency))
    return _("{start} to below {end}").format(
        start=_shown(start, currency), end=_shown(end, currency)
    )
