"""The journal as plain text: hledger finds the balances that we have, for every account."""

import json
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.common.money import plain_amount
from apps.wallets import selectors
from apps.wallets import services as wallets
from apps.wallets.account_names import names_of
from apps.wallets.exporting import as_hledger
from apps.wallets.exporting.selection import Selection
from apps.wallets.models import LedgerTransaction, Wallet
from apps.wallets.services import Entry
from apps.wallets.states import AccountClass, Role, TransactionKind
from apps.wallets.tests.conftest import Move
from apps.wallets.tests.importing import SMALL, brought_in
from project.testing.hledger import Hledger
from project.testing.make import Make

ALL = Selection()


def text_of(selection: Selection = ALL) -> str:
    return b"".join(as_hledger.written(selection)).decode()


def ours(as_of: date | None = None) -> dict[tuple[str, str], str]:
    """Return what we say is on each account that is not empty, by its name; debit positive."""
    people = Wallet.objects.of_people()
    names = names_of(Wallet.objects.of_the_system())
    names |= {wallet.pk: f"Liabilities:People:{wallet.number}" for wallet in people}
    balances = {
        (names[wallet.pk], wallet.currency): plain_amount(
            -selectors.balance_of(wallet, as_of=as_of), wallet.currency
        )
        for wallet in Wallet.objects.all()
    }
    return {key: text for key, text in balances.items() if text.strip("-0.")}


def test_a_small_journal_is_written_like_this(carol: User) -> None:
    brought_in(SMALL, carol)
    first = LedgerTransaction.objects.order_by("pk")[0].pk
    _stamp, _days, rest = text_of().split("\n", 2)
    assert _stamp.startswith("; The journal of Assets, written ")
    assert _days == "; Effective days: all. Debits are positive, credits are negative."
    assert (
        rest
        == f"""
commodity 1000.00 USD

account Assets:Bank  ; type: A
account Equity:Start  ; type: E
account Expenses:Office  ; type: X

2026-01-01 (T-{first}) Opening
    Assets:Bank  100.00 USD
    Equity:Start  -100.00 USD

2026-01-05 (T-{first + 1}) Paper
    Expenses:Office  7.50 USD
    Assets:Bank  -7.50 USD
"""
    )


def test_its_balances_are_ours_with_several_currencies_and_back_dated_transactions(
    make: Make, boris: User, bella: User, system: User, carol: User, move: Move, hledger: Hledger
) -> None:
    brought_in(SMALL, carol)
    dollars, yen = make.wallet(boris, balance=123_456), make.wallet(bella, currency="JPY")
    pounds = make.wallet(bella, currency="GBP", balance=5)
    move(7, dollars, wallets.system_wallet(Role.COMMISSION, "USD"), key="now")
    old = date(2025, 12, 31)
    move(100, dollars, wallets.system_wallet(Role.CASH, "USD"), key="old", effective_on=old)
    dinars = [
        wallets.open_general_account(title, AccountClass.ASSET, "KWD", actor=carol)
        for title in ("Till", "Safe; the  big one")
    ]
    suspense = [wallets.system_wallet(Role.SUSPENSE, code) for code in ("USD", "JPY")]
    entries = [
        Entry(dollars.pk, -10_000),
        Entry(suspense[0].pk, 10_000),
        Entry(suspense[1].pk, -15_234),
        Entry(yen.pk, 15_234),
        Entry(dinars[0].pk, -1),
        Entry(dinars[1].pk, 1),
    ]
    wallets.post(TransactionKind.TRANSFER, entries, actor=system, key="x", effective_on=old)
    assert pounds.posted == 5

    hledger.journal.write_text(text_of(), encoding="utf-8")
    assert hledger.balances() == ours()
    assert ours()["Assets:Till", "KWD"] == "0.001"
    assert ours()[f"Liabilities:People:{yen.number}", "JPY"] == "-15234"
    # Everything that is effective by the last day of the year before, whenever it was posted.
    assert hledger.balances("--end", "2026-01-01") == ours(old)
    hledger.ask("check", "--strict", "ordereddates")


def test_a_period_and_a_currency_are_what_is_written(
    make: Make, boris: User, carol: User, hledger: Hledger
) -> None:
    brought_in(SMALL, carol)
    make.wallet(boris, currency="EUR", balance=500)
    second = Selection(from_=date(2026, 1, 2), until=date(2026, 1, 5))
    hledger.journal.write_text(text_of(second), encoding="utf-8")
    assert hledger.balances() == {
        ("Expenses:Office", "USD"): "7.50",
        ("Assets:Bank", "USD"): "-7.50",
    }
    hledger.journal.write_text(text_of(Selection(currency="EUR")), encoding="utf-8")
    assert {currency for _name, currency in hledger.balances()} == {"EUR"}


def test_empty_books_are_a_journal(db: None, hledger: Hledger) -> None:
    hledger.journal.write_text(text_of(), encoding="utf-8")
    assert hledger.balances() == {}


WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=["Cs"]),
    max_size=40,
) | st.text(st.sampled_from(";|()[]*!=@\"'\\:,# \t\n\r12-ab"), max_size=20)


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(descriptions=st.lists(WORDS, min_size=30, max_size=60))
def test_no_description_breaks_it_and_each_can_be_restored(
    make: Make, system: User, hledger: Hledger, descriptions: list[str]
) -> None:
    cash, suspense = (wallets.system_wallet(role, "USD") for role in (Role.CASH, Role.SUSPENSE))
    posted = wallets.post_many(
        [
            wallets.Posting(
                kind=TransactionKind.TRANSFER,
                entries=[Entry(cash.pk, -1), Entry(suspense.pk, 1)],
                key=f"{LedgerTransaction.objects.count()}:{number}",
                description=description,
                effective_on=date(2026, 1, 1),
            )
            for number, description in enumerate(descriptions)
        ],
        actor=system,
    )
    hledger.journal.write_bytes(b"".join(as_hledger.written(ALL)))
    understood = {one["tcode"]: one for one in hledger.transactions()}
    for one, description in zip(posted, descriptions, strict=True):
        found = understood[f"T-{one.transaction_id}"]
        comment = found["tcomment"].strip()
        restored = (
            json.loads(comment.removeprefix("description: ")) if comment else found["tdescription"]
        )
        assert restored == description


def test_strange_titles_are_names_that_hledger_reads(carol: User, hledger: Hledger) -> None:
    titles = (
        *("2012 taxes", "=1+1", "; note", "(virtual)", "[x]", "* star", "! bang", "a;b ; c"),
        *(
            "a | b",
            "::",
            "a::b",
            "a:b",
            "Assets: x :y",
            "~ tilde",
            "Assets",
            "Expenses:Wrong class",
        ),
        *("Liabilities:People:W-000001", "é ü 漢字", "'quoted'", '"double"', "@ 5 EUR", "-1 USD"),
    )
    accounts = [
        wallets.open_general_account(title, AccountClass.ASSET, "USD", actor=carol)
        for title in titles
    ]
    for number, account in enumerate(accounts[1:], start=1):
        wallets.post(
            TransactionKind.TRANSFER,
            [Entry(accounts[0].pk, -number), Entry(account.pk, number)],
            actor=carol,
            key=f"n{number}",
        )
    hledger.journal.write_text(text_of(), encoding="utf-8")
    assert hledger.balances() == ours()
    assert len(ours()) == len(titles)
