"""The prices that a ticket was quoted by, kept with its quote: another period costs by the same.

What is kept is the tariff as it was at submission. Tickets from before that was kept go by the
tariff of the asset as it is today.
"""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from apps.assets import pricing
from apps.assets.models import Tariff
from apps.assets.pricing import LineQuote
from apps.common.money import format_amount

if TYPE_CHECKING:
    from datetime import datetime

    from apps.tickets.models import TicketLine

_KEPT = (
    *("currency", "hour_price", "day_price", "week_price", "month_price", "minimum_fee"),
    *("deposit_kind", "deposit_amount", "deposit_share"),
)


def kept(tariff: Tariff, quote: LineQuote) -> dict[str, Any]:
    """Return what prices a line for any period, as a ticket keeps it."""
    return {
        "tariff": {
            **{name: getattr(tariff, name) for name in _KEPT},
            "commission_share": quote.commission_share,
        },
        "value": quote.value,
        "discount": quote.discount,
    }


def tariff_of(line: "TicketLine") -> Tariff:
    """Return the prices that the line was quoted by, as a tariff that no row stands for."""
    fixed = _fixed(line)
    if fixed is None:
        return line.asset.effective_tariff
    return Tariff(grace=timedelta(0), **fixed["tariff"])


def as_fixed(line: "TicketLine") -> LineQuote:
    """Return what the line costs as it was fixed on submission."""
    priced = line.ticket.quote["lines"].get(str(line.asset_id), {})
    return LineQuote(
        line.fee,
        line.deposit,
        line.commission,
        line.ticket.currency,
        priced.get("arithmetic", []),
        discount=(_fixed(line) or {}).get("discount", 0),
    )


def shorter(line: "TicketLine", starts_at: "datetime", ends_at: "datetime") -> LineQuote:
    """Price the line for another period by the tariff and the value fixed on submission.

    A discount takes off the share that it took off before, but nothing below the least fee. The
    part of a kit is paid for with it. A quote from before tariffs were kept in it is priced by the
    tariff of today, and never dearer than it was.
    """
    fixed = _fixed(line)
    if line.kit_line_id:
        return as_fixed(line)
    if fixed is None:
        now = pricing.quote(line.asset, starts_at, ends_at)
        fee = min(now.fee, line.fee)
        return replace(
            now,
            fee=fee,
            deposit=min(now.deposit, line.deposit),
            commission=min(now.commission, line.commission, fee),
        )
    tariff = tariff_of(line)
    whole = pricing.quote_by(tariff, starts_at, ends_at, value=fixed["value"])
    if not fixed["discount"]:
        return whole
    off = whole.fee * fixed["discount"] // (line.fee + fixed["discount"])
    off = min(off, max(whole.fee - tariff.minimum_fee, 0))
    fee = whole.fee - off
    text = _("Discount, the same share of the fee: {off}. To pay: {fee}").format(
        off=format_amount(off, tariff.currency), fee=format_amount(fee, tariff.currency)
    )
    return replace(
        whole,
        fee=fee,
        discount=off,
        commission=fee * tariff.commission_share // pricing.WHOLE,
        arithmetic=[*whole.arithmetic, text],
    )


def _fixed(line: "TicketLine") -> dict[str, Any] | None:
    priced: dict[str, Any] = line.ticket.quote["lines"].get(str(line.asset_id), {})
    return priced.get("terms")


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
