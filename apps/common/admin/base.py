"""One base for every admin page, with the libraries' traps closed."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.admin import ShowFacets
from django.http import HttpRequest, HttpResponse
from simple_history.admin import SimpleHistoryAdmin

from apps.common.admin.exporting import ExportableList
from apps.common.admin.tabs import TabbedList

if TYPE_CHECKING:
    from django.db.models import Model
    from django.forms import Form
    from django.utils.functional import _StrOrPromise

    from apps.accounts.models import User


class StaffRequest(HttpRequest):
    """A request of somebody who has signed in to the back office."""

    user: "User"


class BaseAdmin(ExportableList):
    """A page on which nothing is deleted and nothing changes by following a link."""

    actions = None
    list_per_page = 50
    list_max_show_all = 50
    show_full_result_count = False
    # Counts beside each choice of a filter would read the whole table for each of them.
    show_facets = ShowFacets.NEVER
    list_select_related: "ClassVar[Any]" = ()
    list_filter_submit = True
    list_fullwidth = True
    compressed_fields = True
    warn_unsaved_form = True
    empty_text: "ClassVar[_StrOrPromise]" = ""
    """What an empty list says while nothing is searched for; a sentence."""

    def has_delete_permission(self, request: HttpRequest, obj: "Model | None" = None) -> bool:  # noqa: ARG002
        """Refuse: people are deactivated, deeds reversed, things retired."""
        return False

    def get_changelist(self, request: HttpRequest, **_options: Any) -> type[TabbedList]:  # noqa: ARG002
        """Let tabs stand beside the filters."""
        return TabbedList

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        """Offer the history where versions are kept, and only there."""
        context["show_history"] = isinstance(self, SimpleHistoryAdmin)
        page: HttpResponse = super().render_change_form(request, context, *args, **options)
        return page

    def log_addition(self, request: HttpRequest, obj: "Model", message: Any) -> None:
        """Keep no second diary: the audit log is written with the deed."""

    def log_change(self, request: HttpRequest, obj: "Model", message: Any) -> None:
        """Keep no second diary: the audit log is written with the deed."""


class ReadOnlyAdmin(BaseAdmin):
    """A page that shows rows which only services, or nobody, may write."""

    def has_add_permission(self, request: HttpRequest, obj: "Model | None" = None) -> bool:  # noqa: ARG002
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: "Model | None" = None) -> bool:  # noqa: ARG002
        """Refuse."""
        return False

    def save_model(self, request: HttpRequest, obj: "Model", form: "Form", change: bool) -> None:  # noqa: ARG002, FBT001
        """Never run: the page has no form to save."""
        message = "a read-only page was asked to save"
        raise AssertionError(message)
