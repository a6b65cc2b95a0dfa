"""Lists narrowed by what programs keep a copy by: people, and moments."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.utils import timezone

from apps.wallets.models import Adjustment

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.tickets.tests.conftest import Desk
    from project.testing.api import ApiClient, MakeApi
    from project.testing.make import Make

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def ids(client: "ApiClient", path: str, **query: Any) -> list[int]:
    """Return the ids of the list."""
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["items"]]


def later() -> str:
    """Return a moment to come."""
    return (timezone.now() + timedelta(days=1)).isoformat()


def test_assets_that_changed_since_a_copy_was_made(
    api: "MakeApi", make: "Make", lena: "User", clara: "User"
) -> None:
    with time_machine.travel(LONG_AGO, tick=False):
        old, moved = make.asset(lender=lena), make.asset(lender=lena)
    since = (timezone.now() - timedelta(days=1)).isoformat()
    clerk = api(clara)

    assert ids(clerk, "/assets", changed_since=since) == []
    clerk.post(f"/assets/{moved.pk}/retire", {"reason": "Broken"})

    assert ids(clerk, "/assets", changed_since=since) == [moved.pk]
    assert ids(clerk, "/assets", changed_since=LONG_AGO.isoformat()) == [moved.pk, old.pk]
    assert ids(clerk, "/assets", changed_since=later()) == []


def test_adjustments_by_when_they_were_asked_for_and_changed(
    api: "MakeApi", make: "Make", boris: "User", walt: "User"
) -> None:
    wallet, clerk = make.wallet(boris, balance=1000), api(walt)
    amount = {"amount": 500, "currency": "USD"}
    body = {"wallet": wallet.pk, "direction": "credit", "amount": amount, "note": "Late"}
    made = clerk.post("/adjustments", {**body, "reason_code": "goodwill"}).json()["id"]
    assert Adjustment.objects.get().pk == made
    now = (timezone.now() - timedelta(minutes=1)).isoformat()

    for name in ("asked_since", "changed_since"):
        assert ids(clerk, "/adjustments", **{name: now}) == [made]
        assert ids(clerk, "/adjustments", **{name: later()}) == []
    assert ids(clerk, "/adjustments", asked_before=now) == []
    assert ids(clerk, "/adjustments", asked_before=later()) == [made]


def test_holds_by_when_they_were_placed(
    api: "MakeApi", make: "Make", boris: "User", walt: "User"
) -> None:
    wallet, clerk = make.wallet(boris, balance=1000), api(walt)
    amount = {"amount": 500, "currency": "USD"}
    hold = {"wallet": wallet.pk, "amount": amount, "reason": "Key"}
    made = clerk.post("/holds", hold).json()["id"]

    assert ids(clerk, "/holds", placed_before=later()) == [made]
    assert ids(clerk, "/holds", placed_since=later()) == []


def test_approvals_by_who_asked_and_when(
    api: "MakeApi", desk: "Desk", anna: "User", clara: "User", boris: "User"
) -> None:
    desk.pay_in()
    desk.submitted()
    approver = api(anna)
    (asked,) = ids(approver, "/approvals", asked_before=later())

    assert ids(approver, "/approvals", asked_since=later()) == []
    requester = approver.get(f"/approvals/{asked}").json()["requester"]["id"]
    assert ids(approver, "/approvals", requester=requester) == [asked]
    assert ids(approver, "/approvals", requester=anna.pk, waiting_for="me") == []


def test_people_who_may_borrow_or_lend(
    api: "MakeApi", clara: "User", boris: "User", lena: "User"
) -> None:
    clerk = api(clara)

    assert ids(clerk, "/people", works_as="borrower") == [boris.pk]
    assert ids(clerk, "/people", works_as="lender") == [lena.pk]
    assert clerk.get("/people", {"works_as": "auditor"}).status_code == 422
