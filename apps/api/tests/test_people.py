"""People through the API: for staff, and suspending them."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

if TYPE_CHECKING:
    from apps.accounts.models import User
    from project.testing.api import MakeApi

pytestmark = pytest.mark.django_db


def test_staff_find_people_without_their_e_mail(
    api: "MakeApi", boris: "User", clara: "User", adam: "User"
) -> None:
    client = api(clara, "people:read")

    (found,) = client.get("/people", {"name": "ori"}).json()["items"]

    assert found == {
        "id": boris.pk,
        "name": "Boris",
        "email": None,
        "is_active": True,
        "suspended_until": None,
    }
    (by_mail,) = client.get("/people", {"email": "BORIS@example.com"}).json()["items"]
    assert by_mail == found == client.get(f"/people/{boris.pk}").json()
    assert api(adam).get(f"/people/{boris.pk}").json()["email"] == "boris@example.com"
    everybody = client.get("/people").json()["items"]
    assert [one["name"] for one in everybody] == ["Adam", "Clara", "Boris"]


def test_people_are_not_for_everybody(
    api: "MakeApi", boris: "User", bella: "User", clara: "User", system: "User"
) -> None:
    assert api(boris).get("/people").status_code == 403
    assert api(boris).get(f"/people/{bella.pk}").status_code == 403
    assert api(clara, "me").get("/people").status_code == 403
    assert api(clara).get(f"/people/{system.pk}").status_code == 404
    assert api(clara).get("/people/0").json()["errors"][0]["field"] == "person_id"


def test_somebody_is_suspended_and_may_borrow_again(
    api: "MakeApi", boris: "User", anna: "User", clara: "User"
) -> None:
    client, path = api(anna), f"/people/{boris.pk}"
    until = (timezone.now() + timedelta(days=3)).isoformat()

    suspended = client.post(f"{path}/suspend", {"until": until, "reason": "Late again"})
    listed = client.get("/people", {"is_suspended": "true"}).json()["items"]
    free = client.get("/people", {"is_suspended": "false", "is_active": "true"}).json()["items"]
    lifted = client.post(f"{path}/lift-suspension", {"reason": "All is back"})
    late = client.post(f"{path}/lift-suspension", {"reason": "All is back"})

    assert suspended.json()["suspended_until"] is not None
    assert [one["id"] for one in listed] == [boris.pk]
    assert boris.pk not in [one["id"] for one in free]
    assert lifted.json()["suspended_until"] is None
    assert late.json()["type"].endswith("/accounts.not-suspended")
    body = {"until": until, "reason": "x"}
    assert api(clara).post(f"{path}/suspend", body).status_code == 403
    assert api(anna, "people:read").post(f"{path}/suspend", body).status_code == 403
    past = client.post(f"{path}/suspend", {"until": "2020-01-01T00:00:00Z", "reason": "x"})
    assert past.json()["type"].endswith("/accounts.suspension-in-the-past")
    naive = client.post(f"{path}/suspend", {"until": "2030-01-01T00:00:00", "reason": "x"})
    assert naive.json()["errors"][0]["message"].startswith("Add the offset")
