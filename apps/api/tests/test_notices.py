"""Notices through the API: one’s own, and marking them as read."""

from typing import TYPE_CHECKING

import pytest

from apps.notifications import services
from apps.notifications.models import Notice

if TYPE_CHECKING:
    from apps.accounts.models import User
    from project.testing.api import MakeApi

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(boris: "User", bella: "User") -> list[int]:
    """Tell Boris three things and Bella one; return the ids of Boris's, the oldest first."""
    for number in range(3):
        services.announce(
            "tickets.approved", to=boris, about=bella, subject=f"No. {number}", key=str(number)
        )
    services.announce("tickets.approved", to=bella, about=None, subject="Hers")
    rows = Notice.objects.filter(recipient=boris, channel="admin").order_by("pk")
    return list(rows.values_list("pk", flat=True))


def test_notices_are_ones_own_the_newest_first(
    api: "MakeApi", told: list[int], boris: "User", bella: "User"
) -> None:
    items = api(boris, "notices:read").get("/notices").json()["items"]

    assert [item["id"] for item in items] == told[::-1]
    assert items[0]["subject"] == "No. 2"
    assert items[0]["about"] == {
        "type": "accounts.user",
        "id": str(bella.pk),
        "path": f"/api/v1/people/{bella.pk}",
    }
    assert api(boris).get(f"/notices/{told[0]}").json()["read_at"] is None
    assert api(bella).get(f"/notices/{told[0]}").status_code == 404
    (hers,) = api(bella).get("/notices").json()["items"]
    assert hers["about"] is None
    assert api(boris, "me").get("/notices").status_code == 403


def test_some_or_all_up_to_one_are_marked_as_read(
    api: "MakeApi", told: list[int], boris: "User", bella: "User"
) -> None:
    client = api(boris)
    hers = Notice.objects.get(recipient=bella, channel="admin")

    some = client.post("/notices/read", {"ids": [told[2], hers.pk]})
    older = client.post("/notices/read", {"up_to": told[0]})

    assert some.json() == {"marked_count": 1, "unread_count": 2}
    assert older.json() == {"marked_count": 1, "unread_count": 1}
    unread = client.get("/notices", {"is_read": "false"}).json()["items"]
    assert [item["id"] for item in unread] == [told[1]]
    read = client.get("/notices", {"is_read": "true"}).json()["items"]
    assert [item["id"] for item in read] == [told[2], told[0]]
    hers.refresh_from_db()
    assert hers.read_at is None


def test_marking_names_one_of_both(api: "MakeApi", told: list[int], boris: "User") -> None:
    for body in ({}, {"ids": told, "up_to": told[0]}):
        answer = api(boris).post("/notices/read", body)
        assert answer.status_code == 422
        assert answer.json()["errors"] == [
            {"field": "body", "message": "Send either ids, or up_to.", "pointer": "#"}
        ]
    assert api(boris, "notices:read").post("/notices/read", {"ids": told}).status_code == 403
