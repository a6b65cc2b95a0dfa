"""Wallets through the API: who sees which, what is in them, and what is done to them."""

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.models import AuditEvent, Outcome
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.states import AccountClass, Role

if TYPE_CHECKING:
    from apps.accounts.models import User
    from project.testing.api import MakeApi
    from project.testing.make import Make

pytestmark = pytest.mark.django_db


@pytest.fixture
def wallet(make: "Make", boris: "User", system: "User") -> Wallet:
    """Boris has 100.00, and 25.00 of it is held."""
    wallet = make.wallet(boris, balance=10000)
    wallets.place_hold(wallet.pk, 2500, actor=system, key="h")
    return wallet


def test_the_owner_sees_what_is_in_their_wallet(
    api: "MakeApi", boris: "User", wallet: Wallet
) -> None:
    found = api(boris, "wallets:read").get(f"/wallets/{wallet.pk}").json()

    assert found["number"] == wallet.number
    assert (found["kind"], found["owner"]["id"]) == ("person", boris.pk)
    assert found["posted"] == {"amount": 10000, "currency": "USD"}
    assert found["held"]["amount"] == 2500
    assert found["available"]["amount"] == 7500
    assert found["floor"]["amount"] == 0


def test_a_wallet_of_somebody_else_is_not_found(
    api: "MakeApi", bella: "User", lena: "User", wallet: Wallet
) -> None:
    for person in (bella, lena):
        assert api(person).get(f"/wallets/{wallet.pk}").status_code == 404
        assert api(person).get("/wallets").json()["items"] == []
    assert AuditEvent.objects.filter(outcome=Outcome.DENIED).count() == 2


def test_who_may_view_wallets_finds_any(api: "MakeApi", walt: "User", wallet: Wallet) -> None:
    asked = {
        "owner": wallet.owner_id,
        "currency": "USD",
        "kind": "person",
        "status": "active",
        "number": wallet.number,
    }
    walts = api(walt, "wallets:read")

    assert [row["id"] for row in walts.get("/wallets", asked).json()["items"]] == [wallet.pk]
    for name, value in {"currency": "EUR", "kind": "chart", "status": "closed"}.items():
        assert walts.get("/wallets", {**asked, name: value}).json()["items"] == []


def test_the_figures_of_an_open_account_are_exact_before_its_roll_up(
    api: "MakeApi", walt: "User", wallet: Wallet, carol: "User"
) -> None:
    opening = wallets.system_wallet(Role.OPENING, "USD")
    general = wallets.open_general_account("Till", AccountClass.ASSET, "USD", actor=carol)
    walts = api(walt, "wallets:read")

    one = walts.get(f"/wallets/{opening.pk}").json()
    listed = walts.get("/wallets", {"kind": "chart", "number": opening.number}).json()["items"]

    assert one["posted"]["amount"] == -10000
    assert one["floor"] is None
    assert listed == [one]
    (till,) = walts.get("/wallets", {"kind": "general"}).json()["items"]
    assert (till["id"], till["name"], till["kind"]) == (general.pk, "Till", "general")


