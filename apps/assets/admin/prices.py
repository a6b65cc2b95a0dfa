"""Categories and tariffs: what loans cost, written as people write it, with a worked example."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.assets import pricing
from apps.assets.admin.checklists import ChecklistInline
from apps.assets.admin.examples import examples
from apps.assets.admin.fields import LengthField, PercentField
from apps.assets.admin.history import RegisterHistory
from apps.assets.admin.upkeep import CategorySections
from apps.assets.models import Category, Tariff
from apps.assets.states import DepositKind
from apps.assets.wording import length, share
from apps.audit.reference import ReferenceAdmin
from apps.common.admin import AmountField, amount_in
from apps.common.errors import DomainError
from apps.common.money import decimals_of, format_amount, plain_amount

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.urls import URLPattern

AMOUNTS = (
    "hour_price",
    "day_price",
    "week_price",
    "month_price",
    "minimum_fee",
    "deposit_amount",
    "late_fee",
    "late_fee_cap",
)
_NEVER_EMPTY = frozenset({"minimum_fee", "deposit_amount", "late_fee"})


def _amount(name: str, help_text: Any = "") -> AmountField:
    field: Any = Tariff._meta.get_field(name)
    return AmountField(label=capfirst(field.verbose_name), required=False, help_text=help_text)


class TariffForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """A tariff in amounts such as `12.50`, shares in percent, and lengths such as `0:15`."""

    hour_price = _amount("hour_price", gettext_lazy("empty: not priced by the hour"))
    day_price = _amount("day_price")
    week_price = _amount("week_price")
    month_price = _amount("month_price", gettext_lazy("a month is thirty days"))
    minimum_fee = _amount("minimum_fee")
    deposit_amount = _amount("deposit_amount")
    late_fee = _amount("late_fee", gettext_lazy("for each unit that has begun after the grace"))
    late_fee_cap = _amount("late_fee_cap", gettext_lazy("empty: it grows until the return"))
    grace = LengthField(label=gettext_lazy("Grace"), help_text=gettext_lazy("such as 0:15"))
    deposit_share = PercentField(
        label=gettext_lazy("Share of the value"), required=False, help_text=gettext_lazy("in %")
    )
    commission_share = PercentField(
        label=gettext_lazy("Commission"),
        required=False,
        help_text=gettext_lazy("share of the fee that the platform keeps, in %"),
    )

    class Meta:
        model = Tariff
        fields = (
            "name",
            "currency",
            *AMOUNTS,
            "grace",
            "deposit_kind",
            "deposit_share",
            "late_fee_unit",
            "commission_share",
        )

    def __init__(self, *args: Any, **options: Any) -> None:
        """Show the amounts as people write them."""
        super().__init__(*args, **options)
        if self.instance.pk:
            for name in AMOUNTS:
                amount = getattr(self.instance, name)
                if amount is not None:
                    self.initial[name] = plain_amount(amount, self.instance.currency)

    def clean_currency(self) -> str:
        """Return the code in capitals, of a currency that exists."""
        code = str(self.cleaned_data["currency"]).upper()
        try:
            decimals_of(code)
        except DomainError as refusal:
            raise forms.ValidationError(refusal.message) from None
        return code

    def clean(self) -> dict[str, Any]:
        """Turn the amounts into minor units of the tariff's currency."""
        cleaned = super().clean() or self.cleaned_data
        currency = cleaned.get("currency") or self.instance.currency
        for name in AMOUNTS if currency else ():
            amount = amount_in(self, name, currency)
            if amount is not None and amount < 0:
                self.add_error(name, _("An amount of a tariff may not be negative."))
            elif name not in self.errors:
                cleaned[name] = amount or 0 if name in _NEVER_EMPTY else amount
        asked = {DepositKind.FIXED: "deposit_amount", DepositKind.SHARE: "deposit_share"}
        needed = asked.get(cleaned.get("deposit_kind", ""))
        if needed and needed not in self.errors and not cleaned.get(needed):
            self.add_error(needed, _("Give it, or choose another kind of deposit."))
        return cleaned


