"""Names the origin of what a web request does, and answers with the request's id."""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from apps.audit.context import Origin, coming_from
from apps.audit.models import Source


def client_address(request: HttpRequest) -> str | None:
    """Return the client's address; X-Forwarded-For counts as far as our own proxies wrote it."""
    address = request.META.get("REMOTE_ADDR", "")
    forwarded = request.headers.get("X-Forwarded-For", "")
    hops = forwarded.split(",") if forwarded else []
    if 0 < settings.TRUSTED_PROXY_COUNT <= len(hops):
        address = hops[-settings.TRUSTED_PROXY_COUNT]
    try:
        return str(ipaddress.ip_address(address.strip()))
    except ValueError:
        return None


class AuditMiddleware:
    """Puts every request into an `Origin` of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request inside its origin."""
        source = Source.API if request.path.startswith("/api/") else Source.ADMIN
        with coming_from(Origin(source=source, ip_address=client_address(request))) as here:
            response = self.get_response(request)
            response["X-Request-Id"] = str(here.request_id)
            return response
