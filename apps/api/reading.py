"""Who may read the documentation: whoever is signed in, or shows a token."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from apps.api import problems
from apps.api.errors import TokenMissing
from apps.common.errors import DomainError
from apps.programs import tokens

type View = Callable[..., HttpResponse]


def for_who_may_read(view: View) -> View:
    """Show `view` to people who are signed in and to programs with any valid token."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        if request.user.is_authenticated and request.user.is_active:
            return view(request, *args, **options)
        kind, _space, token = request.headers.get("Authorization", "").partition(" ")
        try:
            if kind.lower() != "bearer":
                raise TokenMissing
            tokens.access_of(token.strip())
        except DomainError as refusal:
            if "text/html" in request.headers.get("Accept", ""):
                return redirect_to_login(request.get_full_path())
            return problems.response_to(refusal)
        return view(request, *args, **options)

    return shown
