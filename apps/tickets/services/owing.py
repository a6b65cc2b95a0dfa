"""What borrowers owe: kept at settlement, collected when money comes in, or written off."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.approvals import selectors as approval_questions
from apps.approvals import services as approvals
from apps.approvals.states import Verdict
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.errors import DomainError
from apps.common.money import format_amount
from apps.tickets import selectors
from apps.tickets.claim_states import ReceivableAction, ReceivableStatus
from apps.tickets.errors import ReasonMissing
from apps.tickets.errors.claims import NothingAvailable, WriteOffWaits
from apps.tickets.models import Receivable
from apps.tickets.services import telling_claims as telling
from apps.tickets.services.keeping import keep, signed
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.states import Role, TransactionKind, WalletStatus

if TYPE_CHECKING:
    from apps.approvals.models import ApprovalRequest
    from apps.tickets.models import Ticket
    from apps.tickets.models.receivable import ReceivableQuerySet

logger = logging.getLogger(__name__)

SCOPE = "write_off"
# Whoever owes pays, which ends it; until then it must not run out by itself.
SUSPENDED_FOR = timedelta(days=3650)
# So many days after it is due; each reminder goes out once.
REMINDERS = (0, 7, 14, 30)


def locked_receivables() -> "ReceivableQuerySet":
    """Return receivables that lock, after their ticket and before wallets, with their people."""
    return Receivable.objects.locked().select_related("ticket__entered_by", "borrower")


def owe(ticket: "Ticket", amount: int, *, actor: User) -> Receivable:
    """Keep that the borrower owes this much of the settlement, due at once, and suspend them.

    Part of the settlement’s transaction; the ledger’s side is one of its entries.
    """
    now = timezone.now()
    debt = Receivable(
        ticket=ticket,
        borrower=ticket.borrower,
        currency=ticket.currency,
        amount=amount,
        created_at=now,
        due_at=now,
        suspended_until=now + SUSPENDED_FOR,
    )
    signed(debt, actor).save()
    accounts.suspend(
        ticket.borrower_id,
        until=now + SUSPENDED_FOR,
        reason=_("{amount} of {ticket} are not paid.").format(
            amount=format_amount(amount, ticket.currency), ticket=ticket
        ),
        actor=User.objects.system(),
    )
    return debt


@deed
def collect(receivable_id: int, *, actor: User) -> Receivable:
    """Take what the borrower’s wallet has available, up to what is owed.

    Raises:
        MoveNotAllowed: it is paid or written off.
        NothingAvailable: the wallet has nothing to give.
    """
    actor.require("tickets.collect_receivable")
    debt = locked_receivables().get(pk=receivable_id)
    debt.move(ReceivableAction.COLLECT)
    if not draw(debt, actor=actor):
        raise NothingAvailable(borrower=debt.borrower, currency=debt.currency)
    return debt


def draw(debt: Receivable, *, actor: User) -> int:
    """Move what is available from the borrower’s wallet to the locked receivable; return it.

    The key names how much was paid before, so that the same money is never taken twice.
    """
    theirs = Wallet.objects.filter(owner_id=debt.borrower_id, currency=debt.currency)
    wallet = theirs.exclude(status=WalletStatus.CLOSED).locked().first()
    amount = min(selectors.payable_from(wallet), debt.rest)
    if not wallet or not amount:
        return 0
    ticket = debt.ticket
    wallets.post(
        TransactionKind.TRANSFER,
        [
            wallets.Entry(wallet.pk, -amount),
            wallets.Entry(wallets.system_wallet(Role.RECEIVABLES, debt.currency).pk, amount),
        ],
        actor=actor,
        key=f"receivable:{debt.pk}:collect:{debt.paid}",
        description=_("{ticket}: paid of what was owed").format(ticket=ticket),
        about=ticket,
    )
    before = _facts(debt)
    debt.paid += amount
    debt.move(ReceivableAction.COLLECT if debt.rest else ReceivableAction.PAY)
    if not debt.rest:
        debt.ended_at = timezone.now()
        approvals.withdraw(debt, actor=actor, reason=_("It was paid."))
    keep(debt, "paid", "status", "ended_at", actor=actor)
    audit.record(
        "tickets.receivable_collected",
        actor=actor,
        target=ticket,
        before=before,
        after=_facts(debt),
    )
    telling.of_payment(debt, amount)
    if not debt.rest:
        _lift_suspension(debt)
    return amount


def _lift_suspension(debt: Receivable) -> None:
    """Let the borrower borrow again, unless somebody else than this debt says no.

    A suspension that ends later than this one’s was given for something else, and stays.
    """
    borrower = User.objects.get(pk=debt.borrower_id)
    until = borrower.suspended_until
    if until is None or debt.suspended_until is None or until > debt.suspended_until:
        return
    if Receivable.objects.open().filter(borrower=borrower).exists():
        return
    now = timezone.now()
    if not borrower.is_suspended(now=now):
        return
    system = User.objects.system()
    accounts.lift_suspension(
        borrower.pk,
        reason=_("What was owed for {ticket} is paid.").format(ticket=debt.ticket),
        actor=system,
    )
    strike = borrower.strikes.standing().filter(suspended_until__gt=now)
    if last := strike.order_by("suspended_until").last():
        assert last.suspended_until is not None
        accounts.suspend(
            borrower.pk,
            until=last.suspended_until,
            reason=_("Strikes: {note}").format(note=last.note),
            actor=system,
        )


def collect_what_is_there(*, actor: User) -> int:
    """Collect from every wallet that has something for a receivable; return how many gave."""
    return _each(
        selectors.collectable(), lambda receivable_id: bool(collect(receivable_id, actor=actor))
    )


def remind_debtors(*, now: datetime, actor: User) -> int:
    """Remind those who owe, so many days after it was due; return how many were reminded."""
    return _each(selectors.to_remind(now, REMINDERS), partial(_remind, now=now, actor=actor))


def _each(receivable_ids: list[int], one: Callable[[int], bool]) -> int:
    """Do each in a deed of its own, so that one that is refused does not keep the others."""
    count = 0
    for receivable_id in receivable_ids:
        try:
            count += one(receivable_id)
        except DomainError as refusal:
            logger.warning("R-%s: %s", receivable_id, refusal)
    return count


@deed
def _remind(receivable_id: int, *, now: datetime, actor: User) -> bool:
    """Send the last reminder that is due and was not sent; those before it are left out."""
    actor.require("tickets.collect_receivable")
    debt = locked_receivables().get(pk=receivable_id)
    due = sum(debt.due_at + timedelta(days=days) <= now for days in REMINDERS)
    if debt.status != ReceivableStatus.OPEN or due <= debt.reminder_count:
        return False
    debt.reminder_count, debt.reminded_at = due, now
    keep(debt, "reminder_count", "reminded_at", actor=actor)
    audit.record(
        "tickets.debtor_reminded",
        actor=actor,
        target=debt.ticket,
        after={**_facts(debt), "reminder": due},
    )
    telling.of_debt(debt, days=REMINDERS[due - 1])
    return True


@deed
def request_write_off(receivable_id: int, *, reason: str, actor: User) -> Receivable:
    """Ask to give up what is still owed; the borrower stays suspended until a person lifts that.

    Raises:
        MoveNotAllowed: it is paid or written off.
        ReasonMissing: nobody said why.
        WriteOffWaits: somebody has asked before.
    """
    actor.require("tickets.request_write_off")
    debt = locked_receivables().get(pk=receivable_id)
    debt.move(ReceivableAction.COLLECT)
    if not reason.strip():
        raise ReasonMissing
    if approval_questions.open_request_of(debt):
        raise WriteOffWaits(receivable=debt)
    debt.write_off_reason = reason.strip()
    keep(debt, "write_off_reason", actor=actor)
    audit.record(
        "tickets.write_off_requested",
        actor=actor,
        target=debt.ticket,
        after=_facts(debt),
        reason=debt.write_off_reason,
    )
    approvals.open_request(
        debt,
        scope=SCOPE,
        title=_("Write off {rest} of {ticket}").format(
            rest=format_amount(debt.rest, debt.currency), ticket=debt.ticket
        ),
        requester=actor,
        amount=debt.rest,
        currency=debt.currency,
        parties={"borrower": debt.borrower},
        actor=actor,
    )
    return debt


def lock(receivable_id: int) -> Receivable:
    """Return the receivable with its row locked, before its approval request is."""
    return locked_receivables().get(pk=receivable_id)


def conclude(
    debt: Receivable,
    verdict: Verdict,
    /,
    *,
    request: "ApprovalRequest",  # noqa: ARG001  (part of what every scope is told)
    actor: User,
    reason: str,
) -> None:
    """Write off what is owed at this moment, or leave it owed."""
    before = _facts(debt)
    if verdict == Verdict.APPROVE:
        debt.move(ReceivableAction.WRITE_OFF)
        debt.ended_at = timezone.now()
        wallets.post(
            TransactionKind.TRANSFER,
            [
                wallets.Entry(wallets.system_wallet(Role.WRITE_OFFS, debt.currency).pk, -debt.rest),
                wallets.Entry(wallets.system_wallet(Role.RECEIVABLES, debt.currency).pk, debt.rest),
            ],
            actor=actor,
            key=f"receivable:{debt.pk}:write-off",
            description=_("{ticket}: written off").format(ticket=debt.ticket),
            about=debt.ticket,
        )
        keep(debt, "status", "ended_at", actor=actor)
    audit.record(
        "tickets.written_off" if verdict == Verdict.APPROVE else "tickets.write_off_refused",
        actor=actor,
        target=debt.ticket,
        before=before,
        after=_facts(debt),
        reason=reason,
    )


def _facts(debt: Receivable) -> dict[str, str]:
    return {
        "receivable": str(debt),
        "owed": format_amount(debt.rest, debt.currency),
        "paid": format_amount(debt.paid, debt.currency),
        "receivable status": debt.get_status_display(),
    }
