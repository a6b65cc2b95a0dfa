"""The dialogs of adjustments and their files: who may do what, once, and what is kept."""

from pathlib import Path

import pytest

from apps.accounts.models import User
from apps.approvals.models import ApprovalRequest, Decision
from apps.audit.models import AuditEvent, Outcome
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.states import AdjustmentStatus
from apps.wallets.tests.adjusting import (
    DEEDS,
    a_file,
    code,
    deed_on,
    draft,
    now,
    page_of,
    pending,
    typed,
)
from apps.wallets.tests.browsing import buttons, press, said, signed_in, text_of, url_of
from apps.wallets.tests.conftest import fresh
from project.testing.make import Make

pytestmark = pytest.mark.usefixtures("files_of_their_own")


@pytest.fixture
def wallet(make: Make, boris: User) -> Wallet:
    return make.wallet(boris, balance=10000)


def test_the_buttons_are_what_each_person_can_do_now(
    wallet: Wallet, walt: User, carol: User, fiona: User
) -> None:
    def offered(person: User) -> set[str]:
        return buttons(signed_in(person).get(page_of(adjustment))) & DEEDS

    adjustment = draft(wallet, walt)
    assert offered(walt) == {"submit", "withdraw"}
    assert offered(carol) == offered(fiona) == set()
    wallets.submit_adjustment(adjustment.pk, actor=walt)
    assert offered(walt) == {"withdraw"}
    assert offered(carol) == {"approve", "request_changes", "reject"}
    assert offered(fiona) == set()
    press(signed_in(carol), deed_on(adjustment, "reject"), reason="No")
    assert offered(walt) == offered(carol) == set()


@pytest.mark.parametrize("deed", sorted(DEEDS))
def test_looking_at_a_dialog_changes_nothing(
    wallet: Wallet, walt: User, carol: User, deed: str
) -> None:
    adjustment = pending(wallet, walt)
    clients = [signed_in(walt), signed_in(carol)]
    events = AuditEvent.objects.count()
    for client in clients:
        assert client.get(deed_on(adjustment, deed), {"reason": "x"}).status_code == 200
    assert now(adjustment).status == AdjustmentStatus.PENDING
    assert AuditEvent.objects.count() == events


def test_a_clerk_submits_once_however_often_they_click(wallet: Wallet, walt: User) -> None:
    adjustment, client = draft(wallet, walt), signed_in(walt)
    sent = {"_form_submitted": "True", "seen_version": "1"}
    first = client.post(deed_on(adjustment, "submit"), sent)
    assert first.headers["HX-Redirect"] == page_of(adjustment)
    assert "not possible while" in text_of(client.post(deed_on(adjustment, "submit"), sent))
    assert ApprovalRequest.objects.count() == 1


def test_a_stale_draft_is_not_submitted(wallet: Wallet, walt: User) -> None:
    adjustment, client = draft(wallet, walt), signed_in(walt)
    client.post(page_of(adjustment), typed(wallet, seen_version="1"))
    sent = {"_form_submitted": "True", "seen_version": "1"}
    answer = client.post(deed_on(adjustment, "submit"), sent)
    assert "was changed by somebody else" in text_of(answer)
    assert now(adjustment).status == AdjustmentStatus.DRAFT


def test_missing_evidence_is_said_before_and_after_submitting(wallet: Wallet, walt: User) -> None:
    adjustment = draft(wallet, walt, reason_code=code("correction"))
    url, client = deed_on(adjustment, "submit"), signed_in(walt)
    assert "none, and the reason code asks for it" in text_of(client.get(url))
    assert "needs evidence" in text_of(press(client, url))


def test_who_asked_is_refused_in_words_and_the_attempt_is_kept(wallet: Wallet, walt: User) -> None:
    adjustment = pending(wallet, walt)
    answer = press(signed_in(walt), deed_on(adjustment, "approve"))
    assert "You may not do this" in text_of(answer) or "own matter" in text_of(answer)
    assert now(adjustment).status == AdjustmentStatus.PENDING
    assert AuditEvent.objects.filter(actor=walt, outcome=Outcome.DENIED).count() == 1
    assert fresh(wallet).posted == 10000


