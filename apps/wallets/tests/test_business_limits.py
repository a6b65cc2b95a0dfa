"""What one person may request and approve in a day: said by the service, held by the database."""

from datetime import date
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.approvals import selectors as approval_selectors
from apps.approvals import services as approvals
from apps.approvals.errors import DailyLimitReached
from apps.approvals.states import Verdict
from apps.audit.models import AuditEvent, Outcome
from apps.wallets import services as wallets
from apps.wallets.models import (
    Adjustment,
    AdjustmentBatch,
    BusinessLimit,
    BusinessLimitUse,
    ReasonCode,
    Wallet,
)
from apps.wallets.states import Direction, LimitKind
from apps.wallets.tests import bulk
from apps.wallets.tests.racing import beside
from apps.wallets.tests.raw_sql import run, sql
from project.testing.make import Make

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def wallet(make: Make, boris: User) -> Wallet:
    """Boris has 100.00."""
    return make.wallet(boris, balance=10000)


def limited(
    kind: LimitKind, *, count: int = 1000, amount: int = 10_000, role: str = ""
) -> BusinessLimit:
    """Set the limit of a kind in US dollars."""
    group = Group.objects.get(name=role) if role else None
    limit, _ = BusinessLimit.objects.update_or_create(
        kind=kind,
        role=group,
        currency="USD",
        defaults={"count_per_day": count, "amount_per_day": amount},
    )
    return limit


def drafted(wallet: Wallet, actor: User, amount: int = 4000) -> Adjustment:
    return wallets.request_adjustment(
        wallet_id=wallet.pk,
        direction=Direction.CREDIT,
        amount=amount,
        reason_code=ReasonCode.objects.get(code="goodwill"),
        note="Camera bag was missing",
        actor=actor,
    )


def submitted(wallet: Wallet, actor: User, amount: int = 4000) -> Adjustment:
    return wallets.submit_adjustment(drafted(wallet, actor, amount).pk, actor=actor)


def approve(subject: Adjustment | AdjustmentBatch, actor: User) -> object:
    request = approval_selectors.open_request_of(subject)
    assert request is not None
    return approvals.decide(request.pk, verdict=Verdict.APPROVE, actor=actor)


def used(person: User, kind: LimitKind) -> tuple[int, int]:
    use = BusinessLimitUse.objects.filter(person=person, kind=kind, currency="USD").first()
    return (use.count, use.amount) if use else (0, 0)


def test_the_sum_of_a_day_ends_with_a_sentence_that_says_what_is_left(
    wallet: Wallet, walt: User
) -> None:
    limited(LimitKind.ADJUSTMENT_REQUESTED, amount=10_000)
    submitted(wallet, walt, 4000)
    submitted(wallet, walt, 5000)

    with pytest.raises(DailyLimitReached) as caught:
        submitted(wallet, walt, 1001)

    said = caught.value.message
    assert "adjustments that you request may come to 1,000 and $100.00 a day" in said
    assert "You have used 2 and $90.00, so 998 and $10.00 are left" in said
    assert "this takes 1 and $10.01" in said
    assert used(walt, LimitKind.ADJUSTMENT_REQUESTED) == (2, 9000)
    submitted(wallet, walt, 1000)


def test_the_number_of_a_day_ends_too(wallet: Wallet, walt: User) -> None:
    limited(LimitKind.ADJUSTMENT_REQUESTED, count=1)
    submitted(wallet, walt, 1)

    with pytest.raises(DailyLimitReached):
        submitted(wallet, walt, 1)


