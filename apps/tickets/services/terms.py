"""The prices that a ticket was quoted by, kept with its quote: a longer period costs by the same.

What is kept is the tariff as it was at submission. Tickets from before that was kept go by the
tariff of the asset as it is today.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from apps.assets import pricing
from apps.assets.models import Tariff
from apps.common.money import format_amount

if TYPE_CHECKING:
    from datetime import datetime

    from apps.tickets.models import TicketLine

_KEPT = (
    *("currency", "hour_price", "day_price", "week_price", "month_price"),
    *("minimum_fee", "commission_share"),
)


def kept(tariff: Tariff) -> dict[str, Any]:
    """Return the prices of `tariff` as a ticket keeps them."""
    return {name: getattr(tariff, name) for name in _KEPT}


def tariff_of(line: "TicketLine") -> Tariff:
    """Return the prices that the line was quoted by, as a tariff that no row stands for."""
    priced = line.ticket.quote["lines"].get(str(line.asset_id), {})
    terms = priced.get("price") or kept(line.asset.effective_tariff)
    return Tariff(grace=timedelta(0), **terms)


def longer(
    line: "TicketLine", *, starts_at: "datetime", until: "datetime"
) -> tuple[int, int, list[str]]:
    """Return what keeping it until then costs more, the commission in that, and the arithmetic.

    The fee of the whole period from `starts_at` until then, less the fee until it is due now, both
    by the terms of the quote; so two extensions cost what one would have, and never less than
    nothing. A discount counts for the period that it was given for. The part of a kit is paid for
    with it.
    """
    if line.kit_line_id:
        return 0, 0, [_("Paid for with its kit")]
    tariff = tariff_of(line)
    fee, arithmetic = pricing.fee_of(tariff, starts_at, until)
    so_far, _so_far_lines = pricing.fee_of(tariff, starts_at, line.due_at)
    share = tariff.commission_share
    commission = fee * share // pricing.WHOLE - so_far * share // pricing.WHOLE
    more = max(fee - so_far, 0)
    arithmetic.append(
        _("Less the fee so far: {so_far}. To pay: {more}").format(
            so_far=format_amount(so_far, tariff.currency),
            more=format_amount(more, tariff.currency),
        )
    )
    return more, max(commission, 0), arithmetic
