"""`check_books` computes everything again and names the first row that does not fit."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from apps.accounts.models import User
from apps.approvals import selectors as approval_selectors
from apps.approvals import services as approvals
from apps.approvals.states import Verdict
from apps.wallets import services as wallets
from apps.wallets.checking import RULES, Progress, by_transaction, by_wallet, check
from apps.wallets.checking import Verdict as Found
from apps.wallets.checking.bar import picture
from apps.wallets.models import LedgerEntry, ReasonCode, Wallet
from apps.wallets.states import Direction, Role
from apps.wallets.tests.conftest import Move, Tamper
from project.testing.make import Make


@pytest.fixture
def books(
    make: Make,
    boris: User,
    lena: User,
    system: User,
    carol: User,
    walt: User,
    move: Move,
) -> dict[str, object]:
    """Keep a small office in which everything happened once; return what a test may name."""
    giver, taker = make.wallet(boris, balance=10000), make.wallet(lena)
    rent = move(4000, giver, taker, key="rent").transaction_id
    mistake = move(500, giver, taker, key="mistake").transaction_id
    reversal = wallets.reverse(mistake, actor=carol, reason="Mistake").transaction_id
    hold = wallets.place_hold(giver.pk, 2000, actor=system, key="hold")
    escrow = wallets.system_wallet(Role.ESCROW, "USD")
    capture = wallets.capture_hold(
        hold.pk, 500, to_wallet_id=escrow.pk, actor=system, key="capture"
    ).transaction_id
    asked = wallets.request_adjustment(
        wallet_id=taker.pk,
        direction=Direction.CREDIT,
        amount=700,
        reason_code=ReasonCode.objects.get(code="goodwill"),
        note="",
        actor=walt,
    )
    wallets.submit_adjustment(asked.pk, actor=walt)
    request = approval_selectors.open_request_of(asked)
    assert request
    approvals.decide(request.pk, verdict=Verdict.APPROVE, actor=carol)
    asked.refresh_from_db()
    return {
        "giver": giver.pk,
        "w_giver": giver.number,
        "taker": taker.pk,
        "w_taker": taker.number,
        "rent": rent,
        "mistake": mistake,
        "reversal": reversal,
        "hold": hold.pk,
        "capture": capture,
        "adjustment": asked.pk,
        "posted": asked.transaction_id,
    }


def test_books_that_are_right(books: dict[str, object]) -> None:
    found = check()
    assert found == Found(
        transaction_count=6,
        entry_count=12,
        wallet_count=Wallet.objects.count(),
        hold_count=1,
        adjustment_count=1,
        totals={"EUR": 0, "GBP": 0, "JPY": 0, "USD": 0},
        rule_count=len(RULES),
        unsealed_count=6,
    )


def test_empty_books_are_right(db: None) -> None:
    assert check().ok


ENTRY = "UPDATE ledger_entries SET {} WHERE transaction_id = {rent} AND wallet_id = {giver}"
TRANSACTION = "UPDATE ledger_transactions SET {} WHERE id = {rent}"

# What somebody does behind the back of the ledger, and what is said about it.
DAMAGE = [
    (
        ENTRY.replace("{}", "amount = amount - 1"),
        (
            "Entry 1 of T-{rent}, position 2 of wallet {w_giver}, says that the balance is $60.00, "
            "and the entries up to it add up to $59.99."
        ),
    ),
    (
        ENTRY.replace("{}", "balance = balance + 5"),
        (
            "Entry 1 of T-{rent}, position 2 of wallet {w_giver}, says that the balance is $60.05, "
            "and the entries up to it add up to $60.00."
        ),
    ),
    (
        ENTRY.replace("{}", "position = 99"),
        (
            "Wallet {w_giver} has no entry with position 2: entry 1 of T-{mistake} follows with "
            "position 3."
        ),
    ),
    (
        ENTRY.replace("{}", "currency = 'EUR'"),
        "Entry 1 of T-{rent} is in EUR, and its wallet {w_giver} is kept in USD.",
    ),
    (
        ENTRY.replace("{}", "effective_on = '2001-02-03'"),
        "Entry 1 of T-{rent} is effective on 2001-02-03, and its transaction on ",
    ),
    (
        ENTRY.replace("{}", "wallet_id = 987654"),
        "Entry 1 of T-{rent} lost its transaction or its wallet.",
    ),
    (
        "DELETE FROM ledger_entries WHERE transaction_id = {rent} AND wallet_id = {giver}",
        (
            "Wallet {w_giver} has no entry with position 2: entry 1 of T-{mistake} follows with "
            "position 3."
        ),
    ),
    (
        "DELETE FROM ledger_entries WHERE transaction_id = {posted} AND wallet_id = {taker}",
        "Transaction T-{posted} does not balance: its entries add up to -$7.00.",
    ),
    (
        "DELETE FROM ledger_entries WHERE transaction_id = {posted}",
        "Transaction T-{posted} has no entries.",
    ),
    (
        "DELETE FROM ledger_transactions WHERE id = {rent}",
        "Entry 1 of T-{rent} lost its transaction or its wallet.",
    ),
    (
        TRANSACTION.replace("{}", "kind = 'gift'"),
        "Transaction T-{rent} has not the shape of a gift.",
    ),
    (
        TRANSACTION.replace("{}", "kind = 'reversal'"),
        "Transaction T-{rent} has not the shape of a reversal.",
    ),
    (
        TRANSACTION.replace("{}", "hold_id = {hold}"),
        "Transaction T-{rent} has not the shape of a transfer.",
    ),
    (
        TRANSACTION.replace("{}", "actor_id = 987654"),
        "Transaction T-{rent} was posted by a person who does not exist.",
    ),
    (
        TRANSACTION.replace("{}", "kind = 'adjustment'"),
        "Transaction T-{rent} posts an adjustment that was not approved.",
    ),
    (
        "UPDATE wallets SET posted = posted + 1 WHERE id = {giver}",
        "Wallet {w_giver} says that $55.01 is posted, and its entries add up to $55.00.",
    ),
    (
        "UPDATE wallets SET position = 7 WHERE id = {taker}",
        "Wallet {w_taker} says that it has 7 entries, and there are 4.",
    ),
    (
        "UPDATE wallets SET held = 0 WHERE id = {giver}",
        "Wallet {w_giver} says that $0.00 is held, and its active holds add up to $15.00.",
    ),
    (
        "UPDATE wallets SET status = 'closed' WHERE id = {giver}",
        "Wallet {w_giver} is closed with $55.00 in it.",
    ),
    (
        "UPDATE ledger_holds SET amount = amount + 1 WHERE id = {hold}",
        "Wallet {w_giver} says that $15.00 is held, and its active holds add up to $15.01.",
    ),
    (
        "UPDATE ledger_holds SET amount = amount - 100, captured = captured - 100",
        "Hold H-{hold} says that $4.00 was captured, and its captures posted $5.00.",
    ),
    (
        "UPDATE ledger_transactions SET reverses_id = {rent} WHERE id = {reversal}",
        "Transaction T-{reversal} is not the mirror image of T-{rent}, which it reverses.",
    ),
    (
        "UPDATE adjustments SET amount = 600",
        "Adjustment A-{adjustment} of wallet {w_taker} and what was posted for it differ.",
    ),
    (
        "UPDATE adjustments SET direction = 'debit'",
        "Adjustment A-{adjustment} of wallet {w_taker} and what was posted for it differ.",
    ),
    (
        "UPDATE adjustments SET wallet_id = {giver}",
        "Adjustment A-{adjustment} of wallet {w_giver} and what was posted for it differ.",
    ),
    (
        "UPDATE adjustments SET transaction_id = {rent}",
        "Adjustment A-{adjustment} of wallet {w_taker} and what was posted for it differ.",
    ),
    (
        "UPDATE adjustments SET requester_id = (SELECT decider_id FROM approval_decisions)",
        "Adjustment A-{adjustment} of Carol was approved by nobody else.",
    ),
    (
        "DELETE FROM approval_decisions",
        "Adjustment A-{adjustment} of Walt was approved by nobody else.",
    ),
]


@pytest.mark.parametrize(("sql", "sentence"), DAMAGE)
def test_a_row_that_was_changed_behind_the_ledgers_back_is_named(
    books: dict[str, object], tamper: Tamper, sql: str, sentence: str
) -> None:
    tamper(sql.format(**books))
    found = check()
    assert not found.ok
    assert found.fault.startswith(sentence.format(**books))


def test_a_wallet_below_its_floor_is_named(books: dict[str, object], tamper: Tamper) -> None:
    tamper("ALTER TABLE wallets DROP CONSTRAINT wallet_available_above_floor")
    tamper("UPDATE wallets SET floor = 6000 WHERE id = %s", books["giver"])
    assert check().fault == (
        f"Wallet {books['w_giver']} has $40.00 available, below its floor of $60.00."
    )


def test_entries_that_wait_for_their_position_are_counted(books: dict[str, object]) -> None:
    assert LedgerEntry.objects.filter(position=None).exists()
    waiting = check()
    wallets.roll_up()
    assert not LedgerEntry.objects.filter(position=None).exists()
    assert waiting.entry_count == 12
    assert check() == waiting


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_entries SET balance = 1 WHERE position IS NULL",
        "UPDATE ledger_entries SET currency = 'EUR' WHERE position IS NULL",
        "UPDATE ledger_entries SET wallet_id = {giver} WHERE position IS NULL",
        "UPDATE ledger_entries SET wallet_id = 987654 WHERE position IS NULL",
    ],
)
def test_a_waiting_entry_that_cannot_be_one_is_named(
    books: dict[str, object], tamper: Tamper, change: str
) -> None:
    tamper(change.format(**books))
    assert "has no position, and is not an entry of an open wallet" in check().fault


def test_a_pass_in_small_steps_finds_the_same(
    books: dict[str, object], tamper: Tamper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_wallet, "STEP", 1)
    monkeypatch.setattr(by_transaction, "BLOCK_SIZE", 1)
    said: list[Progress] = []
    wallets.roll_up()
    assert check(said.append).ok
    assert [said[-1].done, said[-1].total] == [36, 36]
    assert [one.done for one in said] == sorted(one.done for one in said)
    tamper("UPDATE ledger_entries SET balance = balance + 5 WHERE position = 2")
    assert "position 2 of wallet" in check().fault


class Terminal(StringIO):
    """A terminal that shows what is written to it."""

    def isatty(self) -> bool:
        """Say that somebody is watching."""
        return True


def test_a_terminal_shows_a_bar_that_is_wiped_out_at_the_end(books: dict[str, object]) -> None:
    terminal = Terminal()
    call_command("check_books", stdout=StringIO(), stderr=terminal)
    assert "entries of each wallet" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r")
    quiet = Terminal()
    call_command("check_books", "--json", stdout=StringIO(), stderr=quiet)
    assert quiet.getvalue() == ""


def test_the_bar_tells_share_and_speed() -> None:
    line = picture(Progress("entries", 500, 2000), 2)
    assert line == "[########......................]  25% entries (250 rows/s)"
    assert picture(Progress("entries", 0, 0), 0).endswith(" 100% entries (0 rows/s)")


def test_the_help_says_what_a_check_since_a_block_takes_on_trust(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        call_command("check_books", "--help")
    assert "It does not notice that an older row was\nchanged since" in capsys.readouterr().out


def run(*options: str) -> tuple[str, str, int]:
    """Run the command; return what it printed, what it complained about, and its status."""
    out, err = StringIO(), StringIO()
    try:
        call_command("check_books", *options, stdout=out, stderr=err)
    except SystemExit as end:
        return out.getvalue(), err.getvalue(), int(str(end.code))
    return out.getvalue(), err.getvalue(), 0


def test_the_command_counts_and_shows_that_the_trial_balance_is_zero(
    books: dict[str, object],
) -> None:
    printed, complaints, status = run()
    assert (complaints, status) == ("", 0)
    assert "The books are right: 6 transactions with 12 entries" in printed
    assert "EUR €0.00, GBP £0.00, JPY ¥0, USD $0.00" in printed


def test_the_command_names_the_row_and_ends_with_status_1(
    books: dict[str, object], tamper: Tamper
) -> None:
    tamper("UPDATE wallets SET posted = posted + 1 WHERE id = %s", books["giver"])
    printed, complaints, status = run()
    assert (printed, status) == ("", 1)
    assert complaints.startswith(f"The books are not right. Wallet {books['w_giver']} says")


def test_the_command_prints_json(books: dict[str, object], tamper: Tamper) -> None:
    printed, _complaints, status = run("--json")
    assert (json.loads(printed)["ok"], json.loads(printed)["entry_count"], status) == (True, 12, 0)
    tamper("UPDATE wallets SET posted = posted + 1 WHERE id = %s", books["giver"])
    printed, _complaints, status = run("--json")
    assert json.loads(printed)["fault"].startswith(f"Wallet {books['w_giver']} says")
    assert status == 1


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_it_reads_one_snapshot(db: None) -> None:
    assert check().ok
