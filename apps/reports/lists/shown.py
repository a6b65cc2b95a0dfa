"""A list as somebody sees it: its own filters, tabs, search and order, asked without a page."""

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from apps.common.admin import BaseAdmin, TabFilter
from apps.common.errors import NotPermitted
from apps.reports.errors import ParametersRefused

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
    from django.db.models import Model, QuerySet

    from apps.accounts.models import User

# What names a page of the list, and not its rows.
_PAGES = ("p", "all", "e", "_popup", "_to_field", "_changelist_filters")
_SEARCH = "q"


def name_of(page: BaseAdmin) -> str:
    """Return how a list is called in an address, such as `tickets_ticket`."""
    return f"{page.opts.app_label}_{page.opts.model_name}"


def page_of(name: str) -> BaseAdmin | None:
    """Return the page of a list, if there is one (still)."""
    label, _joint, model = name.partition("_")
    try:
        found: type[Model] = apps.get_model(label, model)
    except (LookupError, ValueError):
        return None
    page = admin.site.get_model_admin(found) if admin.site.is_registered(found) else None
    return page if isinstance(page, BaseAdmin) else None


def without_pages(query: str) -> str:
    """Return the query of a list's address as it narrows and orders the rows."""
    asked = QueryDict(query, mutable=True)
    for name in _PAGES:
        asked.pop(name, None)
    return asked.urlencode()


class _Complaints:
    """Takes what a filter says to the reader of a page."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def add(self, _level: int, message: object, _tags: str = "") -> None:
        self.messages.append(str(message))


@dataclass(frozen=True)
class Shown:
    """The rows of a list for one person, and what narrows them, in words."""

    rows: "QuerySet[Any]"
    facts: list[tuple[str, str]]


def shown_to(person: "User", page: BaseAdmin, query: str) -> Shown:
    """Return all rows of the list that this person sees with that query, in its order.

    Raises:
        NotPermitted: they may not see or not export the list.
        ParametersRefused: the list cannot be narrowed like that.
    """
    request, complaints = _request(person, query)
    if not page.has_export_list_permission(request):
        needed = page.export_permission or f"{page.opts.app_label}.view_{page.opts.model_name}"
        raise NotPermitted(permission=needed)
    try:
        found = _unread(page).get_changelist_instance(request)
        rows = page.get_exported(request, found)
    except (IncorrectLookupParameters, SuspiciousOperation):
        raise ParametersRefused(why=_("The list cannot be filtered like that.")) from None
    if complaints.messages:
        raise ParametersRefused(why=" ".join(complaints.messages))
    return Shown(rows, list(_facts(request, found)))


def _request(person: "User", query: str) -> tuple[HttpRequest, _Complaints]:
    request = HttpRequest()
    request.method = "GET"
    request.GET = cast("Any", QueryDict(query))
    request.user = person
    complaints = _Complaints()
    request._messages = complaints  # type: ignore[attr-defined]  # noqa: SLF001  (where the framework looks)
    return request, complaints


def _unread(page: BaseAdmin) -> BaseAdmin:
    """Return the page with a list that is narrowed and ordered, and reads no row of it."""
    usual = page.get_changelist

    def get_changelist(request: HttpRequest, **options: Any) -> type:
        return type("Unread", (usual(request, **options),), {"get_results": lambda *_args: None})

    unread = copy.copy(page)
    unread.get_changelist = get_changelist  # type: ignore[method-assign]  # of this copy alone
    return unread


def _facts(request: HttpRequest, found: "ChangeList") -> Iterator[tuple[str, str]]:
    if words := request.GET.get(_SEARCH, "").strip():
        yield str(_("Search")), words
    asked: Iterable[tuple[Any, str]] = getattr(found, "asked", ())
    yield from ((str(label), text) for label, text in asked)
    for spec in found.filter_specs:
        chosen = _chosen(spec, found)
        if chosen:
            yield str(spec.title).capitalize(), ", ".join(chosen)


def _chosen(spec: Any, found: "ChangeList") -> list[str]:
    """Return what is chosen in a filter; nothing when it leaves all rows."""
    values = [value for value in spec.used_parameters.values() if value]
    if not values and not isinstance(spec, TabFilter):
        return []
    choices = [choice for choice in spec.choices(found) if choice.get("selected")]
    labels = [str(choice["display"]) for choice in choices if choice.get("display")]
    plain = [str(one) for value in values for one in (value if _is_many(value) else [value])]
    return [_text(label) for label in labels] or plain


def _is_many(value: object) -> bool:
    return isinstance(value, (list, tuple))


def _text(label: str) -> str:
    """Return a label without its markup, such as the count on a tab."""
    return label.partition("<")[0].strip() or label
