"""The statement of a wallet through the API: balances, days, pages, and who reads it."""

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.wallets import services as wallets
from apps.wallets.states import Role, TransactionKind

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.wallets.models import Wallet
    from project.testing.api import ApiClient, MakeApi
    from project.testing.make import Make

pytestmark = pytest.mark.django_db


@pytest.fixture
def wallet(make: "Make", boris: "User", lena: "User", system: "User") -> "Wallet":
    """Boris has 100.00 and pays five times 10.00, each on an earlier day than the one before."""
    wallet, other = make.wallet(boris, balance=10000), make.wallet(lena)
    for day in (25, 24, 23, 22, 21):
        wallets.post(
            TransactionKind.TRANSFER,
            [wallets.Entry(wallet.pk, -1000), wallets.Entry(other.pk, 1000)],
            actor=system,
            key=f"pay {day}",
            description=f"Paid on the {day}th",
            effective_on=date(2020, 1, day),
        )
    return wallet


@pytest.fixture
def boriss(api: "MakeApi", boris: "User") -> "ApiClient":
    """Act as a program for Boris."""
    return api(boris, "wallets:read")


def pages(client: "ApiClient", path: str, **query: Any) -> list[dict[str, Any]]:
    found = [client.get(path, query).json()]
    while found[-1]["next"]:
        found.append(client.get(path, {**query, "cursor": found[-1]["next"]}).json())
    return found


def lines(found: list[dict[str, Any]]) -> list[tuple[int, int, int]]:
    return [
        (row["position"], row["amount"], row["balance"]) for page in found for row in page["items"]
    ]


def test_by_position_each_line_has_the_balance_after_it(
    boriss: "ApiClient", wallet: "Wallet"
) -> None:
    found = pages(boriss, f"/wallets/{wallet.pk}/statement", limit=4)

    assert [len(page["items"]) for page in found] == [4, 2]
    assert lines(found) == [
        *((number, -1000, 10000 - 1000 * (number - 1)) for number in (6, 5, 4, 3, 2)),
        (1, 10000, 10000),
    ]
    for page in found:
        assert page["opening"] == {"amount": 0, "currency": "USD"}
        assert page["closing"] == {"amount": 5000, "currency": "USD"}
        assert page["waiting"] == []


def test_with_days_each_balance_counts_what_is_effective_by_then(
    boriss: "ApiClient", wallet: "Wallet"
) -> None:
    path = f"/wallets/{wallet.pk}/statement"
    found = pages(boriss, path, **{"from": "2020-01-22", "until": "2020-01-24", "limit": 2})

    assert lines(found) == [(3, -1000, -4000), (4, -1000, -3000), (5, -1000, -2000)]
    assert [row["effective_on"] for row in found[0]["items"]] == ["2020-01-24", "2020-01-23"]
    assert found[0]["opening"]["amount"] == -1000
    assert found[0]["closing"]["amount"] == -4000


def test_entries_of_the_last_seconds_wait_on_the_first_page(
    api: "MakeApi", walt: "User", wallet: "Wallet"
) -> None:
    opening = wallets.system_wallet(Role.OPENING, "USD")
    walts = api(walt, "wallets:read")

    before = walts.get(f"/wallets/{opening.pk}/statement").json()
    wallets.roll_up()
    after = walts.get(f"/wallets/{opening.pk}/statement").json()

    assert (len(before["waiting"]), before["items"]) == (1, [])
    assert before["waiting"][0]["position"] is None
    assert before["closing"] == after["closing"] == {"amount": -10000, "currency": "USD"}
    assert (after["waiting"], after["items"][0]["position"]) == ([], 1)


def test_others_find_no_statement(
    api: "MakeApi", bella: "User", clara: "User", fiona: "User", wallet: "Wallet"
) -> None:
    path = f"/wallets/{wallet.pk}/statement"

    assert api(bella).get(path).status_code == 404
    # She sees what is in the wallet, and not what moved it.
    assert api(clara).get(f"/wallets/{wallet.pk}").status_code == 200
    assert api(clara).get(path).status_code == 403
    assert api(fiona).get(path).status_code == 200


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2020-02-30"}, "from"),
        ({"from": "0001-01-01"}, "from"),
        ({"until": "9999-12-31"}, "until"),
        ({"from": "2020-01-02", "until": "2020-01-01"}, "until"),
        ({"cursor": "YmVmb3JlLTk5OTk5OTk5OTk5OTk5OTk5OTk5"}, "cursor"),
        ({"limit": 201}, "limit"),
    ],
)
def test_a_wrong_question_is_named(
    boriss: "ApiClient", wallet: "Wallet", query: dict[str, Any], field: str
) -> None:
    answer = boriss.get(f"/wallets/{wallet.pk}/statement", query)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_any_page_is_found_by_an_index_and_asks_as_much_as_another(
    boriss: "ApiClient", wallet: "Wallet"
) -> None:
    path = f"/wallets/{wallet.pk}/statement"
    cursor = boriss.get(path, {"limit": 2}).json()["next"]

    def asked(**query: Any) -> int:
        with CaptureQueriesContext(connection) as queries:
            boriss.get(path, query)
        assert not [query for query in queries if "OFFSET" in query["sql"]]
        return len(queries)

    assert asked(limit=200) == asked(limit=2)
    assert asked(limit=2, cursor=cursor) <= asked(limit=2)
