"""Discounts and rates of commission: what holds instead of, or after, what a tariff says."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from apps.assets.admin.fields import LongLengthField, PercentField
from apps.assets.admin.history import RegisterHistory
from apps.assets.models import CommissionRate, Discount
from apps.assets.states import DiscountKind
from apps.assets.wording import length, share
from apps.audit.reference import ReferenceAdmin
from apps.common.admin import AmountField, amount_in
from apps.common.errors import DomainError
from apps.common.money import decimals_of, format_amount, plain_amount

if TYPE_CHECKING:
    from django.http import HttpRequest

HOW = gettext_lazy(
    "A ticket gets one discount at most: the one that takes the most off. Discounts are never "
    "added up, and the least fee of a tariff holds. Tickets that are submitted keep theirs."
)
ORDER = gettext_lazy(
    "The rate of a lender in a category goes before the lender’s, that before the category’s, and "
    "that before the tariff’s. Tickets that are submitted keep theirs."
)


class DiscountForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """A discount in percent, or in an amount such as `12.50`."""

    share = PercentField(
        label=gettext_lazy("Share of the fee"), required=False, help_text=gettext_lazy("in %")
    )
    amount = AmountField(label=gettext_lazy("Amount per ticket"), required=False)
    minimum_length = LongLengthField(
        label=gettext_lazy("Least length of the loan"),
        required=False,
        help_text=gettext_lazy("such as 14 days; empty: loans of every length"),
    )

    class Meta:
        model = Discount
        fields = (
            *("name", "kind", "share", "amount", "currency", "category", "role", "person"),
            *("minimum_length", "valid_from", "valid_until"),
        )

    def __init__(self, *args: Any, **options: Any) -> None:
        """Show the amount as people write it."""
        super().__init__(*args, **options)
        discount = self.instance
        is_amount = bool(discount.currency)
        self.initial["amount"] = (
            plain_amount(discount.amount, discount.currency) if is_amount else None
        )

    def clean_currency(self) -> str:
        """Return the code in capitals, of a currency that exists."""
        code = str(self.cleaned_data["currency"]).upper()
        try:
            decimals_of(code or "USD")
        except DomainError as refusal:
            raise forms.ValidationError(refusal.message) from None
        return code

    def clean(self) -> dict[str, Any]:
        """Ask for what the kind needs, and forget the other."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == DiscountKind.SHARE:
            cleaned |= {"amount": 0, "currency": ""}
            self.errors.pop("amount", None)
            if "share" not in self.errors and not cleaned.get("share"):
                self.add_error("share", _("Give it, or choose another kind of discount."))
            return cleaned
        cleaned["share"] = 0
        if not cleaned.get("currency"):
            if "currency" not in self.errors:
                self.add_error("currency", _("Say in which currency the amount is."))
            return cleaned
        amount = amount_in(self, "amount", cleaned["currency"])
        if "amount" not in self.errors and (amount is None or amount <= 0):
            self.add_error("amount", _("Give an amount above zero."))
        cleaned["amount"] = amount or 0
        return cleaned


@admin.register(Discount)
class DiscountAdmin(RegisterHistory, ReferenceAdmin):
    """What is taken off fees; every save is in the audit log with what changed."""

    form = DiscountForm
    list_display = ("name", "shown_off", "shown_for", "shown_validity")
    list_select_related = ("category", "role", "person")
    list_filter = (("category", RelatedDropdownFilter), ("role", RelatedDropdownFilter))
    search_fields = ("name",)
    autocomplete_fields = ("category", "person")
    fieldsets = (
        (None, {"fields": (("name", "kind"), "share", ("amount", "currency")), "description": HOW}),
        (
            gettext_lazy("What it applies to: all of these together"),
            {"fields": (("category", "minimum_length"), ("person", "role"))},
        ),
        (
            gettext_lazy("Loans that begin within these days"),
            {"fields": (("valid_from", "valid_until"),)},
        ),
    )

    class Media:
        """Fields side by side."""

        css = {"all": ("assets/assets.css",)}

    def formfield_for_dbfield(self, db_field: Any, request: "HttpRequest", **options: Any) -> Any:
        """Offer no shortcuts to other pages inside the form."""
        return _plain(super().formfield_for_dbfield(db_field, request, **options))

    @display(description=gettext_lazy("takes off"))
    def shown_off(self, discount: Discount) -> str:
        """Show the share or the amount."""
        if discount.kind == DiscountKind.SHARE:
            return share(discount.share)
        return _("{amount} per ticket").format(
            amount=format_amount(discount.amount, discount.currency)
        )

    @display(description=gettext_lazy("for"))
    def shown_for(self, discount: Discount) -> str:
        """Show what it applies to."""
        return applies_to(discount)

    @display(description=gettext_lazy("loans that begin"), ordering="valid_from")
    def shown_validity(self, discount: Discount) -> str:
        """Show the days."""
        first, last = discount.valid_from, discount.valid_until
        if not (first or last):
            return _("on any day")
        return f"{first or '…'} – {last or '…'}"


@admin.register(CommissionRate)
class CommissionRateAdmin(RegisterHistory, ReferenceAdmin):
    """Who keeps another share than the tariff says; every save is in the audit log."""

    class Form(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
        """A rate in percent."""

        share = PercentField(
            label=gettext_lazy("Commission"),
            help_text=gettext_lazy("share of the fee that the platform keeps, in %"),
        )

        class Meta:
            model = CommissionRate
            fields = ("lender", "category", "share", "is_active")

    form = Form
    list_display = ("shown_whose", "shown_share", "is_active")
    list_select_related = ("lender", "category")
    list_filter = (("category", RelatedDropdownFilter), "is_active")
    search_fields = ("lender__display_name", "category__name")
    autocomplete_fields = ("lender", "category")
    fieldsets = (
        (None, {"fields": (("lender", "category"), "share", "is_active"), "description": ORDER}),
    )

    class Media:
        """Fields side by side."""

        css = {"all": ("assets/assets.css",)}

    def formfield_for_dbfield(self, db_field: Any, request: "HttpRequest", **options: Any) -> Any:
        """Offer no shortcuts to other pages inside the form."""
        return _plain(super().formfield_for_dbfield(db_field, request, **options))

    @display(description=gettext_lazy("for"))
    def shown_whose(self, rate: CommissionRate) -> str:
        """Show the lender, the category, or both."""
        return rate.whose

    @display(description=gettext_lazy("commission"), ordering="share")
    def shown_share(self, rate: CommissionRate) -> str:
        """Show percent."""
        return share(rate.share)


def applies_to(discount: Discount) -> str:
    """Say what a discount applies to: “Cameras, Boris, from 14 days”."""
    parts = [str(part) for part in (discount.category, discount.role, discount.person) if part]
    if discount.minimum_length:
        parts.append(_("from {length}").format(length=length(discount.minimum_length)))
    return capfirst(", ".join(parts)) or _("Everything")


def _plain(field: Any) -> Any:
    """Return the field without buttons that lead away from the form."""
    if field is not None and hasattr(field.widget, "can_add_related"):
        field.widget = field.widget.widget
    return field
