"""Links to what money is about: a ticket, an adjustment, whatever has a page."""

from typing import TYPE_CHECKING, NamedTuple, cast

from django.contrib.contenttypes.models import ContentType
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.wallets.admin.wording import number_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model
    from django.http import HttpRequest

    from apps.wallets.models import Hold, LedgerTransaction


# What numbers in words stand for; a kind of thing of an app above is named, not imported.
SUBJECTS = {"A": ("wallets", "adjustment"), "TK": ("tickets", "ticket")}


class Link(NamedTuple):
    """The name of a row, and its page when this person may open it."""

    name: str
    url: str


def link_of(target: "Model | None", request: "HttpRequest") -> Link | None:
    """Return the link to a row, if there is one."""
    return Link(str(target), url_of(target, request)) if target is not None else None


def url_of(target: "Model", request: "HttpRequest") -> str:
    """Return the page of a row that this person may see, else nothing."""
    options = target._meta
    if not request.user.has_perm(f"{options.app_label}.view_{options.model_name}"):
        return ""
    try:
        return reverse(f"admin:{options.app_label}_{options.model_name}_change", args=(target.pk,))
    except NoReverseMatch:
        return ""


def about_column(
    request: "HttpRequest",
) -> "Callable[[Hold | LedgerTransaction], SafeString | str]":
    """Return a column that says what a row is about, with a link where this person may follow."""

    @display(description=_("about"))
    def about(row: "Hold | LedgerTransaction") -> SafeString | str:
        return drawn(link_of(row.about, request))

    return cast("Callable[[Hold | LedgerTransaction], SafeString | str]", about)


def drawn(link: Link | None) -> SafeString | str:
    """Return the link as a cell of a list."""
    if link is None:
        return "–"
    if not link.url:
        return link.name
    return format_html('<a class="office-link" href="{}">{}</a>', link.url, link.name)


def subject_in(text: str) -> tuple[int, int] | None:
    """Return the content type and the id of `TK-12` or `A-12`, as transactions keep them."""
    prefix, _dash, digits = text.strip().upper().partition("-")
    number = number_in(digits, "")
    if prefix not in SUBJECTS or number is None:
        return None
    return ContentType.objects.get_by_natural_key(*SUBJECTS[prefix]).pk, number
