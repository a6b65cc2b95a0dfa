"""Taking a list out of the house: what of each row may leave, and who makes the file.

The base of all pages knows no reports. The app that makes them offers its dialog when it is ready;
until then no list has the button.
"""

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.contrib.admin.views.main import ChangeList
    from django.db.models import Model, QuerySet
    from django.utils.functional import _StrOrPromise
    from unfold.dataclasses import ActionDialog, UnfoldAction
    from unfold.forms import BaseDialogForm

ACTION = "export_list"

EXPORT: "ActionDialog" = {
    "title": _("Export this list"),
    "description": _(
        "The rows that the list shows now, on all its pages. That you did is recorded."
    ),
    "form_submit_text": _("Export"),
}


class Shape(Enum):
    """How a value leaves the house."""

    BY_FIELD = "by field"
    # The stored value, such as the slug of a choice, for a program that reads it back.
    STORED = "stored"
    AMOUNT = "amount"


@dataclass(frozen=True)
class ExportField:
    """One column of the file: a field, one of a row that it leads to, or what is found from it."""

    path: str
    title: "_StrOrPromise" = ""
    shape: Shape = Shape.BY_FIELD
    # Stands before a number, such as “TK-”.
    prefix: str = ""
    # Offered, but not ticked.
    is_extra: bool = False
    # How the database finds it, where it is no field; `path` is only its name then.
    expression: Any = None


@dataclass(frozen=True)
class Exporter:
    """Who makes the files: the form of the dialog, what it does, and who may."""

    form_class: "type[BaseDialogForm]"
    export: "Callable[[Any, Any, Any], HttpResponse]"
    permission: str


_offered: list[Exporter] = []


def offer(exporter: Exporter) -> None:
    """Give every list the button."""
    _offered[:] = [exporter]
    EXPORT["form_class"] = exporter.form_class


def page_asked(request: HttpRequest) -> Any:
    """Return the page over whose list the dialog is open."""
    match = request.resolver_match
    assert match is not None, "the dialog has an address"
    label, _joint, model = str(match.url_name).removesuffix(f"_{ACTION}").partition("_")
    return admin.site.get_model_admin(apps.get_model(label, model))


class ExportableList(ModelAdmin):
    """A list that can be exported as it is filtered and ordered."""

    actions_list: tuple[str, ...] = ()
    export_fields: "Sequence[str | ExportField]" = ()
    """What may leave, in this order; otherwise the fields of the row, the secret ones left out."""
    export_currency: str = ""
    """The path to the currency of the amounts; otherwise the row's own field `currency`."""
    export_prefix: str = ""
    """What stands before the number of a row, such as “TK-”; empty: rows have no number."""
    export_permission: str = ""
    """Needed besides seeing the list and exporting at all."""
    export_asks_for_step_up: bool = False
    """Whether who exports it must have shown a moment ago who they are."""

    def __init__(self, model: "type[Model]", admin_site: admin.AdminSite) -> None:
        """Add the button to those of the page."""
        super().__init__(model, admin_site)
        self.actions_list = (*self.actions_list, ACTION)

    def get_exported(self, request: HttpRequest, found: "ChangeList") -> "QuerySet[Any]":  # noqa: ARG002
        """Return all rows of the list, in its order; nothing is left to chance in it."""
        rows: QuerySet[Any] = found.queryset
        return rows

    def has_export_list_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Tell who may export the list: who sees it, and may export what they see."""
        needed = [exporter.permission for exporter in _offered]
        if self.export_permission:
            needed.append(self.export_permission)
        may_see: bool = self.has_view_permission(request)
        return bool(_offered) and may_see and request.user.has_perms(needed)

    @action(
        description=_("Export"),
        url_path="export-list",
        icon="download",
        permissions=["export_list"],
        dialog=EXPORT,
    )
    def export_list(self, request: Any, form: "BaseDialogForm") -> HttpResponse:
        """Have the file made, and go where it will be."""
        (exporter,) = _offered
        return exporter.export(self, request, form)


def is_export(one: "UnfoldAction") -> bool:
    """Tell whether a button is the one of the export."""
    return str(one.action_name).endswith(f"_{ACTION}")
