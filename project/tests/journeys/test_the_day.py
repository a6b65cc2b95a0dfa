"""The whole day of the office, by hand in a browser: from an asset register to the proof.

The worked example, in US dollars. Boris has 1,000.00 in his wallet. Lena lends a camera worth
2,000.00; a day costs 40.00, the deposit is 20 % of the value, the commission 20 % of the fee,
a late day 20.00.

    three days                          3 × 40.00            fee          120.00
    deposit                             20 % of 2,000.00                  400.00
    held, then in escrow                                                  520.00
    back 26 hours late                  2 days × 20.00       late fee      40.00
    a scratch                                                damage        75.00

    to Lena         120.00 − 24.00 commission + 75.00 damage              171.00
    commission      20 % of 120.00                                         24.00
    late fees                                                              40.00
    back to Boris   400.00 − 40.00 − 75.00                                285.00
                                                                          ──────
                                                                          520.00

Boris is left with 1,000.00 − 520.00 + 285.00 = 765.00, and after a transfer of 50.00 with 815.00.
"""

import csv
import hashlib
import re
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from playwright.sync_api import Browser, expect
from pypdf import PdfReader

from apps.accounts.models import User
from apps.assets.models import Asset
from apps.audit import services as audit
from apps.audit.models import AuditEvent
from apps.reports.models import ReportRun
from apps.tickets.models import Ticket
from apps.wallets import services as wallets
from apps.wallets.models import LedgerEntry, Wallet
from apps.wallets.states import Role
from project.testing.broker import Worker
from project.testing.make import Make
from project.tests.journeys.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.backends.utils import CursorWrapper

SIDES = ("Debit", "Credit")
REGISTER = "﻿Tag,Name,Category,Value,Serial\r\nCAM-900,Arri camera,Film cameras,2000.00,A-17\r\n"


@pytest.fixture
def open_desk(browser: Browser, live_server: object) -> "Callable[[User], Desk]":
    """Sit down at a desk of one's own."""
    return lambda user: Desk(browser, str(live_server), user)


def balance(owner: User) -> int:
    return Wallet.objects.get(owner=owner, currency="USD").posted


def system_balance(role: Role) -> int:
    return wallets.system_wallet(role, "USD").posted


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("arno", "conrad")
def test_the_day(
    open_desk: "Callable[[User], Desk]",
    celery_worker: Worker,
    make: Make,
    tmp_path: Path,
    boris: User,
    lena: User,
    clara: User,
    anna: User,
    walt: User,
    carol: User,
    fiona: User,
    audrey: User,
    capsys: pytest.CaptureFixture[str],
) -> None:
    prices = make.tariff(
        name="Cameras",
        day_price=4000,
        deposit_kind="share",
        deposit_share=2000,
        late_fee=2000,
        grace=timedelta(minutes=30),
    )
    make.wallet(boris, balance=100_000)

    clerk = open_desk(clara)
    import_the_register(clerk, tmp_path, lender=lena, tariff=str(prices))
    ticket = enter_a_ticket(clerk, borrower=boris)
    approve_the_ticket(open_desk(anna), ticket)
    see_the_hold(clerk, boris)
    hand_over(clerk, ticket)
    assert system_balance(Role.ESCROW) == 52_000
    late = timezone.now() + timedelta(days=4, hours=2)
    with mock.patch("django.utils.timezone.now", return_value=late):
        take_back(open_desk(clara), ticket)
    inspect(clerk, ticket)
    grant_the_claim(open_desk(carol))
    see_the_settlement(clerk, ticket)
    clerk.leave()
    assert (balance(boris), balance(lena)) == (76_500, 17_100)
    assert system_balance(Role.COMMISSION) == 2_400
    assert system_balance(Role.LATE_FEES) == 4_000
    assert system_balance(Role.ESCROW) == 0

    # A wallet clerk who is a controller too, and still does not decide on what they asked for.
    walt.groups.add(Group.objects.get(name="Finance controller"))
    ask_for_an_adjustment(open_desk(walt), boris, tmp_path)
    approve_the_adjustment(open_desk(carol))
    assert balance(boris) == 81_500

    run_the_reports(open_desk(fiona), celery_worker, boris, tmp_path)
    read_who_did_what(open_desk(audrey), ticket)
    prove_it(capsys)


def import_the_register(desk: Desk, folder: Path, *, lender: User, tariff: str) -> None:
    register = folder / "register.csv"
    register.write_text(REGISTER, encoding="utf-8")
    desk.open("assets_asset_import")
    desk.page.get_by_label("Where the file is from").select_option(label="Assets CSV")
    desk.page.locator("input[type=file]").set_input_files(register)
    desk.select("lender", lender.display_name)
    desk.select("tariff", tariff)
    desk.press("Preview")
    desk.reads("CAM-900", "Arri camera", "Film cameras")
    assert not Asset.objects.exists()
    desk.press("Import")
    desk.reads("Arri camera")
    assert Asset.objects.get().lender == lender


