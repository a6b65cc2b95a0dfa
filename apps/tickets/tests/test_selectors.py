"""Questions: what is late, where the money is, what happened."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.accounts.models import User
from apps.approvals.states import Verdict
from apps.tickets import selectors, services
from apps.tickets.models import Ticket
from apps.tickets.selectors.timeline import Group, Kind
from apps.tickets.states import FilePurpose, Visibility
from apps.tickets.tests.conftest import DAY, HOUR, Desk, lines
from project.testing.make import Make


def test_a_loan_is_overdue_after_its_tariffs_grace(desk: Desk, make: Make, lena: User) -> None:
    desk.pay_in()
    patient = make.tariff(grace=timedelta(hours=2))
    own = desk.on_loan([make.asset(lender=lena, tariff=patient)])
    usual = desk.on_loan()
    assert own.ends_at == usual.ends_at
    due = own.ends_at
    assert list(selectors.overdue(due + timedelta(minutes=15))) == []
    assert list(selectors.overdue(due + timedelta(minutes=16))) == [usual]
    assert set(selectors.overdue(due + 3 * HOUR)) == {own, usual}
    marks = selectors.marked(Ticket.objects.all(), now=due + HOUR)
    assert {ticket.pk: ticket.is_overdue for ticket in marks} == {own.pk: False, usual.pk: True}  # type: ignore[attr-defined]  # annotated
    desk.take_back(usual, at=due + HOUR)
    assert list(selectors.overdue(due + HOUR)) == []


def test_what_to_hand_over_and_what_to_inspect(desk: Desk, clara: User) -> None:
    desk.pay_in()
    later = desk.approved(starts_at=timezone.now() + 3 * DAY)
    now = desk.approved(desk.assets(2))
    assert list(selectors.to_hand_over(timezone.now() + DAY)) == [now]
    assert list(selectors.to_hand_over(timezone.now() + 4 * DAY)) == [now, later]
    desk.hand_over(now)
    assert list(selectors.to_inspect()) == []
    back = services.LineIn(lines(now)[0], "good")
    services.take_back(now.pk, lines=[back], actor=clara, at=now.ends_at)
    assert list(selectors.to_inspect()) == [now]


def test_the_settlement_is_foretold(desk: Desk) -> None:
    desk.pay_in(7_000)
    ticket = desk.on_loan()
    (line_id,) = lines(ticket)
    assert selectors.settlement_of(ticket, {line_id: 0}) is None
    desk.take_back(ticket)
    assert selectors.settlement_of(ticket, {}) is None
    foretold = selectors.settlement_of(ticket, {line_id: 6_000})
    assert foretold is not None
    assert (foretold.refund, foretold.drawn, foretold.owed) == (0, 0, 1_000)
    desk.inspect(ticket, damage=6_000)
    assert selectors.settlement_of(ticket, {}) == foretold


def test_lines_that_were_let_go_are_not_in_the_settlement(desk: Desk, clara: User) -> None:
    desk.pay_in()
    ticket = desk.approved(desk.assets(2))
    first, second = lines(ticket)
    out = services.LineOut(first, "good")
    services.hand_over(ticket.pk, lines=[out], actor=clara, at=ticket.starts_at)
    services.release_lines(ticket.pk, line_ids=[second], reason="Rain", actor=clara)
    desk.take_back(ticket)
    foretold = selectors.settlement_of(ticket, {first: 0})
    assert foretold is not None
    assert foretold.escrow == 7_000


def test_nobody_has_money_without_a_wallet(desk: Desk) -> None:
    ticket = desk.draft()
    assert selectors.wallet_of(ticket) is None
    assert selectors.spendable_of(None) == 0


def test_the_timeline_joins_everything_newest_last(desk: Desk, clara: User) -> None:
    desk.pay_in()
    ticket = desk.submitted()
    desk.decide(ticket, Verdict.RETURN, reason="Too long")
    services.change_draft(
        ticket.pk, seen_version=desk.again(ticket).version, purpose="Concert", actor=clara
    )
    services.submit(ticket.pk, actor=clara)
    services.comment(ticket.pk, body="See you at ten.", actor=clara)
    services.comment(ticket.pk, body="Careful", visibility=Visibility.STAFF, actor=clara)
    desk.decide(ticket, Verdict.APPROVE, reason="Fine")
    desk.hand_over(ticket)
    desk.take_back(ticket)
    desk.inspect(ticket)
    happenings = selectors.timeline(ticket)
    assert [it.at for it in happenings] == sorted(it.at for it in happenings)
    assert {it.kind for it in happenings} == set(Kind) - {Kind.FILE}
    told = {it.what: it.text for it in happenings}
    assert told["Drafted"].startswith("assets: TAG-")
    assert told["Changed"] == "purpose: Film school → Concert"
    assert told["Decision on level 1: request changes"] == "Too long"
    assert told["Decision on level 1: approve"] == "Fine"
    assert told["Approved: assets reserved, money held"] == ""
    assert told["Comment (staff only)"] == "Careful"
    assert "$70.00 held" in told
    assert any("capture of a hold" in what for what in told)
    assert "Lena: $16.00" in next(text for what, text in told.items() if "settlement" in what)
    assert "Told Boris, Clara" in told or "Told Clara, Boris" in told
    outside = selectors.timeline(ticket, is_staff=False)
    assert "Careful" not in [it.text for it in outside]


@pytest.mark.parametrize("edited", [False, True])
def test_the_timeline_says_when_a_comment_was_edited(
    desk: Desk,
    clara: User,
    edited: bool,  # noqa: FBT001  (a parameter of the test)
) -> None:
    ticket = desk.draft()
    said = services.comment(ticket.pk, body="At ten.", actor=clara)
    if edited:
        services.edit_comment(said.pk, body="At eleven.", actor=clara)
    what = [it.what for it in selectors.timeline(ticket) if it.kind == Kind.COMMENT]
    assert what == (["Comment (edited)", "Comment edited; before:"] if edited else ["Comment"])


def test_the_timeline_shows_what_was_let_go(desk: Desk, clara: User) -> None:
    desk.pay_in()
    ticket = desk.approved()
    services.cancel(ticket.pk, reason="Rain", actor=clara)
    told = {it.what: it for it in selectors.timeline(ticket)}
    assert told["Cancelled"].text == "Rain"
    assert told["Cancelled"].kind == Kind.REFUSED
    assert "Hold of $70.00 released" in told


def test_the_timeline_shows_files_and_mentions_and_what_each_is_looked_at_with(
    desk: Desk, clara: User
) -> None:
    desk.pay_in()
    ticket = desk.approved()
    photos = [SimpleUploadedFile(f"{name}.txt", b"pixels") for name in ("front", "back")]
    services.attach(
        ticket,
        photos,
        purpose=FilePurpose.PHOTO_OUT,
        actor=clara,
        line=ticket.lines.get(),
    )
    note = SimpleUploadedFile("note.txt", b"words")
    services.comment(ticket.pk, body="@Lena, see", files=[note], actor=clara)
    shown = [it for it in selectors.timeline(ticket) if it.files]
    assert [(it.what, [file.name for file in it.files]) for it in shown] == [
        ("Kept: photo at hand-over", ["front.txt", "back.txt"]),
        ("Comment (mentions Lena)", ["note.txt"]),
    ]
    assert {it.group for it in selectors.timeline(ticket)} == set(Group)


def test_others_read_neither_what_staff_say_nor_what_staff_are_told(
    desk: Desk, clara: User
) -> None:
    desk.pay_in()
    ticket = desk.submitted()
    said = services.comment(ticket.pk, body="Psst", visibility=Visibility.STAFF, actor=clara)
    services.edit_comment(said.pk, body="Psst!", actor=clara)
    told = "\n".join(f"{it.what} {it.text}" for it in selectors.timeline(ticket, is_staff=False))
    assert "Psst" not in told
    assert "Anna" not in told
    assert "Submitted for approval" in told
