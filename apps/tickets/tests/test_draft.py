"""Writing down what somebody wants, changing it, and asking for it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.approvals import selectors as approval_questions
from apps.approvals.errors import NoPolicy
from apps.approvals.models import Policy
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import DomainError, MoveNotAllowed, NotPermitted
from apps.notifications.models import Notice
from apps.tickets import services
from apps.tickets.errors import (
    AssetsTaken,
    BorrowerSuspended,
    MixedCurrencies,
    NoAssets,
    NotABorrower,
    NotEditable,
    PeriodBackward,
    PurposeMissing,
    RequestInvalid,
    StalePage,
    StartIsPast,
    UnknownAssets,
)
from apps.tickets.models import Ticket
from apps.tickets.states import Status
from apps.tickets.tests.conftest import DAY, HOUR, Desk
from project.testing.make import Make


def test_a_draft_is_priced_but_promises_nothing(desk: Desk, clara: User) -> None:
    ticket = desk.draft(desk.assets(2), days=3)
    assert (ticket.status, ticket.entered_by, ticket.currency) == (Status.DRAFT, clara, "USD")
    assert (ticket.quote["fee"], ticket.quote["deposit"], ticket.price) == (6_000, 10_000, 16_000)
    assert {(line.fee, line.deposit, line.commission) for line in ticket.lines.all()} == {
        (3_000, 5_000, 600)
    }
    line = ticket.lines.get(pk=ticket.lines.first().pk)  # type: ignore[union-attr]  # there are two
    assert ticket.quote["lines"][str(line.asset_id)]["arithmetic"][0].startswith("3 days")
    assert not line.asset.reservations.exists()
    event = AuditEvent.objects.get(action="tickets.drafted")
    assert (event.on_behalf_of, event.after["borrower"]) == (desk.boris, "Boris")
    version = ticket.history.get()
    assert version.history_user == clara


def test_a_borrower_writes_their_own_draft_without_a_staff_role(desk: Desk, boris: User) -> None:
    ticket = desk.draft(actor=boris)
    assert ticket.entered_by == boris
    assert AuditEvent.objects.get(action="tickets.drafted").on_behalf_of is None
    services.submit(ticket.pk, actor=boris)
    services.cancel(ticket.pk, reason="Changed my mind", actor=boris)


def test_a_borrower_does_nothing_in_the_name_of_another(
    desk: Desk, boris: User, bella: User
) -> None:
    with pytest.raises(NotPermitted):
        desk.draft(borrower=bella, actor=boris)
    ticket = desk.draft(actor=boris)
    with pytest.raises(NotPermitted):
        services.submit(ticket.pk, actor=bella)
    with pytest.raises(NotPermitted):
        services.change_draft(ticket.pk, seen_version=1, borrower=bella, actor=boris)
    assert AuditEvent.objects.filter(outcome=Outcome.DENIED).count() == 3


def test_a_deactivated_borrower_does_nothing(desk: Desk, boris: User) -> None:
    boris.is_active = False
    boris.save()
    with pytest.raises(NotPermitted):
        desk.draft(actor=boris)
    with pytest.raises(NotABorrower):
        desk.draft()


def test_who_is_no_borrower_gets_nothing(desk: Desk, anna: User) -> None:
    with pytest.raises(NotABorrower, match="Anna is not registered as a borrower"):
        desk.draft(borrower=anna)


def test_the_wish_must_make_sense(desk: Desk, make: Make, clara: User, lena: User) -> None:
    euros = make.asset(lender=lena, currency="EUR", tariff=make.tariff(currency="EUR"))
    dollars = make.asset(lender=lena)

    def wish(asset_ids: list[int], *, hours: int = 5, purpose: str = "Film") -> Ticket:
        return services.draft(
            borrower=desk.boris,
            starts_at=desk.start,
            ends_at=desk.start + hours * HOUR,
            purpose=purpose,
            asset_ids=asset_ids,
            actor=clara,
        )

    with pytest.raises(NoAssets):
        wish([])
    with pytest.raises(UnknownAssets):
        wish([dollars.pk, 999_999])
    with pytest.raises(PeriodBackward):
        wish([dollars.pk], hours=0)
    with pytest.raises(PurposeMissing):
        wish([dollars.pk], purpose="  ")
    with pytest.raises(MixedCurrencies, match="€"):
        wish([dollars.pk, euros.pk])
    assert not Ticket.objects.exists()
    assert wish([dollars.pk, dollars.pk]).lines.count() == 1


def test_every_asset_that_is_taken_is_named_with_its_reason(desk: Desk) -> None:
    desk.pay_in()
    assets = desk.assets(3)
    taken = desk.approved(assets[:2])
    with pytest.raises(AssetsTaken) as refusal:
        desk.draft(assets)
    assert len(refusal.value.conflicts) == 2
    assert assets[0].tag in refusal.value.conflicts[0]
    assert str(taken) in refusal.value.conflicts[0]
    assert assets[2].tag not in refusal.value.message


def test_back_to_back_is_allowed(desk: Desk) -> None:
    desk.pay_in()
    assets = desk.assets()
    first = desk.approved(assets)
    desk.draft(assets, starts_at=first.ends_at)


def test_a_draft_is_changed_and_priced_again(desk: Desk, clara: User, bella: User) -> None:
    old, new = desk.assets(2)
    ticket = desk.draft([old])
    changed = services.change_draft(
        ticket.pk,
        seen_version=ticket.version,
        actor=clara,
        borrower=bella,
        ends_at=ticket.starts_at + 5 * DAY,
        purpose="Concert",
        asset_ids=[new.pk],
    )
    line = changed.lines.get()
    assert (line.asset, line.fee, changed.quote["fee"]) == (new, 5_000, 5_000)
    assert (changed.borrower, changed.version) == (bella, ticket.version + 1)
    event = AuditEvent.objects.get(action="tickets.changed")
    assert event.before["assets"] == [str(old)]
    assert event.after["assets"] == [str(new)]
    assert "from" not in event.after


def test_a_line_that_stays_keeps_its_row(desk: Desk, clara: User) -> None:
    ticket = desk.draft()
    line = ticket.lines.get()
    services.change_draft(ticket.pk, seen_version=1, purpose="Concert", actor=clara)
    assert ticket.lines.get() == line
    assert line.history.count() == 1


def test_a_stale_page_says_who_was_quicker(desk: Desk, clara: User, boris: User) -> None:
    ticket = desk.draft()
    services.change_draft(ticket.pk, seen_version=1, purpose="Concert", actor=boris)
    with pytest.raises(StalePage, match="Boris changed TK-"):
        services.change_draft(ticket.pk, seen_version=1, purpose="Wedding", actor=clara)
    assert desk.again(ticket).purpose == "Concert"


def test_what_was_submitted_is_not_edited(desk: Desk, clara: User) -> None:
    ticket = desk.submitted()
    with pytest.raises(NotEditable, match="is submitted"):
        services.change_draft(
            ticket.pk, seen_version=ticket.version, purpose="Concert", actor=clara
        )


def test_submitting_fixes_the_quote_and_asks_those_who_decide(
    desk: Desk, clara: User, anna: User, lena: User, boris: User
) -> None:
    ticket = desk.draft(desk.assets(2))
    tariff = ticket.lines.all()[0].asset.effective_tariff
    tariff.day_price = 1_500
    tariff.save()
    services.submit(ticket.pk, actor=clara)
    ticket = desk.again(ticket)
    assert (ticket.status, ticket.quote["fee"]) == (Status.SUBMITTED, 5_000)
    assert ticket.submitted_at is not None
    request = approval_questions.open_request_of(ticket)
    assert request is not None
    assert (request.amount, request.currency, request.requester) == (15_000, "USD", clara)
    assert {(party.person, party.part) for party in request.parties.all()} == {
        (clara, "requester"),
        (clara, "person who entered it"),
        (boris, "borrower"),
        (lena, "lender"),
    }
    assert Notice.objects.filter(recipient=anna, kind="approvals.requested").exists()


def test_the_category_that_all_lines_share_is_the_group(desk: Desk, make: Make) -> None:
    category = make.category()
    policy = Policy.objects.filter(scope="ticket", currency="USD").first()
    assert policy is not None
    policy.group = category.name
    policy.save()
    same = desk.submitted(desk.assets(2, category=category))
    request = approval_questions.open_request_of(same)
    assert request is not None
    assert request.policy == policy


def test_without_a_policy_nothing_is_submitted(desk: Desk) -> None:
    Policy.objects.update(is_active=False)
    ticket = desk.draft()
    with pytest.raises(NoPolicy):
        services.submit(ticket.pk, actor=desk.clara)
    assert desk.again(ticket).status == Status.DRAFT


def test_a_period_that_began_yesterday_is_not_submitted(desk: Desk, clara: User) -> None:
    ticket = desk.draft(starts_at=timezone.now() - DAY, days=5)
    with pytest.raises(StartIsPast):
        services.submit(ticket.pk, actor=clara)
    at_the_desk = desk.draft(starts_at=timezone.now() - timedelta(minutes=20))
    services.submit(at_the_desk.pk, actor=clara)


def test_a_suspended_borrower_submits_nothing(
    desk: Desk, boris: User, clara: User, system: User
) -> None:
    ticket = desk.draft()
    accounts.suspend(boris.pk, until=timezone.now() + DAY, reason="Three strikes.", actor=system)
    with pytest.raises(BorrowerSuspended, match="Three strikes"):
        services.submit(ticket.pk, actor=clara)


def test_a_double_click_submits_once(desk: Desk, clara: User) -> None:
    ticket = desk.submitted()
    with pytest.raises(MoveNotAllowed):
        services.submit(ticket.pk, actor=clara)
    with pytest.raises(StalePage):
        services.submit(ticket.pk, actor=clara, seen_version=1)


def test_an_asset_taken_meanwhile_is_seen_at_submission(desk: Desk, clara: User) -> None:
    desk.pay_in()
    assets = desk.assets()
    late = desk.draft(assets)
    desk.approved(assets)
    with pytest.raises(AssetsTaken):
        services.submit(late.pk, actor=clara)


def test_every_invalid_request_names_a_field_of_the_form() -> None:
    from apps.tickets.admin.drafts import DraftForm  # noqa: PLC0415  (needs the admin site)

    facts = [fact for fact in RequestInvalid.__subclasses__() if issubclass(fact, DomainError)]
    fields = {*DraftForm.base_fields, *DraftForm.Meta.fields}
    assert {fact.field for fact in facts} <= fields
