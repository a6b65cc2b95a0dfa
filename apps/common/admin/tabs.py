"""Tabs over a list: parts of it that people look at apart."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.admin import SimpleListFilter
from django.utils.translation import gettext_lazy as _
from unfold.views import ChangeList

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
    from django.http import HttpRequest
    from django.utils.functional import _StrOrPromise

AS_TABS = {"tab": {"horizontal": True}}
"""The `list_filter_options` of a page whose `list_filter` begins with tabs."""


class TabFilter(SimpleListFilter):
    """The tabs of a list; the first one is open unless the address names another.

    A subclass gives `tabs`, or `lookups` when not everybody has all of them, and a `queryset` that
    looks at `value()`.
    """

    title = _("tab")
    parameter_name = "tab"
    template = "common/tabs.html"
    tabs: "ClassVar[tuple[tuple[str, _StrOrPromise], ...]]"

    def lookups(
        self,
        request: "HttpRequest",  # noqa: ARG002
        model_admin: "ModelAdmin[Any]",  # noqa: ARG002
    ) -> "tuple[tuple[str, _StrOrPromise], ...]":
        """Return the tabs."""
        return self.tabs

    def value(self) -> str:
        """Return the open tab."""
        asked, offered = super().value(), [slug for slug, _label in self.lookup_choices]
        return asked if asked in offered else offered[0]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Yield the tabs; another tab keeps the search and starts on its first page."""
        for slug, label in self.lookup_choices:
            yield {
                "selected": slug == self.value(),
                "query_string": changelist.get_query_string({self.parameter_name: slug}, ["p"]),
                "display": label,
            }


class TabbedList(ChangeList):
    """A list on which an open tab does not count as a filter: the button stays as it is."""

    def get_filters(self, request: "HttpRequest") -> Any:
        """Return the filters, active when one beside the tabs is."""
        filters, *rest, is_active = super().get_filters(request)
        others = [one for one in filters if not isinstance(one, TabFilter)]
        is_used = any(any(one.used_parameters.values()) for one in others)
        return filters, *rest, is_active and is_used