def test_a_controller_approves_and_it_is_posted_once(
    wallet: Wallet, walt: User, carol: User
) -> None:
    adjustment, client = pending(wallet, walt), signed_in(carol)
    asked = ApprovalRequest.objects.get()
    sent = {"_form_submitted": "True", "request_id": asked.pk, "reason": "Fine"}
    answer = client.post(deed_on(adjustment, "approve"), sent)
    assert answer.headers["HX-Redirect"] == page_of(adjustment)
    assert said(answer) == [f"Your approval of {adjustment} is recorded."]
    client.post(deed_on(adjustment, "approve"), sent)
    assert fresh(wallet).posted == 12500
    assert Decision.objects.get().reason == "Fine"


def test_changes_are_requested_and_made(wallet: Wallet, walt: User, carol: User) -> None:
    adjustment, clerk = pending(wallet, walt), signed_in(walt)
    press(signed_in(carol), deed_on(adjustment, "request_changes"), reason="Half of it")
    page = clerk.get(page_of(adjustment))
    assert "Half of it" in text_of(page)
    assert buttons(page) & DEEDS == {"submit", "withdraw"}
    version = page.context["adminform"].form["seen_version"].value()
    clerk.post(page_of(adjustment), typed(wallet, amount="12.50", seen_version=version))
    press(clerk, deed_on(adjustment, "submit"))
    press(signed_in(carol), deed_on(adjustment, "approve"))
    assert fresh(wallet).posted == 11250


@pytest.mark.parametrize("deed", ["reject", "request_changes"])
def test_a_refusal_needs_a_reason(wallet: Wallet, walt: User, carol: User, deed: str) -> None:
    adjustment = pending(wallet, walt)
    answer = press(signed_in(carol), deed_on(adjustment, deed))
    assert "This field is required" in text_of(answer)
    assert now(adjustment).status == AdjustmentStatus.PENDING


def test_a_decision_on_what_does_not_wait_is_refused(
    wallet: Wallet, walt: User, carol: User
) -> None:
    adjustment = draft(wallet, walt)
    answer = press(signed_in(carol), deed_on(adjustment, "approve"))
    assert "not possible while the status is “draft”" in text_of(answer)


def test_a_clerk_withdraws(wallet: Wallet, walt: User) -> None:
    adjustment, client = pending(wallet, walt), signed_in(walt)
    press(client, deed_on(adjustment, "withdraw"), reason="Mistaken")
    page = text_of(client.get(page_of(adjustment)))
    assert now(adjustment).status == AdjustmentStatus.WITHDRAWN
    assert "Withdrawn" in page
    assert "→" not in page


def test_what_does_not_exist_is_not_found(carol: User) -> None:
    client = signed_in(carol)
    for object_id in ("0", "x"):
        assert client.get(url_of("adjustment_approve", object_id)).status_code == 404


def test_evidence_is_handed_out_as_a_file_and_kept_in_the_audit_log(
    wallet: Wallet, walt: User, audrey: User
) -> None:
    name = "été “1”.txt"
    adjustment = draft(wallet, walt, files=[a_file(name)])
    file = adjustment.evidence.get()
    answer = signed_in(audrey).get(url_of("adjustment_evidence", file.pk))
    assert answer.content == b"Line 4711\n"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Type"] == "text/plain"
    event = AuditEvent.objects.get(action="wallets.evidence_downloaded")
    assert (event.actor, event.target_label) == (audrey, str(adjustment))
    assert event.after["sha256"] == file.sha256


def test_who_may_not_see_evidence_is_refused_and_noted(
    wallet: Wallet, walt: User, clara: User
) -> None:
    file = draft(wallet, walt, files=[a_file()]).evidence.get()
    answer = signed_in(clara).get(url_of("adjustment_evidence", file.pk))
    assert "You may not do this" in said(answer)[0]
    denied = AuditEvent.objects.get(outcome=Outcome.DENIED)
    assert (denied.actor, denied.action) == (clara, "wallets.download_evidence")


@pytest.mark.parametrize("content", [b"Line 4712\n", None])
def test_a_file_that_is_not_as_it_was_attached_is_not_handed_out(
    wallet: Wallet, walt: User, content: bytes | None
) -> None:
    file = draft(wallet, walt, files=[a_file()]).evidence.get()
    stored = Path(file.file.path)
    stored.unlink() if content is None else stored.write_bytes(content)
    answer = signed_in(walt).get(url_of("adjustment_evidence", file.pk))
    assert "is not as it was attached" in said(answer)[0]
    assert not AuditEvent.objects.filter(action="wallets.evidence_downloaded").exists()


def test_evidence_that_does_not_exist_is_not_found(walt: User) -> None:
    assert signed_in(walt).get(url_of("adjustment_evidence", 0)).status_code == 404
