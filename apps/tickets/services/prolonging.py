"""What a decision means for an extension: the loan goes on and its price is taken, or not."""

import logging
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.approvals.states import Verdict
from apps.assets import services as assets
from apps.assets.wording import moment
from apps.audit.services import deed
from apps.common.errors import DomainError
from apps.tickets.errors.extending import ExtensionOver
from apps.tickets.models import Extension
from apps.tickets.services import funds
from apps.tickets.services.extending import close, end, lock_extension, open_lines, refuse_ended
from apps.tickets.services.keeping import keep, may_borrow
from apps.tickets.states import ExtensionAction

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from apps.accounts.models import User
    from apps.approvals.models import ApprovalRequest
    from apps.tickets.models import ExtensionLine, Ticket

logger = logging.getLogger(__name__)


def conclude_extension(
    extension: Extension,
    verdict: Verdict,
    /,
    *,
    request: "ApprovalRequest",  # noqa: ARG001  (part of what every scope is told)
    actor: "User",
    reason: str,
) -> None:
    """Do what the last decision means; there is nothing to change, so a return is a rejection.

    Raises:
        ExtensionGone, ExtensionOver: it ended, or it is too late.
        AssetTaken: somebody was promised an asset meanwhile.
        BorrowerSuspended: the borrower may not borrow any more.
    """
    refuse_ended(extension)
    if verdict == Verdict.APPROVE:
        _prolong(extension, actor=actor, reason=reason)
    else:
        close(extension, ExtensionAction.REJECT, reason=reason, actor=actor)
        funds.release(open_lines(extension), actor=actor)


def _prolong(extension: Extension, *, actor: "User", reason: str) -> None:
    """Move the reservations, then the money, then what the ticket says; all of it or nothing."""
    ticket, until = extension.ticket, extension.ends_at
    now = timezone.now()
    if until <= now:
        raise ExtensionOver(extension=extension, until=moment(until))
    may_borrow(ticket.borrower, now=now)
    longer = open_lines(extension)
    for one in longer:
        assert one.line.reservation_id is not None, "a line that is out has one"
        assets.prolong(one.line.reservation_id, until, actor=actor)
    # After all assets: locks go from assets to wallets.
    funds.capture_longer(ticket, longer, actor=actor)
    for one in longer:
        line = one.line
        line.due_at = until
        line.fee += one.fee
        line.commission += one.commission
        line.late_fee += one.late_fee
        keep(line, "due_at", "fee", "commission", "late_fee", actor=actor)
    ticket.ends_at = max(ticket.ends_at, until)
    ticket.quote = _with(ticket, extension, longer)
    keep(ticket, "ends_at", "quote", actor=actor)
    close(extension, ExtensionAction.APPROVE, reason=reason, actor=actor)


def _with(
    ticket: "Ticket", extension: Extension, longer: "Sequence[ExtensionLine]"
) -> dict[str, object]:
    """Return the ticket’s quote with the price of the extension in it."""
    lines = {**ticket.quote["lines"]}
    for one in longer:
        line = lines[str(one.line.asset_id)]
        heading = _("{extension}, until {until}:").format(
            extension=extension, until=moment(extension.ends_at)
        )
        lines[str(one.line.asset_id)] = {
            **line,
            "arithmetic": [*line["arithmetic"], heading, *one.arithmetic],
        }
    return {
        **ticket.quote,
        "fee": ticket.quote["fee"] + sum(one.fee for one in longer),
        "commission": ticket.quote["commission"] + sum(one.commission for one in longer),
        "lines": lines,
    }


def expire_extensions(*, now: "datetime", actor: "User") -> int:
    """End the extensions on which nobody decided before their end; return how many.

    Each is a deed of its own: one that cannot be ended does not keep the others.
    """
    late = Extension.objects.waiting().filter(ends_at__lte=now).order_by("pk")
    return sum(_try_to_expire(pk, now=now, actor=actor) for pk in late.values_list("pk", flat=True))


def _try_to_expire(extension_id: int, *, now: "datetime", actor: "User") -> bool:
    try:
        return _expire(extension_id, now=now, actor=actor)
    except DomainError as refusal:
        logger.warning("X-%s is over and cannot be ended: %s", extension_id, refusal)
        return False


@deed
def _expire(extension_id: int, *, now: "datetime", actor: "User") -> bool:
    actor.require("tickets.request_extension")
    extension = lock_extension(extension_id)
    if extension.concluded_at is not None or extension.ends_at > now:
        return False
    reason = _("Nobody decided before its end.")
    end(extension, ExtensionAction.EXPIRE, reason=reason, actor=actor)
    return True
