"""What a ticket costs, and whether its assets are free: asked when drafted, fixed on submission."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.assets import availability, pricing
from apps.assets.errors import AssetTaken
from apps.assets.models import Asset, Tariff
from apps.assets.pricing import LineQuote
from apps.assets.rules import rules_for
from apps.common.money import format_amount
from apps.tickets.errors import (
    AssetsTaken,
    MixedCurrencies,
    NoAssets,
    PeriodBackward,
    UnknownAssets,
)
from apps.tickets.models import Ticket, TicketLine
from apps.tickets.services import terms
from apps.tickets.states import ExtensionStatus, LineStatus

if TYPE_CHECKING:
    from apps.accounts.models import User


@dataclass(frozen=True)
class Offer:
    """What some assets cost for a period, all in one currency.

    `kit_of` says of which kit on the same ticket an asset is a part, by primary key.
    """

    quotes: Mapping[Asset, LineQuote]
    kit_of: Mapping[int, int]

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
            "discount": sum(quote.discount for quote in quotes),
            "lines": {
                str(asset.pk): {
                    "arithmetic": quote.arithmetic,
                    "late": _late_terms(asset.effective_tariff),
                    "terms": terms.kept(asset.effective_tariff, quote),
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


def offer(
    assets: Sequence[Asset],
    starts_at: datetime,
    ends_at: datetime,
    *,
    borrower: "User | None" = None,
    kit_of: Mapping[int, int] | None = None,
) -> Offer:
    """Price the assets for the period, with the best discount that this borrower can get.

    An asset goes along with its kit when that is among the assets, and then costs nothing; on a
    ticket that exists, `kit_of` says which do, whatever the register says today.

    Raises:
        PeriodBackward, NoAssets, MixedCurrencies: there is no one price.
    """
    if ends_at <= starts_at:
        raise PeriodBackward
    if not assets:
        raise NoAssets
    if kit_of is None:
        kit_of = parts_among(assets)
    priced = [asset for asset in assets if asset.pk not in kit_of]
    rules = rules_for(borrower, timezone.localdate(starts_at), priced)
    quotes = pricing.quote_together(priced, starts_at, ends_at, rules)
    if len({quote.currency for quote in quotes.values()}) > 1:
        raise MixedCurrencies(
            prices=_(" and ").join(
                f"{asset} ({format_amount(quote.fee, quote.currency)})"
                for asset, quote in quotes.items()
            )
        )
    kits = {asset.pk: asset for asset in priced}
    for asset in assets:
        if asset.pk in kit_of:
            kit = kits[kit_of[asset.pk]]
            included = _("Part of {kit}, and paid for with it").format(kit=kit)
            quotes[asset] = LineQuote(0, 0, 0, quotes[kit].currency, [included])
    return Offer({asset: quotes[asset] for asset in assets}, kit_of)


def parts_among(assets: Iterable[Asset]) -> dict[int, int]:
    """Return the kit of each asset that is a part of another one among them."""
    known = {asset.pk: asset.kit_id for asset in assets}
    return {pk: kit_id for pk, kit_id in known.items() if kit_id in known}


def parts_on(lines: Iterable[TicketLine]) -> dict[int, int]:
    """Return the kit of each asset that goes along as a part on these lines."""
    asset_of = {line.pk: line.asset_id for line in lines}
    return {line.asset_id: asset_of[line.kit_line_id] for line in lines if line.kit_line_id}


def find_assets(asset_ids: Iterable[int]) -> list[Asset]:
    """Return these assets and the parts of kits, by primary key, with all that pricing needs.

    Raises:
        UnknownAssets: one of them does not exist.
    """
    wanted = set(asset_ids)
    assets = list(
        Asset.objects.filter(Q(pk__in=wanted) | Q(kit__in=wanted))
        .select_related("lender", "tariff", "category__tariff")
        .order_by("pk")
    )
    if not wanted <= {asset.pk for asset in assets}:
        raise UnknownAssets
    return assets


def known_assets(asset_ids: Iterable[int]) -> dict[int, Asset]:
    """Return those of these assets that exist, by primary key, with all that pricing needs."""
    assets = Asset.objects.filter(pk__in=set(asset_ids)).order_by("pk")
    return {one.pk: one for one in assets.select_related("lender", "tariff", "category__tariff")}


def refuse_taken(
    assets: Iterable[Asset],
    starts_at: datetime,
    ends_at: datetime,
    *,
    now: datetime,
    actor: "User",
) -> None:
    """Return when all assets are free for the period; nothing is promised by that.

    A kit answers for its parts. Who has an asset, only staff are told.

    Raises:
        AssetsTaken: says of each asset that is not free why.
    """
    assets = list(assets)
    answers = availability.why_not_each(assets, starts_at, ends_at, now=now)
    parts = parts_among(assets)
    conflicts = [
        AssetTaken(asset=asset, why=availability.told_to(actor, why)).message
        for asset in assets
        if asset.pk not in parts and (why := answers[asset.pk])
    ]
    if conflicts:
        raise AssetsTaken(conflicts=conflicts)


def late_fee(line: TicketLine, *, returned_at: datetime) -> tuple[int, str]:
    """Return the late fee by the terms fixed on submission, and the arithmetic.

    A kit is late until the last of its parts is back, because it comes back with that or after it;
    so a part has no late fee of its own.
    """
    if line.kit_line_id:
        return 0, _("Lateness counts for its kit.")
    late = line.ticket.quote["lines"][str(line.asset_id)]["late"]
    tariff = Tariff(**{**late, "grace": timedelta(seconds=late["grace"])})
    return pricing.late_fee(tariff, due_at=line.due_at, returned_at=returned_at)


def lateness(line: TicketLine, *, returned_at: datetime) -> tuple[int, str]:
    """Return all that lateness costs on the line, and the arithmetic of what came last.

    Lateness before an extension was asked for has been counted with it, and stays.
    """
    fee, arithmetic = late_fee(line, returned_at=returned_at)
    granted = line.extensions.filter(
        extension__status=ExtensionStatus.APPROVED, dropped_at__isnull=True
    )
    before = granted.aggregate(total=Sum("late_fee"))["total"] or 0
    return before + fee, arithmetic


def is_late(line: TicketLine, *, at: datetime) -> bool:
    """Tell whether the line is out, or back, later than its due time and the grace fixed for it."""
    late = line.ticket.quote["lines"][str(line.asset_id)]["late"]
    return at > line.due_at + timedelta(seconds=late["grace"])


def late_fee_so_far(ticket: Ticket, *, now: datetime) -> int:
    """Return what lateness costs at this moment, for all that is out, in minor units."""
    out = [line for line in ticket.lines.all() if line.status == LineStatus.ON_LOAN]
    return sum(late_fee(line, returned_at=now)[0] for line in out)


def _late_terms(tariff: Tariff) -> dict[str, Any]:
    return {
        "currency": tariff.currency,
        "grace": tariff.grace.total_seconds(),
        "late_fee": tariff.late_fee,
        "late_fee_unit": tariff.late_fee_unit,
        "late_fee_cap": tariff.late_fee_cap,
    }
