"""What the database refuses of an exchange to raw SQL, and what `check_books` finds afterwards."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from moneyed import CURRENCIES

from apps.accounts.models import User
from apps.common.exchange import converted
from apps.common.money import decimals_of
from apps.wallets import checking
from apps.wallets import services as wallets
from apps.wallets.models import Exchange, Wallet
from apps.wallets.states import CLASS_OF, AccountClass, Role
from apps.wallets.tests.conftest import Tamper
from apps.wallets.tests.raw_sql import (
    Statement,
    posting,
    run,
    sql,
)
from project.testing.make import Make


@pytest.fixture
def pair(make: Make, boris: User) -> tuple[Wallet, Wallet]:
    """Boris with 1,000.00 dollars and no yen."""
    return make.wallet(boris, balance=100000), make.wallet(boris, currency="JPY")


def terms_row(pair: tuple[Wallet, Wallet], **columns: object) -> Statement:
    """Insert the terms of the transaction with the key “raw”: 99.99 dollars at 152.34 yen."""
    values = {
        "sold_wallet_id": pair[0].pk,
        "bought_wallet_id": pair[1].pk,
        "sold_currency": "USD",
        "bought_currency": "JPY",
        "sold_amount": 9999,
        "bought_amount": 15232,
        "given": "sold",
        "rate": Decimal("152.34"),
        "rate_source": "",
        "rounding": "half_up",
        "unrounded": Decimal("15232.4766"),
        "fee_amount": 0,
        "fee_side": "",
        "actor_id": User.objects.system().pk,
        "reason": "Trip",
        **columns,
    }
    names, marks = ", ".join(values), ", ".join(["%s"] * len(values))
    text = (
        f"INSERT INTO ledger_exchanges (transaction_id, {names}) "  # noqa: S608  (constants)
        f"SELECT max(id), {marks} FROM ledger_transactions"
    )
    return text, tuple(values.values())


def entries(pair: tuple[Wallet, Wallet], *amounts: int) -> list[tuple[Wallet, int]]:
    """Return what leaves, goes through the two exchange wallets, and arrives."""
    through = [wallets.system_wallet(Role.EXCHANGE, wallet.currency) for wallet in pair]
    on = (pair[0], *through, pair[1])
    return list(zip(on, amounts, strict=False))


def exchanging(*moved: tuple[Wallet, int], **columns: object) -> Statement:
    """Post an exchange with the key “raw” by the inbox of the ledger, entries in its order."""
    in_order = sorted(moved, key=lambda one: (one[0].pk, -one[1]))
    return posting(*in_order, **{"kind": "exchange", **columns})


AMOUNTS = (-9999, 9999, -15232, 15232)


def attempt(pair: tuple[Wallet, Wallet], *amounts: int, **columns: object) -> str:
    return run(exchanging(*entries(pair, *(amounts or AMOUNTS))), terms_row(pair, **columns))


def test_raw_rows_that_follow_from_each_other_are_an_exchange(
    pair: tuple[Wallet, Wallet],
) -> None:
    assert attempt(pair) == "nothing refused it"
    assert Exchange.objects.get().difference == Decimal("-0.4766")
    assert checking.check().ok


def test_an_exchange_has_terms(pair: tuple[Wallet, Wallet]) -> None:
    assert run(exchanging(*entries(pair, *AMOUNTS))) == "exchange_has_terms"


def test_only_an_exchange_has_terms(pair: tuple[Wallet, Wallet]) -> None:
    transfer = exchanging(*entries(pair, *AMOUNTS), kind="transfer")
    assert run(transfer, terms_row(pair)) == "exchange_belongs_to_exchange"


def test_an_exchange_has_its_terms_once(pair: tuple[Wallet, Wallet]) -> None:
    assert attempt(pair) == "nothing refused it"
    assert "transaction_id" in run(terms_row(pair))


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({"sold_amount": 0}, "exchange_amounts_are_positive"),
        ({"bought_amount": 0, "unrounded": 0}, "exchange_amounts_are_positive"),
        ({"bought_amount": 10**15 + 1}, "exchange_amounts_are_positive"),
        ({"rate": Decimal(0), "unrounded": 0}, "exchange_rate_is_plausible"),
        (
            {
                "rate": Decimal(1_000_000_001),
                "unrounded": Decimal("99990000099.99"),
                "bought_amount": 99990000100,
            },
            "exchange_rate_is_plausible",
        ),
        (
            {
                "rate": Decimal("0.0000000001"),
                "sold_amount": 10**13,
                "unrounded": 10,
                "bought_amount": 10,
            },
            "exchange_rate_is_plausible",
        ),
        ({"given": "both"}, "exchange_rule_is_known"),
        ({"rounding": "down"}, "exchange_rule_is_known"),
        ({"reason": ""}, "exchange_has_reason"),
        ({"fee_amount": 5}, "exchange_fee_leaves_something"),
        ({"fee_amount": 5, "fee_side": "both"}, "exchange_fee_leaves_something"),
        ({"fee_amount": -5, "fee_side": "sold"}, "exchange_fee_leaves_something"),
        ({"fee_amount": 15232, "fee_side": "bought"}, "exchange_fee_leaves_something"),
        ({"bought_amount": 15233}, "exchange_follows_rate"),
        ({"bought_amount": 15231}, "exchange_follows_rate"),
        ({"sold_amount": 10000}, "exchange_follows_rate"),
        ({"rate": Decimal("152.35")}, "exchange_follows_rate"),
        ({"unrounded": Decimal("15232.4767")}, "exchange_follows_rate"),
        ({"unrounded": Decimal("15232.476600000001")}, "exchange_follows_rate"),
        # What was bought was given: 15,231 yen cost 99.98 dollars, 15,230 cost 99.97.
        ({"given": "bought"}, "nothing refused it"),
        ({"given": "bought", "bought_amount": 15231}, "exchange_follows_rate"),
        ({"given": "bought", "bought_amount": 15234}, "exchange_follows_rate"),
        ({"sold_currency": "EUR"}, "exchange_has_currency_of_wallets"),
        ({"bought_currency": "EUR"}, "exchange_has_currency_of_wallets"),
        ({"actor_id": "boris"}, "exchange_has_actor_of_transaction"),
    ],
)
def test_the_terms_are_right_in_themselves(
    pair: tuple[Wallet, Wallet], boris: User, columns: dict[str, Any], rule: str
) -> None:
    people = {"boris": boris.pk}
    said = {name: people.get(str(value), value) for name, value in columns.items()}
    assert attempt(pair, **said) == rule


@pytest.mark.parametrize(
    ("bought", "rule"),
    [
        (2, "nothing refused it"),
        (1, "exchange_follows_rate"),  # 1.5 yen is rounded up
        (3, "exchange_follows_rate"),
    ],
)
def test_half_a_minor_unit_is_rounded_up(
    pair: tuple[Wallet, Wallet], bought: int, rule: str
) -> None:
    said = {"sold_amount": 50, "rate": 3, "unrounded": Decimal("1.5"), "bought_amount": bought}
    assert attempt(pair, -50, 50, -bought, bought, **said) == rule


@pytest.mark.parametrize(
    ("sold", "rule"),
    [
        (13, "nothing refused it"),  # 1 yen at 8 costs 12.5 cents, rounded up
        (12, "exchange_follows_rate"),
        (14, "exchange_follows_rate"),
    ],
)
def test_half_a_minor_unit_of_the_cost_is_rounded_up(
    pair: tuple[Wallet, Wallet], sold: int, rule: str
) -> None:
    said = {"given": "bought", "sold_amount": sold, "rate": 8, "bought_amount": 1}
    said["unrounded"] = sold * Decimal("0.08")
    assert attempt(pair, -sold, sold, -1, 1, **said) == rule


@pytest.mark.parametrize(
    "amounts",
    [
        (-9998, 9998, -15232, 15232),
        (-9999, 9999, -15231, 15231),
        (9999, -9999, 15232, -15232),
        (-9999, 9999),
    ],
)
def test_the_entries_follow_from_the_terms(
    pair: tuple[Wallet, Wallet], amounts: tuple[int, ...]
) -> None:
    # Yen enough for an exchange the wrong way round.
    opening = wallets.system_wallet(Role.OPENING, "JPY")
    run(posting((opening, -99999), (pair[1], 99999), key="yen", kind="opening"))
    assert attempt(pair, *amounts) == "exchange_goes_through_exchange_wallets"


def test_an_exchange_does_not_go_through_suspense(pair: tuple[Wallet, Wallet]) -> None:
    through = [wallets.system_wallet(Role.SUSPENSE, wallet.currency) for wallet in pair]
    moved = exchanging(*zip((pair[0], *through, pair[1]), AMOUNTS, strict=True))
    assert run(moved, terms_row(pair)) == "exchange_goes_through_exchange_wallets"


def test_an_exchange_has_no_third_currency(
    pair: tuple[Wallet, Wallet], make: Make, lena: User
) -> None:
    euros = make.wallet(lena, currency="EUR", balance=500)
    extra = ((euros, -500), (wallets.system_wallet(Role.CASH, "EUR"), 500))
    moved = exchanging(*entries(pair, *AMOUNTS), *extra)
    assert run(moved, terms_row(pair)) == "exchange_goes_through_exchange_wallets"


def test_an_exchange_has_two_currencies(
    pair: tuple[Wallet, Wallet], make: Make, boris: User
) -> None:
    said = {"bought_wallet_id": pair[0].pk, "bought_currency": "USD", "rate": 1}
    said |= {"bought_amount": 9999, "unrounded": 9999}
    assert attempt(pair, **said) == "exchange_has_two_currencies"


def test_an_exchange_is_between_wallets_of_one_owner_or_class(
    pair: tuple[Wallet, Wallet], make: Make, bella: User
) -> None:
    assert attempt((pair[0], make.wallet(bella, currency="JPY"))) == "exchange_stays_with_owner"
    cash, suspense = (
        wallets.system_wallet(Role.CASH, "USD"),
        wallets.system_wallet(Role.SUSPENSE, "JPY"),
    )
    assert attempt((cash, suspense)) == "exchange_stays_with_owner"
    assert attempt((pair[0], suspense)) == "exchange_stays_with_owner"
    through = wallets.system_wallet(Role.EXCHANGE, "JPY")
    assert attempt((pair[0], through)) == "exchange_is_between_other_wallets"


def test_of_what_the_house_owns_what_leaves_is_a_credit(db: None) -> None:
    cash = (wallets.system_wallet(Role.CASH, "USD"), wallets.system_wallet(Role.CASH, "JPY"))
    mirrored = [-amount for amount in AMOUNTS]
    assert attempt(cash) == "exchange_goes_through_exchange_wallets"
    # The fee of the house would be its own income.
    fee = {"fee_amount": 5, "fee_side": "sold"}
    assert attempt(cash, *mirrored, **fee) == "exchange_fee_is_of_people"
    assert attempt(cash, *mirrored) == "nothing refused it"


def test_nobody_exchanges_their_own(pair: tuple[Wallet, Wallet], boris: User) -> None:
    moved = exchanging(*entries(pair, *AMOUNTS), actor_id=boris.pk)
    assert run(moved, terms_row(pair, actor_id=boris.pk)) == "exchange_is_not_own"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_exchanges SET rate = rate",
        "DELETE FROM ledger_exchanges",
        "TRUNCATE ledger_exchanges",
    ],
)
def test_terms_stay_as_they_were_written(pair: tuple[Wallet, Wallet], statement: str) -> None:
    attempt(pair)
    assert run(sql(statement)) == "exchanges_are_append_only"


# What the database knows is what Python knows


def test_the_database_knows_the_decimals_of_every_currency(db: None) -> None:
    codes = sorted(CURRENCIES)
    with connection.cursor() as cursor:
        cursor.execute("SELECT c, ledger_decimals(c) FROM unnest(%s::text[]) c", [codes])
        assert dict(cursor.fetchall()) == {code: decimals_of(code) for code in codes}


def test_the_database_knows_the_class_of_every_account(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT role, ledger_class(w) FROM wallets w")
        found = dict(cursor.fetchall())
    assert found == {role.value: kind.value for role, kind in CLASS_OF.items() if role in found}
    assert set(found) == {role.value for role in CLASS_OF}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_class(jsonb_populate_record(NULL::wallets, j)) "
            "FROM unnest(%s::jsonb[]) j",
            [['{"role": "general", "general_class": "expense"}', '{"role": ""}']],
        )
        assert [kind for (kind,) in cursor.fetchall()] == [
            AccountClass.EXPENSE,
            AccountClass.LIABILITY,
        ]


def test_the_database_multiplies_as_python_does(db: None) -> None:
    @given(
        amount=st.integers(1, 10**15),
        rate=st.decimals("0.000000001", 10**9, places=12),
        pair=st.tuples(*[st.sampled_from(["JPY", "USD", "KWD", "CLF"])] * 2),
    )
    def compare(amount: int, rate: Decimal, pair: tuple[str, str]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT ledger_worth(%s, %s, %s, %s)", [amount, rate, *pair])
            assert cursor.fetchone() == (converted(amount, *pair, rate).unrounded,)

    compare()


# What was done behind the ledger's back

TERMS = "UPDATE ledger_exchanges SET {}"
DAMAGE = [
    (
        "DELETE FROM ledger_exchanges",
        "Transaction T-{id} is an exchange without terms, or has terms and is none.",
    ),
    (
        "UPDATE ledger_transactions SET kind = 'transfer' WHERE kind = 'exchange'",
        "Transaction T-{id} is an exchange without terms, or has terms and is none.",
    ),
    (
        TERMS.format("rate = 152.35"),
        (
            "The exchange of T-{id} bought ¥15,232, and at its rate what it sold is worth "
            "about ¥15,233."
        ),
    ),
    (TERMS.format("unrounded = 15232"), "The exchange of T-{id} bought ¥15,232, and at its rate"),
    (
        TERMS.format("bought_amount = 15233"),
        "The exchange of T-{id} bought ¥15,233, and at its rate",
    ),
    (
        TERMS.format("given = 'bought', bought_amount = 15231"),
        "The exchange of T-{id} bought ¥15,231, and at its rate",
    ),
    (
        TERMS.format("sold_wallet_id = (SELECT min(id) FROM wallets WHERE currency = 'USD')"),
        "The exchange of T-{id} is not between two wallets of one owner",
    ),
    (
        TERMS.format("actor_id = (SELECT id FROM users WHERE display_name = 'Boris')"),
        "The exchange of T-{id} is not between two wallets of one owner",
    ),
    (
        TERMS.format("fee_amount = 5, fee_side = 'sold'"),
        "The entries of T-{id} are not those that follow from its rate.",
    ),
]


@pytest.mark.parametrize(("statement", "sentence"), DAMAGE)
def test_terms_that_were_changed_behind_the_ledgers_back_are_named(
    pair: tuple[Wallet, Wallet], tamper: Tamper, statement: str, sentence: str
) -> None:
    attempt(pair)
    made = Exchange.objects.get().transaction_id
    assert checking.check().ok
    tamper(statement)
    found = checking.check()
    assert not found.ok
    assert found.fault.startswith(sentence.format(id=made))
