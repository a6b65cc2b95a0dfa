"""What a loan would cost: asked by borrowers for themselves, by staff for anybody."""

from typing import TYPE_CHECKING

from django.utils import timezone

from apps.assets import availability
from apps.audit.services import deed
from apps.tickets.services import quoting
from apps.tickets.services.keeping import act_for

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from apps.accounts.models import User
    from apps.assets.availability import Reason
    from apps.tickets.services.quoting import Offer


@deed
def ask_price(
    asset_ids: "Iterable[int]",
    starts_at: "datetime",
    ends_at: "datetime",
    *,
    borrower: "User",
    actor: "User",
) -> "tuple[Offer, dict[int, list[Reason]]]":
    """Return what these assets cost together, and of each why it is not free; nothing is kept.

    Who has an asset, only staff are told.

    Raises:
        NotPermitted: it is for somebody else, whose discounts are not the actor’s to know.
        PeriodBackward, UnknownAssets, MixedCurrencies: there is no one price.
    """
    act_for(borrower, "tickets.add_ticket", actor=actor)
    assets = quoting.find_assets(asset_ids)
    offer = quoting.offer(assets, starts_at, ends_at, borrower=borrower)
    why = availability.why_not_each(assets, starts_at, ends_at, now=timezone.now())
    return offer, {pk: availability.told_to(actor, reasons) for pk, reasons in why.items()}
