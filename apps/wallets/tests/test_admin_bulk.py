"""The pages of batches: sending a file in, looking at its lines, deciding, and who may do what."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.accounts.models import User
from apps.approvals import selectors as approval_selectors
from apps.audit.models import AuditEvent
from apps.wallets import services as wallets
from apps.wallets.admin.batch_page import ROWS
from apps.wallets.admin.batch_upload import SHOWN_FAULTS
from apps.wallets.admin.entries_page import ROWS as ENTRIES
from apps.wallets.models import AdjustmentBatch, Evidence, Wallet
from apps.wallets.states import AdjustmentStatus
from apps.wallets.tests.browsing import (
    buttons,
    press,
    query_count,
    said,
    shown_in,
    signed_in,
    text_of,
    url_of,
)
from apps.wallets.tests.bulk import ask, decide, file_of, line, now, receipt
from apps.wallets.tests.conftest import fresh
from project.testing.make import Make

LIST = url_of("adjustmentbatch_changelist")
ADD = url_of("adjustmentbatch_add")
TEMPLATE = url_of("adjustmentbatch_template")
DEEDS = {"submit", "withdraw", "approve", "request_changes", "reject"}


pytestmark = pytest.mark.usefixtures("files_of_their_own")


@pytest.fixture
def wallet(make: Make, boris: User) -> Wallet:
    """Boris has 100.00."""
    return make.wallet(boris, balance=10000)


@pytest.fixture
def draft(wallet: Wallet, walt: User) -> AdjustmentBatch:
    return ask(walt, line(wallet, "25.00", note="Late"))


@pytest.fixture
def pending(draft: AdjustmentBatch, walt: User) -> AdjustmentBatch:
    return wallets.submit_batch(draft.pk, actor=walt)


def page_of(batch: AdjustmentBatch) -> str:
    return url_of("adjustmentbatch_change", batch.pk)


def deed_on(batch: AdjustmentBatch, deed: str) -> str:
    return url_of(f"adjustmentbatch_{deed}", batch.pk)


def upload(*lines: tuple[str, ...], name: str = "goodwill.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, file_of(*lines), "text/csv")


# Sending in


def test_a_clerk_sends_a_file_and_sees_every_wallet_before_and_after(
    wallet: Wallet, walt: User
) -> None:
    browser = signed_in(walt)
    sent = {
        "file": upload(line(wallet, "25.00", note="Late")),
        "note": "Power cut",
        "evidence": [SimpleUploadedFile("mail.txt", b"agreed")],
    }
    answer = browser.post(ADD, sent)
    batch = AdjustmentBatch.objects.get()
    assert answer.headers["Location"] == page_of(batch)
    assert said(answer)[0].startswith(f"{batch} is drafted, and nothing has moved yet.")
    shown = text_of(browser.get(page_of(batch)))
    for words in ("Power cut", "goodwill.csv", "mail.txt", wallet.number, "Late", "$25.00"):
        assert words in shown
    assert "$100.00 → $125.00" in shown
    assert fresh(wallet).posted == 10000


def test_what_is_wrong_with_a_file_stands_above_the_form_line_by_line(
    wallet: Wallet, walt: User
) -> None:
    sent = {
        "file": upload(line(wallet), line("W-404404", "0")),
        "note": "Kept",
        "evidence": [SimpleUploadedFile("mail.txt", b"agreed")],
    }
    answer = signed_in(walt).post(ADD, sent)
    assert answer.status_code == 200
    shown = text_of(answer)
    assert "2 things are wrong with the file" in shown
    assert "3 wallet There is no wallet “W-404404”." in shown
    assert "3 amount The amount must be more than zero." in shown
    assert answer.context["form"]["note"].value() == "Kept"
    assert set(answer.context["form"].errors) == {"file", "evidence"}
    assert not AdjustmentBatch.objects.exists()
    assert not Evidence.objects.exists()


def test_of_thousands_of_faults_some_are_shown_and_the_rest_is_counted(
    wallet: Wallet, walt: User
) -> None:
    lines = [line(wallet, "0") for _ in range(SHOWN_FAULTS + 7)]
    answer = signed_in(walt).post(ADD, {"file": upload(*lines)})
    assert len(answer.context["faults"]) == SHOWN_FAULTS
    assert "And 7 more." in text_of(answer)


@pytest.mark.parametrize(
    ("sent", "field", "text"),
    [
        ({}, "file", "This field is required."),
        ({"file": SimpleUploadedFile("a.csv", b"")}, "file", "The file is empty."),
        ({"file": SimpleUploadedFile("a.csv", b"a,b\n1,2\n")}, "file", "has no place in a batch"),
        ({"file": SimpleUploadedFile("a.csv", b"x" * 6_000_000)}, "file", "Split it."),
        (
            {"evidence": [SimpleUploadedFile("a.exe", b"MZ\0\0")]},
            "evidence",
            "attach a PDF, PNG or JPEG",
        ),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_at_its_field(
    walt: User, wallet: Wallet, sent: dict[str, Any], field: str, text: str
) -> None:
    answer = signed_in(walt).post(ADD, sent)
    assert answer.status_code == 200
    assert any(text in error for error in answer.context["form"].errors[field])


def test_the_template_has_the_columns_and_one_example(walt: User, carol: User) -> None:
    answer = signed_in(walt).get(TEMPLATE)
    header, example = answer.content.decode("utf-8-sig").splitlines()
    assert header == "wallet,direction,amount,reason_code,note,currency"
    assert example.startswith("W-000001,credit,12.50,goodwill,")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert signed_in(carol).get(TEMPLATE).status_code == 403


def test_a_draft_gets_another_file_note_and_evidence(
    draft: AdjustmentBatch, wallet: Wallet, walt: User
) -> None:
    browser = signed_in(walt)
    page = url_of("adjustmentbatch_file", draft.pk)
    form = browser.get(page).context["form"]
    assert (form["note"].value(), form["seen_version"].value()) == (draft.note, 1)
    sent = {"note": "Other words", "seen_version": 1, "file": upload(line(wallet, "3.00"))}
    answer = browser.post(page, sent)
    assert (answer.headers["Location"], said(answer)) == (page_of(draft), [f"{draft} is changed."])
    assert (now(draft).note, now(draft).credit, now(draft).file_number) == ("Other words", 300, 2)
    stale = browser.post(page, {"note": "Late", "seen_version": 1})
    assert "was changed by somebody else" in text_of(stale)
    answer = browser.post(page, {"note": "Late", "seen_version": 2})
    assert (now(draft).note, now(draft).credit) == ("Late", 300)


def test_only_the_requester_changes_a_batch_and_only_while_it_is_a_draft(
    draft: AdjustmentBatch, walt: User, carol: User, clara: User
) -> None:
    page = url_of("adjustmentbatch_file", draft.pk)
    answer = signed_in(carol).get(page)
    assert "requested by Walt" in said(answer)[0]
    assert signed_in(clara).get(page).status_code == 403
    wallets.submit_batch(draft.pk, actor=walt)
    answer = signed_in(walt).post(page, {"note": "x", "seen_version": 2})
    assert answer.headers["Location"] == page_of(draft)
    assert "is not possible" in said(answer)[0]
    assert now(draft).note != "x"


# The lists and the page


def test_the_tabs_part_drafts_what_waits_and_what_has_ended(
    wallet: Wallet, draft: AdjustmentBatch, walt: User, carol: User
) -> None:
    waiting = wallets.submit_batch(ask(walt, line(wallet)).pk, actor=walt)
    done = decide(wallets.submit_batch(ask(walt, line(wallet)).pk, actor=walt), carol)
    gone = wallets.withdraw_batch(ask(walt, line(wallet)).pk, actor=walt)
    browser = signed_in(walt)
    assert shown_in(browser.get(LIST)) == [waiting]
    assert shown_in(browser.get(LIST, {"tab": "drafts"})) == [draft]
    assert shown_in(browser.get(LIST, {"tab": "decided"})) == [gone, done]
    found = browser.get(LIST, {"tab": "drafts", "q": f"b-{draft.pk}"})
    assert shown_in(found) == [draft]
    assert shown_in(browser.get(LIST, {"tab": "drafts", "q": "power"})) == [draft]
    assert shown_in(browser.get(LIST, {"tab": "drafts", "q": "camera"})) == []


def test_a_list_asks_as_much_for_many_as_for_few(wallet: Wallet, walt: User, carol: User) -> None:
    def more() -> None:
        wallets.submit_batch(ask(walt, line(wallet)).pk, actor=walt)

    browser = signed_in(carol)
    more()
    browser.get(LIST)
    few = query_count(browser, LIST)
    for _ in range(4):
        more()
    assert query_count(browser, LIST) == few


@pytest.fixture
def long(make: Make, walt: User, boris: User, lena: User) -> AdjustmentBatch:
    """120 lines for Boris, and one for Lena."""
    his, hers = make.wallet(boris), make.wallet(lena)
    return ask(walt, *(line(his, f"{n}.00") for n in range(1, 121)), line(hers, "7.00"))


def numbers(browser: Any, batch: AdjustmentBatch, **asked: Any) -> list[int]:
    page = browser.get(page_of(batch), asked).context["page"]["lines"]
    return [row.number for row, _wallet, _balance in page.rows]


def test_lines_are_paged_by_their_number(long: AdjustmentBatch, walt: User) -> None:
    browser = signed_in(walt)
    assert numbers(browser, long) == list(range(1, ROWS + 1))
    assert numbers(browser, long, after=ROWS) == list(range(ROWS + 1, 2 * ROWS + 1))
    assert numbers(browser, long, after=100) == list(range(101, 122))
    assert numbers(browser, long, before=101) == list(range(51, 101))
    assert numbers(browser, long, before=51) == list(range(1, 51))
    assert numbers(browser, long, after="x") == list(range(1, ROWS + 1))
    first = browser.get(page_of(long)).context["page"]["lines"]
    assert (first.is_first, first.previous, first.next) == (True, None, 50)
    last = browser.get(page_of(long), {"after": 100}).context["page"]["lines"]
    assert (last.is_first, last.previous, last.next) == (False, 101, None)
    back = browser.get(page_of(long), {"before": 51}).context["page"]["lines"]
    assert (back.is_first, back.previous, back.next) == (True, None, 50)


def test_lines_are_found_by_wallet_owner_or_e_mail(
    long: AdjustmentBatch, walt: User, lena: User
) -> None:
    browser = signed_in(walt)
    number = lena.wallets.get().number
    for words in (number, number.lower(), "len", "lena@example.com"):
        assert numbers(browser, long, q=words) == [121]
    assert len(numbers(browser, long, q="boris")) == ROWS
    assert numbers(browser, long, q="boris", after=100) == list(range(101, 121))
    assert "No line is about “nobody”." in text_of(browser.get(page_of(long), {"q": "nobody"}))
    assert "There are no lines here." in text_of(browser.get(page_of(long), {"after": 999}))


def test_a_page_asks_as_much_for_many_lines_as_for_one(
    draft: AdjustmentBatch, make: Make, walt: User, lena: User
) -> None:
    browser = signed_in(walt)
    browser.get(page_of(draft))
    few = query_count(browser, page_of(draft))
    wallet = make.wallet(lena)
    many = ask(walt, *(line(wallet) for _ in range(60)))
    assert query_count(browser, page_of(many)) == few


def test_wallets_that_are_named_twice_are_pointed_out_to_whoever_looks(
    wallet: Wallet, walt: User, carol: User
) -> None:
    batch = ask(walt, line(wallet), line(wallet))
    words = "These wallets have more than one line."
    assert words in text_of(signed_in(walt).get(page_of(batch)))
    wallets.submit_batch(batch.pk, actor=walt)
    dialog = signed_in(carol).get(deed_on(batch, "approve"))
    assert "1 wallet has more than one line." in text_of(dialog)


def test_a_line_that_cannot_be_posted_now_is_marked(
    wallet: Wallet, walt: User, system: User
) -> None:
    batch = ask(walt, line(wallet, "60.00", "debit", "correction"))
    wallets.place_hold(wallet.pk, 5000, actor=system, key="hold")
    shown = text_of(signed_in(walt).get(page_of(batch)))
    assert "$10.00 too little" in shown
    assert "None yet, and the reason code asks for it." in shown


def test_the_lines_are_downloaded_with_a_trace(
    pending: AdjustmentBatch, carol: User, clara: User
) -> None:
    url = url_of("adjustmentbatch_lines", pending.pk)
    answer = signed_in(carol).get(url)
    assert f'filename="{pending}.csv"' in answer.headers["Content-Disposition"]
    rows = answer.content.decode("utf-8-sig").splitlines()
    assert rows[1].endswith(",credit,25.00,goodwill,Late,USD,Boris,100.00,125.00")
    assert AuditEvent.objects.get(action="wallets.batch_downloaded").actor == carol
    assert signed_in(clara).get(url).status_code == 403
    assert signed_in(carol).post(url).status_code == 404


# Deeds


def test_buttons_are_what_one_can_do_now(
    draft: AdjustmentBatch, walt: User, carol: User, audrey: User
) -> None:
    def offered(person: User) -> set[str]:
        return buttons(signed_in(person).get(page_of(draft))) & DEEDS

    assert offered(walt) == {"submit", "withdraw"}
    assert offered(carol) == offered(audrey) == set()
    wallets.submit_batch(draft.pk, actor=walt)
    assert offered(walt) == {"withdraw"}
    assert offered(carol) == {"approve", "request_changes", "reject"}
    decide(draft, carol)
    assert offered(walt) == offered(carol) == set()


def test_from_submission_to_posting_by_hand(
    draft: AdjustmentBatch, wallet: Wallet, walt: User, carol: User
) -> None:
    answer = press(signed_in(walt), deed_on(draft, "submit"))
    assert said(answer) == [f"{draft} waits for approval."]
    answer = press(signed_in(carol), deed_on(draft, "approve"), reason="Seen")
    assert answer.headers["HX-Redirect"] == page_of(draft)
    done = now(draft)
    assert done.status == AdjustmentStatus.APPROVED
    assert fresh(wallet).posted == 12500
    shown = text_of(signed_in(carol).get(page_of(done)))
    assert "$100.00 → $125.00" in shown
    assert f"T-{done.transaction_id}" in shown
    assert "Carol: approve" in shown


def test_it_is_sent_back_rejected_and_withdrawn_by_hand(
    wallet: Wallet, draft: AdjustmentBatch, walt: User, carol: User
) -> None:
    press(signed_in(walt), deed_on(draft, "submit"))
    press(signed_in(carol), deed_on(draft, "request_changes"), reason="Half of it")
    assert now(draft).status == AdjustmentStatus.DRAFT
    press(signed_in(walt), deed_on(draft, "withdraw"), reason="Not needed")
    assert now(draft).status == AdjustmentStatus.WITHDRAWN
    other = wallets.submit_batch(ask(walt, line(wallet)).pk, actor=walt)
    press(signed_in(carol), deed_on(other, "reject"), reason="No")
    assert now(other).status == AdjustmentStatus.REJECTED


def test_a_refusal_stays_in_the_dialog(
    wallet: Wallet, pending: AdjustmentBatch, walt: User, carol: User
) -> None:
    wallets.freeze(wallet.pk, actor=carol, reason="fraud")
    answer = press(signed_in(carol), deed_on(pending, "approve"))
    assert f"Wallet {wallet.number} is frozen" in text_of(answer)
    answer = press(signed_in(walt), deed_on(pending, "approve"))
    assert "you are the requester" in text_of(answer)
    assert now(pending).status == AdjustmentStatus.PENDING


@pytest.mark.parametrize("deed", sorted(DEEDS))
def test_opening_a_dialog_changes_nothing(
    pending: AdjustmentBatch, walt: User, carol: User, deed: str
) -> None:
    for person in (walt, carol):
        assert signed_in(person).get(deed_on(pending, deed)).status_code == 200
    assert now(pending).version == pending.version
    assert signed_in(carol).get(url_of(f"adjustmentbatch_{deed}", 987654)).status_code == 404


def test_the_page_of_the_request_shows_totals_and_the_largest_lines(
    make: Make, wallet: Wallet, walt: User, carol: User, lena: User
) -> None:
    hers = make.wallet(lena)
    small = [line(wallet, f"0.0{n}") for n in range(1, 8)]
    batch = ask(walt, *small, line(hers, "9.00", "credit", "correction"), files=[receipt()])
    wallets.submit_batch(batch.pk, actor=walt)
    request = approval_selectors.open_request_of(batch)
    assert request
    page = reverse("admin:approvals_approvalrequest_change", args=(request.pk,))
    answer = signed_in(carol).get(page)
    shown = text_of(answer)
    assert "$0.00 → $9.00" in shown
    assert "And 3 more lines." in shown
    assert "1 line, $9.00 in" in shown
    assert page_of(batch) in answer.content.decode()


def test_of_many_who_may_not_decide_some_are_named(make: Make, walt: User, carol: User) -> None:
    people = [
        User.objects.create_user(f"{n}@crowd.example", display_name=f"Person {n}")
        for n in range(25)
    ]
    batch = ask(walt, *(line(make.wallet(person)) for person in people))
    wallets.submit_batch(batch.pk, actor=walt)
    request = approval_selectors.open_request_of(batch)
    assert request
    page = reverse("admin:approvals_approvalrequest_change", args=(request.pk,))
    answer = signed_in(carol).get(page)
    assert len(answer.context["parties"]) == 20
    assert "And everybody else whom it concerns." in text_of(answer)


def test_an_owner_reads_on_the_page_why_a_colleague_decides(
    make: Make, walt: User, carol: User
) -> None:
    batch = wallets.submit_batch(ask(walt, line(make.wallet(carol))).pk, actor=walt)
    page = signed_in(carol).get(page_of(batch))
    assert "You are the owner of a wallet in the batch: a colleague decides" in text_of(page)
    assert buttons(page) & DEEDS == set()


# Around it


def test_the_page_of_a_wallet_shows_its_lines_of_batches(
    wallet: Wallet, draft: AdjustmentBatch, walt: User, carol: User
) -> None:
    def shown() -> str:
        return text_of(signed_in(carol).get(url_of("wallet_change", wallet.pk)))

    assert str(draft) not in shown()
    wallets.submit_batch(draft.pk, actor=walt)
    assert f"{draft} Goodwill" in shown()
    assert "Walt, line 2" in shown()
    decide(draft, carol)
    assert "approved and posted" in shown()


def test_the_history_shows_who_moved_it(pending: AdjustmentBatch, audrey: User) -> None:
    page = signed_in(audrey).get(url_of("adjustmentbatch_history", pending.pk))
    shown = text_of(page)
    assert page.status_code == 200
    assert "Walt" in shown
    assert "pending" in shown


def test_damaged_evidence_of_a_batch_leads_back_to_it(draft: AdjustmentBatch, walt: User) -> None:
    wallets.change_batch(draft.pk, seen_version=1, note="", actor=walt, files=[receipt()])
    evidence = draft.evidence.get()
    Path(evidence.file.path).unlink()
    answer = signed_in(walt).get(url_of("adjustment_evidence", evidence.pk))
    assert answer.headers["Location"] == page_of(draft)


@pytest.fixture
def looks(draft: AdjustmentBatch) -> Callable[[User], int]:
    return lambda person: signed_in(person).get(page_of(draft)).status_code


def test_who_may_look(
    looks: Callable[[User], int],
    walt: User,
    carol: User,
    fiona: User,
    audrey: User,
    clara: User,
    adam: User,
) -> None:
    assert [looks(person) for person in (walt, carol, fiona, audrey)] == [200] * 4
    assert [looks(person) for person in (clara, adam)] == [403] * 2


def test_the_page_of_its_transaction_shows_the_entries_by_pages(
    make: Make, walt: User, carol: User, boris: User
) -> None:
    wallet = make.wallet(boris)
    batch = ask(walt, *(line(wallet, "0.01") for _ in range(ENTRIES + 5)))
    done = decide(wallets.submit_batch(batch.pk, actor=walt), carol)
    browser, page = signed_in(carol), url_of("ledgertransaction_change", done.transaction_id)
    first = browser.get(page).context["page"]
    assert [entry.line for entry, _wallet in first.entries] == list(range(1, ENTRIES + 1))
    assert (first.totals, first.next) == ([("USD", ENTRIES + 5, ENTRIES + 5)], ENTRIES)
    second = browser.get(page, {"after": ENTRIES}).context["page"]
    assert [entry.line for entry, _wallet in second.entries][-1] == ENTRIES + 6
    assert (second.is_first, second.next) == (False, None)
