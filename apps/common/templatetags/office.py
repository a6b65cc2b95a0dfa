"""Figures in templates."""

from django import template
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def amount(minor_units: int | None, currency: str) -> SafeString | str:
    """Return `minor_units` as a figure that lines up in a column."""
    # Unfold renders a widget, and so loads this library, while its own module is half imported.
    from apps.common.admin.money import money  # noqa: PLC0415

    return money(minor_units, currency)
