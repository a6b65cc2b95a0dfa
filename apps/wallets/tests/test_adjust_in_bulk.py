"""Batches: one person sends a file, others decide on the whole of it, the last approval posts."""

from itertools import product

import pytest
from django.db import transaction

from apps.accounts.models import User
from apps.approvals import selectors as approval_selectors
from apps.approvals.models import ApprovalRequest, InterestedParty, Level, Policy
from apps.approvals.states import Verdict
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import DomainError, MoveNotAllowed, NotPermitted, OwnMatter
from apps.notifications.models import Notice
from apps.wallets import batches, checking, errors, selectors
from apps.wallets import services as wallets
from apps.wallets.models import AdjustmentBatch, AdjustmentLine, ReasonCode, Wallet
from apps.wallets.states import AdjustmentStatus, Role
from apps.wallets.tests.bulk import ask, decide, file_of, line, now, receipt
from apps.wallets.tests.conftest import figures, refusal, stored
from project.testing.make import Make

pytestmark = pytest.mark.usefixtures("files_of_their_own")


@pytest.fixture
def pair(make: Make, boris: User, lena: User) -> tuple[Wallet, Wallet]:
    """Boris has 100.00, Lena nothing."""
    return make.wallet(boris, balance=10000), make.wallet(lena)


@pytest.fixture
def draft(pair: tuple[Wallet, Wallet], walt: User) -> AdjustmentBatch:
    """Walt asks for 25.00 goodwill for Boris, and 10.00 for Lena."""
    return ask(walt, line(pair[0], "25.00", note="Late"), line(pair[1], "10.00"))


@pytest.fixture
def pending(draft: AdjustmentBatch, walt: User) -> AdjustmentBatch:
    return wallets.submit_batch(draft.pk, actor=walt)


def versions(batch: AdjustmentBatch) -> list[tuple[str, str | None]]:
    """Return status and person of every version, oldest first."""
    rows = batch.history.order_by("history_id")
    return list(rows.values_list("status", "history_user__display_name"))


def test_a_draft_moves_nothing_and_shows_what_it_would_do(
    pair: tuple[Wallet, Wallet], draft: AdjustmentBatch, walt: User
) -> None:
    assert (draft.currency, draft.line_count, draft.credit, draft.debit) == ("USD", 2, 3500, 0)
    assert (draft.status, draft.requester, str(draft)) == ("draft", walt, f"B-{draft.pk}")
    assert figures(pair[0]) == (10000, 0, 1)
    assert versions(draft) == [("draft", "Walt")]
    first, second = AdjustmentLine.objects.of(draft).order_by("number")
    assert (first.wallet, first.signed_amount, first.note) == (pair[0], 2500, "Late")
    assert (first.added_by, str(second)) == (walt, f"{draft}/3")
    assert batches.balances_of(draft) == {
        pair[0].pk: batches.Balance(10000, 12500, 1),
        pair[1].pk: batches.Balance(0, 1000, 1),
    }
    event = AuditEvent.objects.get(action="wallets.batch_requested")
    assert event.after == {
        "file": "goodwill.csv",
        "sha256": draft.sha256,
        "lines": 2,
        "credit": 3500,
        "debit": 0,
        "currency": "USD",
        "note": "Power cut of 3 March",
    }