def enter_a_ticket(desk: Desk, *, borrower: User) -> Ticket:
    starts_at = timezone.localtime().replace(second=0, microsecond=0)
    desk.open("tickets_ticket_add")
    desk.choose("borrower", borrower.display_name)
    for name, moment in (("starts_at", starts_at), ("ends_at", starts_at + timedelta(days=3))):
        desk.page.locator(f"[name={name}_0]").fill(moment.strftime("%Y-%m-%d"))
        desk.page.locator(f"[name={name}_1]").fill(moment.strftime("%H:%M:%S"))
    desk.page.locator("[name=purpose]").fill("A short film")
    desk.choose("assets", "CAM-900")
    desk.press("Save")
    desk.reads("3 days × $40.00 = $120.00", "20 % of the value $2,000.00 = $400.00")
    desk.press("Submit")
    desk.confirm("Submit")
    desk.reads("submitted")
    return Ticket.objects.get()


def approve_the_ticket(desk: Desk, ticket: Ticket) -> None:
    desk.reads(f"{ticket}: CAM-900 Arri camera for Boris")
    desk.open("approvals_approvalrequest_changelist")
    first = desk.page.locator("#result_list tbody tr").first
    expect(first).to_contain_text(str(ticket))
    first.get_by_role("button", name="Approve").click()
    desk.dialog.get_by_label("Comment").fill("Good film, good borrower.")
    desk.confirm("Approve")
    desk.reads("approved", "Nothing")
    desk.leave()


def see_the_hold(desk: Desk, borrower: User) -> None:
    wallet = Wallet.objects.get(owner=borrower)
    desk.open("wallets_wallet_change", wallet.pk)
    desk.reads("$1,000.00", "$520.00", "$480.00")


def hand_over(desk: Desk, ticket: Ticket) -> None:
    desk.open("tickets_ticket_change", ticket.pk)
    desk.press("Hand over")
    desk.finish("Hand over")
    desk.reads("is handed over", "on loan")


def take_back(desk: Desk, ticket: Ticket) -> None:
    desk.open("tickets_ticket_change", ticket.pk)
    desk.reads("overdue")
    desk.press("Take back")
    desk.finish("Take back")
    desk.reads("is taken back", "returned", "$40.00")
    desk.leave()


def inspect(desk: Desk, ticket: Ticket) -> None:
    desk.open("tickets_ticket_change", ticket.pk)
    desk.press("Inspect")
    desk.page.get_by_label("damage in USD").fill("75")
    desk.page.get_by_label("what is damaged").fill("A scratch on the lens")
    desk.finish("Inspect")
    desk.reads("waits for a decision")


def grant_the_claim(desk: Desk) -> None:
    desk.open("tickets_claim_changelist")
    desk.follow("C-")
    desk.reads("A scratch on the lens", "$75.00", "From the deposit")
    desk.press("Accept")
    desk.confirm("Accept")
    desk.reads("accepted")
    desk.leave()


def see_the_settlement(desk: Desk, ticket: Ticket) -> None:
    desk.open("tickets_ticket_change", ticket.pk)
    desk.reads("closed", "$171.00", "$24.00", "$40.00", "$285.00")


def ask_for_an_adjustment(desk: Desk, borrower: User, folder: Path) -> None:
    statement = folder / "bank statement.txt"
    statement.write_text("22 November, transfer from Boris, 50.00\n", encoding="utf-8")
    desk.open("wallets_adjustment_add")
    desk.choose("wallet", borrower.display_name)
    desk.page.get_by_label("Direction").select_option("credit")
    desk.page.get_by_label("Amount").fill("50.00")
    desk.page.get_by_label("Reason code").select_option(
        label="Bank transfer received (credit only, evidence required)"
    )
    desk.page.get_by_label("Note").fill("Transfer of 22 November")
    desk.page.locator("input[type=file]").set_input_files(statement)
    desk.press("Save")
    desk.press("Submit")
    desk.confirm("Submit")
    desk.reads("pending")
    desk.open("approvals_approvalrequest_changelist", query="?tab=pending")
    desk.page.locator("input.action-select").first.check()
    desk.press("Approve")
    desk.confirm("Approve all")
    desk.reads("Nobody decides on their own matter")
    assert balance(borrower) == 76_500
    desk.leave()


def approve_the_adjustment(desk: Desk) -> None:
    desk.open("approvals_approvalrequest_changelist")
    desk.page.get_by_role("button", name=re.compile("Approve: A-")).click()
    desk.confirm("Approve")
    desk.reads("approved")
    desk.leave()


