"""Adjustments: a clerk asks, others decide, and the last approval posts."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from apps.approvals import selectors as approval_selectors
from apps.approvals import services as approvals
from apps.approvals.states import Verdict
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.money import format_amount
from apps.notifications import services as notifications
from apps.wallets.errors import (
    AmountNotPositive,
    DirectionNotAllowed,
    EvidenceMissing,
    NotYours,
    ReasonCodeNotActive,
    StalePage,
    SystemWallet,
)
from apps.wallets.models import Adjustment, ReasonCode, Wallet
from apps.wallets.services.attaching import attach
from apps.wallets.services.chart import system_wallet
from apps.wallets.services.keeping import keep
from apps.wallets.services.naming import check_currency, wallet_named
from apps.wallets.services.posting import Entry, check_size, post
from apps.wallets.states import (
    ADJUSTMENT_LIFECYCLE,
    AdjustmentAction,
    AdjustmentStatus,
    Direction,
    Role,
    TransactionKind,
)

if TYPE_CHECKING:
    from django.core.files.base import File

    from apps.accounts.models import User
    from apps.approvals.models import ApprovalRequest

ADJUSTMENT_SCOPE = "adjustment"


@deed
def request_adjustment(
    *,
    wallet_id: int,
    direction: Direction,
    amount: int,
    reason_code: ReasonCode,
    note: str,
    actor: "User",
    files: Iterable["File[bytes]"] = (),
    currency: str = "",
) -> Adjustment:
    """Draft a change of a person's balance, with the files that show why.

    Raises:
        UnknownWallet: there is no such wallet.
        CurrencyMismatch: it is kept in another currency than the one that was named.
    """
    actor.require("wallets.request_adjustment")
    wallet = wallet_named(wallet_id, currency=currency)
    _check(wallet, direction, amount, reason_code)
    adjustment = Adjustment(
        wallet=wallet,
        direction=direction,
        amount=amount,
        reason_code=reason_code,
        note=note,
        requester=actor,
    )
    keep(adjustment, actor=actor)
    audit.record(
        "wallets.adjustment_requested", actor=actor, target=adjustment, after=_facts(adjustment)
    )
    attach(adjustment, files, actor=actor)
    return adjustment


@deed
def change_adjustment(
    adjustment_id: int,
    *,
    seen_version: int,
    direction: Direction,
    amount: int,
    reason_code: ReasonCode,
    note: str,
    actor: "User",
    files: Iterable["File[bytes]"] = (),
    currency: str = "",
) -> Adjustment:
    """Correct a draft, and add files to it.

    Raises:
        CurrencyMismatch: its wallet is kept in another currency than the one that was named.
        StalePage: somebody changed it after the page was drawn.
    """
    adjustment = _own_draft(adjustment_id, seen_version=seen_version, actor=actor)
    check_currency(adjustment.wallet, currency)
    _check(adjustment.wallet, direction, amount, reason_code)
    before = _facts(adjustment)
    adjustment.direction = direction
    adjustment.amount = amount
    adjustment.reason_code = reason_code
    adjustment.note = note
    adjustment.version += 1
    fields = ("direction", "amount", "reason_code", "note", "version")
    keep(adjustment, actor=actor, fields=fields)
    audit.record(
        "wallets.adjustment_changed",
        actor=actor,
        target=adjustment,
        before=before,
        after=_facts(adjustment),
    )
    attach(adjustment, files, actor=actor)
    return adjustment


@deed
def add_evidence(
    adjustment_id: int, *, files: Iterable["File[bytes]"], actor: "User"
) -> Adjustment:
    """Add files to a draft of one's own.

    Raises:
        FileRefused: one of them is not what evidence may be; none is kept then.
    """
    adjustment = _own_draft(adjustment_id, seen_version=None, actor=actor)
    adjustment.version += 1
    keep(adjustment, actor=actor, fields=("version",))
    attach(adjustment, files, actor=actor)
    return adjustment


@deed
def submit_adjustment(
    adjustment_id: int, *, actor: "User", seen_version: int | None = None
) -> Adjustment:
    """Ask for approval of a draft; from here on it does not change.

    Raises:
        EvidenceMissing: the reason code asks for a file.
        NoPolicy: nobody has laid down who decides.
        StalePage: somebody changed it after the page was drawn.
    """
    adjustment = _own_draft(
        adjustment_id, seen_version=seen_version, actor=actor, action=AdjustmentAction.SUBMIT
    )
    reason_code, wallet = adjustment.reason_code, adjustment.wallet
    _check(wallet, Direction(adjustment.direction), adjustment.amount, reason_code)
    if reason_code.is_evidence_required and not adjustment.evidence.exists():
        raise EvidenceMissing(code=reason_code)
    _move(adjustment, AdjustmentAction.SUBMIT, actor=actor)
    assert wallet.owner
    approvals.open_request(
        adjustment,
        scope=ADJUSTMENT_SCOPE,
        title=_title(adjustment),
        requester=adjustment.requester,
        amount=adjustment.amount,
        currency=wallet.currency,
        group=reason_code.code,
        parties={_("owner of the wallet"): wallet.owner},
        actor=actor,
    )
    audit.record("wallets.adjustment_submitted", actor=actor, target=adjustment)
    return adjustment


@deed
def withdraw_adjustment(adjustment_id: int, *, actor: "User", reason: str = "") -> Adjustment:
    """Take an adjustment back before it was decided on; only who asked for it does so."""
    actor.require("wallets.request_adjustment")
    adjustment = lock_adjustment(adjustment_id)
    _require_requester(adjustment, actor)
    _move(adjustment, AdjustmentAction.WITHDRAW, actor=actor, reason=reason)
    if approval_selectors.open_request_of(adjustment):
        approvals.withdraw(adjustment, actor=actor, reason=reason)
    audit.record("wallets.adjustment_withdrawn", actor=actor, target=adjustment, reason=reason)
    return adjustment


def lock_adjustment(adjustment_id: int) -> Adjustment:
    """Lock the row and return it with what belongs to it; for the approvals scope."""
    related = ("wallet__owner", "reason_code", "requester")
    return Adjustment.objects.locked().select_related(*related).get(pk=adjustment_id)


def conclude_adjustment(
    adjustment: Adjustment,
    verdict: Verdict,
    /,
    *,
    request: "ApprovalRequest",
    actor: "User",
    reason: str,
) -> None:
    """Post on the last approval, end on a rejection, or give the draft back for changes."""
    del request
    if verdict == Verdict.APPROVE:
        _post(adjustment, actor=actor, reason=reason)
        subject = _("{adjustment} is approved and posted")
    elif verdict == Verdict.REJECT:
        _move(adjustment, AdjustmentAction.REJECT, actor=actor, reason=reason)
        audit.record("wallets.adjustment_rejected", actor=actor, target=adjustment, reason=reason)
        subject = _("{adjustment} is rejected")
    else:
        _move(adjustment, AdjustmentAction.RETURN, actor=actor, reason=reason)
        audit.record("wallets.adjustment_returned", actor=actor, target=adjustment, reason=reason)
        subject = _("{adjustment} comes back for changes")
    notifications.announce(
        f"wallets.adjustment_{verdict.value}",
        to=adjustment.requester,
        about=adjustment,
        subject=subject.format(adjustment=_title(adjustment)),
        body=reason,
        key=str(adjustment.version),
    )


def _post(adjustment: Adjustment, *, actor: "User", reason: str) -> None:
    wallet = adjustment.wallet
    contra = system_wallet(Role(adjustment.reason_code.contra_role), wallet.currency)
    result = post(
        TransactionKind.ADJUSTMENT,
        [
            Entry(wallet.pk, adjustment.signed_amount),
            Entry(contra.pk, -adjustment.signed_amount),
        ],
        actor=actor,
        key=f"adjustment:{adjustment.pk}",
        description=": ".join(filter(None, (str(adjustment.reason_code), adjustment.note)))[:254],
        about=adjustment,
    )
    # With the status in one statement: approved is posted, says a constraint.
    adjustment.transaction_id = result.transaction_id
    _move(adjustment, AdjustmentAction.APPROVE, actor=actor, reason=reason)
    after = result.balances[wallet.pk]
    audit.record(
        "wallets.adjustment_posted",
        actor=actor,
        target=adjustment,
        before={"balance": after - adjustment.signed_amount, "wallet": wallet.number},
        after={
            "balance": after,
            "wallet": wallet.number,
            "transaction": f"T-{result.transaction_id}",
        },
        reason=reason,
    )


def _own_draft(
    adjustment_id: int,
    *,
    seen_version: int | None,
    actor: "User",
    action: AdjustmentAction = AdjustmentAction.CHANGE,
) -> Adjustment:
    """Lock a draft of the actor's own that is as they saw it."""
    actor.require("wallets.request_adjustment")
    adjustment = lock_adjustment(adjustment_id)
    _require_requester(adjustment, actor)
    ADJUSTMENT_LIFECYCLE.after(action, AdjustmentStatus(adjustment.status))
    if seen_version not in {None, adjustment.version}:
        raise StalePage(what=adjustment)
    return adjustment


