"""Names the origin of what a web request does, and answers with the request's id."""

import ipaddress
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from apps.audit.context import AUTHENTICATED_AT, Origin, coming_from
from apps.audit.models import Source
from apps.audit.services import keep_denied


def client_address(request: HttpRequest) -> str | None:
    """Return the client's address; X-Forwarded-For counts as far as our own proxies wrote it."""
    address = request.META.get("REMOTE_ADDR", "")
    forwarded = request.headers.get("X-Forwarded-For", "")
    hops = forwarded.split(",") if forwarded else []
    if 0 < settings.TRUSTED_PROXY_COUNT <= len(hops):
        address = hops[-settings.TRUSTED_PROXY_COUNT]
    try:
        found = ipaddress.ip_address(address.strip())
    except ValueError:
        return None
    # A socket for both protocols writes IPv4 like this, and all of IPv4 would count as one network.
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def authenticated_at(request: HttpRequest) -> datetime | None:
    """Return when the person of the session last showed who they are, if the session knows."""
    kept = request.session.get(AUTHENTICATED_AT) if hasattr(request, "session") else None
    return datetime.fromisoformat(kept) if kept else None


class AuditMiddleware:
    """Puts every request into an `Origin` of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request inside its origin."""
        source = Source.API if request.path.startswith("/api/") else Source.ADMIN
        there = Origin(
            source=source,
            ip_address=client_address(request),
            # A token says itself when its person signed in; the API knows no sessions.
            authenticated_at=None if source == Source.API else authenticated_at(request),
        )
        with coming_from(there) as here:
            response = self.get_response(request)
            keep_denied(here)
            response["X-Request-Id"] = str(here.request_id)
            return response
