"""The journal, its months and the trial balance through the API."""

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.wallets import services as wallets
from apps.wallets.models import LedgerTransaction, Wallet
from apps.wallets.states import Role, TransactionKind

if TYPE_CHECKING:
    from apps.accounts.models import User
    from project.testing.api import ApiClient, MakeApi
    from project.testing.make import Make

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(make: "Make", boris: "User", lena: "User") -> tuple[Wallet, Wallet]:
    """Boris with 100.00, and Lena."""
    return make.wallet(boris, balance=10000), make.wallet(lena)


@pytest.fixture
def rent(pair: tuple[Wallet, Wallet], system: "User", make: "Make", lena: "User") -> int:
    """Boris has paid 10.00 to Lena, for a camera."""
    giver, taker = pair
    return wallets.post(
        TransactionKind.TRANSFER,
        [wallets.Entry(giver.pk, -1000), wallets.Entry(taker.pk, 1000)],
        actor=system,
        key="rent",
        description="Rent",
        effective_on=date(2020, 1, 31),
        about=make.asset(lender=lena),
    ).transaction_id


@pytest.fixture
def carols(api: "MakeApi", carol: "User") -> "ApiClient":
    """Act as a program for the finance controller."""
    return api(carol, "journal:read", "journal:write")


def found(client: "ApiClient", **query: Any) -> list[int]:
    answer = client.get("/journal", query)
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["items"]]


def test_a_transaction_is_shown_with_its_entries(
    carols: "ApiClient", pair: tuple[Wallet, Wallet], rent: int
) -> None:
    shown = carols.get(f"/journal/{rent}").json()

    assert (shown["number"], shown["kind"], shown["description"]) == (
        f"T-{rent}",
        "transfer",
        "Rent",
    )
    assert shown["effective_on"] == "2020-01-31"
    assert [(row["wallet"]["id"], row["amount"]["amount"]) for row in shown["entries"]] == [
        (pair[0].pk, -1000),
        (pair[1].pk, 1000),
    ]
    assert (shown["reversed_by"], shown["has_more_entries"]) == (None, False)
    page = carols.get(f"/journal/{rent}/entries", {"limit": 1}).json()
    rest = carols.get(f"/journal/{rent}/entries", {"cursor": page["next"]}).json()
    assert page["items"] + rest["items"] == shown["entries"]


def test_transactions_are_found_by_what_is_known_of_them(
    carols: "ApiClient", pair: tuple[Wallet, Wallet], rent: int, system: "User"
) -> None:
    (opening,) = LedgerTransaction.objects.exclude(pk=rent).values_list("pk", flat=True)
    about = carols.get(f"/journal/{rent}").json()["about"]

    assert found(carols) == [rent, opening]
    assert found(carols, kind="opening") == [opening]
    assert found(carols, wallet=pair[0].pk) == [rent, opening]
    assert found(carols, wallet=pair[1].pk, kind="transfer") == [rent]
    assert found(carols, effective_from="2020-01-01", effective_until="2020-01-31") == [rent]
    assert found(carols, effective_until="2020-01-30") == []
    assert found(carols, posted_from="2020-01-01T00:00:00Z", actor=system.pk) == [rent, opening]
    assert found(carols, posted_until="2020-01-01T00:00:00Z") == []
    assert found(carols, about=f"{about['type']}:{about['id']}") == [rent]
    assert found(carols, currency="EUR") == []
    assert found(carols, state="reversed") == []
    page = carols.get("/journal", {"limit": 1}).json()
    assert found(carols, limit=1, cursor=page["next"]) == [opening]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"wallet": 2**62}, "wallet"),
        ({"about": "cats.cat:1"}, "about"),
        ({"about": "tickets.ticket"}, "about"),
        ({"kind": "gift"}, "kind"),
        ({"posted_from": "2026-01-01T00:00:00"}, "posted_from"),
        ({"posted_from": "0001-01-01T00:00:00Z"}, "posted_from"),
        ({"state": "gone"}, "state"),
        ({"text": "Rent"}, "text"),
    ],
)
def test_a_wrong_question_is_named(carols: "ApiClient", query: dict[str, Any], field: str) -> None:
    answer = carols.get("/journal", query)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_a_currency_that_is_not_the_wallets_is_refused(
    carols: "ApiClient", pair: tuple[Wallet, Wallet]
) -> None:
    answer = carols.get("/journal", {"wallet": pair[0].pk, "currency": "EUR"})

    assert answer.json()["errors"][0]["field"] == "currency"


