"""Figures in templates."""

from django import template
from django.utils.safestring import SafeString

from apps.common.admin.money import money

register = template.Library()


@register.simple_tag
def amount(minor_units: int | None, currency: str) -> SafeString | str:
    """Return `minor_units` as a figure that lines up in a column."""
    return money(minor_units, currency)
