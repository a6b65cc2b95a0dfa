"""Holds through the API: placed, captured and released by hand, and seen by owners."""

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.wallets import services as wallets
from apps.wallets.models import Hold, Wallet
from apps.wallets.states import Role

if TYPE_CHECKING:
    from apps.accounts.models import User
    from project.testing.api import ApiClient, MakeApi
    from project.testing.make import Make

pytestmark = pytest.mark.django_db


@pytest.fixture
def wallet(make: "Make", boris: "User") -> Wallet:
    """Boris has 100.00."""
    return make.wallet(boris, balance=10000)


@pytest.fixture
def walts(api: "MakeApi", walt: "User") -> "ApiClient":
    """Act as a program for the wallet clerk."""
    return api(walt, "holds:write", "wallets:read")


@pytest.fixture
def hold(walts: "ApiClient", wallet: Wallet) -> Hold:
    """Walt holds 25.00 of Boris."""
    return Hold.objects.get(pk=walts.post("/holds", holding(wallet)).json()["id"])


def holding(wallet: Wallet, /, **fields: Any) -> dict[str, Any]:
    amount = {"amount": 2500, "currency": "USD"}
    return {"wallet": wallet.pk, "amount": amount, "reason": "Deposit", **fields}


def capture(amount: int, to: Wallet, currency: str = "USD") -> dict[str, Any]:
    money = {"amount": amount, "currency": currency}
    return {"amount": money, "to_wallet": to.pk, "reason": "The key is lost"}


def test_a_clerk_places_a_hold(walts: "ApiClient", wallet: Wallet, walt: "User") -> None:
    answer = walts.post("/holds", holding(wallet, expires_at="2999-01-01T00:00:00+02:00"))

    assert answer.status_code == 422
    answer = walts.post("/holds", holding(wallet, expires_at="2098-01-01T00:00:00+02:00"))
    hold = Hold.objects.get()
    assert answer.status_code == 201
    assert answer["Location"] == f"/api/v1/holds/{hold.pk}"
    assert answer.json() == walts.get(f"/holds/{hold.pk}").json()
    assert answer.json()["rest"] == {"amount": 2500, "currency": "USD"}
    assert answer.json()["expires_at"] == "2097-12-31T22:00:00Z"
    assert (hold.placed_by, hold.reason) == (walt, "Deposit")
    assert hold.key.startswith("api:")


def test_owners_see_the_holds_in_their_wallets(
    api: "MakeApi", boris: "User", bella: "User", hold: Hold
) -> None:
    assert api(boris).get(f"/holds/{hold.pk}").json()["status"] == "active"
    assert [row["id"] for row in api(boris).get("/holds").json()["items"]] == [hold.pk]
    assert api(bella).get(f"/holds/{hold.pk}").status_code == 404
    assert api(bella).get("/holds").json()["items"] == []


def test_holds_are_found_by_what_is_known_of_them(
    walts: "ApiClient", walt: "User", hold: Hold
) -> None:
    asked = {
        "wallet": hold.wallet_id,
        "owner": hold.wallet.owner_id,
        "currency": "USD",
        "status": "active",
        "placed_by": walt.pk,
    }
    assert [row["id"] for row in walts.get("/holds", asked).json()["items"]] == [hold.pk]
    for name, value in {"currency": "EUR", "status": "expired", "placed_by": 1}.items():
        assert walts.get("/holds", {**asked, name: value}).json()["items"] == []


def test_a_controller_captures_a_part_and_then_the_rest(
    api: "MakeApi", carol: "User", hold: Hold
) -> None:
    commission = wallets.system_wallet(Role.COMMISSION, "USD")
    carols = api(carol)
    path = f"/holds/{hold.pk}/capture"

    part = carols.post(path, capture(1000, commission)).json()
    rest = carols.post(path, capture(1500, commission)).json()

    assert (part["hold"]["status"], part["hold"]["rest"]["amount"]) == ("active", 1500)
    assert (rest["hold"]["status"], rest["hold"]["captured"]["amount"]) == ("captured", 2500)
    assert carols.get(f"/journal/{rest['transaction']}").json()["hold"] == hold.pk
    late = carols.post(path, capture(1, commission))
    assert (late.status_code, late.json()["type"].rpartition("/")[2]) == (409, "wallets.hold-ended")


def test_more_than_is_held_is_not_captured(api: "MakeApi", carol: "User", hold: Hold) -> None:
    commission = wallets.system_wallet(Role.COMMISSION, "USD")

    answer = api(carol).post(f"/holds/{hold.pk}/capture", capture(2501, commission))

    assert answer.status_code == 422
    assert answer.json()["facts"]["rest"] == 2500


