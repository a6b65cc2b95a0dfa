"""Keeping longer what is out: asked for, priced, held for, decided on.

The rules:

- Only what is out is kept longer. Before the hand-over a longer period is another request: cancel
  it and enter it anew.
- It costs the fee of the whole longer period less the fee so far, by the terms of the quote.
- That is held when it is asked for, so that an approval cannot fail for money, and let go when it
  is rejected, withdrawn, too late, or the asset comes back.
- It takes no time of the asset before it is approved; whether that is free is asked both times.
- It may be asked for when the asset is late already. What lateness had cost by then stays; while
  somebody decides, no more is added.
"""

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.approvals import services as approvals
from apps.assets import availability
from apps.assets import services as assets
from apps.assets.errors import AssetTaken
from apps.assets.wording import moment
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.money import format_amount
from apps.tickets.errors import AssetsTaken, LineNotAllowed, ReasonMissing
from apps.tickets.errors.extending import (
    ExtensionGone,
    ExtensionOpen,
    ExtensionTooShort,
    NothingOut,
)
from apps.tickets.models import Extension, ExtensionLine
from apps.tickets.services import funds, quoting, telling, terms
from apps.tickets.services.keeping import (
    act_for,
    chosen,
    keep,
    lines_of,
    locked,
    may_borrow,
    signed,
)
from apps.tickets.states import ExtensionAction, LineStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from apps.accounts.models import User
    from apps.tickets.models import Ticket, TicketLine

SCOPE = "extension"
PERMISSION = "tickets.request_extension"


@deed
def request_extension(
    ticket_id: int,
    *,
    until: "datetime",
    reason: str,
    actor: "User",
    line_ids: "Iterable[int] | None" = None,
    seen_version: int | None = None,
) -> Extension:
    """Ask to keep these lines, or all that are out, until then; the price of that is held.

    Raises:
        NothingOut, LineNotAllowed: nothing of it, or not that line, is out.
        ExtensionOpen: one is asked for already.
        ExtensionTooShort: a line is due later, or it has passed.
        AssetsTaken: says of each asset that is not free then why.
        NoWallet, TooLittleMoney: the borrower cannot pay the difference.
        BorrowerSuspended: the borrower may not borrow any more.
        NoPolicy: nobody has laid down who decides on so much.
    """
    ticket = locked(ticket_id, seen_version=seen_version)
    act_for(ticket.borrower, PERMISSION, actor=actor)
    if not reason.strip():
        raise ReasonMissing
    now = timezone.now()
    lines = _out(ticket, line_ids)
    _refuse_second(ticket)
    may_borrow(ticket.borrower, now=now)
    # Before the wallet, in the order of all deeds: an approval may follow at once.
    assets.lock(line.asset_id for line in lines)
    refuse(lines, until, now=now, actor=actor)
    extension = Extension(
        ticket=ticket,
        ends_at=until,
        reason=reason.strip(),
        requested_by=actor,
        requested_at=now,
    )
    signed(extension, actor).save()
    longer = [priced(extension, line, now=now) for line in lines]
    funds.hold_longer(ticket, longer, actor=actor)
    for one in longer:
        signed(one, actor).save()
    keep(ticket, actor=actor)
    audit.record(
        "tickets.extension_requested",
        actor=actor,
        target=ticket,
        after={
            "extension": str(extension),
            "until": moment(until),
            "assets": [str(line.asset) for line in lines],
            "fee": format_amount(sum(one.fee for one in longer), ticket.currency),
        },
        reason=extension.reason,
        on_behalf_of=None if actor.pk == ticket.borrower_id else ticket.borrower,
    )
    _ask(extension, longer, actor=actor)
    return extension


def priced(extension: Extension, line: "TicketLine", *, now: "datetime") -> ExtensionLine:
    """Return what keeping the line longer costs; nothing is saved."""
    ticket = extension.ticket
    fee, commission, arithmetic = terms.longer(
        line, starts_at=ticket.starts_at, until=extension.ends_at
    )
    late_fee, _arithmetic = quoting.late_fee(line, returned_at=now)
    if late_fee:
        arithmetic.append(
            _("Late when it is asked for, and that stays: {late_fee}").format(
                late_fee=format_amount(late_fee, ticket.currency)
            )
        )
    return ExtensionLine(
        extension=extension,
        line=line,
        was_due_at=line.due_at,
        fee=fee,
        commission=commission,
        late_fee=late_fee,
        arithmetic=arithmetic,
    )


def refuse(
    lines: "Sequence[TicketLine]", until: "datetime", *, now: "datetime", actor: "User"
) -> None:
    """Return when all lines may be kept until then; nothing is promised by that.

    Raises:
        ExtensionTooShort: a line is due later, or it has passed.
        AssetsTaken: says of each asset that is not free then why.
    """
    after = max(now, *(line.due_at for line in lines))
    if until <= after:
        raise ExtensionTooShort(after=moment(after))
    conflicts = [
        AssetTaken(asset=line.asset, why=availability.told_to(actor, why)).message
        for line in lines
        if (
            why := availability.why_not(
                line.asset, line.due_at, until, now=now, except_reservation=line.reservation_id
            )
        )
    ]
    if conflicts:
        raise AssetsTaken(conflicts=conflicts)