def test_a_controller_reverses_a_transaction_once(
    carols: "ApiClient", pair: tuple[Wallet, Wallet], rent: int
) -> None:
    answer = carols.post(f"/journal/{rent}/reversal", {"reason": "Twice"})

    reversal = answer.json()
    assert (answer.status_code, reversal["reverses"]) == (201, rent)
    assert answer["Location"] == f"/api/v1/journal/{reversal['id']}"
    assert carols.get(f"/journal/{rent}").json()["reversed_by"] == reversal["id"]
    assert found(carols, state="reversal") == [reversal["id"]]
    for number in (rent, reversal["id"]):
        again = carols.post(f"/journal/{number}/reversal", {"reason": "Twice"})
        assert again.status_code == 409
    pair[0].refresh_from_db()
    assert pair[0].placed == 10000


def test_the_journal_is_for_who_may_view_it(
    api: "MakeApi", boris: "User", clara: "User", walt: "User", rent: int
) -> None:
    for person in (boris, clara):
        assert api(person).get("/journal").status_code == 403
        assert api(person).get(f"/journal/{rent}").status_code == 404
        assert api(person).get(f"/journal/{rent}/entries").status_code == 404
        assert api(person).post(f"/journal/{rent}/reversal", {"reason": "x"}).status_code == 404
        assert api(person).get("/trial-balance").status_code == 403
        assert api(person).get("/periods").json()["items"] == []
    assert api(walt).post(f"/journal/{rent}/reversal", {"reason": "x"}).status_code == 403
    assert api(walt).post("/periods/2020-01/close", {"reason": "x"}).status_code == 403
    assert api(walt).post("/periods/2020-01/reopen", {"reason": "x"}).status_code == 403
    assert LedgerTransaction.objects.count() == 2


def test_a_month_is_closed_and_reopened(
    api: "MakeApi", carols: "ApiClient", audrey: "User", rent: int
) -> None:
    path = "/periods/2020-01"

    closed = carols.post(f"{path}/close", {"reason": "All statements are in"}).json()
    late = carols.post(f"{path}/close", {"reason": "Again"})

    assert (closed["month"], closed["status"], closed["closing_count"]) == ("2020-01", "closed", 1)
    assert closed["changed_by"]["name"] == "Carol"
    assert late.status_code == 409
    assert api(audrey).get(path).json() == closed
    assert api(audrey).get("/periods").json()["items"] == [closed]
    assert carols.post(f"{path}/reopen", {"reason": "A mistake"}).json()["status"] == "open"
    assert carols.get("/periods/2019-01").status_code == 404


@pytest.mark.parametrize("month", ["2020-13", "0000-01", "1899-12", "2020-1", "20200-1"])
def test_what_is_no_month_is_refused(carols: "ApiClient", month: str) -> None:
    for answer in (
        carols.get(f"/periods/{month}"),
        carols.post(f"/periods/{month}/close", {"reason": "x"}),
        carols.post(f"/periods/{month}/reopen", {"reason": "x"}),
    ):
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "month"


def test_this_month_is_not_closed(carols: "ApiClient") -> None:
    answer = carols.post("/periods/2998-01/close", {"reason": "x"})

    assert (answer.status_code, answer.json()["type"][-16:]) == (409, ".period-not-over")


def test_the_trial_balance_adds_up_to_zero(carols: "ApiClient", rent: int) -> None:
    now = carols.get("/trial-balance", {"currency": "USD"}).json()
    then = carols.get("/trial-balance", {"as_of": "2020-01-31"}).json()

    for balance in (now, then):
        assert sum(line["balance"]["amount"] for line in balance["lines"]) == 0
    people = now["lines"][0]
    assert (people["role"], people["account_class"], people["balance"]["amount"]) == (
        "",
        "liability",
        10000,
    )
    assert {line["role"] for line in now["lines"]} >= {"", Role.CASH, Role.OPENING}
    assert then["as_of"] == "2020-01-31"
    assert {line["balance"]["amount"] for line in then["lines"]} == {0}


def test_a_list_asks_as_much_for_ten_transactions_as_for_two(
    carols: "ApiClient", make: "Make", boris: "User"
) -> None:
    for _number in range(10):
        make.wallet(boris, balance=100)

    def asked(limit: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert len(found(carols, limit=limit)) == limit
        return len(queries)

    assert asked(10) == asked(2)


def test_each_deed_needs_its_scope(api: "MakeApi", carol: "User", rent: int) -> None:
    reader = api(carol, "journal:read")

    assert reader.post(f"/journal/{rent}/reversal", {"reason": "x"}).status_code == 403
    assert reader.post("/periods/2020-01/close", {"reason": "x"}).status_code == 403
    assert reader.post("/periods/2020-01/reopen", {"reason": "x"}).status_code == 403
    for path in ("/journal", f"/journal/{rent}", "/trial-balance", "/periods"):
        assert api(carol, "me").get(path).status_code == 403
