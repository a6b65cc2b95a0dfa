"""Business limits, edited by administrators; a change holds from the next request on."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from apps.audit.reference import ReferenceAdmin
from apps.common.admin import AmountField, amount_in, money
from apps.common.errors import DomainError
from apps.common.money import decimals_of, plain_amount
from apps.wallets.models import BusinessLimit


class BusinessLimitForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """A limit whose sum is written as people write it."""

    amount = AmountField(
        label=gettext_lazy("Sum per day"),
        help_text=gettext_lazy("In the currency above; all of a person’s day counts together."),
    )

    class Meta:
        model = BusinessLimit
        fields = ("kind", "role", "currency", "count_per_day", "is_active")

    def __init__(self, *args: Any, **options: Any) -> None:
        """Show the sum in the currency of the limit."""
        super().__init__(*args, **options)
        if self.instance.pk:
            shown = plain_amount(self.instance.amount_per_day, self.instance.currency)
            self.initial["amount"] = shown

    def clean_currency(self) -> str:
        """Return the code in capitals."""
        currency = str(self.cleaned_data["currency"]).strip().upper()
        try:
            decimals_of(currency)
        except DomainError as refusal:
            raise forms.ValidationError(refusal.message) from refusal
        return currency

    def clean(self) -> dict[str, Any]:
        """Turn the sum into minor units."""
        cleaned = super().clean() or {}
        if currency := cleaned.get("currency"):
            amount = amount_in(self, "amount", currency)
            if amount is not None and amount < 1:
                self.add_error("amount", _("Write an amount above zero."))
            elif amount is not None:
                self.instance.amount_per_day = amount
        return cleaned


@admin.register(BusinessLimit)
class BusinessLimitAdmin(ReferenceAdmin):
    """How much one person may request and approve in a day."""

    form = BusinessLimitForm
    list_display = ("kind", "who", "currency", "count_per_day", "sum_per_day", "is_active")
    list_filter = ("kind", "currency", "is_active")
    list_select_related = ("role",)
    fields = ("kind", "role", "currency", "count_per_day", "amount", "is_active")

    @display(description=gettext_lazy("role"), ordering="role")
    def who(self, limit: BusinessLimit) -> str:
        """Show the role, or that it is for everybody else."""
        return str(limit.role or _("everybody"))

    @display(description=gettext_lazy("sum per day"), ordering="amount_per_day")
    def sum_per_day(self, limit: BusinessLimit) -> str:
        """Show the sum in its currency."""
        return money(limit.amount_per_day, limit.currency)
