"""Searching the journal: each field of the filter, alone and together."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from apps.accounts.models import User
from apps.tickets.models import Ticket
from apps.wallets import searching
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.searching import Search
from apps.wallets.states import Role, TransactionKind
from apps.wallets.tests.browsing import query_count, shown_in, signed_in, text_of, url_of
from apps.wallets.tests.conftest import Move, Tamper
from project.testing.make import Make

JOURNAL = url_of("ledgertransaction_changelist")
type Found = Callable[..., list[int]]


@pytest.fixture
def wallet(make: Make, boris: User) -> Wallet:
    return make.wallet(boris, balance=10000)


@pytest.fixture
def cash(db: None) -> Wallet:
    return wallets.system_wallet(Role.CASH, "USD")


@pytest.fixture
def found(walt: User) -> Found:
    client = signed_in(walt)

    def run(**asked: Any) -> list[int]:
        response = client.get(JOURNAL, asked)
        assert response.status_code == 200
        return [row.pk for row in shown_in(response)]

    return run


def test_by_wallet(
    make: Make, wallet: Wallet, bella: User, cash: Wallet, move: Move, found: Found
) -> None:
    other = make.wallet(bella, balance=5)
    posted = move(1, wallet, cash, key="m").transaction_id
    assert found(wallet=wallet.pk)[0] == posted
    assert len(found(wallet=wallet.pk)) == 2
    assert posted not in found(wallet=other.pk)


def test_a_transaction_with_two_entries_on_a_wallet_is_shown_once(
    wallet: Wallet, cash: Wallet, system: User, found: Found
) -> None:
    entries = [wallets.Entry(wallet.pk, -1), wallets.Entry(wallet.pk, -2)]
    entries.append(wallets.Entry(cash.pk, 3))
    posted = wallets.post(TransactionKind.TRANSFER, entries, actor=system, key="m").transaction_id
    assert found(wallet=wallet.pk).count(posted) == 1


def test_what_waits_for_its_position_is_found_first(
    wallet: Wallet, cash: Wallet, move: Move, found: Found
) -> None:
    placed = move(1, wallet, cash, key="1").transaction_id
    wallets.roll_up()
    waiting = move(2, wallet, cash, key="2", effective_on=date(2020, 2, 3)).transaction_id
    assert found(wallet=cash.pk) == found(q="usd-cash") == [waiting, placed]
    assert found(wallet=cash.pk, amount="0.01") == [placed]
    assert found(wallet=cash.pk, effective_on_to="2020-12-31") == [waiting]


def test_by_kind(wallet: Wallet, cash: Wallet, move: Move, found: Found) -> None:
    posted = move(1, wallet, cash, key="m").transaction_id
    assert found(kind="transfer") == [posted]
    assert found(kind="transfer", wallet=wallet.pk) == [posted]
    assert found(kind="settlement") == []


def test_by_effective_days_both_inclusive_and_in_their_order(
    wallet: Wallet, cash: Wallet, move: Move, found: Found
) -> None:
    later = move(1, wallet, cash, key="1", effective_on=date(2020, 2, 3)).transaction_id
    sooner = move(1, wallet, cash, key="2", effective_on=date(2020, 2, 1)).transaction_id
    assert found(effective_on_from="2020-02-01", effective_on_to="2020-02-03") == [later, sooner]
    assert found(effective_on_to="2020-02-02") == [sooner]
    assert found(effective_on_from="2020-02-03", effective_on_to="2020-02-03") == [later]
    assert found(wallet=wallet.pk, effective_on_to="2020-02-03") == [later, sooner]


def test_by_moment_of_posting(
    wallet: Wallet, cash: Wallet, move: Move, tamper: Tamper, found: Found
) -> None:
    """The slack of an hour is looked at, and nothing outside the moments is shown."""
    numbers = [move(1, wallet, cash, key=f"m{n}").transaction_id for n in range(9)]
    start = timezone.now().replace(year=2026, month=3, day=1, hour=12, minute=0, second=0)
    for place, number in enumerate(numbers):
        tamper(
            "UPDATE ledger_transactions SET posted_at = %s WHERE id = %s",
            start + timedelta(minutes=30 * place),
            number,
        )
    asked = {
        "posted_from": f"{start + timedelta(minutes=60):%Y-%m-%dT%H:%M}",
        "posted_to": f"{start + timedelta(minutes=121):%Y-%m-%dT%H:%M}",
    }
    assert found(**asked) == numbers[4:1:-1]
    assert found(**asked, wallet=wallet.pk) == numbers[4:1:-1]
    assert found(posted_to=asked["posted_to"], kind="transfer") == numbers[4::-1]


def test_the_halving_finds_the_first_number_of_a_moment(
    wallet: Wallet, cash: Wallet, move: Move, tamper: Tamper
) -> None:
    numbers = [move(1, wallet, cash, key=f"m{n}").transaction_id for n in range(5)]
    begin = datetime(2026, 1, 1, tzinfo=timezone.get_current_timezone())
    tamper("UPDATE ledger_transactions SET posted_at = %s WHERE id < %s", begin, numbers[0])
    for place, number in enumerate(numbers):
        tamper(
            "UPDATE ledger_transactions SET posted_at = %s WHERE id = %s",
            begin + timedelta(days=1 + place),
            number,
        )

    def first_after(moment: datetime) -> int | None:
        search = Search(posted_from=moment + searching._SLACK)
        return search._numbers(searching._BY_NUMBER)[0]

    assert first_after(begin + timedelta(days=3)) == numbers[2]
    assert first_after(begin + timedelta(days=3, seconds=1)) == numbers[3]
    assert first_after(begin + timedelta(days=9)) == numbers[4] + 1
    assert first_after(begin - timedelta(days=9)) == numbers[0] - 1


def test_moments_in_empty_books_find_nothing(found: Found) -> None:
    assert found(posted_from="2026-01-01T00:00") == []


def test_by_what_it_is_about(
    wallet: Wallet, cash: Wallet, move: Move, tamper: Tamper, found: Found
) -> None:
    posted = move(1, wallet, cash, key="m").transaction_id
    tamper(
        "UPDATE ledger_transactions SET about_type_id = %s, about_id = 77 WHERE id = %s",
        ContentType.objects.get_for_model(Ticket).pk,
        posted,
    )
    assert found(about="tk-77") == [posted]
    assert found(about="TK-77", wallet=wallet.pk) == [posted]
    assert found(about="A-77") == []


def test_by_amount_on_either_side_exactly_or_between(
    wallet: Wallet, cash: Wallet, move: Move, found: Found
) -> None:
    small = move(1000, wallet, cash, key="1").transaction_id
    large = move(2550, wallet, cash, key="2").transaction_id
    assert found(amount="25.50", currency="USD") == [large]
    assert found(amount="10..25.50", currency="USD") == [large, small]
    assert found(amount="10 – 12", wallet=wallet.pk) == [small]
    assert found(amount="10", currency="EUR") == []
    assert small in found(currency="USD")


def test_by_actor_and_reversal(
    wallet: Wallet, cash: Wallet, carol: User, move: Move, found: Found
) -> None:
    posted = move(100, wallet, cash, key="m").transaction_id
    reversal = wallets.reverse(posted, actor=carol, reason="Twice").transaction_id
    assert found(actor=carol.pk) == [reversal]
    assert found(state="reversed") == [posted]
    assert found(state="reversal", wallet=wallet.pk) == [reversal]
    standing = found(state="standing")
    assert posted not in standing
    assert reversal not in standing
    assert len(standing) == 1


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"amount": "12.345", "currency": "USD"}, "Amount of an entry: “12.345” is not an amount"),
        ({"amount": "12"}, "Currency: Choose the currency of the amount."),
        ({"about": "seven"}, "About: Write a number such as A-12, TK-12."),
        ({"wallet": "0"}, "Wallet: Select a valid choice"),
        ({"effective_on_from": "soon"}, "Effective from: Enter a valid date."),
    ],
)
def test_what_cannot_be_understood_is_said_and_finds_nothing(
    wallet: Wallet, walt: User, asked: dict[str, str], sentence: str
) -> None:
    response = signed_in(walt).get(JOURNAL, asked)
    assert shown_in(response) == []
    assert sentence in text_of(response)


def test_the_page_says_what_it_was_asked_for(wallet: Wallet, carol: User) -> None:
    asked = {
        "wallet": str(wallet.pk),
        "kind": "opening",
        "posted_from": "2020-01-01T08:00",
        "amount": "1..500",
        "about": "",
    }
    page = text_of(signed_in(carol).get(JOURNAL, asked))
    for words in (
        f"Wallet: {wallet}",
        "Kind: opening balance",
        "Posted from: 2020-01-01 08:00",
        "Amount of an entry: 1..500",
    ):
        assert words in page
    assert "About: " not in page


def test_another_currency_than_that_of_the_wallet_is_refused(wallet: Wallet, walt: User) -> None:
    asked = {"wallet": str(wallet.pk), "currency": "EUR"}
    response = signed_in(walt).get(JOURNAL, asked)
    assert f"{wallet.number} is kept in USD." in text_of(response)


def test_a_page_that_is_not_full_says_how_far_it_looked(
    wallet: Wallet, cash: Wallet, walt: User, move: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "_STRETCH", 2)
    for number in range(3):
        move(1, wallet, cash, key=f"m{number}")
    response = signed_in(walt).get(JOURNAL, {"kind": "opening"})
    assert shown_in(response) == []
    assert "2 rows were looked through" in text_of(response)
    older = response.context["cl"].older_url
    assert len(shown_in(signed_in(walt).get(JOURNAL + older))) == 1


def test_every_filter_together_asks_a_handful_of_questions(
    wallet: Wallet, walt: User, cash: Wallet, move: Move
) -> None:
    move(100, wallet, cash, key="m")
    client = signed_in(walt)
    query_count(client, JOURNAL)
    plain = query_count(client, JOURNAL)
    filtered = query_count(
        client,
        JOURNAL,
        wallet=wallet.pk,
        kind="transfer",
        amount="0.01..5",
        effective_on_from="2020-01-01",
        posted_from="2020-01-01T00:00",
        state="standing",
        actor=walt.pk,
    )
    assert filtered <= plain + 6
