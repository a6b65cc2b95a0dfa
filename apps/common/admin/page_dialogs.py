"""What the dialogs of one thing’s page have in common: the thing, a reason, and where they end."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from apps.common.admin.base import BaseAdmin, StaffRequest
from apps.common.admin.dialogs import carry_out

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise
    from unfold.dataclasses import ActionDialog
    from unfold.forms import BaseDialogForm


class PageDialogs(BaseAdmin):
    """A page whose dialogs each do one deed to what it shows, and lead back to it."""

    def row_of(self, request: HttpRequest, obj: Any) -> Any:
        """Return the row; Unfold asks with an identifier, Django with the row, often."""
        if obj is None or isinstance(obj, self.model):
            return obj
        known: dict[tuple[type, str], Any] = request.__dict__.setdefault("_rows_of_pages", {})
        key = (self.model, str(obj))
        if key not in known:
            known[key] = self.get_object(request, str(obj))
        return known[key]

    def do_with_reason(
        self,
        request: StaffRequest,
        form: "BaseDialogForm",
        object_id: str,
        *,
        dialog: "ActionDialog",
        service: Callable[..., Any],
        success: "_StrOrPromise",
    ) -> HttpResponse:
        """Call a service that takes the key, the reason that was typed, and who asks."""
        reason = form.cleaned_data["reason"]
        return self.do(
            request,
            form,
            object_id,
            dialog,
            lambda pk: service(pk, reason=reason, actor=request.user),
            success=success,
        )

    def do[R](
        self,
        request: HttpRequest,
        form: "BaseDialogForm",
        object_id: str,
        dialog: "ActionDialog",
        deed: Callable[[int], R],
        *,
        success: "_StrOrPromise | Callable[[R], _StrOrPromise]",
        then: str = "",
    ) -> HttpResponse:
        """Do the deed to the row of this key, and lead to its page, or to its page named `then`."""
        row = self.row_of(request, object_id)
        if row is None:
            raise Http404
        name = then or f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        page = reverse(name, args=(row.pk,))
        return carry_out(request, form, dialog, lambda: deed(row.pk), success=success, then=page)