def _require_requester(adjustment: Adjustment, actor: "User") -> None:
    if adjustment.requester_id != actor.pk:
        raise NotYours(adjustment=adjustment, requester=adjustment.requester)


def _check(wallet: Wallet, direction: Direction, amount: int, reason_code: ReasonCode) -> None:
    if wallet.role:
        raise SystemWallet(wallet=wallet.number)
    if amount <= 0:
        raise AmountNotPositive
    check_size([amount])
    if not reason_code.is_active:
        raise ReasonCodeNotActive(code=reason_code)
    if reason_code.direction not in {"", direction}:
        only = Direction(reason_code.direction).label
        raise DirectionNotAllowed(code=reason_code, direction=only)


def _move(
    adjustment: Adjustment, action: AdjustmentAction, *, actor: "User", reason: str = ""
) -> None:
    adjustment.move(action)
    adjustment.version += 1
    fields = ("status", "version", "transaction")
    keep(adjustment, actor=actor, reason=reason, fields=fields)


def _title(adjustment: Adjustment) -> str:
    amount = format_amount(adjustment.signed_amount, adjustment.wallet.currency)
    return f"{adjustment}: {amount} · {adjustment.wallet}"[:254]


def _facts(adjustment: Adjustment) -> dict[str, object]:
    return {
        "wallet": adjustment.wallet.number,
        "direction": adjustment.direction,
        "amount": adjustment.amount,
        "currency": adjustment.wallet.currency,
        "reason_code": adjustment.reason_code.code,
        "note": adjustment.note,
    }