def test_the_last_approval_posts_all_of_it_in_one_transaction(
    pair: tuple[Wallet, Wallet], walt: User, carol: User
) -> None:
    boris, lena = pair
    batch = ask(
        walt,
        line(boris, "25.00"),
        line(lena, "10.00"),
        line(boris, "5.00", "debit", "bank-transfer-out"),
        line(boris, "1.00", "debit", "correction"),
        line(lena, "1.00", "credit", "correction"),
        files=[receipt()],
    )
    done = decide(wallets.submit_batch(batch.pk, actor=walt), carol)
    assert done.status == AdjustmentStatus.APPROVED
    posted = done.transaction
    assert posted
    assert (posted.kind, posted.about, posted.actor) == ("adjustment", done, carol)
    assert (posted.key, posted.description) == (f"adjustment-batch:{done.pk}", done.note)
    entries = list(posted.entries.order_by("line").values_list("wallet__number", "amount"))
    assert entries[:5] == [
        (boris.number, 2500),
        (lena.number, 1000),
        (boris.number, -500),
        (boris.number, -100),
        (lena.number, 100),
    ]
    assert sorted(entries[5:]) == [
        ("USD-CASH", 500),
        ("USD-GOODWILL", -3500),
        ("USD-SUSPENSE", -100),
        ("USD-SUSPENSE", 100),
    ]
    assert figures(boris)[0] == 11900
    assert figures(lena)[0] == 1100
    assert batches.balances_of(done) == {
        boris.pk: batches.Balance(10000, 11900, 3),
        lena.pk: batches.Balance(0, 1100, 2),
    }
    assert versions(done) == [("draft", "Walt"), ("pending", "Walt"), ("approved", "Carol")]
    event = AuditEvent.objects.get(action="wallets.batch_posted")
    assert (event.actor, event.reason) == (carol, "Seen")
    assert event.after["transaction"] == f"T-{posted.pk}"
    assert checking.check().fault == ""
    assert sum(account.balance for account in selectors.trial_balance("USD")) == 0


def test_the_band_of_the_policy_is_all_that_moves_in_both_directions(
    make: Make, boris: User, walt: User, carol: User, conrad: User
) -> None:
    wallet = make.wallet(boris, balance=100000)
    batch = ask(
        walt,
        line(wallet, "250.00", "credit", "correction"),
        line(wallet, "250.00", "debit", "correction"),
        files=[receipt()],
    )
    asked = wallets.submit_batch(batch.pk, actor=walt)
    request = approval_selectors.open_request_of(asked)
    assert request
    assert (request.amount, request.policy.name) == (
        50000,
        "Batches of adjustments in US dollars from 500",
    )
    assert request.title == f"{batch}: 2 adjustments · $500.00"
    assert decide(asked, carol).status == AdjustmentStatus.PENDING
    assert decide(asked, conrad).status == AdjustmentStatus.APPROVED
    assert figures(wallet) == (100000, 0, 3)


def test_of_several_reason_codes_the_strictest_policy_decides(
    pair: tuple[Wallet, Wallet], walt: User
) -> None:
    policy = Policy.objects.create(name="Strict", scope="adjustment_batch", group="write-off")
    goodwill = Level.objects.filter(policy__scope="adjustment_batch").first()
    assert goodwill
    Level.objects.create(policy=policy, number=1, role=goodwill.role, decider_count=3)
    batch = ask(
        walt, line(pair[0], "1.00"), line(pair[1], "1.00", "credit", "write-off"), files=[receipt()]
    )
    wallets.submit_batch(batch.pk, actor=walt)
    request = approval_selectors.open_request_of(batch)
    assert request
    assert request.policy == policy


def test_nobody_decides_on_a_batch_that_touches_their_own_wallet_or_that_they_sent(
    make: Make, pair: tuple[Wallet, Wallet], walt: User, carol: User, conrad: User
) -> None:
    batch = wallets.submit_batch(ask(walt, line(pair[0]), line(make.wallet(carol))).pk, actor=walt)
    parties = InterestedParty.objects.values_list("person__display_name", "part")
    owner = "owner of a wallet in the batch"
    assert set(parties) == {
        ("Walt", "requester"),
        ("Boris", owner),
        ("Carol", owner),
    }
    with pytest.raises(OwnMatter, match="owner of a wallet"):
        decide(batch, carol)
    carol.user_permissions.add(*walt.groups.get().permissions.all())
    own = wallets.submit_batch(ask(carol, line(pair[1])).pk, actor=carol)
    with pytest.raises(OwnMatter, match="requester"):
        decide(own, carol)
    with pytest.raises(NotPermitted):
        decide(own, walt)
    denied = AuditEvent.objects.filter(outcome=Outcome.DENIED)
    assert set(denied.values_list("actor_name", flat=True)) == {"Carol", "Walt"}
    assert decide(batch, conrad).status == AdjustmentStatus.APPROVED