def test_a_list_asks_as_much_for_ten_wallets_as_for_two(
    api: "MakeApi", walt: "User", make: "Make", boris: "User", lena: "User"
) -> None:
    walts = api(walt, "wallets:read")
    make.wallet(boris)
    make.wallet(lena)

    def asked(limit: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert len(walts.get("/wallets", {"limit": limit}).json()["items"]) == limit
        return len(queries)

    assert asked(10) == asked(2)


def test_reading_a_wallet_asks_little(api: "MakeApi", walt: "User", wallet: Wallet) -> None:
    walts = api(walt, "wallets:read")
    walts.get(f"/wallets/{wallet.pk}")

    with CaptureQueriesContext(connection) as queries:
        walts.get(f"/wallets/{wallet.pk}")

    # The key and the token, what the person’s roles allow (two), and the wallet with its owner.
    assert len(queries) <= 5, [query["sql"][:80] for query in queries]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"owner": 2**63}, "owner"),
        ({"currency": "usd"}, "currency"),
        ({"kind": "house"}, "kind"),
        ({"status": "gone"}, "status"),
        ({"number": "W\0"}, "number"),
        ({"number": "W" * 41}, "number"),
        ({"cursor": "x"}, "cursor"),
    ],
)
def test_a_wrong_filter_is_named(
    api: "MakeApi", walt: "User", query: dict[str, object], field: str
) -> None:
    answer = api(walt).get("/wallets", query)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_a_clerk_opens_a_wallet(api: "MakeApi", walt: "User", bella: "User") -> None:
    walts = api(walt, "wallets:write", "wallets:read")

    answer = walts.post("/wallets", {"owner": bella.pk, "currency": "EUR"})

    opened = Wallet.objects.get(owner=bella)
    assert answer.status_code == 201
    assert answer["Location"] == f"/api/v1/wallets/{opened.pk}"
    assert answer.json() == walts.get(f"/wallets/{opened.pk}").json()
    again = walts.post("/wallets", {"owner": bella.pk, "currency": "EUR"})
    assert again.status_code == 409
    assert again.json()["type"].endswith("/wallets.wallet-exists")


@pytest.mark.parametrize(("owner", "currency"), [(2**62, "EUR"), (None, "XXX"), (None, "NOK")])
def test_a_wallet_that_cannot_be_opened_is_refused(
    api: "MakeApi", walt: "User", bella: "User", owner: int | None, currency: str
) -> None:
    answer = api(walt).post("/wallets", {"owner": owner or bella.pk, "currency": currency})

    assert answer.status_code == 422
    assert not Wallet.objects.filter(owner=bella).exists()


def test_who_may_not_open_wallets_is_refused(api: "MakeApi", boris: "User", carol: "User") -> None:
    for person in (boris, carol):
        answer = api(person).post("/wallets", {"owner": boris.pk, "currency": "EUR"})
        assert answer.status_code == 403
    assert not Wallet.objects.filter(owner=boris).exists()


def test_a_controller_freezes_unfreezes_and_closes(
    api: "MakeApi", carol: "User", make: "Make", lena: "User"
) -> None:
    wallet = make.wallet(lena)
    carols = api(carol, "wallets:write")

    for verb, status in (("freeze", "frozen"), ("unfreeze", "active"), ("close", "closed")):
        answer = carols.post(f"/wallets/{wallet.pk}/{verb}", {"reason": "Asked for"})
        assert (answer.status_code, answer.json()["status"]) == (200, status)
    late = carols.post(f"/wallets/{wallet.pk}/freeze", {"reason": "Asked for"})
    assert late.status_code == 409
    assert late.json()["type"].endswith("/common.move-not-allowed")


def test_a_wallet_with_money_is_not_closed(api: "MakeApi", carol: "User", wallet: Wallet) -> None:
    answer = api(carol).post(f"/wallets/{wallet.pk}/close", {"reason": "Gone"})

    assert answer.status_code == 409
    assert answer.json()["facts"]["total"] == 10000


@pytest.mark.parametrize("verb", ["freeze", "unfreeze", "close"])
def test_others_do_nothing_to_a_wallet(
    api: "MakeApi", boris: "User", bella: "User", walt: "User", wallet: Wallet, verb: str
) -> None:
    path = f"/wallets/{wallet.pk}/{verb}"

    assert api(boris).post(path, {"reason": "Mine"}).status_code == 403
    assert api(walt).post(path, {"reason": "Mine"}).status_code == 403
    assert api(bella).post(path, {"reason": "Mine"}).status_code == 404
    wallet.refresh_from_db()
    assert wallet.status == "active"


def test_each_deed_needs_its_scope(api: "MakeApi", carol: "User", wallet: Wallet) -> None:
    reader = api(carol, "wallets:read")

    assert reader.post(f"/wallets/{wallet.pk}/freeze", {"reason": "x"}).status_code == 403
    assert reader.post("/wallets", {"owner": 1, "currency": "EUR"}).status_code == 403
    assert api(carol, "me").get("/wallets").status_code == 403
    assert api(carol, "me").get(f"/wallets/{wallet.pk}/statement").status_code == 403