def test_the_clerk_or_a_controller_releases_a_hold(
    api: "MakeApi", walts: "ApiClient", carol: "User", wallet: Wallet, hold: Hold
) -> None:
    answer = walts.post(f"/holds/{hold.pk}/release", {"reason": "Returned"})
    other = walts.post("/holds", holding(wallet)).json()["id"]
    second = api(carol).post(f"/holds/{other}/release", {"reason": "Returned"})

    for released in (answer.json(), second.json()):
        assert (released["status"], released["released"]["amount"]) == ("released", 2500)
    assert walts.post(f"/holds/{hold.pk}/release", {"reason": "Returned"}).status_code == 409


def test_each_role_has_a_hand_in_a_part_of_it(
    api: "MakeApi", boris: "User", clara: "User", carol: "User", walt: "User", hold: Hold
) -> None:
    wallet = hold.wallet
    path = f"/holds/{hold.pk}"
    for person in (boris, clara, carol):
        assert api(person).post("/holds", holding(wallet)).status_code == 403
    for person in (boris, clara, walt):
        assert api(person).post(f"{path}/capture", capture(1, wallet)).status_code == 403
    for person in (boris, clara):
        assert api(person).post(f"{path}/release", {"reason": "x"}).status_code == 403
    hold.refresh_from_db()
    assert (hold.status, hold.captured, Hold.objects.count()) == ("active", 0, 1)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"wallet": 2**63}, "wallet"),
        ({"amount": {"amount": 1.5, "currency": "USD"}}, "amount.amount"),
        ({"amount": {"amount": -1, "currency": "USD"}}, "amount.amount"),
        ({"amount": {"amount": 10**16, "currency": "USD"}}, "amount.amount"),
        ({"amount": {"amount": 1}}, "amount.currency"),
        ({"reason": ""}, "reason"),
        ({"reason": "r" * 255}, "reason"),
        ({"reason": "r\0"}, "reason"),
        ({"expires_at": "2098-01-01T00:00:00"}, "expires_at"),
        ({"expires_at": "0001-01-01T00:00:00+14:00"}, "expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-14:00"}, "expires_at"),
        ({"about": 1}, "about"),
    ],
)
def test_a_wrong_field_is_named(
    walts: "ApiClient", wallet: Wallet, fields: dict[str, Any], field: str
) -> None:
    answer = walts.post("/holds", holding(wallet, **fields))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"wallet": 2**62}, "unknown-wallet"),
        ({"amount": {"amount": 2500, "currency": "EUR"}}, "currency-mismatch"),
        ({"amount": {"amount": 0, "currency": "USD"}}, "amount-not-positive"),
        ({"amount": {"amount": 10001, "currency": "USD"}}, "insufficient-funds"),
        ({"reason": "  "}, "reason-missing"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "hold-would-end"),
    ],
)
def test_what_the_service_refuses_is_a_problem(
    walts: "ApiClient", wallet: Wallet, fields: dict[str, Any], kind: str
) -> None:
    answer = walts.post("/holds", holding(wallet, **fields))

    assert answer.status_code == 422
    assert answer.json()["type"].endswith(f"/wallets.{kind}")
    assert not Hold.objects.exists()


def test_placing_a_hold_asks_little(walts: "ApiClient", wallet: Wallet) -> None:
    walts.post("/holds", holding(wallet))

    with CaptureQueriesContext(connection) as queries:
        assert walts.post("/holds", holding(wallet)).status_code == 201

    # Who asks, three savepoints, key and answer, wallet, key of the ledger, hold, audit event.
    assert len(queries) <= 16, [query["sql"][:80] for query in queries]


def test_a_list_asks_as_much_for_ten_holds_as_for_two(walts: "ApiClient", wallet: Wallet) -> None:
    for number in range(10):
        walts.post("/holds", holding(wallet, amount={"amount": number + 1, "currency": "USD"}))

    def asked(limit: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert len(walts.get("/holds", {"limit": limit}).json()["items"]) == limit
        return len(queries)

    assert asked(10) == asked(2)


def test_each_deed_needs_its_scope(api: "MakeApi", walt: "User", hold: Hold) -> None:
    reader = api(walt, "wallets:read")

    assert reader.post("/holds", holding(hold.wallet)).status_code == 403
    assert reader.post(f"/holds/{hold.pk}/capture", capture(1, hold.wallet)).status_code == 403
    assert reader.post(f"/holds/{hold.pk}/release", {"reason": "x"}).status_code == 403
    assert api(walt, "holds:write").get("/holds").status_code == 403
