"""Open loans of another system: previewed row by row, taken over whole, once, with their money."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.assets import services as assets
from apps.assets.models import Asset
from apps.audit.models import AuditEvent
from apps.common.errors import NotPermitted
from apps.common.sheets import FileUnreadable
from apps.tickets import selectors
from apps.tickets import services as tickets
from apps.tickets.errors.importing import LoansImportedAlready
from apps.tickets.importing import services
from apps.tickets.importing.rows import Choices
from apps.tickets.importing.sources import Dates
from apps.tickets.models import LoanImport, Ticket
from apps.tickets.states import LineStatus, Status
from apps.tickets.tests.conftest import Desk
from apps.wallets.models import Wallet
from apps.wallets.states import Role
from project.testing.make import Make

HEADER = "asset tag,borrower,handed over,due back,fee,deposit,condition,purpose,loan\n"
YESTERDAY = timezone.localdate() - timedelta(days=1)
LATER = timezone.localdate() + timedelta(days=5)


@pytest.fixture
def camera(make: Make, lena: User) -> Asset:
    return make.asset(lender=lena, tag="CAM-1")


@pytest.fixture
def tripod(make: Make, lena: User) -> Asset:
    return make.asset(lender=lena, tag="TRI-1")


def previewed(text: str, actor: User, **choices: object) -> LoanImport:
    chosen = Choices(**{"dates": Dates.ISO, **choices})  # type: ignore[arg-type]  # of the test
    return services.preview(
        content=text.encode(), file_name="loans.csv", choices=chosen, actor=actor
    )


def why(row: LoanImport) -> dict[int, str]:
    return {one["line"]: " ".join(one["why"]) for one in row.report if one["result"] == "wrong"}


def of_role(role: Role) -> int:
    return sum(wallet.posted for wallet in Wallet.objects.with_posted().filter(role=role))


def test_a_file_is_previewed_and_nothing_is_kept_of_that_but_the_file(
    camera: Asset, carol: User, boris: User
) -> None:
    row = previewed(f"{HEADER}cam-1,{boris.email},{YESTERDAY},{LATER},,,,,\n", carol)
    assert [one["result"] for one in row.report] == ["new"]
    assert not Ticket.objects.exists()
    camera.refresh_from_db()
    assert camera.status == "available"


def test_rows_of_one_loan_become_one_ticket_on_loan_with_their_money_in_escrow(
    camera: Asset, tripod: Asset, carol: User, boris: User
) -> None:
    text = (
        f"{HEADER}CAM-1,{boris.email},{YESTERDAY},{LATER},12.50,50,worn,Film,L-7\n"
        f"TRI-1,{boris.email},{YESTERDAY},{LATER},0,20.00,,Film,L-7\n"
    )
    row = services.carry_out(previewed(text, carol).pk, actor=carol)
    ticket = Ticket.objects.get()
    assert row.imported_at
    assert {one["ticket"] for one in row.report} == {ticket.pk}
    assert (ticket.status, ticket.borrower, ticket.purpose) == (Status.ON_LOAN, boris, "Film")
    assert timezone.localtime(ticket.ends_at).date() == LATER + timedelta(days=1)
    assert {line.status for line in ticket.lines.all()} == {LineStatus.ON_LOAN}
    assert [line.condition_out for line in ticket.lines.order_by("pk")] == ["worn", "good"]
    money = selectors.money_of(ticket)
    assert (money.in_escrow, money.held) == (8250, 0)
    assert of_role(Role.OPENING) == -8250
    assert sum(wallet.posted for wallet in Wallet.objects.with_posted()) == 0
    camera.refresh_from_db()
    assert camera.status == "on_loan"
    event = AuditEvent.objects.get(action="tickets.taken_over")
    assert (event.actor, event.on_behalf_of) == (carol, boris)
    assert ticket.history.latest().history_user == carol


def test_what_was_taken_over_is_taken_back_and_settled_like_any_other(
    camera: Asset, desk: Desk, carol: User, boris: User
) -> None:
    text = f"{HEADER}CAM-1,{boris.email},{YESTERDAY},{LATER},10,50,,,\n"
    services.carry_out(previewed(text, carol).pk, actor=carol)
    ticket = desk.take_back(Ticket.objects.get(), at=timezone.now())
    ticket = desk.inspect(ticket)
    assert ticket.status == Status.CLOSED
    assert of_role(Role.ESCROW) == 0
    wallet = Wallet.objects.with_posted().get(owner=boris)
    assert wallet.posted == 5000


def test_one_that_is_late_already_comes_in_late(camera: Asset, carol: User, boris: User) -> None:
    long_ago = timezone.localdate() - timedelta(days=30)
    text = f"{HEADER}CAM-1,{boris.email},{long_ago},{YESTERDAY - timedelta(days=3)},,,,,\n"
    services.carry_out(previewed(text, carol).pk, actor=carol)
    assert list(selectors.overdue(timezone.now())) == [Ticket.objects.get()]


def test_every_fault_of_every_row_is_reported_and_nothing_goes_in(
    camera: Asset, tripod: Asset, carol: User, boris: User, lena: User
) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    text = HEADER + "".join(
        f"{row}\n"
        for row in (
            f"CAM-1,{boris.email},{YESTERDAY},{LATER},,,,,",
            f"NONE-1,{boris.email},{YESTERDAY},{LATER},,,,,",
            f"TRI-1,who@example.org,25/11,{LATER},1.234,-5,broken,,",
            f"cam-1,{boris.email},{YESTERDAY},{LATER},,,,,",
            f"TRI-1,{boris.email},{tomorrow},{LATER},,,,,",
            "TRI-1,,,,,,,,",
        )
    )
    row = previewed(text, carol)
    said = why(row)
    assert set(said) == {3, 4, 5, 6}
    assert "the register has no asset “NONE-1”; import it first" in said[3]
    for part in (
        "nobody has the e-mail “who@example.org”",
        "“25/11” in “handed over” is no day such as 2026-11-25",
        "this currency has 2 decimals",
        "“-5” in “deposit” is negative",
        "“broken” is no condition; use one of new, good, worn, damaged",
    ):
        assert part in said[4]
    assert "line 2 has the same asset" in said[5]
    assert "line 4 has the same asset" in said[6]
    assert row.report[5]["result"] == "left out"
    again = services.carry_out(row.pk, actor=carol)
    assert again.imported_at is None
    assert not Ticket.objects.exists()


def test_a_loan_that_has_not_begun_or_ends_before_it_begins_is_refused(
    camera: Asset, tripod: Asset, carol: User, boris: User, lena: User
) -> None:
    text = (
        f"{HEADER}CAM-1,{boris.email},{LATER},{LATER},,,,,\n"
        f"TRI-1,{boris.email},{YESTERDAY},{YESTERDAY - timedelta(days=2)},,,,,\n"
    )
    said = why(previewed(text, carol))
    assert "which has not come" in said[2]
    assert "must be after" in said[3]
    only = f"{HEADER}CAM-1,{lena.email},{YESTERDAY},{LATER},,,,,\n"
    assert "Borrower" in why(previewed(only, carol))[2]


def test_an_asset_that_is_promised_to_somebody_says_so(
    desk: Desk, carol: User, bella: User
) -> None:
    desk.pay_in()
    [asset] = desk.assets()
    desk.approved([asset])
    text = f"{HEADER}{asset.tag},{bella.email},{YESTERDAY},{LATER},,,,,\n"
    assert "is not free then" in why(previewed(text, carol))[2]


def test_days_that_the_file_does_not_say_are_chosen_and_us_dates_are_read(
    camera: Asset, carol: User, boris: User
) -> None:
    text = f"Asset Tag,Checked Out To: Email,Expected Checkin Date\nCAM-1,{boris.email},12/31/60\n"
    row = previewed(text, carol, dates=Dates.US, handed_over=date(2026, 1, 5))
    assert not why(row)
    text = f"tag,borrower\nCAM-1,{boris.email}\n"
    said = why(previewed(text, carol))[2]
    assert "it says no day in “handed over”" in said
    assert "it says no day in “due”" in said


def test_a_file_that_is_no_such_file_is_refused(carol: User) -> None:
    with pytest.raises(FileUnreadable, match="The column “borrower” is missing"):
        previewed("asset tag,name\nA,B\n", carol)
    with pytest.raises(FileUnreadable, match="mean the same"):
        previewed("asset tag,tag,borrower\nA,B,C\n", carol)


def test_what_changes_after_the_preview_is_shown_instead_of_imported(
    camera: Asset, carol: User, clara: User, boris: User
) -> None:
    row = previewed(f"{HEADER}CAM-1,{boris.email},{YESTERDAY},{LATER},,,,,\n", carol)
    assets.send_to_maintenance(camera.pk, reason="Broken", actor=clara)
    again = services.carry_out(row.pk, actor=carol)
    assert again.imported_at is None
    assert "“Hand over” is not possible" in why(again)[2] or "in maintenance" in why(again)[2]
    assert not Ticket.objects.exists()


def test_a_file_goes_in_once_whatever_its_name(camera: Asset, carol: User, boris: User) -> None:
    text = f"{HEADER}CAM-1,{boris.email},{YESTERDAY},{LATER},,,,,\n"
    first, second = previewed(text, carol), previewed(text, carol)
    services.carry_out(first.pk, actor=carol)
    for pk in (first.pk, second.pk):
        with pytest.raises(LoansImportedAlready):
            services.carry_out(pk, actor=carol)
    with pytest.raises(LoansImportedAlready):
        previewed(text, carol)
    with pytest.raises(IntegrityError, match="loan_import_goes_in_once"), transaction.atomic():
        LoanImport.objects.filter(pk=second.pk).update(imported_at=timezone.now())
    assert Ticket.objects.count() == 1


def test_who_may_not_import_is_refused(camera: Asset, clara: User, boris: User) -> None:
    with pytest.raises(NotPermitted, match=r"tickets\.import_loan"):
        previewed(f"{HEADER}CAM-1,{boris.email},{YESTERDAY},{LATER},,,,,\n", clara)
    with pytest.raises(NotPermitted, match=r"tickets\.import_loan"):
        tickets.take_over(
            [tickets.LineTaken(camera)],
            borrower=boris,
            handed_over_at=timezone.now(),
            due_at=timezone.now() + timedelta(days=1),
            purpose="",
            actor=clara,
        )


def test_the_real_export_of_another_program_names_what_is_missing_row_by_row(
    carol: User, real_data: Path
) -> None:
    content = (real_data / "assets" / "snipe-it-assets-sample.csv").read_bytes()
    choices = Choices(Dates.US, YESTERDAY, LATER)
    row = services.preview(content=content, file_name="snipe.csv", choices=choices, actor=carol)
    results = {one["result"] for one in row.report}
    assert results == {"left out", "wrong"}
    assert all("import it first" in said for said in why(row).values())


def test_the_real_loans_come_in_after_their_assets_and_people(
    make: Make, carol: User, lena: User, real_data: Path
) -> None:
    content = (real_data / "assets" / "snipe-it-assets-sample.csv").read_bytes()
    with (real_data / "assets" / "snipe-it-assets-sample.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    out = [row for row in rows if row["Checked Out To: Email"]]
    category = make.category()
    for row in rows:
        make.asset(lender=lena, tag=row["Asset Tag"], category=category)
    for email in {row["Checked Out To: Email"].casefold() for row in out}:
        borrower = User.objects.create_user(email=email, display_name=email, password=None)
        borrower.groups.add(Group.objects.get(name="Borrower"))
    choices = Choices(Dates.US, YESTERDAY, LATER)
    seen = services.preview(content=content, file_name="snipe.csv", choices=choices, actor=carol)
    assert not why(seen)
    assert services.carry_out(seen.pk, actor=carol).imported_at
    assert Ticket.objects.on_loan().count() == len(out) > 0


def test_the_pages_take_a_file_show_each_row_and_hand_the_report_out(
    camera: Asset, client: Client, carol: User, clara: User, boris: User
) -> None:
    client.force_login(clara)
    upload = reverse("admin:tickets_loanimport_upload")
    assert client.get(upload).status_code == 403
    client.force_login(carol)
    assert "asset tag, borrower" in client.get(upload).content.decode()
    text = (
        f"{HEADER}CAM-1,{boris.email},{YESTERDAY},{LATER},,,,,\nX,=cmd,{YESTERDAY},{LATER},,,,,\n"
    )
    sent = {"file": SimpleUploadedFile("l.csv", text.encode()), "dates": "iso"}
    answer = client.post(upload, sent)
    row = LoanImport.objects.get()
    assert answer.headers["Location"] == reverse("admin:tickets_loanimport_change", args=(row.pk,))
    page = client.get(answer.headers["Location"]).content.decode()
    assert "Nothing goes in until these rows are right" in page
    assert "Take over these loans?" not in page
    report = client.get(reverse("admin:tickets_loanimport_report", args=(row.pk,)))
    assert "'=cmd" in report.content.decode()
    assert "attachment" in report.headers["Content-Disposition"]
    good = {
        "file": SimpleUploadedFile(
            "g.csv", text.splitlines()[0].encode() + b"\n" + text.splitlines()[1].encode()
        ),
        "dates": "iso",
    }
    where = client.post(upload, good).headers["Location"]
    ready = LoanImport.objects.latest("pk")
    confirm = reverse("admin:tickets_loanimport_confirm", args=(ready.pk,))
    assert client.get(confirm).status_code == 200
    assert not Ticket.objects.exists()
    client.post(confirm, {"_form_submitted": "1"})
    ticket = Ticket.objects.get()
    assert f"TK-{ticket.pk}" in client.get(where).content.decode()
    bad = {"file": SimpleUploadedFile("b.csv", b"a,b\n1,2\n"), "dates": "iso"}
    assert "The column “asset tag” is missing" in client.post(upload, bad).content.decode()
