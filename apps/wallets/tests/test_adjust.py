"""Adjustments: one person asks, others decide, and the last approval posts."""

from itertools import product

import pytest
from django.core.files.base import ContentFile
from django.db import transaction

from apps.accounts.models import User
from apps.approvals import selectors as approval_selectors
from apps.approvals import services as approvals
from apps.approvals.models import ApprovalRequest
from apps.approvals.states import Verdict
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import DomainError, FileRefused, MoveNotAllowed, NotPermitted, OwnMatter
from apps.notifications.models import Notice
from apps.wallets import errors
from apps.wallets import services as wallets
from apps.wallets.models import Adjustment, LedgerTransaction, ReasonCode, Wallet
from apps.wallets.states import AdjustmentStatus, Direction, Role
from apps.wallets.tests.conftest import figures, refusal, stored
from project.testing.make import Make


@pytest.fixture(autouse=True)
def files(settings: object, tmp_path: object) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]  # pytest-django's settings


@pytest.fixture
def wallet(make: Make, boris: User) -> Wallet:
    """Boris has 100.00."""
    return make.wallet(boris, balance=10000)


def code(slug: str) -> ReasonCode:
    return ReasonCode.objects.get(code=slug)


def receipt(name: str = "receipt.txt", content: bytes = b"Paid in cash") -> "ContentFile[bytes]":
    return ContentFile(content, name=name)


def ask(
    wallet: Wallet,
    actor: User,
    amount: int = 2500,
    direction: Direction = Direction.CREDIT,
    reason_code: str = "goodwill",
    *files: "ContentFile[bytes]",
) -> Adjustment:
    return wallets.request_adjustment(
        wallet_id=wallet.pk,
        direction=direction,
        amount=amount,
        reason_code=code(reason_code),
        note="Camera bag was missing",
        actor=actor,
        files=files,
    )


@pytest.fixture
def draft(wallet: Wallet, walt: User) -> Adjustment:
    """Walt asks for 25.00 goodwill for Boris."""
    return ask(wallet, walt)


@pytest.fixture
def pending(draft: Adjustment, walt: User) -> Adjustment:
    return wallets.submit_adjustment(draft.pk, actor=walt)


def decide(
    adjustment: Adjustment, actor: User, verdict: Verdict = Verdict.APPROVE, reason: str = "Seen"
) -> Adjustment:
    request = approval_selectors.requests_about(adjustment).latest("pk")
    approvals.decide(request.pk, verdict=verdict, actor=actor, reason=reason)
    return Adjustment.objects.get(pk=adjustment.pk)


def versions(adjustment: Adjustment) -> list[tuple[str, str | None]]:
    """Return status and person of every version, oldest first."""
    rows = adjustment.history.order_by("history_id").values_list(
        "status", "history_user__display_name"
    )
    return list(rows)


def test_a_draft_moves_nothing(wallet: Wallet, draft: Adjustment, walt: User) -> None:
    assert (draft.status, draft.requester, draft.version) == ("draft", walt, 1)
    assert figures(wallet) == (10000, 0, 1)
    assert versions(draft) == [("draft", "Walt")]
    event = AuditEvent.objects.get(action="wallets.adjustment_requested")
    assert event.after == {
        "wallet": wallet.number,
        "direction": "credit",
        "amount": 2500,
        "currency": "USD",
        "reason_code": "goodwill",
        "note": "Camera bag was missing",
    }


def test_the_last_approval_posts_in_the_same_transaction(
    wallet: Wallet, pending: Adjustment, carol: User
) -> None:
    assert figures(wallet) == (10000, 0, 1)
    done = decide(pending, carol)
    assert (done.status, figures(wallet)) == (AdjustmentStatus.APPROVED, (12500, 0, 2))
    posted = LedgerTransaction.objects.get(about_id=done.pk, kind="adjustment")
    assert done.transaction == posted
    assert (posted.key, posted.actor, posted.about) == (f"adjustment:{done.pk}", carol, done)
    goodwill = wallets.system_wallet(Role.GOODWILL, "USD")
    assert {(e.wallet_id, e.amount) for e in posted.entries.all()} == {
        (wallet.pk, 2500),
        (goodwill.pk, -2500),
    }
    assert versions(done) == [("draft", "Walt"), ("pending", "Walt"), ("approved", "Carol")]
    event = AuditEvent.objects.get(action="wallets.adjustment_posted")
    assert (event.actor, event.reason) == (carol, "Seen")
    assert event.before == {"balance": 10000, "wallet": wallet.number}
    assert event.after == {
        "balance": 12500,
        "wallet": wallet.number,
        "transaction": f"T-{posted.pk}",
    }


