"""Kits on a ticket: the kit’s line is paid for, and its parts go along, out with it and back."""

from typing import TYPE_CHECKING

from apps.tickets.errors.kits import KitStaysBehind, PartsStillOut
from apps.tickets.states import LineStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apps.tickets.models import Ticket, TicketLine


def refuse_parts_without_kit(going: "Sequence[TicketLine]") -> None:
    """Return when each part among these lines goes out with its kit, or after it.

    Raises:
        KitStaysBehind: the fee and the deposit of the part would not be paid.
    """
    leaving = {line.pk for line in going}
    for line in going:
        kit = line.kit_line
        if kit and kit.pk not in leaving and kit.status != LineStatus.ON_LOAN:
            raise KitStaysBehind(part=line.asset, kit=kit.asset)


def refuse_kits_before_parts(coming: "Sequence[TicketLine]") -> None:
    """Return when each kit among these lines comes back with the last of its parts, or after it.

    Raises:
        PartsStillOut: so that the kit is late for as long as any part of it is.
    """
    back = {line.pk for line in coming}
    for line in coming:
        out = line.part_lines.filter(status=LineStatus.ON_LOAN).exclude(pk__in=back)
        if parts := [str(part.asset) for part in out.select_related("asset")]:
            raise PartsStillOut(kit=line.asset, parts=", ".join(parts))


def with_parts(ticket: "Ticket", lines: "Sequence[TicketLine]") -> "list[TicketLine]":
    """Return the lines with those parts of their kits that wait to be collected."""
    kits = {line.pk for line in lines}
    parts = ticket.lines.filter(kit_line__in=kits, status=LineStatus.RESERVED)
    others = parts.exclude(pk__in=kits).select_related("asset", "lender", "kit_line__asset")
    return sorted([*lines, *others], key=lambda line: line.asset_id)
