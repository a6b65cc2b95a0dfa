"""What a ticket costs, and whether its assets are free: asked when drafted, fixed on submission."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from apps.assets import availability, pricing
from apps.assets.errors import AssetTaken
from apps.assets.models import Asset, Tariff
from apps.common.money import format_amount
from apps.tickets.errors import (
    AssetsTaken,
    MixedCurrencies,
    NoAssets,
    PeriodBackward,
    UnknownAssets,
)
from apps.tickets.models import TicketLine

if TYPE_CHECKING:
    from apps.assets.pricing import LineQuote


@dataclass(frozen=True)
class Offer:
    """What some assets cost for a period, all in one currency."""

    quotes: "Mapping[Asset, LineQuote]"

    @property
    def currency(self) -> str:
        """The one currency of all lines."""
        return next(iter(self.quotes.values())).currency

    def as_quote(self) -> dict[str, Any]:
        """Return what the ticket keeps: totals, arithmetic, and the late fee’s terms, by asset."""
        quotes = self.quotes.values()
        return {
            "fee": sum(quote.fee for quote in quotes),
            "deposit": sum(quote.deposit for quote in quotes),
            "commission": sum(quote.commission for quote in quotes),
            "lines": {
                str(asset.pk): {
                    "arithmetic": quote.arithmetic,
                    "late": _late_terms(asset.effective_tariff),
                }
                for asset, quote in self.quotes.items()
            },
        }

    def price(self, line: TicketLine) -> bool:
        """Set the prices of `line`, and tell whether that changed them."""
        quote = self.quotes[line.asset]
        before = (line.fee, line.deposit, line.commission)
        line.fee, line.deposit, line.commission = quote.fee, quote.deposit, quote.commission
        return before != (line.fee, line.deposit, line.commission)


def offer(assets: Sequence[Asset], starts_at: datetime, ends_at: datetime) -> Offer:
    """Price the assets for the period.

    Raises:
        PeriodBackward, NoAssets, MixedCurrencies: there is no one price.
    """
    if ends_at <= starts_at:
        raise PeriodBackward
    if not assets:
        raise NoAssets
    quotes = {asset: pricing.quote(asset, starts_at, ends_at) for asset in assets}
    if len({quote.currency for quote in quotes.values()}) > 1:
        raise MixedCurrencies(
            prices=_(" and ").join(
                f"{asset} ({format_amount(quote.fee, quote.currency)})"
                for asset, quote in quotes.items()
            )
        )
    return Offer(quotes)


def find_assets(asset_ids: Iterable[int]) -> list[Asset]:
    """Return these assets, by primary key, with all that pricing needs.

    Raises:
        UnknownAssets: one of them does not exist.
    """
    wanted = set(asset_ids)
    known = known_assets(wanted)
    if len(known) != len(wanted):
        raise UnknownAssets
    return list(known.values())


def known_assets(asset_ids: Iterable[int]) -> dict[int, Asset]:
    """Return those of these assets that exist, by primary key, with all that pricing needs."""
    assets = Asset.objects.filter(pk__in=set(asset_ids)).order_by("pk")
    return {one.pk: one for one in assets.select_related("lender", "tariff", "category__tariff")}


def refuse_taken(
    assets: Iterable[Asset], starts_at: datetime, ends_at: datetime, *, now: datetime
) -> None:
    """Return when all assets are free for the period; nothing is promised by that.

    Raises:
        AssetsTaken: says of each asset that is not free why.
    """
    conflicts = [
        AssetTaken(asset=asset, why=why).message
        for asset in assets
        if (why := availability.why_not(asset, starts_at, ends_at, now=now))
    ]
    if conflicts:
        raise AssetsTaken(conflicts=conflicts)


def late_fee(line: TicketLine, *, returned_at: datetime) -> tuple[int, str]:
    """Return the late fee by the terms fixed on submission, and the arithmetic."""
    terms = line.ticket.quote["lines"][str(line.asset_id)]["late"]
    tariff = Tariff(**{**terms, "grace": timedelta(seconds=terms["grace"])})
    return pricing.late_fee(tariff, due_at=line.due_at, returned_at=returned_at)


def _late_terms(tariff: Tariff) -> dict[str, Any]:
    return {
        "currency": tariff.currency,
        "grace": tariff.grace.total_seconds(),
        "late_fee": tariff.late_fee,
        "late_fee_unit": tariff.late_fee_unit,
        "late_fee_cap": tariff.late_fee_cap,
    }
