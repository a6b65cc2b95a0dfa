"""The queue of broken promises: loans that begin before their asset can be back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.assets import promises, selectors
from apps.assets.admin.calendar_page import url_of
from apps.assets.availability import why_not_each
from apps.assets.states import ReservationKind
from apps.common.admin import ReadOnlyAdmin, StaffRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse
    from django.urls import URLPattern

    from apps.accounts.models import User
    from apps.assets.models import Reservation

SHOWN = 100


@dataclass(frozen=True)
class Broken:
    """A promise in danger: for whom, since when, and where to act."""

    reservation: "Reservation"
    promise: promises.Promise | None
    why: str
    asset_url: str
    url: str
    has_begun: bool


def broken_promises(user: "User", now: datetime, most: int = SHOWN) -> list[Broken]:
    """Return the promises in danger, the soonest first; in a fixed number of queries."""
    found = selectors.endangered(now).select_related("asset__category", "asset__loan")
    rows = list(found[:most])
    behind = promises.behind(rows)
    assets = {row.asset_id: row.asset for row in rows}
    why = _why(list(assets.values()), now)
    broken = []
    for row in rows:
        promise = behind.get(row.pk)
        target = promise.about if promise else row
        page = url_of(target, user)
        broken.append(
            Broken(
                reservation=row,
                promise=promise,
                why=why.get(row.asset_id, ""),
                asset_url=reverse("admin:assets_asset_change", args=(row.asset_id,)),
                url=page,
                has_begun=row.starts_at <= now,
            )
        )
    return broken


def _why(assets: "Sequence[Any]", now: datetime) -> dict[int, str]:
    """Say of each asset what is wrong with it at this moment."""
    moment = (now, now + timedelta(minutes=1))
    answers = why_not_each(assets, *moment, now=now, kind=ReservationKind.MAINTENANCE)
    return {pk: str(reasons[0]) if reasons else "" for pk, reasons in answers.items()}


class BrokenPromises(ReadOnlyAdmin):
    """The page of the queue, for whoever sees reservations."""

    def get_urls(self) -> "list[URLPattern]":
        """Put the queue before the pages of single reservations."""
        view = self.admin_site.admin_view(self.endangered_view)
        return [
            path("endangered/", view, name="assets_reservation_endangered"),
            *super().get_urls(),
        ]

    def endangered_view(self, request: StaffRequest) -> "HttpResponse":
        """List what somebody has to put right, the soonest first."""
        if not request.user.has_perm("assets.view_reservation"):
            raise PermissionDenied
        rows = broken_promises(request.user, timezone.now(), SHOWN + 1)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Broken promises"),
            "rows": rows[:SHOWN],
            "is_more": len(rows) > SHOWN,
            "most": SHOWN,
            "foresight": selectors.FORESIGHT.days,
        }
        return TemplateResponse(request, "assets/endangered.html", context)