def test_a_rejection_ends_it_and_tells_why(
    pair: tuple[Wallet, Wallet], pending: AdjustmentBatch, carol: User, walt: User
) -> None:
    done = decide(pending, carol, Verdict.REJECT, "Agreed with nobody")
    assert (done.status, done.transaction) == (AdjustmentStatus.REJECTED, None)
    assert figures(pair[0]) == (10000, 0, 1)
    notice = Notice.objects.filter(kind="wallets.batch_reject", recipient=walt).first()
    assert notice
    assert (notice.body, notice.about) == ("Agreed with nobody", done)
    assert AuditEvent.objects.get(action="wallets.batch_rejected").reason == "Agreed with nobody"
    assert batches.balances_of(done) == {}


def test_a_returned_batch_gets_another_file_and_keeps_the_first(
    pair: tuple[Wallet, Wallet], pending: AdjustmentBatch, carol: User, walt: User
) -> None:
    back = decide(pending, carol, Verdict.RETURN, "Lena gets 5")
    assert back.status == AdjustmentStatus.DRAFT
    changed = wallets.change_batch(
        back.pk,
        seen_version=back.version,
        note="Half",
        content=file_of(line(pair[1], "5.00")),
        file_name="second.csv",
        files=[receipt()],
        actor=walt,
    )
    assert (changed.file_number, changed.line_count, changed.credit) == (2, 1, 500)
    assert AdjustmentLine.objects.of(changed).get().amount == 500
    assert AdjustmentLine.objects.filter(batch=changed).count() == 3
    assert AdjustmentLine.objects.current().count() == 1
    event = AuditEvent.objects.get(action="wallets.batch_changed")
    assert (event.before["file"], event.after["file"]) == ("goodwill.csv", "second.csv")
    again = wallets.submit_batch(back.pk, actor=walt, seen_version=changed.version)
    assert decide(again, carol).status == AdjustmentStatus.APPROVED
    assert (figures(pair[0]), figures(pair[1])) == ((10000, 0, 1), (500, 0, 1))
    assert ApprovalRequest.objects.count() == 2
    assert changed.evidence.count() == 1
    assert checking.check().fault == ""


def test_a_change_without_a_file_leaves_the_lines(draft: AdjustmentBatch, walt: User) -> None:
    changed = wallets.change_batch(draft.pk, seen_version=1, note="Other words", actor=walt)
    assert (changed.note, changed.file_number, changed.version) == ("Other words", 1, 2)
    assert AdjustmentLine.objects.of(changed).count() == 2


def test_evidence_is_given_once_for_the_batch(
    pair: tuple[Wallet, Wallet], walt: User, carol: User
) -> None:
    batch = ask(walt, line(pair[0]), line(pair[1], "1.00", "credit", "correction"))
    said = refusal(lambda: wallets.submit_batch(batch.pk, actor=walt))
    assert isinstance(said, errors.EvidenceMissing)
    assert said.message.startswith("“Correction of a mistake” needs evidence.")
    wallets.change_batch(batch.pk, seen_version=1, note="", actor=walt, files=[receipt()])
    wallets.submit_batch(batch.pk, actor=walt)
    evidence = batch.evidence.get()
    assert (evidence.subject, evidence.added_by) == (batch, walt)
    event = AuditEvent.objects.get(action="wallets.evidence_added")
    assert event.target_label == str(batch)
    taken, content = wallets.download_evidence(evidence.pk, actor=carol)
    assert (taken, content) == (evidence, b"Paid in cash")


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ("freeze", errors.WalletNotActive),
        ("hold", errors.InsufficientFunds),
        ("retire", errors.ReasonCodeNotActive),
        ("turn", errors.DirectionNotAllowed),
    ],
)
def test_what_changed_since_the_draft_is_noticed_when_it_is_submitted(
    pair: tuple[Wallet, Wallet],
    walt: User,
    carol: User,
    system: User,
    change: str,
    fact: type[DomainError],
) -> None:
    out = line(pair[0], "60.00", "debit", "correction")
    batch = ask(walt, line(pair[1]), out, files=[receipt()])
    if change == "freeze":
        wallets.freeze(pair[0].pk, actor=carol, reason="fraud")
    elif change == "hold":
        wallets.place_hold(pair[0].pk, 5000, actor=system, key="hold")
    else:
        code = ReasonCode.objects.get(code="correction")
        code.is_active, code.direction = change != "retire", "credit"
        code.save()
    said = refusal(lambda: wallets.submit_batch(batch.pk, actor=walt))
    assert isinstance(said, fact)
    assert now(batch).status == AdjustmentStatus.DRAFT


