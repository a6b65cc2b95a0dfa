"""A dialog’s field for one line of a ticket: a box to tick, and what there is to say about it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from apps.assets.states import Condition
from apps.common.errors import DomainError
from apps.common.money import parse_amount

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from apps.tickets.models import TicketLine

TICKED = "ticked"
# With a kit its parts are ticked, or not; afterwards one of them may still be left out.
_TICKS_PARTS = (
    "document.querySelectorAll(`[data-part-of='${$el.dataset.kit}']`)"
    ".forEach((part) => (part.checked = $el.checked))"
)


class LineWidget(forms.MultiWidget):
    """Draws the line as a card: the box with the asset, remarks, and the fields under it."""

    template_name = "tickets/line.html"

    def __init__(
        self,
        title: str,
        remarks: "list[str]",
        widgets: Mapping[str, forms.Widget],
        *,
        is_part: bool,
    ) -> None:
        """Keep what stands on the card."""
        super().__init__(dict(widgets))
        self.title, self.remarks, self.names = title, remarks, list(widgets)
        self.is_part = is_part

    def decompress(self, value: Mapping[str, Any] | None) -> list[Any]:
        """Return the first values in the order of the fields."""
        value = value or {}
        return [value.get(name) for name in self.names]

    def get_context(self, name: str, value: Any, attrs: "dict[str, Any] | None") -> dict[str, Any]:
        """Add what stands on the card."""
        context = super().get_context(name, value, attrs)
        box, *parts = context["widget"]["subwidgets"]
        return {
            **context,
            "title": self.title,
            "remarks": self.remarks,
            "is_part": self.is_part,
            "box": box,
            "parts": parts,
        }


class LineField(forms.MultiValueField):
    """Cleans to the values by name when the line is ticked, and to None when it is not."""

    widget_class = LineWidget

    def __init__(
        self,
        line: "TicketLine",
        parts: Mapping[str, forms.Field],
        *,
        remarks: "list[str] | None" = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        """Put the box before the parts."""
        box = forms.BooleanField(required=False, widget=UnfoldBooleanWidget)
        if line.kit_line_id:
            box.widget.attrs["data-part-of"] = line.kit_line_id
        else:
            box.widget.attrs |= {"data-kit": line.pk, "x-on:change": _TICKS_PARTS}
        self.parts = {TICKED: box, **parts}
        for part in parts.values():
            part.widget.attrs["aria-label"] = part.widget.attrs["title"] = str(part.label)
        widgets = {name: part.widget for name, part in self.parts.items()}
        super().__init__(
            tuple(self.parts.values()),
            widget=self.widget_class(
                str(line.asset), remarks or [], widgets, is_part=line.kit_line_id is not None
            ),
            initial={TICKED: True, **(initial or {})},
            label="",
            required=False,
            require_all_fields=False,
        )

    def compress(self, data_list: "list[Any]") -> dict[str, Any] | None:
        """Return what was typed for a ticked line."""
        values = dict(zip(self.parts, data_list, strict=False))
        return values if values.pop(TICKED, False) else None


class DamageField(forms.CharField):
    """An amount in the currency of the ticket; empty is no damage."""

    def __init__(self, currency: str) -> None:
        """Show the number keyboard on phones."""
        self.currency = currency
        attrs = {"inputmode": "decimal", "autocomplete": "off", "placeholder": "0"}
        super().__init__(
            label=_("Damage in {currency}").format(currency=currency),
            required=False,
            max_length=60,
            widget=UnfoldAdminTextInputWidget(attrs=attrs),
        )

    def clean(self, value: Any) -> int:
        """Return minor units."""
        text = super().clean(value)
        try:
            return parse_amount(text, self.currency) if text else 0
        except DomainError as refusal:
            raise ValidationError(refusal.message) from None


def condition_field() -> forms.Field:
    """Ask how the asset looks."""
    return forms.ChoiceField(
        label=_("Condition"), choices=Condition.choices, widget=UnfoldAdminSelectWidget
    )


def note_field(label: "_StrOrPromise") -> forms.Field:
    """Ask for a few words."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
