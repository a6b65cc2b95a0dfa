"""Exchanges through the API: quoted, done once, and only by who may."""

from typing import TYPE_CHECKING, Any

import pytest

from apps.wallets.models import Exchange, Wallet

if TYPE_CHECKING:
    from apps.accounts.models import User
    from project.testing.api import ApiClient, MakeApi
    from project.testing.make import Make

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(make: "Make", boris: "User") -> tuple[Wallet, Wallet]:
    """Boris has 100.00 US dollars, and no euros."""
    return make.wallet(boris, balance=10000), make.wallet(boris, currency="EUR")


@pytest.fixture
def carols(api: "MakeApi", carol: "User") -> "ApiClient":
    """Act as a program for the finance controller."""
    return api(carol, "journal:read", "journal:write", "wallets:read")


def terms(pair: tuple[Wallet, Wallet], **fields: Any) -> dict[str, Any]:
    return {
        "sold_wallet": pair[0].pk,
        "bought_wallet": pair[1].pk,
        "amount": 1000,
        "rate": "0.92",
        "fee_amount": 20,
        "fee_side": "bought",
        **fields,
    }


def test_a_controller_is_quoted_and_exchanges(
    carols: "ApiClient", pair: tuple[Wallet, Wallet]
) -> None:
    quote = carols.get("/exchange-quote", terms(pair)).json()
    assert not Exchange.objects.exists()

    answer = carols.post("/exchanges", {**terms(pair), "reason": "Asked for"}, key="k")
    again = carols.post("/exchanges", {**terms(pair), "reason": "Asked for"}, key="k")

    done = answer.json()
    assert quote["leaves"] == {"amount": 1000, "currency": "USD"}
    assert quote["arrives"] == {"amount": 900, "currency": "EUR"}
    assert quote["fee"] == done["fee"] == {"amount": 20, "currency": "EUR"}
    assert (answer.status_code, done["rate"]) == (201, "0.92")
    assert answer["Location"] == f"/api/v1/journal/{done['transaction']}"
    assert again.json() == done
    figures = [carols.get(f"/wallets/{one.pk}").json()["posted"]["amount"] for one in pair]
    assert figures == [9000, 900]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"rate": "dear"}, "common.invalid-rate"),
        ({"amount": 0}, "wallets.amount-not-positive"),
        ({"amount": 10**15, "rate": "1000000000"}, "wallets.amount-too-large"),
        ({"amount": 20000}, "wallets.insufficient-funds"),
        ({"sold_wallet": 2**62}, "wallets.unknown-wallet"),
        ({"rate": "9" * 61}, "api.fields-refused"),
    ],
)
def test_terms_that_are_wrong_are_refused(
    carols: "ApiClient", pair: tuple[Wallet, Wallet], fields: dict[str, Any], kind: str
) -> None:
    asked = terms(pair, **fields)

    for answer in (
        carols.get("/exchange-quote", asked),
        carols.post("/exchanges", {**asked, "reason": "Asked for"}),
    ):
        assert answer.status_code == 422
        assert answer.json()["type"].endswith(f"/{kind}")


def test_others_exchange_nothing(
    api: "MakeApi", boris: "User", walt: "User", pair: tuple[Wallet, Wallet]
) -> None:
    for person in (boris, walt):
        assert api(person).get("/exchange-quote", terms(pair)).status_code == 403
        answer = api(person).post("/exchanges", {**terms(pair), "reason": "Mine"})
        assert answer.status_code == 403
    assert not Exchange.objects.exists()


def test_exchanging_needs_its_scope(
    api: "MakeApi", carol: "User", pair: tuple[Wallet, Wallet]
) -> None:
    reader = api(carol, "journal:read")

    assert reader.post("/exchanges", {**terms(pair), "reason": "x"}).status_code == 403
    assert api(carol, "me").get("/exchange-quote", terms(pair)).status_code == 403
