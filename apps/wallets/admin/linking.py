"""Links to what money is about: a ticket, an adjustment, whatever has a page."""

from typing import TYPE_CHECKING

from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest


def url_of(target: "Model | None", request: "HttpRequest") -> str:
    """Return the page of a row that this person may see, else nothing."""
    if target is None:
        return ""
    options = target._meta
    if not request.user.has_perm(f"{options.app_label}.view_{options.model_name}"):
        return ""
    try:
        return reverse(f"admin:{options.app_label}_{options.model_name}_change", args=(target.pk,))
    except NoReverseMatch:
        return ""


def link_to(target: "Model | None", request: "HttpRequest") -> SafeString | str:
    """Return the name of a row, as a link when this person may open its page."""
    if target is None:
        return "–"
    url = url_of(target, request)
    if not url:
        return str(target)
    return format_html('<a class="office-link" href="{}">{}</a>', url, target)