def test_a_wallet_that_cannot_take_it_any_more_is_named_and_nothing_is_lost(
    pair: tuple[Wallet, Wallet], walt: User, carol: User, system: User
) -> None:
    half = line(pair[0], "40.00", "debit", "correction")
    batch = ask(walt, line(pair[1]), half, half, files=[receipt()])
    wallets.submit_batch(batch.pk, actor=walt)
    wallets.place_hold(pair[0].pk, 5000, actor=system, key="hold")
    before = stored()
    said = refusal(lambda: decide(batch, carol))
    assert said.message.startswith(
        f"Wallet {pair[0].number} has $50.00 available, and $80.00 is needed."
    )
    assert stored() == before
    request = approval_selectors.open_request_of(batch)
    assert request
    assert not request.decisions.exists()
    wallets.freeze(pair[0].pk, actor=carol, reason="fraud")
    said = refusal(lambda: decide(batch, carol))
    assert said.message.startswith(f"Wallet {pair[0].number} is frozen")


def test_a_withdrawn_batch_is_decided_on_by_nobody(
    pending: AdjustmentBatch, walt: User, carol: User
) -> None:
    done = wallets.withdraw_batch(pending.pk, actor=walt, reason="Wrong file")
    assert done.status == AdjustmentStatus.WITHDRAWN
    assert approval_selectors.open_request_of(pending) is None
    assert isinstance(refusal(lambda: decide(pending, carol)), DomainError)
    assert AuditEvent.objects.get(action="wallets.batch_withdrawn").reason == "Wrong file"


def test_a_clerk_asks_and_only_for_themselves(
    pair: tuple[Wallet, Wallet], draft: AdjustmentBatch, walt: User, fiona: User, carol: User
) -> None:
    for stranger in (fiona, carol, pair[0].owner):
        assert stranger
        with pytest.raises(NotPermitted, match="request_adjustment"):
            ask(stranger, line(pair[0]))
    colleague = User.objects.create_user("w2@example.com", display_name="Wanda")
    colleague.groups.set(walt.groups.all())
    for deed in (wallets.submit_batch, wallets.withdraw_batch):
        with pytest.raises(errors.NotYours, match="requested by Walt"):
            deed(draft.pk, actor=colleague)
    with pytest.raises(errors.NotYours, match="requested by Walt"):
        wallets.change_batch(draft.pk, seen_version=1, note="", actor=colleague)


def test_a_page_that_is_stale_changes_and_submits_nothing(
    draft: AdjustmentBatch, walt: User
) -> None:
    wallets.change_batch(draft.pk, seen_version=1, note="x", actor=walt)
    for deed in (
        lambda: wallets.change_batch(draft.pk, seen_version=1, note="y", actor=walt),
        lambda: wallets.submit_batch(draft.pk, seen_version=1, actor=walt),
    ):
        said = refusal(deed)
        assert isinstance(said, errors.StalePage)
        assert said.message.startswith(f"B-{draft.pk} was changed by somebody else")


def test_a_file_with_a_wrong_line_leaves_nothing(
    pair: tuple[Wallet, Wallet], walt: User, draft: AdjustmentBatch
) -> None:
    wrong = (line(pair[0]), line(pair[1], "0"))
    assert isinstance(refusal(lambda: ask(walt, *wrong)), errors.LinesRefused)
    said = refusal(
        lambda: wallets.change_batch(
            draft.pk, seen_version=1, note="", content=file_of(*wrong), file_name="b", actor=walt
        )
    )
    assert isinstance(said, errors.LinesRefused)
    assert AdjustmentBatch.objects.get().note == draft.note
    assert AdjustmentLine.objects.count() == 2