@deed
def withdraw_extension(extension_id: int, *, reason: str, actor: "User") -> Extension:
    """Take the wish back; nothing stays held or waiting.

    Raises:
        ExtensionGone: it was decided on, or has ended.
        ReasonMissing: nobody said why.
    """
    extension = lock_extension(extension_id)
    act_for(extension.ticket.borrower, PERMISSION, actor=actor)
    if not reason.strip():
        raise ReasonMissing
    refuse_ended(extension)
    end(extension, ExtensionAction.WITHDRAW, reason=reason.strip(), actor=actor)
    return extension


def lock_extension(extension_id: int) -> Extension:
    """Return the extension with its ticket’s row and its own locked, before its request is."""
    ticket = locked(Extension.objects.values_list("ticket_id", flat=True).get(pk=extension_id))
    extension = Extension.objects.locked().select_related("requested_by").get(pk=extension_id)
    extension.ticket = ticket
    return extension


def refuse_ended(extension: Extension) -> None:
    """Return when the extension still waits.

    Raises:
        ExtensionGone: it does not.
    """
    if extension.concluded_at is not None:
        raise ExtensionGone(
            extension=extension,
            status=extension.get_status_display(),
            at=moment(extension.concluded_at),
        )


def end(extension: Extension, action: ExtensionAction, *, reason: str, actor: "User") -> None:
    """End what waits without a decision: its request, then its holds."""
    approvals.withdraw(extension, actor=actor, reason=reason)
    close(extension, action, reason=reason, actor=actor)
    funds.release(open_lines(extension), actor=actor)


def close(extension: Extension, action: ExtensionAction, *, reason: str, actor: "User") -> None:
    """Move the extension to its end, and tell those who wait for it."""
    before = extension.get_status_display()
    extension.move(action)
    extension.concluded_at = timezone.now()
    extension.ending_reason = reason
    keep(extension, "status", "concluded_at", "ending_reason", actor=actor)
    keep(extension.ticket, actor=actor)
    event = f"tickets.extension_{extension.status}"
    audit.record(
        event,
        actor=actor,
        target=extension.ticket,
        before={"status": before},
        after={
            "extension": str(extension),
            "status": extension.get_status_display(),
            "until": moment(extension.ends_at),
        },
        reason=reason,
    )
    telling.of_extension(event, extension, reason=reason)


def open_lines(extension: Extension) -> list[ExtensionLine]:
    """Return the lines that have not fallen away, in the order in which assets are locked."""
    lines = extension.lines.filter(dropped_at__isnull=True).select_related(
        "line__asset__category__tariff", "line__asset__tariff"
    )
    found = list(lines.order_by("line__asset_id"))
    for one in found:
        one.extension, one.line.ticket = extension, extension.ticket
    return found


def drop_returned(
    ticket: "Ticket", coming: "Sequence[TicketLine]", *, at: "datetime", actor: "User"
) -> list[ExtensionLine]:
    """Let what comes back fall away from an open extension; return it, its holds to be released.

    An extension of which nothing is left ends. The caller holds the ticket’s lock, and releases
    the holds after it has locked the assets.
    """
    waiting = ticket.extensions.waiting().locked().first()
    if waiting is None:
        return []
    waiting.ticket = ticket
    back = {line.pk for line in coming}
    lines = open_lines(waiting)
    dropped = [one for one in lines if one.line_id in back]
    for one in dropped:
        one.dropped_at = at
        keep(one, "dropped_at", actor=actor)
    if dropped and len(dropped) == len(lines):
        reason = _("It came back before anybody decided.")
        approvals.withdraw(waiting, actor=actor, reason=reason)
        close(waiting, ExtensionAction.EXPIRE, reason=reason, actor=actor)
    return dropped


def _out(ticket: "Ticket", line_ids: "Iterable[int] | None") -> "list[TicketLine]":
    if line_ids is None:
        lines = [line for line in lines_of(ticket) if line.status == LineStatus.ON_LOAN]
    else:
        lines = chosen(ticket, line_ids)
    if not lines:
        raise NothingOut(ticket=ticket)
    for line in lines:
        line.ticket = ticket
        if line.status != LineStatus.ON_LOAN:
            raise LineNotAllowed(
                asset=line.asset, action=_("Extend"), status=line.get_status_display()
            )
    return lines


def _refuse_second(ticket: "Ticket") -> None:
    if waiting := ticket.extensions.waiting().first():
        raise ExtensionOpen(extension=waiting, ticket=ticket, until=moment(waiting.ends_at))


def _ask(extension: Extension, longer: "Sequence[ExtensionLine]", *, actor: "User") -> None:
    ticket = extension.ticket
    categories = {one.line.asset.category.name for one in longer}
    approvals.open_request(
        extension,
        scope=SCOPE,
        title=_("{extension}: {ticket} of {borrower} until {until}").format(
            extension=extension,
            ticket=ticket,
            borrower=ticket.borrower,
            until=moment(extension.ends_at),
        ),
        requester=actor,
        amount=sum(one.fee for one in longer),
        currency=ticket.currency,
        group=categories.pop() if len(categories) == 1 else "",
        parties={
            _("borrower"): ticket.borrower,
            _("lender"): {one.line.lender for one in longer},
            _("person who entered it"): ticket.entered_by,
        },
        actor=actor,
    )
