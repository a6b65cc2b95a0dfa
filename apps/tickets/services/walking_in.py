"""Lending at the desk to somebody who stands there: drafted and submitted in one go."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from apps.audit.services import deed
from apps.tickets.errors.desk import NoBorrower
from apps.tickets.services.drafting import draft, submit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from apps.accounts.models import User
    from apps.tickets.models import Ticket


def walk_in_start(now: datetime | None = None) -> datetime:
    """Return when a loan begins that is asked for now: with the next full minute.

    Not with the last one: what came back within this minute is free only from then on.
    """
    now = now or timezone.now()
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)


@deed
def walk_in(
    *,
    borrower: "User | None",
    ends_at: datetime,
    purpose: str,
    asset_ids: "Iterable[int]",
    actor: "User",
    starts_at: datetime | None = None,
) -> "Ticket":
    """Ask for these assets from now on; they are reserved when whoever decides agrees.

    A policy may agree at once, and the ticket comes back approved. What is refused on submission
    leaves no draft behind.

    Raises:
        NoBorrower: nobody is named.
        RequestInvalid: it cannot be lent like this; the fact names the field.
        NoPolicy: nobody has laid down who decides on so much.
    """
    if borrower is None:
        raise NoBorrower
    drafted = draft(
        borrower=borrower,
        starts_at=starts_at or walk_in_start(),
        ends_at=ends_at,
        purpose=purpose,
        asset_ids=asset_ids,
        actor=actor,
    )
    return submit(drafted.pk, seen_version=drafted.version, actor=actor)
