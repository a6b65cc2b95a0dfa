"""Money on screen: figures in columns, amounts in forms."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.common.errors import DomainError
from apps.common.money import format_amount, parse_amount


class AmountField(forms.CharField):
    """An amount as people write it; the form turns it into minor units with `amount_in`."""

    widget = UnfoldAdminTextInputWidget

    def __init__(self, **options: Any) -> None:
        """Show the number keyboard on phones."""
        super().__init__(**{"max_length": 60, **options})
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})


def amount_in(form: forms.BaseForm, field: str, currency: str) -> int | None:
    """Return the minor units typed into `field`, or None after adding the error to that field."""
    text = form.cleaned_data.get(field)
    if not text:
        return None
    try:
        return parse_amount(text, currency)
    except DomainError as refusal:
        form.add_error(field, refusal.message)
        return None


def money(amount: int | None, currency: str) -> SafeString | str:
    """Return `amount` as a figure that lines up in a column; red below zero."""
    if amount is None:
        return "–"
    colour = " text-red-600 dark:text-red-400" if amount < 0 else ""
    return format_html(
        '<span class="whitespace-nowrap tabular-nums{}">{}</span>',
        colour,
        format_amount(amount, currency),
    )
