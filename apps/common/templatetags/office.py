"""Figures and long names in templates."""

from typing import Any

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


@register.inclusion_tag("common/kept_form.html", takes_context=True)
def kept_form(context: template.Context) -> dict[str, Any]:
    """Bring back what was typed on this page before its person showed again who they are."""
    # For the reason above.
    from apps.common.admin.kept import kept_on  # noqa: PLC0415

    request = context.get("request")
    return {
        "kept": kept_on(request) if request is not None else None,
        "csrf_token": context.get("csrf_token"),
    }


@register.filter
def breakable(name: str) -> SafeString:
    """Return a name such as `Assets:Bank:Giro`, which may go on in the next line after a colon."""
    parts = name.split(":")
    return format_html_join(mark_safe(":<wbr>"), "{}", ((part,) for part in parts))