def test_whoever_tries_is_in_the_audit_log(wallet: Wallet, walt: User) -> None:
    limited(LimitKind.ADJUSTMENT_REQUESTED, amount=1)
    draft = drafted(wallet, walt)

    with pytest.raises(DailyLimitReached):
        wallets.submit_adjustment(draft.pk, actor=walt)

    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.outcome) == ("wallets.submit_adjustment", Outcome.DENIED)
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_deciders_have_limits_of_their_own(
    wallet: Wallet, walt: User, carol: User, conrad: User
) -> None:
    limited(LimitKind.ADJUSTMENT_APPROVED, amount=4000)
    first, second = submitted(wallet, walt), submitted(wallet, walt)
    approve(first, carol)

    with pytest.raises(DailyLimitReached, match="adjustments that you approve"):
        approve(second, carol)

    second.refresh_from_db()
    assert second.status == "pending"
    approve(second, conrad)
    assert used(carol, LimitKind.ADJUSTMENT_APPROVED) == (1, 4000)


def test_a_rejection_uses_nothing(wallet: Wallet, walt: User, carol: User) -> None:
    limited(LimitKind.ADJUSTMENT_APPROVED, amount=1)
    request = approval_selectors.open_request_of(submitted(wallet, walt))
    assert request is not None

    approvals.decide(request.pk, verdict=Verdict.REJECT, actor=carol, reason="no")

    assert used(carol, LimitKind.ADJUSTMENT_APPROVED) == (0, 0)


def test_a_batch_counts_with_its_lines_and_its_sum(
    make: Make, wallet: Wallet, lena: User, walt: User, carol: User
) -> None:
    other = make.wallet(lena, balance=0)
    batch = bulk.ask(walt, bulk.line(wallet, "6.00"), bulk.line(other, "5.00"))
    wallets.submit_batch(batch.pk, actor=walt)
    assert used(walt, LimitKind.ADJUSTMENT_REQUESTED) == (2, 1100)

    limited(LimitKind.ADJUSTMENT_APPROVED, count=1)
    with pytest.raises(DailyLimitReached):
        approve(batch, carol)
    limited(LimitKind.ADJUSTMENT_APPROVED, count=2)
    approve(batch, carol)
    assert used(carol, LimitKind.ADJUSTMENT_APPROVED) == (2, 1100)


@pytest.mark.parametrize(
    ("roles", "most"),
    [
        ({}, 100),
        ({"Wallet clerk": 50}, 50),
        ({"Wallet clerk": 50, "Auditor": 300}, 300),
        ({"Finance controller": 300}, 100),
    ],
)
def test_a_role_goes_before_everybody_and_the_widest_role_holds(
    wallet: Wallet, walt: User, roles: dict[str, int], most: int
) -> None:
    walt.groups.add(Group.objects.get(name="Auditor"))
    limited(LimitKind.ADJUSTMENT_REQUESTED, amount=100)
    for role, amount in roles.items():
        limited(LimitKind.ADJUSTMENT_REQUESTED, amount=amount, role=role)

    with pytest.raises(DailyLimitReached):
        submitted(wallet, walt, most + 1)
    submitted(wallet, walt, most)


def test_a_limit_that_is_switched_off_or_of_another_currency_holds_nobody(
    wallet: Wallet, walt: User
) -> None:
    limit = limited(LimitKind.ADJUSTMENT_REQUESTED, amount=1)
    limit.is_active = False
    limit.save()

    submitted(wallet, walt, 999_999)


def test_the_database_holds_the_limit_when_the_service_is_gone(wallet: Wallet, walt: User) -> None:
    limited(LimitKind.ADJUSTMENT_REQUESTED, amount=5000)
    adjustment = submitted(wallet, walt, 4000)

    assert (
        run(
            sql(
                "INSERT INTO approval_requests (scope, subject_type_id, subject_id, title,"
                " requester_id, currency, amount, policy_id, levels, level, role_id, status, why,"
                " why_facts, facts, changes, requested_at)"
                " SELECT scope, subject_type_id, subject_id + 1, title, requester_id, currency,"
                " amount, policy_id, levels, level, role_id, status, why, why_facts, facts,"
                " changes, now() FROM approval_requests WHERE subject_id = %s",
                adjustment.pk,
            )
        )
        == "daily_limit_holds"
    )


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE business_limit_uses SET count = 0, amount = 0", "limit_use_only_grows"),
        ("UPDATE business_limit_uses SET day = day - 1", "limit_use_only_grows"),
        ("DELETE FROM business_limit_uses", "limit_uses_stay"),
        ("UPDATE business_limits SET amount_per_day = 0", "business_limit_is_positive"),
        ("UPDATE business_limits SET currency = 'usd'", "business_limit_has_currency"),
        ("UPDATE business_limits SET kind = 'gift'", "business_limit_has_kind"),
    ],
)
def test_nobody_gives_themselves_a_new_day(
    wallet: Wallet, walt: User, statement: str, rule: str
) -> None:
    submitted(wallet, walt)

    assert run(sql(statement)) == rule


