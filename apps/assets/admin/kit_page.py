"""What the page of a kit shows of its parts, and the page of a part of its kit."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from apps.assets.availability import why_not_at_all
from apps.assets.models import Asset
from apps.assets.states import Status
from apps.assets.wording import moment

if TYPE_CHECKING:
    from apps.assets.models import Reservation


@dataclass(frozen=True)
class Part:
    """A part of a kit: where it is, and whether that is not where its kit is."""

    asset: Asset
    place: str
    is_elsewhere: bool
    problem: str


def parts_of(kit: Asset, now: datetime) -> list[Part]:
    """Return the parts of a kit as its page lists them, by tag."""
    parts = kit.parts.select_related("category", "loan").order_by("tag")
    return [
        Part(
            part,
            place_of(part),
            is_elsewhere(part, kit),
            " ".join(str(reason) for reason in why_not_at_all(part, now=now)),
        )
        for part in parts
    ]


def place_of(asset: Asset) -> str:
    """Say where an asset is."""
    match asset.status:
        case Status.ON_LOAN if asset.loan:
            return _("out on {reservation}, due back on {due}").format(
                reservation=asset.loan.in_words, due=moment(asset.loan.due_at)
            )
        case Status.AVAILABLE if asset.location:
            return asset.location
        case Status.AVAILABLE:
            return _("in the store")
        case _:
            return asset.get_status_display()


def is_elsewhere(part: Asset, kit: Asset) -> bool:
    """Tell whether the part is not where its kit is: out without it, or on another shelf."""
    if part.status != kit.status:
        return True
    if part.status == Status.ON_LOAN:
        return _whose(part.loan) != _whose(kit.loan)
    return bool(part.location and kit.location) and part.location != kit.location


def _whose(loan: "Reservation | None") -> str:
    """Return for which ticket and borrower a loan is; each asset of a ticket has one of its own."""
    return loan.reason if loan else ""