def test_a_debit_takes_money_out(wallet: Wallet, walt: User, carol: User) -> None:
    asked = ask(wallet, walt, 2500, Direction.DEBIT, "bank-transfer-out", receipt())
    decide(wallets.submit_adjustment(asked.pk, actor=walt), carol)
    assert figures(wallet) == (7500, 0, 2)
    assert figures(wallets.system_wallet(Role.CASH, "USD"))[0] == 2500


def test_from_500_dollars_two_different_controllers_decide(
    wallet: Wallet, walt: User, carol: User, conrad: User
) -> None:
    asked = wallets.submit_adjustment(ask(wallet, walt, 50000).pk, actor=walt)
    assert decide(asked, carol).status == AdjustmentStatus.PENDING
    assert figures(wallet) == (10000, 0, 1)
    assert decide(asked, conrad).status == AdjustmentStatus.APPROVED
    assert figures(wallet) == (60000, 0, 2)


def test_nobody_approves_what_they_asked_for_or_what_concerns_them(
    make: Make, wallet: Wallet, walt: User, carol: User, conrad: User
) -> None:
    carol.user_permissions.add(*walt.groups.get().permissions.all())
    own = wallets.submit_adjustment(ask(wallet, carol).pk, actor=carol)
    with pytest.raises(OwnMatter, match="requester"):
        decide(own, carol)
    theirs = make.wallet(conrad)
    about_conrad = wallets.submit_adjustment(ask(theirs, walt).pk, actor=walt)
    with pytest.raises(OwnMatter, match="owner of the wallet"):
        decide(about_conrad, conrad)
    with pytest.raises(NotPermitted):
        decide(own, walt)
    assert figures(theirs) == (0, 0, 0)
    denied = AuditEvent.objects.filter(outcome=Outcome.DENIED)
    assert set(denied.values_list("actor_name", flat=True)) == {"Carol", "Conrad", "Walt"}


def test_a_rejection_ends_it_and_tells_why(
    wallet: Wallet, pending: Adjustment, carol: User, walt: User
) -> None:
    done = decide(pending, carol, Verdict.REJECT, "No agreement with Boris")
    assert (done.status, done.transaction) == (AdjustmentStatus.REJECTED, None)
    assert figures(wallet) == (10000, 0, 1)
    notice = Notice.objects.filter(kind="wallets.adjustment_reject", recipient=walt).first()
    assert notice
    assert (notice.body, notice.about) == ("No agreement with Boris", done)
    event = AuditEvent.objects.get(action="wallets.adjustment_rejected")
    assert event.reason == "No agreement with Boris"
    last = done.history.latest()
    assert (last.status, last.history_change_reason) == ("rejected", "No agreement with Boris")


def test_a_returned_draft_is_changed_and_asked_again(
    wallet: Wallet, pending: Adjustment, carol: User, walt: User
) -> None:
    back = decide(pending, carol, Verdict.RETURN, "Half of it")
    assert back.status == AdjustmentStatus.DRAFT
    changed = wallets.change_adjustment(
        back.pk,
        seen_version=back.version,
        direction=Direction.CREDIT,
        amount=1250,
        reason_code=code("goodwill"),
        note="Half",
        actor=walt,
        files=[receipt()],
    )
    event = AuditEvent.objects.get(action="wallets.adjustment_changed")
    assert (event.before["amount"], event.after["amount"]) == (2500, 1250)
    assert changed.evidence.count() == 1
    again = wallets.submit_adjustment(back.pk, actor=walt, seen_version=changed.version)
    assert decide(again, carol).status == AdjustmentStatus.APPROVED
    assert figures(wallet) == (11250, 0, 2)
    assert ApprovalRequest.objects.count() == 2


