"""Raw SQL posts no adjustment, alone or in a batch, that others have not approved as it is."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from pytest_django.fixtures import Settings

from apps.accounts.models import User
from apps.approvals import selectors as approval_selectors
from apps.wallets import services as wallets
from apps.wallets.models import Adjustment, AdjustmentBatch, ReasonCode, Wallet
from apps.wallets.states import Direction, Role
from apps.wallets.tests.bulk import ask, file_of, line
from apps.wallets.tests.conftest import Tamper
from apps.wallets.tests.raw_sql import Statement, run, sql
from project.testing.make import Make

type Subject = Adjustment | AdjustmentBatch

NOT_APPROVED = "adjustment_is_approved"
OTHERWISE = "adjustment_posts_what_was_asked"
AS_ASKED = "nothing refused it"


@pytest.fixture(autouse=True)
def _files_of_their_own(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def wallet(make: Make, boris: User) -> Wallet:
    return make.wallet(boris, balance=10000)


@pytest.fixture(params=["adjustment", "batch"])
def pending(request: pytest.FixtureRequest, wallet: Wallet, walt: User) -> Subject:
    """Walt asks for 600.00 for Boris, on which two controllers decide."""
    if request.param == "batch":
        batch = ask(walt, line(wallet, "600.00"))
        return wallets.submit_batch(batch.pk, actor=walt)
    asked = wallets.request_adjustment(
        wallet_id=wallet.pk,
        direction=Direction.CREDIT,
        amount=60000,
        reason_code=ReasonCode.objects.get(code="goodwill"),
        note="",
        actor=walt,
    )
    return wallets.submit_adjustment(asked.pk, actor=walt)


@pytest.fixture
def agree(tamper: Tamper, pending: Subject) -> Callable[..., None]:
    """Write that these people have approved, past every trigger."""
    request = approval_selectors.open_request_of(pending)
    assert request

    def run(*people: User) -> None:
        for person in people:
            tamper(
                "INSERT INTO approval_decisions (request_id, level, decider_id, verdict, reason)"
                " VALUES (%s, 1, %s, 'approve', '')",
                request.pk,
                person.pk,
            )
        tamper(
            "UPDATE approval_requests SET status = 'approved', concluded_at = now() WHERE id = %s",
            request.pk,
        )

    return run


def posting(
    subject: Any, *moves: tuple[Wallet, int], about: Any = None, marks: bool = True
) -> list[Statement]:
    """Post by raw SQL about the subject, and mark it as approved."""
    about = about or subject
    entries = [(w.pk, amount, place) for place, (w, amount) in enumerate(moves, start=1)]
    # As the inbox takes them: in the order of wallets, on each the largest amount first.
    entries.sort(key=lambda entry: (entry[0], -entry[1]))
    row = sql(
        "INSERT INTO ledger_inbox (key, fingerprint, kind, effective_on, description, actor_id,"
        " about_type_id, about_id, wallets, amounts, lines)"
        " VALUES ('raw', '', 'adjustment', %s, '', %s, %s, %s, %s, %s, %s)",
        date(2027, 5, 1),
        User.objects.system().pk,
        ContentType.objects.get_for_model(about).pk,
        about.pk,
        *(list(column) for column in zip(*entries, strict=True)),
    )
    mark = (
        f"UPDATE {subject._meta.db_table} SET status = 'approved', transaction_id ="  # noqa: S608
        " (SELECT id FROM ledger_transactions WHERE key = 'raw') WHERE id = %s"
    )
    return [row, *([sql(mark, subject.pk)] if marks else [])]


def goodwill() -> Wallet:
    return wallets.system_wallet(Role.GOODWILL, "USD")


def test_what_was_approved_by_enough_others_is_posted_as_it_was_asked(
    pending: Subject, agree: Callable[..., None], wallet: Wallet, carol: User, conrad: User
) -> None:
    agree(carol, conrad)
    assert run(*posting(pending, (wallet, 60000), (goodwill(), -60000))) == AS_ASKED


def test_what_nobody_has_approved_is_not_posted(pending: Subject, wallet: Wallet) -> None:
    moves = (wallet, 60000), (goodwill(), -60000)
    assert run(*posting(pending, *moves)) == NOT_APPROVED
    assert run(*posting(pending, *moves, marks=False)) == NOT_APPROVED


def test_what_the_requester_approved_is_not_posted(
    pending: Subject, agree: Callable[..., None], wallet: Wallet, walt: User, carol: User
) -> None:
    agree(walt, carol)
    assert run(*posting(pending, (wallet, 60000), (goodwill(), -60000))) == NOT_APPROVED


def test_what_too_few_have_approved_is_not_posted(
    pending: Subject, agree: Callable[..., None], wallet: Wallet, carol: User
) -> None:
    agree(carol)
    assert run(*posting(pending, (wallet, 60000), (goodwill(), -60000))) == NOT_APPROVED


def test_what_was_raised_after_the_approval_is_not_posted(
    pending: Subject,
    agree: Callable[..., None],
    tamper: Tamper,
    wallet: Wallet,
    carol: User,
    conrad: User,
) -> None:
    agree(carol, conrad)
    column = "credit" if isinstance(pending, AdjustmentBatch) else "amount"
    tamper(f"UPDATE {pending._meta.db_table} SET {column} = 70000")  # noqa: S608
    assert run(*posting(pending, (wallet, 70000), (goodwill(), -70000))) == NOT_APPROVED


def test_an_approval_of_one_thing_posts_no_other(
    pending: Subject, agree: Callable[..., None], wallet: Wallet, carol: User, conrad: User
) -> None:
    agree(carol, conrad)
    moves = (wallet, 60000), (goodwill(), -60000)
    assert run(*posting(pending, *moves, about=wallet)) == NOT_APPROVED
    assert run(*posting(pending, *moves, about=carol)) == NOT_APPROVED


def test_people_s_wallets_move_exactly_as_it_was_asked(
    make: Make,
    pending: Subject,
    agree: Callable[..., None],
    wallet: Wallet,
    lena: User,
    carol: User,
    conrad: User,
) -> None:
    agree(carol, conrad)
    other = make.wallet(lena, balance=100)
    for moves in (
        [(wallet, 60001), (goodwill(), -60001)],
        [(other, 60000), (goodwill(), -60000)],
        [(wallet, 60000), (goodwill(), -59900), (other, -100)],
        [(goodwill(), -60000), (wallet, 60000)],
    ):
        assert run(*posting(pending, *moves)) == OTHERWISE


# Batches and their lines


@pytest.fixture
def draft(wallet: Wallet, walt: User) -> AdjustmentBatch:
    return ask(walt, line(wallet, "6.00"), line(wallet, "1.00"))


def update(batch: AdjustmentBatch, change: str) -> Statement:
    return sql(f"UPDATE adjustment_batches SET {change} WHERE id = %s", batch.pk)  # noqa: S608


def more_lines(batch: AdjustmentBatch, number: int, **change: object) -> Statement:
    """Copy a line of the batch under another number."""
    columns = {"file_number": "file_number", "direction": "direction", "amount": "amount"}
    columns |= {name: repr(value) for name, value in change.items()}
    return sql(
        "INSERT INTO adjustment_lines (batch_id, file_number, number, file_line, wallet_id,"  # noqa: S608
        " direction, amount, reason_code_id, note, added_by_id)"
        f" SELECT batch_id, {columns['file_number']}, %s, 9, wallet_id, {columns['direction']},"
        f" {columns['amount']}, reason_code_id, '', added_by_id"
        " FROM adjustment_lines WHERE batch_id = %s AND number = 1",
        number,
        batch.pk,
    )


def test_lines_are_append_only(draft: AdjustmentBatch) -> None:
    for statement in (
        "UPDATE adjustment_lines SET amount = 1",
        "DELETE FROM adjustment_lines",
        "TRUNCATE adjustment_lines",
    ):
        assert run(sql(statement)) == "lines_are_append_only"


def test_lines_come_only_with_the_last_file_of_a_draft(
    draft: AdjustmentBatch, wallet: Wallet, walt: User
) -> None:
    assert run(more_lines(draft, 3, file_number=2)) == "lines_join_draft"
    assert run(more_lines(draft, 2)) == "line_number_is_unique"
    assert run(more_lines(draft, 3, amount=0)) == "line_amount_is_positive"
    assert run(more_lines(draft, 3, direction="up")) == "line_has_direction"
    wallets.submit_batch(draft.pk, actor=walt)
    assert run(more_lines(draft, 3)) == "lines_join_draft"


def test_a_batch_is_submitted_with_the_count_totals_and_currency_of_its_lines(
    make: Make, draft: AdjustmentBatch, lena: User
) -> None:
    for change in ("credit = 701", "debit = 1", "line_count = 3", "currency = 'EUR'"):
        submits = update(draft, f"status = 'pending', {change}")
        assert run(submits) == "batch_is_of_its_lines"
    assert run(more_lines(draft, 3), update(draft, "status = 'pending'")) == "batch_is_of_its_lines"
    assert run(update(draft, "status = 'pending'")) == AS_ASKED


def test_a_batch_starts_as_a_draft_moves_forward_and_is_kept(
    draft: AdjustmentBatch, walt: User, carol: User
) -> None:
    copied = (
        "INSERT INTO adjustment_batches (currency, note, file_number, file_name, sha256,"
        " line_count, credit, debit, status, requester_id, version) SELECT currency, note,"
        " file_number, file_name, sha256, line_count, credit, debit, 'pending', requester_id, 1"
        " FROM adjustment_batches"
    )
    assert run(sql(copied)) == "batch_starts_as_draft"
    assert run(update(draft, "status = 'rejected'")) == "batch_is_submitted_first"
    assert run(update(draft, "status = 'none'")) == "batch_is_submitted_first"
    assert run(update(draft, f"requester_id = {carol.pk}")) == "batch_is_frozen"
    assert run(update(draft, "line_count = 0")) == "batch_has_lines"
    wallets.submit_batch(draft.pk, actor=walt)
    for change in ("credit = 1", "file_number = 2", "note = 'x'", "currency = 'EUR'"):
        assert run(update(draft, change)) == "batch_is_frozen"
    assert run(update(draft, "status = 'approved'")) == "batch_approved_is_posted"
    assert run(update(draft, "status = 'none'")) == "batch_has_status"
    wallets.withdraw_batch(draft.pk, actor=walt)
    assert run(update(draft, "status = 'draft'")) == "batch_is_frozen"
    for statement in ("DELETE FROM adjustment_batches", "TRUNCATE adjustment_batches CASCADE"):
        assert run(sql(statement)) in {"batches_are_kept", "lines_are_append_only"}


def test_evidence_speaks_for_one_thing(draft: AdjustmentBatch, walt: User) -> None:
    statement = (
        "INSERT INTO adjustment_evidence (adjustment_id, batch_id, file, name, content_type, size,"
        " sha256, added_by_id) VALUES (NULL, %s, '', '', '', 1, '', %s)"
    )
    assert run(sql(statement, None, walt.pk)) == "evidence_has_one_subject"
    assert run(sql(statement, draft.pk, walt.pk)) == AS_ASKED


def test_a_file_of_a_batch_that_was_replaced_is_not_what_is_posted(
    draft: AdjustmentBatch, wallet: Wallet, walt: User, agree_to: Callable[[AdjustmentBatch], None]
) -> None:
    changed = wallets.change_batch(
        draft.pk,
        seen_version=1,
        note="",
        content=file_of(line(wallet, "2.00")),
        file_name="2.csv",
        actor=walt,
    )
    wallets.submit_batch(changed.pk, actor=walt)
    agree_to(changed)
    assert run(*posting(changed, (wallet, 600), (wallet, 100), (goodwill(), -700))) == OTHERWISE
    assert run(*posting(changed, (wallet, 200), (goodwill(), -200))) == AS_ASKED


@pytest.fixture
def agree_to(tamper: Tamper, carol: User) -> Callable[[AdjustmentBatch], None]:
    """Write that Carol has approved, past every trigger."""

    def run(batch: AdjustmentBatch) -> None:
        request = approval_selectors.open_request_of(batch)
        assert request
        tamper(
            "INSERT INTO approval_decisions (request_id, level, decider_id, verdict, reason)"
            " VALUES (%s, 1, %s, 'approve', '')",
            request.pk,
            carol.pk,
        )
        tamper("UPDATE approval_requests SET status = 'approved', concluded_at = now()")

    return run
