"""What every answer tells the browser to refuse.

The policies are settings (`project/settings/hardening.py`), by the beginning of the path; a path
that none of them names gets the strictest. The proxy says the same on answers of its own.
"""

from collections.abc import Callable
from typing import Any

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

FILE_POLICY = "sandbox; default-src 'none'"
"""Content-Security-Policy of whatever is handed out as a file: nothing in it runs."""


class PolicyMiddleware(CSPMiddleware):
    """Gives an answer the policy of its path, unless its view has named one of its own."""

    def get_policy_parts(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        report_only: bool = False,  # noqa: FBT001, FBT002  (the library's signature)
    ) -> PolicyParts:
        """Return what the header is made of; a view's additions are added to the path's policy."""
        parts = super().get_policy_parts(request, response, report_only)
        if parts.config is None and not report_only:
            parts.config = policy_of(request.path_info)
        return parts


def policy_of(path: str) -> dict[str, Any] | None:
    """Return the policy of the longest beginning that fits; None is the strictest."""
    fitting = [start for start in settings.CONTENT_SECURITY_POLICIES if path.startswith(start)]
    return settings.CONTENT_SECURITY_POLICIES[max(fitting, key=len)] if fitting else None


class HeadersMiddleware:
    """Names what the browser may use, and keeps answers that nobody said may be kept nowhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the headers; those that a view has set stay."""
        response = self.get_response(request)
        if "Content-Disposition" in response:
            response["Content-Security-Policy"] = FILE_POLICY
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        response.headers.setdefault("Cache-Control", "no-store")
        return response
