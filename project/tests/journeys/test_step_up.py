"""Much money: asked again who it is, and back in the dialog with what was typed."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, expect

from apps.accounts.models import User
from apps.approvals.models import ApprovalRequest
from apps.audit.models import AuditEvent
from apps.wallets import services as wallets
from apps.wallets.models import Adjustment, ReasonCode
from apps.wallets.states import Direction
from project.testing.cast import PASSWORD
from project.testing.make import Make
from project.testing.signed_in import long_ago
from project.tests.journeys.desk import Desk


@pytest.fixture
def open_desk(browser: Browser, live_server: object) -> Callable[[User], Desk]:
    """Sit down at a desk of one's own."""
    return lambda user: Desk(browser, str(live_server), user)


@pytest.fixture
def large(transactional_db: None, make: Make, boris: User, walt: User) -> Adjustment:
    """Walt asks for 600.00 for Boris."""
    asked = wallets.request_adjustment(
        wallet_id=make.wallet(boris, balance=10000).pk,
        direction=Direction.CREDIT,
        amount=60000,
        reason_code=ReasonCode.objects.get(code="goodwill"),
        note="",
        actor=walt,
    )
    return wallets.submit_adjustment(asked.pk, actor=walt)


@pytest.mark.django_db(transaction=True)
def test_a_large_adjustment_is_approved_after_showing_again_who_one_is(
    open_desk: Callable[[User], Desk], large: Adjustment, carol: User
) -> None:
    desk = open_desk(carol)
    _let_an_hour_pass(desk)
    desk.open("wallets_adjustment_change", large.pk)
    desk.press("Approve")
    desk.dialog.get_by_label("Comment").fill("Checked with Walt")
    desk.dialog.locator("button[type=submit]").filter(has_text="Approve").click()
    desk.page.locator("[name=password]").fill(PASSWORD)
    desk.page.locator("[name=password]").press("Enter")
    expect(desk.dialog.get_by_label("Comment")).to_have_value("Checked with Walt")
    desk.confirm("Approve")
    desk.reads("is recorded")
    desk.leave()

    decision = ApprovalRequest.objects.get(subject_id=large.pk).decisions.get()
    assert (decision.decider, decision.reason) == (carol, "Checked with Walt")
    actions = AuditEvent.objects.filter(actor=carol).order_by("pk").values_list("action", "outcome")
    assert list(actions)[-3:] == [
        ("approvals.decide", "denied"),
        ("accounts.stepped_up", "done"),
        ("approvals.approved", "done"),
    ]


def _let_an_hour_pass(desk: Desk) -> None:
    (cookie,) = (
        one for one in desk.page.context.cookies() if one["name"] == settings.SESSION_COOKIE_NAME
    )
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie["value"]
    long_ago(client)
