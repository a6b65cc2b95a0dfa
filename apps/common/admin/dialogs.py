"""Dialogs: the one way in which a page changes something."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.common.admin import kept
from apps.common.admin.refusals import say_in_form
from apps.common.errors import DomainError

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise
    from unfold.dataclasses import ActionDialog


def dangerous(dialog: "ActionDialog") -> "ActionDialog":
    """Give a dialog the red button: what it does ends something, or shuts somebody out."""
    # The library's type names no such key; our own template of dialogs reads it.
    marked: Any = {**dialog, "is_dangerous": True}
    return cast("ActionDialog", marked)


class DialogForm(BaseDialogForm):
    """A form in a dialog; a subclass adds its fields."""

    def render_before_template(self) -> str:
        """Fill in what was typed before the person was asked who they are; all fields are there."""
        kept.fill(self, self.request)
        before: str = super().render_before_template()
        return before


class ReasonForm(DialogForm):
    """Asks why."""

    reason = forms.CharField(
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "autofocus": True}), max_length=2000
    )


class BulkDialogForm(DialogForm):
    """A dialog over the rows that are ticked in the list; see `selected_ids` and `BulkAdmin`."""

    def clean(self) -> dict[str, Any]:
        """Refuse an empty selection."""
        if not selected_ids(self.request):
            raise forms.ValidationError(_("Nothing is selected. Close this and tick some rows."))
        return super().clean() or {}


def selected_ids(request: HttpRequest) -> list[int]:
    """Return the primary keys of the ticked rows, in the order of the list."""
    return [int(pk) for pk in request.GET.getlist("_selected_action") if pk.isdecimal()]


def leave_dialog(to: str, *args: object) -> HttpResponse:
    """Close the dialog and open the page `to`, a URL or the name of one."""
    return HttpResponse(headers={"HX-Redirect": resolve_url(to, *args)})


def carry_out[R](
    request: HttpRequest,
    form: BaseDialogForm,
    dialog: "ActionDialog",
    deed: Callable[[], R],
    *,
    success: "_StrOrPromise | Callable[[R], _StrOrPromise]",
    then: str | Callable[[R], str],
) -> HttpResponse:
    """Do the deed and open `then`, or keep the dialog open with what was typed and the refusal.

    `success` is what the next page says, or a function that says it from what the deed returned;
    so is `then`.
    """
    try:
        result = deed()
    except DomainError as refusal:
        say_in_form(form, refusal)
        return render(
            request,
            "unfold/helpers/dialog.html",
            {
                "dialog": dialog,
                "form": form,
                "form_submit_text": dialog.get("form_submit_text", ""),
            },
        )
    messages.success(request, str(success(result) if callable(success) else success))
    return leave_dialog(then(result) if callable(then) else then)


@contextmanager
def rules_as_messages(request: HttpRequest, *, success: "_StrOrPromise" = "") -> Iterator[None]:
    """Say on the next page what happened, also when a rule said no."""
    try:
        yield
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        if success:
            messages.success(request, str(success))
