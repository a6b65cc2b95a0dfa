"""Lists of big tables: pages by key, whose price does not grow with the table or the page."""

from typing import TYPE_CHECKING, Any

from django.contrib.admin.views.main import PAGE_VAR
from django.core.paginator import Paginator

from apps.common.admin.base import BaseAdmin
from apps.common.admin.tabs import TabbedList
from apps.common.keyset import Page, Walk

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class KeysetPaginator(Paginator):  # type: ignore[type-arg]  # generic for mypy alone
    """What the templates ask for; the pages themselves are those of `KeysetList`."""

    template_name = "common/keyset_pages.html"


class KeysetList(TabbedList):
    """A list that begins where the address says, and counts nothing.

    The mark travels in the parameter of the page number, which filters, tabs and searches drop.
    """

    page: Page[Any]
    is_ascending: bool = False

    def get_results(self, request: "HttpRequest") -> None:
        """Read one page, and one row more to know whether there are others."""
        walk: Walk[Any] = self.model_admin.get_walk(request, self)
        self.is_ascending = walk.is_ascending
        self.page = walk.page(request.GET.get(PAGE_VAR, ""), self.list_per_page)
        self.result_list = list(self.page.rows)
        # As many as are shown: nobody knows how many there are.
        self.result_count = self.full_result_count = len(self.result_list)
        self.show_full_result_count = False
        self.show_admin_actions = bool(self.result_list)
        self.can_show_all = self.multi_page = False
        self.paginator = KeysetPaginator(self.result_list, self.list_per_page)

    @property
    def newest_url(self) -> str:
        """Return the address of the first page, filters and search kept."""
        return str(self.get_query_string())

    @property
    def newer_url(self) -> str:
        """Return the address of the page above; empty on the first."""
        return self._url_of(self.page.newer)

    @property
    def older_url(self) -> str:
        """Return the address of the page below; empty on the last."""
        return self._url_of(self.page.older)

    def _url_of(self, mark: str) -> str:
        return str(self.get_query_string({PAGE_VAR: mark})) if mark else ""


class KeysetAdmin(BaseAdmin):
    """A page whose list is read by key, the newest first unless its walk says otherwise."""

    key: tuple[str, ...] = ("pk",)
    sortable_by = ()
    list_after_template = "common/keyset_note.html"

    def get_changelist(self, request: "HttpRequest", **_options: Any) -> type[KeysetList]:  # noqa: ARG002
        """Page by key."""
        return KeysetList

    def get_exported(self, request: "HttpRequest", found: Any) -> "QuerySet[Any]":
        """Return the rows of all pages, by their key."""
        return self.get_walk(request, found).everything()

    def get_walk(self, request: "HttpRequest", found: KeysetList) -> Walk[Any]:  # noqa: ARG002
        """Return the rows in their order; a page whose filters no index serves says more."""
        return Walk(found.queryset, self.key)