def test_evidence_is_required_where_the_reason_code_says_so(wallet: Wallet, walt: User) -> None:
    asked = ask(wallet, walt, reason_code="correction")
    said = refusal(lambda: wallets.submit_adjustment(asked.pk, actor=walt))
    assert isinstance(said, errors.EvidenceMissing)
    assert said.message.startswith("“Correction of a mistake” needs evidence.")
    asked = ask(wallet, walt, 100, Direction.CREDIT, "correction", receipt())
    wallets.submit_adjustment(asked.pk, actor=walt)
    kept = asked.evidence.get()
    assert (kept.name, kept.content_type, kept.size) == ("receipt.txt", "text/plain", 12)
    assert kept.added_by == walt
    assert kept.file.read() == b"Paid in cash"
    assert "receipt" not in str(kept.file.name)
    kept.file.close()
    event = AuditEvent.objects.get(action="wallets.evidence_added")
    assert event.after == {"name": "receipt.txt", "size": 12, "sha256": kept.sha256}


def test_of_several_files_one_that_is_refused_refuses_all(wallet: Wallet, walt: User) -> None:
    said = refusal(
        lambda: ask(
            wallet, walt, 1, Direction.CREDIT, "correction", receipt(), receipt("b.exe", b"MZ\0\0")
        )
    )
    assert isinstance(said, FileRefused)
    assert not Adjustment.objects.exists()


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"amount": 0}, errors.AmountNotPositive),
        ({"amount": -5}, errors.AmountNotPositive),
        ({"amount": 10**40}, errors.AmountTooLarge),
        ({"reason_code": "write-off", "direction": Direction.DEBIT}, errors.DirectionNotAllowed),
        ({"reason_code": "old"}, errors.ReasonCodeNotActive),
        ({"wallet": "chart"}, errors.SystemWallet),
    ],
)
def test_what_cannot_be_right_is_refused_at_once(
    wallet: Wallet, walt: User, change: dict[str, object], fact: type[DomainError]
) -> None:
    ReasonCode.objects.create(code="old", name="Old", contra_role=Role.CASH, is_active=False)
    values: dict[str, object] = {"wallet": wallet, "actor": walt, **change}
    if values["wallet"] == "chart":
        values["wallet"] = wallets.system_wallet(Role.CASH, "USD")
    said = refusal(lambda: ask(**values))  # type: ignore[arg-type]  # one maker for all cases
    assert isinstance(said, fact)
    assert said.message.endswith(".")
    assert not Adjustment.objects.exists()


def test_a_page_that_is_stale_changes_and_submits_nothing(draft: Adjustment, walt: User) -> None:
    same = {
        "direction": Direction.CREDIT,
        "amount": 1,
        "reason_code": code("goodwill"),
        "note": "",
        "actor": walt,
    }
    wallets.change_adjustment(draft.pk, seen_version=1, **same)  # type: ignore[arg-type]  # as above
    for deed in (
        lambda: wallets.change_adjustment(draft.pk, seen_version=1, **same),  # type: ignore[arg-type]  # as above
        lambda: wallets.submit_adjustment(draft.pk, seen_version=1, actor=walt),
    ):
        said = refusal(deed)
        assert isinstance(said, errors.StalePage)
        assert said.message.startswith(f"A-{draft.pk} was changed by somebody else")


def test_a_clerk_asks_and_only_for_themselves(
    wallet: Wallet, draft: Adjustment, walt: User, fiona: User, clara: User
) -> None:
    for stranger in (fiona, clara, wallet.owner):
        with pytest.raises(NotPermitted, match="request_adjustment"):
            ask(wallet, stranger)  # type: ignore[arg-type]  # the wallet has an owner
    colleague = User.objects.create_user("w2@example.com", display_name="Wanda")
    colleague.groups.set(walt.groups.all())
    for deed in (wallets.submit_adjustment, wallets.withdraw_adjustment):
        with pytest.raises(errors.NotYours, match="requested by Walt"):
            deed(draft.pk, actor=colleague)


def test_a_withdrawn_adjustment_is_decided_on_by_nobody(
    wallet: Wallet, pending: Adjustment, walt: User, carol: User
) -> None:
    done = wallets.withdraw_adjustment(pending.pk, actor=walt, reason="Wrong person")
    assert done.status == AdjustmentStatus.WITHDRAWN
    assert approval_selectors.open_request_of(pending) is None
    assert isinstance(refusal(lambda: decide(pending, carol)), DomainError)
    assert figures(wallet) == (10000, 0, 1)
    event = AuditEvent.objects.get(action="wallets.adjustment_withdrawn")
    assert event.reason == "Wrong person"


