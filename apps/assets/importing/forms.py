"""What the clerk chooses before an import; a file that cannot be read is refused at its field."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.import_export.forms import ImportForm
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminSelectWidget

from apps.accounts.models import User
from apps.assets.importing.reading import LIMITS, read
from apps.assets.importing.resources import RESOURCES
from apps.assets.importing.rows import Defaults
from apps.assets.importing.sources import Counted
from apps.assets.models import Category, Tariff
from apps.common.admin import AmountField, amount_in
from apps.common.errors import DomainError
from apps.common.money import decimals_of
from apps.common.sheets import FileUnreadable, refuse_large

if TYPE_CHECKING:
    from django.db.models import QuerySet


def _lenders() -> "QuerySet[User]":
    return User.objects.filter(is_active=True, is_system=False)


class RegisterForm(ImportForm):
    """Which file, of which program, and what holds where the file says nothing."""

    lender = forms.ModelChoiceField(
        label=gettext_lazy("Lender"),
        queryset=_lenders(),
        required=False,
        widget=UnfoldAdminSelect2Widget,
        help_text=gettext_lazy("whose assets these are, where the file does not say"),
    )
    currency = forms.CharField(
        label=gettext_lazy("Currency"),
        max_length=3,
        help_text=gettext_lazy("of the values, where the file does not say"),
    )
    tariff = forms.ModelChoiceField(
        label=gettext_lazy("Tariff of new categories"),
        queryset=Tariff.objects.all(),
        required=False,
        widget=UnfoldAdminSelect2Widget,
        help_text=gettext_lazy(
            "categories that are new are added with it, without turnaround; "
            "empty: they are an error"
        ),
    )
    category = forms.ModelChoiceField(
        label=gettext_lazy("Category"),
        queryset=Category.objects.all(),
        required=False,
        widget=UnfoldAdminSelect2Widget,
        help_text=gettext_lazy("of rows that name none; empty: they are an error"),
    )
    value = AmountField(
        label=gettext_lazy("Value"),
        required=False,
        help_text=gettext_lazy("of rows that give none; empty: they are an error"),
    )
    counted = forms.ChoiceField(
        label=gettext_lazy("Rows that count a quantity become"),
        choices=Counted,
        required=False,
        initial=Counted.SPLIT,
        widget=UnfoldAdminSelectWidget,
    )
    field_order = (
        "resource",
        "import_file",
        "format",
        "lender",
        "currency",
        "tariff",
        "category",
        "value",
        "counted",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        """Say what a file may be, and begin with the currency that most tariffs have."""
        super().__init__(*args, **options)
        self.fields["resource"].label = _("Where the file is from")
        self.fields["import_file"].help_text = _(
            "CSV in UTF-8, at most {size} MB and {rows} rows; the first line names the columns"
        ).format(size=LIMITS.size // 1024 // 1024, rows=LIMITS.rows)
        currency = self.fields["currency"]
        # The same look as the amount beside it.
        currency.widget = AmountField.widget(attrs={"autocomplete": "off", "maxlength": 3})
        currency.initial = Tariff.objects.values_list("currency", flat=True).first() or "USD"

    @property
    def source(self) -> str:
        """The slug of the chosen source."""
        chosen = int(self.cleaned_data.get("resource") or 0)
        return list(RESOURCES)[chosen]

    @property
    def defaults(self) -> Defaults:
        """What holds where the file says nothing."""
        chosen = self.cleaned_data
        return Defaults(
            lender=chosen["lender"],
            currency=chosen["currency"],
            category=chosen["category"],
            tariff=chosen["tariff"],
            value=chosen["value"],
            counted=chosen["counted"],
        )

    def clean_currency(self) -> str:
        """Return the code in capitals, of a currency that exists."""
        code = str(self.cleaned_data["currency"]).upper()
        try:
            decimals_of(code)
        except DomainError as refusal:
            raise forms.ValidationError(refusal.message) from None
        return code

    def clean_counted(self) -> Counted:
        """Return the choice, the first when none was sent."""
        return Counted(self.cleaned_data["counted"] or Counted.SPLIT)

    def clean(self) -> dict[str, Any]:
        """Read the file once, so that what is wrong with it stands at its field."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("currency") and (amount_in(self, "value", cleaned["currency"]) or 0) < 0:
            self.add_error("value", _("A value may not be negative."))
        file = cleaned.get("import_file")
        if file is None or "resource" in self.errors:
            return cleaned
        try:
            refuse_large(file.size, LIMITS)
            self.content = file.read()
            source = RESOURCES[self.source].source
            columns = source.columns(read(self.content))
        except FileUnreadable as refusal:
            self.add_error("import_file", refusal.message)
            return cleaned
        if "lender" not in columns and not cleaned.get("lender"):
            self.add_error(
                "lender", _("The file does not say whose assets these are: choose the lender.")
            )
        return cleaned


class ConfirmForm(forms.Form):
    """The key of the preview that is confirmed."""

    key = forms.UUIDField(widget=forms.HiddenInput)
