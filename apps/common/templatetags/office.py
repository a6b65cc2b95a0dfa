"""Figures and long names in templates."""

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag
def amount(minor_units: int | None, currency: str) -> SafeString | str:
    """Return `minor_units` as a figure that lines up in a column."""
    # Unfold renders a widget, and so loads this library, while its own module is half imported.
    from apps.common.admin.money import money  # noqa: PLC0415

    return money(minor_units, currency)


@register.filter
def breakable(name: str) -> SafeString:
    """Return a name such as `Assets:Bank:Giro`, which may go on in the next line after a colon."""
    parts = name.split(":")
    return format_html_join(mark_safe(":<wbr>"), "{}", ((part,) for part in parts))