def test_a_posting_that_is_refused_undoes_the_approval(
    wallet: Wallet, walt: User, carol: User, system: User
) -> None:
    asked = ask(wallet, walt, 8000, Direction.DEBIT, "bank-transfer-out", receipt())
    wallets.submit_adjustment(asked.pk, actor=walt)
    wallets.place_hold(wallet.pk, 5000, actor=system, key="hold")
    before = stored()
    assert isinstance(refusal(lambda: decide(asked, carol)), errors.InsufficientFunds)
    assert stored() == before
    request = approval_selectors.open_request_of(asked)
    assert request
    assert not request.decisions.exists()


def test_an_amount_without_a_policy_is_refused(make: Make, walt: User, boris: User) -> None:
    from apps.approvals.models import Policy  # noqa: PLC0415

    Policy.objects.filter(scope="adjustment").update(is_active=False)
    asked = ask(make.wallet(boris), walt)
    with pytest.raises(DomainError, match="No approval policy"), transaction.atomic():
        wallets.submit_adjustment(asked.pk, actor=walt)
    assert Adjustment.objects.get().status == AdjustmentStatus.DRAFT


DRAFT, PENDING = AdjustmentStatus.DRAFT, AdjustmentStatus.PENDING
# What each deed leads to; whatever is not here is refused.
LEADS_TO = {
    (DRAFT, "change"): DRAFT,
    (DRAFT, "submit"): PENDING,
    (DRAFT, "withdraw"): AdjustmentStatus.WITHDRAWN,
    (PENDING, "approve"): AdjustmentStatus.APPROVED,
    (PENDING, "reject"): AdjustmentStatus.REJECTED,
    (PENDING, "return"): DRAFT,
    (PENDING, "withdraw"): AdjustmentStatus.WITHDRAWN,
}
REACHABLE = [status for status in AdjustmentStatus if status != AdjustmentStatus.EXPIRED]


@pytest.mark.parametrize(
    ("status", "deed"),
    list(product(REACHABLE, ["change", "submit", "approve", "reject", "return", "withdraw"])),
)
def test_every_deed_in_every_status(
    draft: Adjustment, walt: User, carol: User, status: AdjustmentStatus, deed: str
) -> None:
    bring_to(draft, status, walt, carol)
    before = stored()
    try:
        with transaction.atomic():
            do(deed, draft, walt, carol)
    except DomainError as refused:
        outcome: object = refused
    else:
        outcome = Adjustment.objects.get().status
    expected = LEADS_TO.get((status, deed))
    if expected is not None:
        assert outcome == expected
        return
    assert isinstance(outcome, DomainError)
    if deed in {"change", "submit", "withdraw"}:
        assert isinstance(outcome, MoveNotAllowed)
    assert stored() == before


def bring_to(draft: Adjustment, status: AdjustmentStatus, walt: User, carol: User) -> None:
    if status not in {DRAFT, AdjustmentStatus.WITHDRAWN}:
        do("submit", draft, walt, carol)
    if status == AdjustmentStatus.APPROVED:
        do("approve", draft, walt, carol)
    elif status == AdjustmentStatus.REJECTED:
        do("reject", draft, walt, carol)
    elif status == AdjustmentStatus.WITHDRAWN:
        do("withdraw", draft, walt, carol)
    assert Adjustment.objects.get().status == status


def do(deed: str, draft: Adjustment, walt: User, carol: User) -> None:
    now = Adjustment.objects.get()
    if deed == "change":
        wallets.change_adjustment(
            draft.pk,
            seen_version=now.version,
            direction=Direction.CREDIT,
            amount=5,
            reason_code=code("goodwill"),
            note="",
            actor=walt,
        )
    elif deed == "submit":
        wallets.submit_adjustment(draft.pk, actor=walt)
    elif deed == "withdraw":
        wallets.withdraw_adjustment(draft.pk, actor=walt)
    else:
        if not ApprovalRequest.objects.exists():
            raise DomainError
        decide(now, carol, Verdict(deed))