@admin.register(Tariff)
class TariffAdmin(RegisterHistory, ReferenceAdmin):
    """What loans cost; every save is in the audit log with what changed."""

    form = TariffForm

    class Media:
        """Fields side by side."""

        css = {"all": ("assets/assets.css",)}

    list_display = (
        "name",
        "currency",
        "shown_prices",
        "shown_deposit",
        "category_count",
        "asset_count",
    )
    list_filter = ("currency",)
    search_fields = ("name",)
    readonly_fields = ("example", "facts")
    fieldsets = (
        (None, {"fields": (("name", "currency"),)}),
        (
            gettext_lazy("Fee: the cheapest combination of these, each unit as soon as it begins"),
            {"fields": (("hour_price", "day_price"), ("week_price", "month_price"), "minimum_fee")},
        ),
        (
            gettext_lazy("Deposit and commission"),
            {
                "fields": (
                    ("deposit_kind", "commission_share"),
                    ("deposit_amount", "deposit_share"),
                )
            },
        ),
        (
            gettext_lazy("Late return"),
            {"fields": (("grace", "late_fee_unit"), ("late_fee", "late_fee_cap"))},
        ),
        (gettext_lazy("Worked example"), {"fields": ("example",)}),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Tariff]":
        """Count who uses each."""
        tariffs: QuerySet[Tariff] = super().get_queryset(request)
        return tariffs.annotate(
            category_count=Count("categories", distinct=True),
            asset_count=Count("assets", distinct=True),
        )

    def get_fieldsets(self, request: HttpRequest, obj: Tariff | None = None) -> Any:
        """Show those who may only read the tariff in words."""
        if obj is not None and not self.has_change_permission(request, obj):
            return [(None, {"fields": ("facts", "example")})]
        return super().get_fieldsets(request, obj)

    def get_readonly_fields(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: Tariff | None = None,
    ) -> Any:
        """Keep the currency: the amounts are in it, and so are the values of assets."""
        return (*self.readonly_fields, "currency") if obj else self.readonly_fields

    def get_urls(self) -> "list[URLPattern]":
        """Add what the form asks while somebody types."""
        wrap = self.admin_site.admin_view
        page = path("example/", wrap(self.example_view), name="assets_tariff_example")
        return [page, *super().get_urls()]

    def example_view(self, request: HttpRequest) -> HttpResponse:
        """Show the worked example for what is typed so far; nothing is saved."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        asked = request.GET.get("tariff", "")
        known = Tariff.objects.filter(pk=asked).first() if asked.isdecimal() else None
        typed = request.GET.copy()
        if known:
            typed["currency"] = known.currency
        form = TariffForm(typed, instance=known)
        # The name says nothing about the price, and is usually typed last.
        form.fields["name"].required = False
        rows = examples(form.instance) if form.is_valid() else []
        context = {"tariff": form.instance, "rows": rows, "errors": form.errors}
        return render(request, "assets/tariff_example_rows.html", context)

    @display(description=gettext_lazy("example"))
    def example(self, tariff: Tariff) -> SafeString | str:
        """Show what usual loans cost, and again whenever the form changes."""
        rows = examples(tariff) if tariff.pk else []
        return render_to_string("assets/tariff_example.html", {"tariff": tariff, "rows": rows})

    @display(description=gettext_lazy("tariff"))
    def facts(self, tariff: Tariff) -> SafeString:
        """Show the tariff in words."""
        facts = {
            "tariff": tariff,
            "commission": share(tariff.commission_share),
            "grace": length(tariff.grace),
        }
        return render_to_string("assets/tariff_facts.html", facts)

    @display(description=gettext_lazy("prices"))
    def shown_prices(self, tariff: Tariff) -> str:
        """Show the prices of the units."""
        return " · ".join(
            f"{format_amount(price, tariff.currency)} / {unit.label}"
            for unit, price in reversed(pricing.prices_of(tariff).items())
        )

    @display(description=gettext_lazy("deposit"))
    def shown_deposit(self, tariff: Tariff) -> str:
        """Show how the deposit is found."""
        match tariff.deposit_kind:
            case DepositKind.FIXED:
                return format_amount(tariff.deposit_amount, tariff.currency)
            case DepositKind.SHARE:
                return share(tariff.deposit_share)
            case _:
                return "–"

    @display(description=gettext_lazy("categories"), ordering="category_count")
    def category_count(self, tariff: Any) -> int:
        """Count the categories that usually cost this."""
        return int(tariff.category_count)

    @display(description=gettext_lazy("own tariff of"), ordering="asset_count")
    def asset_count(self, tariff: Any) -> int:
        """Count the assets that cost this whatever their category."""
        return int(tariff.asset_count)


AT_THE_DESK = ("requires_signature", "requires_photos", "terms")


class CategoryForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """A category with its turnaround in hours and minutes."""

    turnaround = LengthField(
        label=gettext_lazy("Turnaround"),
        help_text=gettext_lazy("kept free after each loan, such as 2:00; 0 when loans may touch"),
    )

    residual_share = PercentField(
        label=gettext_lazy("Residual value"),
        required=False,
        help_text=gettext_lazy("share of the value that is left after the useful life, in %"),
    )

    class Meta:
        model = Category
        fields = (
            *("name", "tariff", "turnaround", "useful_life", "residual_share"),
            *AT_THE_DESK,
        )
        widgets = {"terms": UnfoldAdminTextareaWidget(attrs={"rows": 4})}


@admin.register(Category)
class CategoryAdmin(CategorySections, RegisterHistory, ReferenceAdmin):
    """Kinds of assets; every save is in the audit log with what changed."""

    form = CategoryForm
    list_display = ("name", "tariff", "shown_turnaround", "shown_life", "asset_count", "calendar")
    inlines = (ChecklistInline,)
    list_select_related = ("tariff",)
    list_filter = (("tariff", RelatedDropdownFilter),)
    search_fields = ("name",)
    autocomplete_fields = ("tariff",)
    change_form_before_template = "assets/category_calendar.html"
    fieldsets = (
        (None, {"fields": ("name", "tariff", "turnaround")}),
        (
            gettext_lazy("How the value falls: straight line, for deposits that are a share of it"),
            {"fields": (("useful_life", "residual_share"),)},
        ),
        (gettext_lazy("At the desk"), {"fields": AT_THE_DESK}),
    )

    class Media:
        """Fields side by side."""

        css = {"all": ("assets/assets.css",)}

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Category]":
        """Count the assets of each."""
        categories: QuerySet[Category] = super().get_queryset(request)
        return categories.annotate(asset_count=Count("assets"))

    @display(description=gettext_lazy("turnaround"), ordering="turnaround")
    def shown_turnaround(self, category: Category) -> str:
        """Show the turnaround in words."""
        return length(category.turnaround) if category.turnaround else "–"

    @display(description=gettext_lazy("useful life"), ordering="useful_life")
    def shown_life(self, category: Category) -> str:
        """Show over how long the value falls, and to what."""
        if not category.useful_life:
            return "–"
        return _("{months} months, down to {share}").format(
            months=category.useful_life, share=share(category.residual_share)
        )

    @display(description=gettext_lazy("assets"), ordering="asset_count")
    def asset_count(self, category: Any) -> int:
        """Count the assets."""
        return int(category.asset_count)

    @display(description=gettext_lazy("calendar"))
    def calendar(self, category: Category) -> str:
        """Lead to what is free when."""
        page = reverse("admin:assets_asset_calendar") + f"?category={category.pk}"
        return format_html('<a class="office-link" href="{}">{}</a>', page, _("Calendar"))
