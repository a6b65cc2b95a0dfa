"""What happens to assets beside loans: workshop, loss, retirement, and their lender's own time."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from apps.assets.models import Asset, ChecklistItem, Reservation
from apps.audit.models import AuditEvent, Outcome

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.tickets.tests.conftest import Desk
    from project.testing.api import MakeApi
    from project.testing.make import Make

pytestmark = pytest.mark.django_db

WHY = {"reason": "The lens sticks"}


@pytest.fixture
def camera(make: "Make", lena: "User") -> Asset:
    """Return a camera of Lena’s."""
    return make.asset(lender=lena, tag="CAM-7", name="Camera")


def fair() -> dict[str, Any]:
    """Return three days of next month in which it is at a fair."""
    start = (timezone.now() + timedelta(days=30)).replace(hour=9, minute=0, microsecond=0)
    ends = start + timedelta(days=3)
    return {"starts_at": start.isoformat(), "ends_at": ends.isoformat(), "reason": "At a fair"}


def test_staff_move_an_asset_through_its_life(api: "MakeApi", camera: Asset, clara: "User") -> None:
    clerk, path = api(clara, "assets:read", "assets:write"), f"/assets/{camera.pk}"
    life = {
        "send-to-maintenance": "in_maintenance",
        "return-to-service": "available",
        "report-lost": "lost",
        "report-found": "available",
        "retire": "retired",
    }

    for move, status in life.items():
        answer = clerk.post(f"{path}/{move}", WHY)
        assert (answer.status_code, answer.json().get("status")) == (200, status), move
        assert clerk.get(path).json() == answer.json()
    assert clerk.post(f"{path}/report-found", WHY).status_code == 409
    assert clerk.post(f"{path}/retire", {"reason": ""}).json()["errors"][0]["pointer"] == "#/reason"


@pytest.mark.parametrize(
    "move", ["send-to-maintenance", "return-to-service", "retire", "report-lost", "report-found"]
)
def test_others_move_no_asset(
    api: "MakeApi", camera: Asset, boris: "User", clara: "User", move: str
) -> None:
    path = f"/assets/{camera.pk}/{move}"

    assert api(boris).post(path, WHY).status_code == 403
    assert AuditEvent.objects.filter(outcome=Outcome.DENIED, actor=boris).exists()
    assert api(clara, "assets:read").post(path, WHY).status_code == 403
    assert api(clara).post(f"/assets/{camera.pk + 1}/{move}", WHY).status_code == 404


def test_the_workshop_gives_way_to_promises_unless_it_is_said_otherwise(
    api: "MakeApi", desk: "Desk", clara: "User"
) -> None:
    desk.pay_in()
    (asset,) = desk.assets()
    ticket = desk.approved([asset])
    promise = Reservation.objects.get(asset=asset)
    body = {**WHY, "until": ticket.ends_at.isoformat()}
    path = f"/assets/{asset.pk}/send-to-maintenance"

    refused = api(clara).post(path, body)
    done = api(clara).post(path, {**body, "despite": [promise.pk]})

    assert refused.status_code == 422
    assert str(promise) in refused.json()["detail"]
    assert done.json()["status"] == "in_maintenance"


def test_lenders_keep_their_own_assets_for_a_while(
    api: "MakeApi", camera: Asset, lena: "User", clara: "User", bella: "User"
) -> None:
    lender, path = api(lena, "assets:read", "assets:write"), f"/assets/{camera.pk}/blackouts"

    made = lender.post(path, fair())

    assert made.status_code == 201
    assert made["Location"] == f"/api/v1{path}"
    assert api(clara).get(path).json()["items"] == lender.get(path).json()["items"] == [made.json()]
    assert api(bella).get(path).status_code == 404
    assert api(bella).post(path, fair()).status_code == 403
    assert api(lena, "assets:read").post(path, fair()).status_code == 403
    assert lender.post(path, fair()).status_code == 422
    backwards = lender.post(path, {**fair(), "ends_at": fair()["starts_at"]})
    assert [fault["pointer"] for fault in backwards.json()["errors"]] == ["#/ends_at"]
    one = f"{path}/{made.json()['id']}/lift"
    assert api(bella).post(one, WHY).status_code == 403
    assert lender.post(f"{path}/{made.json()['id'] + 1}/lift", WHY).status_code == 404
    assert lender.post(one, WHY).json()["is_holding"] is False
    assert lender.post(one, WHY).status_code == 200


def test_a_program_learns_what_is_asked_at_the_desk(
    api: "MakeApi", camera: Asset, clara: "User"
) -> None:
    item = ChecklistItem.objects.create(category=camera.category, text="The battery is charged")

    shown = api(clara, "assets:read").get(f"/categories/{camera.category_id}").json()

    assert shown["checklist"] == [
        {"id": item.pk, "text": item.text, "asked_at": "both", "is_required": True}
    ]
