"""What somebody had typed when they were asked to show again who they are.

It waits in their session, which lives in the database, and comes back on the page from which it was
sent: a dialog opens again, filled in; any other form is offered to be sent again with a button.
"""

from typing import Any
from urllib.parse import urlsplit

from django.forms import Form
from django.http import HttpRequest, QueryDict

_KEY = "kept_form"
_NOT_KEPT = {"csrfmiddlewaretoken", "_form_submitted"}
_MOST = 100_000


def is_dialog(request: HttpRequest) -> bool:
    """Tell whether a dialog has sent it, so that the page under it stays where it was."""
    return "HX-Request" in request.headers


def page_of(request: HttpRequest) -> str:
    """Return the page from which it was sent; a dialog lies over a page of ours."""
    if not is_dialog(request):
        return request.get_full_path()
    page = urlsplit(request.headers.get("HX-Current-URL", ""))
    return f"{page.path}?{page.query}" if page.query else page.path


def keep(request: HttpRequest) -> bool:
    """Keep what was typed, and tell whether it was; passwords and files never are."""
    typed = {name: values for name, values in request.POST.lists() if name not in _NOT_KEPT}
    is_secret = any("password" in name or "secret" in name for name in typed)
    is_too_long = sum(len(value) for values in typed.values() for value in values) > _MOST
    if is_secret or is_too_long or request.FILES:
        request.session.pop(_KEY, None)
        return False
    request.session[_KEY] = {
        "path": request.get_full_path(),
        "page": page_of(request),
        "typed": typed,
        "is_dialog": is_dialog(request),
    }
    return True


def kept_on(request: HttpRequest) -> dict[str, Any] | None:
    """Return what was kept of this very page, once; a dialog takes it itself when it opens."""
    kept: dict[str, Any] | None = request.session.get(_KEY) if hasattr(request, "session") else None
    if kept is None or request.method != "GET" or kept["page"] != request.get_full_path():
        return None
    if not kept["is_dialog"]:
        del request.session[_KEY]
    return kept


def fill(form: Form, request: HttpRequest) -> None:
    """Fill a dialog that opens with what was typed into it before, once."""
    kept = request.session.get(_KEY) if hasattr(request, "session") else None
    if (
        kept is None
        or request.method != "GET"
        or not kept["is_dialog"]
        or kept["path"] != request.get_full_path()
    ):
        return
    typed = QueryDict(mutable=True)
    for name, values in request.session.pop(_KEY)["typed"].items():
        typed.setlist(name, values)
    for name, field in form.fields.items():
        if not field.widget.is_hidden and form.add_prefix(name) in typed:
            form.initial[name] = field.widget.value_from_datadict(typed, {}, form.add_prefix(name))