def run_the_reports(desk: Desk, worker: Worker, borrower: User, folder: Path) -> None:
    """Run all three, see each finish, and hold its totals against the ledger."""
    statement = run_a_report(desk, worker, folder, "wallet-statement", borrower.display_name)
    assert [(row["Debit"], row["Credit"], row["Balance"]) for row in statement] == [
        ("", "1000.00", "1000.00"),
        ("520.00", "", "480.00"),
        ("", "285.00", "765.00"),
        ("", "50.00", "815.00"),
    ]
    register = run_a_report(desk, worker, folder, "lending-register")
    money = ("Fee", "Deposit", "Late fee", "Damage", "Commission")
    assert [[row[name] for name in money] for row in register] == [
        ["120.00", "400.00", "40.00", "75.00", "24.00"]
    ]
    accounts = run_a_report(desk, worker, folder, "trial-balance")
    dollars = {row["Account"]: row for row in accounts if row["Currency"] == "USD"}
    assert dollars["Commission income"]["Credit"] == "24.00"
    assert dollars["Late-fee income"]["Credit"] == "40.00"
    debits, credits_ = (sum(Decimal(row[side] or 0) for row in dollars.values()) for side in SIDES)
    assert debits == credits_ > 0
    desk.leave()


def run_a_report(
    desk: Desk, worker: Worker, folder: Path, slug: str, wallet: str = ""
) -> list[dict[str, str]]:
    """Run a report for today, and return the rows of its CSV; its PDF has pages and the digest."""
    desk.open("reports_reportrun_catalogue")
    desk.open("reports_reportrun_ask", slug)
    if wallet:
        desk.choose("wallet", wallet)
    today = timezone.localdate()
    for name, day in (("from_on", today - timedelta(days=1)), ("until_on", today)):
        if (field := desk.page.locator(f"[name={name}]")).count():
            field.fill(day.isoformat())
    desk.press("Run the report")
    expect(
        desk.page.get_by_role("progressbar").or_(desk.page.get_by_text("SHA-256"))
    ).to_be_visible()
    run = ReportRun.objects.latest("pk")
    worker.until(lambda: ReportRun.objects.get(pk=run.pk).status not in {"queued", "running"})
    desk.reads("SHA-256")
    files = {}
    for kind in ("CSV", "PDF"):
        with desk.page.expect_download() as download:
            desk.follow(f"Download {kind}")
        files[kind] = folder / f"{slug}.{kind.lower()}"
        download.value.save_as(files[kind])
    digest = hashlib.sha256(files["CSV"].read_bytes()).hexdigest()
    pages = PdfReader(files["PDF"]).pages
    assert digest in "".join(pages[-1].extract_text().split())
    return list(csv.DictReader(files["CSV"].read_text("utf-8-sig").splitlines()))


def read_who_did_what(desk: Desk, ticket: Ticket) -> None:
    desk.open("audit_auditevent_changelist")
    desk.reads("wallets.adjustment_posted", "tickets.closed", "denied")
    event = AuditEvent.objects.get(action="tickets.approved", target_id=ticket.pk)
    desk.open("audit_auditevent_change", event.pk)
    desk.reads("Anna", "submitted", "approved", "Good film, good borrower.")
    expect(desk.page.get_by_role("button", name="Save")).to_have_count(0)
    desk.open("tickets_ticket_change", ticket.pk)
    for move in ("Approve", "Hand over", "Take back", "Inspect", "Cancel"):
        expect(desk.page.get_by_role("button", name=move)).to_have_count(0)
    desk.leave()


def prove_it(capsys: pytest.CaptureFixture[str]) -> None:
    """All is well; and one row, changed behind everybody's back, is named."""
    audit.seal(actor=User.objects.system())
    call_command("check_books")
    call_command("check_audit")
    entry = LedgerEntry.objects.filter(wallet__role=Role.COMMISSION).latest("pk")
    event = AuditEvent.objects.get(action="tickets.approved")
    with as_superuser() as cursor:
        cursor.execute("UPDATE ledger_entries SET amount = amount + 1 WHERE id = %s", [entry.pk])
        cursor.execute("UPDATE audit_logs SET reason = 'nobody' WHERE id = %s", [event.pk])
    capsys.readouterr()
    for command, row in (("check_books", entry.transaction_id), ("check_audit", event.pk)):
        with pytest.raises(SystemExit) as ended:
            call_command(command)
        assert ended.value.code == 1
        assert str(row) in capsys.readouterr().err
    with as_superuser() as cursor:
        cursor.execute("UPDATE ledger_entries SET amount = amount - 1 WHERE id = %s", [entry.pk])


@contextmanager
def as_superuser() -> "Iterator[CursorWrapper]":
    """Let the triggers stand aside, as only a superuser of the database can."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
