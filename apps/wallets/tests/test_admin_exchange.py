"""Exchanging on the pages: what the dialog shows, what it does, and what the pages say later."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.wallets import services as wallets
from apps.wallets.models import Exchange, Wallet
from apps.wallets.services import Terms
from apps.wallets.states import Role
from apps.wallets.tests.browsing import buttons, press, said, signed_in, text_of, url_of
from apps.wallets.tests.conftest import figures, stored
from project.testing.make import Make


@pytest.fixture
def dollars(make: Make, boris: User) -> Wallet:
    return make.wallet(boris, balance=100000)


@pytest.fixture
def yen(make: Make, boris: User) -> Wallet:
    return make.wallet(boris, currency="JPY")


@pytest.fixture
def browser(carol: User) -> Client:
    return signed_in(carol)


def previewed(client: Client, wallet: Wallet, **typed: Any) -> Any:
    return client.get(url_of("wallet_exchange_preview", wallet.pk), typed)


def typed(yen: Wallet, **others: Any) -> dict[str, Any]:
    return {
        "other": yen.pk,
        "amount": "99.99",
        "given": "sold",
        "rate": "152.34",
        "reason": "Trip",
        **others,
    }


def test_the_figures_are_shown_while_somebody_types(
    browser: Client, dollars: Wallet, yen: Wallet
) -> None:
    before = stored()
    page = text_of(previewed(browser, dollars, **typed(yen, fee="1.50", fee_side="sold")))
    for words in (
        f"Leaves $101.49 {dollars.number}",
        f"Arrives ¥15,232 {yen.number}",
        "Fee $1.50 to commission income",
        "Exactly 15,232.4766 JPY before rounding",
    ):
        assert words in page
    assert "Last time" not in page
    assert stored() == before


def test_what_arrives_may_be_typed_instead(browser: Client, dollars: Wallet, yen: Wallet) -> None:
    page = text_of(previewed(browser, dollars, **typed(yen, amount="1000", given="bought")))
    assert "Leaves $6.56" in page
    assert "Arrives ¥1,000" in page


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ({"rate": ""}, "Type an amount and a rate"),
        ({"amount": ""}, "Type an amount and a rate"),
        ({"rate": "0"}, "“0” is not an exchange rate: it must be more than zero."),
        ({"amount": "1.234"}, "“1.234” is not an amount in USD"),
        ({"amount": "1.5", "given": "bought"}, "“1.5” is not an amount in JPY"),
        ({"fee": "x"}, "“x” is not an amount in USD"),
        ({"amount": "2000"}, "has $1,000.00 available, and $2,000.00 is needed"),
        ({"other": "987654"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_while_somebody_types(
    browser: Client, dollars: Wallet, yen: Wallet, others: dict[str, str], words: str
) -> None:
    page = text_of(previewed(browser, dollars, **typed(yen, **others)))
    assert words in page
    assert "Leaves" not in page


def test_a_rate_far_from_the_last_one_is_pointed_out(
    browser: Client, dollars: Wallet, yen: Wallet, carol: User
) -> None:
    terms = Terms(dollars.pk, yen.pk, 100, "152.34")
    wallets.exchange(terms, actor=carol, key="k", reason="Trip")
    near = text_of(previewed(browser, dollars, **typed(yen, rate="160")))
    assert ": 1 USD = 152.34 JPY." in near
    assert "Is it the right way round?" not in near
    far = text_of(previewed(browser, dollars, **typed(yen, rate="15.234")))
    assert "Is it the right way round?" in far


def test_the_button_does_what_the_figures_said(
    browser: Client, dollars: Wallet, yen: Wallet, carol: User
) -> None:
    shown = previewed(browser, dollars, **typed(yen))
    seen = shown.context["preview"].token
    done = press(
        browser, url_of("wallet_exchange", dollars.pk), **typed(yen, seen=seen, rate_source="Bank")
    )
    row = Exchange.objects.get()
    there = url_of("ledgertransaction_change", row.transaction_id)
    assert done.headers["HX-Redirect"] == there
    assert said(done) == ["$99.99 became ¥15,232."]
    assert (row.actor, row.reason, row.rate_source) == (carol, "Trip", "Bank")
    page = text_of(browser.get(there))
    for words in (
        "Rate 1 USD = 152.34 JPY Bank",
        "Sold $99.99 agreed on",
        "Bought ¥15,232 computed",
        "Before rounding 15,232.4766 JPY",
        "Rounding -0.4766 JPY half up to the minor unit",
        "Reason Trip",
    ):
        assert words in page
    assert "Fee" not in page


def test_a_fee_and_a_gain_by_rounding_are_shown(
    browser: Client, dollars: Wallet, yen: Wallet, carol: User
) -> None:
    terms = Terms(dollars.pk, yen.pk, 50, "3", fee_amount=150)
    row = wallets.exchange(terms, actor=carol, key="k", reason="Trip")
    page = text_of(browser.get(url_of("ledgertransaction_change", row.transaction_id)))
    assert "Rounding +0.5 JPY" in page
    assert "Fee $1.50 to commission income" in page


def test_figures_that_nobody_saw_are_shown_first(
    browser: Client, dollars: Wallet, yen: Wallet
) -> None:
    url, before = url_of("wallet_exchange", dollars.pk), stored()
    asked = press(browser, url, **typed(yen))
    page = text_of(asked)
    assert "Nothing was exchanged yet" in page
    assert "Arrives ¥15,232" in page
    assert stored() == before
    seen = previewed(browser, dollars, **typed(yen)).context["preview"].token
    asked = press(browser, url, **typed(yen, amount="100", seen=seen))
    assert "Nothing was exchanged yet" in text_of(asked)
    assert stored() == before


def test_two_clicks_exchange_once(browser: Client, dollars: Wallet, yen: Wallet) -> None:
    url = url_of("wallet_exchange", dollars.pk)
    terms = typed(yen, amount="1000")
    seen = previewed(browser, dollars, **terms).context["preview"].token
    form = {"_form_submitted": "1", "key": "of-this-dialog", **terms, "seen": seen}
    first = browser.post(url, form)
    # All is exchanged by now, and the second click still hears that it is.
    assert browser.post(url, form).headers["HX-Redirect"] == first.headers["HX-Redirect"]
    assert Exchange.objects.count() == 1
    assert figures(dollars)[0] == 0


def test_a_refusal_keeps_the_dialog_open(browser: Client, dollars: Wallet, yen: Wallet) -> None:
    url = url_of("wallet_exchange", dollars.pk)
    terms = typed(yen, amount="2000")
    page = text_of(press(browser, url, **terms))
    assert "has $1,000.00 available" in page
    assert "Nothing was exchanged yet" not in page
    asked = press(browser, url, **typed(yen, reason=""))
    assert "This field is required" in text_of(asked)
    assert not Exchange.objects.exists()


def test_without_a_second_wallet_the_dialog_says_what_to_do(
    browser: Client, dollars: Wallet
) -> None:
    url = url_of("wallet_exchange", dollars.pk)
    words = "Boris has no other active wallet in another currency. Open one first"
    assert words in text_of(browser.get(url))
    assert words in text_of(press(browser, url, amount="1", rate="1", reason="Trip"))
    assert browser.get(url_of("wallet_exchange", 987654)).status_code == 404


def test_the_house_exchanges_one_place_of_the_chart_without_a_fee(
    browser: Client, db: None
) -> None:
    cash = wallets.system_wallet(Role.CASH, "USD")
    form = browser.get(url_of("wallet_exchange", cash.pk)).context["form"]
    assert [label[:14] for _pk, label in form.fields["other"].choices] == [
        "EUR · EUR-CASH",
        "GBP · GBP-CASH",
        "JPY · JPY-CASH",
    ]
    assert "fee" not in form.fields
    other = wallets.system_wallet(Role.CASH, "EUR").pk
    terms = {"other": other, "amount": "100", "given": "sold", "rate": "0.92"}
    shown = previewed(browser, cash, **terms)
    assert "Arrives €92.00 EUR-CASH" in text_of(shown)
    seen = shown.context["preview"].token
    press(browser, url_of("wallet_exchange", cash.pk), **terms, reason="Rent", seen=seen)
    assert Exchange.objects.get().bought_amount == 9200


def test_the_button_is_where_an_exchange_is_possible(
    browser: Client, dollars: Wallet, carol: User, walt: User
) -> None:
    page = url_of("wallet_change", dollars.pk)
    assert "exchange" in buttons(browser.get(page))
    assert "exchange" not in buttons(signed_in(walt).get(page))
    for url in ("wallet_exchange", "wallet_exchange_preview"):
        assert signed_in(walt).get(url_of(url, dollars.pk)).status_code == 403
    through = wallets.system_wallet(Role.EXCHANGE, "USD")
    assert "exchange" not in buttons(browser.get(url_of("wallet_change", through.pk)))
    wallets.freeze(dollars.pk, actor=carol, reason="Audit")
    assert "exchange" not in buttons(browser.get(page))


def test_an_exchange_wallet_shows_the_positions_and_the_latest_exchanges(
    browser: Client, dollars: Wallet, yen: Wallet, carol: User, clara: User
) -> None:
    through = wallets.system_wallet(Role.EXCHANGE, "JPY")
    page = url_of("wallet_change", through.pk)
    assert "Nothing has been exchanged yet." in text_of(browser.get(page))
    terms = Terms(dollars.pk, yen.pk, 9999, "152.34")
    row = wallets.exchange(terms, actor=carol, key="k", reason="Trip")
    shown = text_of(browser.get(page))
    assert "EUR €0.00 GBP £0.00 JPY -¥15,232 USD $99.99" in shown
    assert f"{row} 1 USD = 152.34 JPY $99.99 → ¥15,232" in shown
    assert "Positions" not in text_of(signed_in(clara).get(page))
    chart = text_of(browser.get(url_of("wallet_changelist"), {"tab": "chart", "q": "EXCHANGE"}))
    assert "JPY-EXCHANGE" in chart
    assert "-¥15,232" in chart
