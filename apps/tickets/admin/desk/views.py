"""The desk page, what it suggests while somebody types, and its deeds."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.assets.models import Asset
from apps.assets.states import Status as AssetStatus
from apps.common.admin import BaseAdmin, StaffRequest
from apps.tickets import selectors
from apps.tickets.admin.desk import deeds
from apps.tickets.admin.desk.counter import Counter, Said
from apps.tickets.admin.desk.reading import read
from apps.tickets.admin.desk.showing import content_of
from apps.tickets.models import Ticket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.urls import URLPattern

DESK = "admin:tickets_ticket_desk"
SHOWN = 6
_LEAST = 2  # letters before anything is suggested
_DEEDS: "dict[str, Callable[..., list[Said]]]" = {
    "hand_over": deeds.hand_over,
    "take_back": deeds.take_back,
    "lend": deeds.lend,
}


class DeskPages(BaseAdmin):
    """The addresses of the desk."""

    def get_urls(self) -> "list[URLPattern]":
        """Add the page, and what it asks while somebody types."""
        wrap = self.admin_site.admin_view
        return [
            path("desk/", wrap(self.desk_view), name="tickets_ticket_desk"),
            path("desk/suggest/", wrap(self.suggest_view), name="tickets_ticket_desk_suggest"),
            *super().get_urls(),
        ]

    def has_desk_permission(self, request: HttpRequest) -> bool:
        """Let those in who hand over or take back."""
        permissions = ("tickets.hand_over_ticket", "tickets.take_back_ticket")
        return any(request.user.has_perm(permission) for permission in permissions)

    def desk_view(self, request: StaffRequest) -> HttpResponse:
        """Show the counter; read what was scanned; or do a deed, when it is a POST."""
        if not self.has_desk_permission(request):
            raise PermissionDenied
        said: list[Said] = []
        if request.method == "POST":
            counter = Counter.read(request.POST)
            if deed := _DEEDS.get(request.POST.get("deed", "")):
                said = deed(counter, actor=request.user)
        else:
            counter = Counter.read(request.GET)
            if text := request.GET.get("scan", "").strip():
                said = [read(text, counter)]
        return self._page(request, counter, said)

    def _page(self, request: StaffRequest, counter: Counter, said: list[Said]) -> HttpResponse:
        context: dict[str, Any] = {**content_of(counter, user=request.user), "said": said}
        query = counter.written()
        address = reverse(DESK) + (f"?{query}" if query else "")
        if request.headers.get("HX-Request") == "true":
            answer = render(request, "tickets/desk/place.html", context)
            # Opened again, the page shows the counter as it lies now, and scans nothing twice.
            answer["HX-Replace-Url"] = address
            return answer
        request.current_app = self.admin_site.name
        site = self.admin_site.each_context(request)
        page = {**site, "title": _("Desk"), "media": self.media, **context}
        return TemplateResponse(request, "tickets/desk/page.html", page)

    def suggest_view(self, request: StaffRequest) -> HttpResponse:
        """List what the text typed so far may mean."""
        if not self.has_desk_permission(request):
            raise PermissionDenied
        term = request.GET.get("scan", "").strip()
        found = list(_suggestions(term)) if len(term) >= _LEAST else []
        return render(request, "tickets/desk/options.html", {"options": found})


def _suggestions(term: str) -> "Iterator[dict[str, str]]":
    """Yield what fits, with the text that names it without a doubt."""
    number = selectors.number_in(term)
    for ticket in Ticket.objects.filter(pk=number or 0).select_related("borrower"):
        yield {
            "scan": str(ticket),
            "icon": "confirmation_number",
            "text": f"{ticket} {ticket.borrower}",
            "hint": ticket.get_status_display(),
        }
    people = User.objects.filter(
        Q(display_name__icontains=term) | Q(email__icontains=term),
        is_active=True,
        groups__name=Role.BORROWER,
    )
    for person in people.order_by("display_name", "pk")[:SHOWN]:
        yield {
            "scan": person.email,
            "icon": "person",
            "text": str(person),
            "hint": person.email,
        }
    assets = Asset.objects.filter(Q(tag__icontains=term) | Q(name__icontains=term))
    for asset in assets.exclude(status=AssetStatus.RETIRED).order_by("tag")[:SHOWN]:
        yield {
            "scan": asset.tag,
            "icon": "inventory_2",
            "text": str(asset),
            "hint": asset.get_status_display(),
        }