def test_there_is_one_limit_of_a_kind_for_everybody(db: None) -> None:
    limit = limited(LimitKind.ADJUSTMENT_REQUESTED)
    limit.pk = None

    with pytest.raises(IntegrityError, match="business_limit_is_one"), transaction.atomic():
        limit.save(force_insert=True)


@pytest.mark.parametrize(
    ("zone", "day"),
    [("UTC", date(2026, 11, 26)), ("Asia/Tokyo", date(2026, 11, 27)), ("", date(2026, 11, 26))],
)
def test_a_day_is_one_of_the_office(db: None, zone: str, day: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('assets.time_zone', %s, true)", [zone])
        cursor.execute("SELECT office_day('2026-11-26T20:00:00Z')")
        assert cursor.fetchone() == (day,)


def test_the_connection_knows_the_zone_of_the_office(db: None, settings: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('assets.time_zone')")
        assert cursor.fetchone() == (settings.TIME_ZONE,)  # type: ignore[attr-defined]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("deed", ["request", "approve"])
def test_two_at_the_same_moment_share_one_limit(
    wallet: Wallet, walt: User, carol: User, deed: str
) -> None:
    deeds: list[Callable[[], object]]
    if deed == "request":
        limited(LimitKind.ADJUSTMENT_REQUESTED, amount=7999)
        drafts = [drafted(wallet, walt), drafted(wallet, walt)]
        deeds = [lambda d=d: wallets.submit_adjustment(d.pk, actor=walt) for d in drafts]  # type: ignore[misc]
    else:
        limited(LimitKind.ADJUSTMENT_APPROVED, amount=7999)
        waiting = [submitted(wallet, walt), submitted(wallet, walt)]
        deeds = [lambda w=w: approve(w, carol) for w in waiting]  # type: ignore[misc]

    outcome = beside(*deeds)

    assert isinstance(outcome, DailyLimitReached)
    assert "You have used 1 and $40.00" in outcome.message


def test_limits_come_with_the_product_and_stay_as_they_were_set(db: None) -> None:
    limit = limited(LimitKind.ADJUSTMENT_REQUESTED, amount=5)
    row = {
        "kind": limit.kind,
        "role": "",
        "currency": "USD",
        "count_per_day": 9,
        "amount_per_day": 9,
    }
    count = BusinessLimit.objects.count()

    wallets.load_business_limits([{**row, "role": None}])

    limit.refresh_from_db()
    assert (limit.amount_per_day, BusinessLimit.objects.count()) == (5, count)


def test_an_administrator_changes_a_limit_and_it_is_recorded(adam: User) -> None:
    limit = limited(LimitKind.ADJUSTMENT_REQUESTED)
    client = Client()
    client.force_login(adam)
    address = reverse("admin:wallets_businesslimit_change", args=[limit.pk])
    assert b"100.00" in client.get(address).content
    form = {"kind": limit.kind, "role": "", "currency": "usd", "count_per_day": "7"}

    assert b"above zero" in client.post(address, {**form, "amount": "0"}).content
    response = client.post(address, {**form, "amount": "12.50", "is_active": "on"})

    assert response.status_code == 302
    limit.refresh_from_db()
    assert (limit.count_per_day, limit.amount_per_day) == (7, 1250)
    event = AuditEvent.objects.latest("pk")
    assert event.action == "wallets.businesslimit_changed"
    assert event.after["amount_per_day"] == 1250