def test_an_amount_without_a_policy_is_refused(draft: AdjustmentBatch, walt: User) -> None:
    Policy.objects.filter(scope="adjustment_batch").update(is_active=False)
    said = refusal(lambda: wallets.submit_batch(draft.pk, actor=walt))
    assert said.message.startswith("No approval policy says who decides on “Batch of adjustments”")
    assert now(draft).status == AdjustmentStatus.DRAFT


def test_wallets_with_several_lines_are_named(pair: tuple[Wallet, Wallet], walt: User) -> None:
    batch = ask(walt, line(pair[0]), line(pair[1]), line(pair[0]), line(pair[0], "2.00"))
    assert batches.named_twice(batch) == [(pair[0].number, [2, 4, 5])]


def test_a_download_can_be_sent_in_again(
    pair: tuple[Wallet, Wallet], pending: AdjustmentBatch, walt: User, carol: User, clara: User
) -> None:
    batch, text = wallets.download_batch(pending.pk, actor=carol)
    assert text.splitlines()[:2] == [
        "wallet,direction,amount,reason_code,note,currency,owner,balance_before,balance_after",
        f"{pair[0].number},credit,25.00,goodwill,Late,USD,Boris,100.00,125.00",
    ]
    again = ask(walt, content=text.encode())
    assert (again.line_count, again.credit) == (batch.line_count, batch.credit)
    decide(pending, carol, Verdict.REJECT)
    assert wallets.download_batch(pending.pk, actor=carol)[1].splitlines()[1].endswith("Boris,,")
    with pytest.raises(NotPermitted):
        wallets.download_batch(pending.pk, actor=clara)
    assert AuditEvent.objects.filter(action="wallets.batch_downloaded").count() == 2


def test_a_text_that_a_spreadsheet_would_run_stays_text(
    pair: tuple[Wallet, Wallet], walt: User
) -> None:
    batch = ask(walt, line(pair[0], note="=1+1"))
    assert "'=1+1" in wallets.download_batch(batch.pk, actor=walt)[1]


def test_a_batch_is_reversed_as_every_transaction_is(
    pair: tuple[Wallet, Wallet], pending: AdjustmentBatch, carol: User
) -> None:
    done = decide(pending, carol)
    assert done.transaction_id
    wallets.reverse(done.transaction_id, actor=carol, reason="Wrong month")
    assert (figures(pair[0])[0], figures(pair[1])[0]) == (10000, 0)
    assert checking.check().fault == ""
    assert wallets.system_wallet(Role.GOODWILL, "USD").posted == 0


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
    draft: AdjustmentBatch, walt: User, carol: User, status: AdjustmentStatus, deed: str
) -> None:
    bring_to(draft, status, walt, carol)
    before = stored()
    try:
        with transaction.atomic():
            do(deed, draft, walt, carol)
    except DomainError as refused:
        outcome: object = refused
    else:
        outcome = now(draft).status
    expected = LEADS_TO.get((status, deed))
    if expected is not None:
        assert outcome == expected
        return
    assert isinstance(outcome, DomainError)
    if deed in {"change", "submit", "withdraw"}:
        assert isinstance(outcome, MoveNotAllowed)
    assert stored() == before


def bring_to(draft: AdjustmentBatch, status: AdjustmentStatus, walt: User, carol: User) -> None:
    if status not in {DRAFT, AdjustmentStatus.WITHDRAWN}:
        do("submit", draft, walt, carol)
    if status == AdjustmentStatus.APPROVED:
        do("approve", draft, walt, carol)
    elif status == AdjustmentStatus.REJECTED:
        do("reject", draft, walt, carol)
    elif status == AdjustmentStatus.WITHDRAWN:
        do("withdraw", draft, walt, carol)
    assert now(draft).status == status


def do(deed: str, draft: AdjustmentBatch, walt: User, carol: User) -> None:
    if deed == "change":
        wallets.change_batch(draft.pk, seen_version=now(draft).version, note="", actor=walt)
    elif deed == "submit":
        wallets.submit_batch(draft.pk, actor=walt)
    elif deed == "withdraw":
        wallets.withdraw_batch(draft.pk, actor=walt)
    else:
        if not ApprovalRequest.objects.exists():
            raise DomainError
        decide(draft, carol, Verdict(deed))
