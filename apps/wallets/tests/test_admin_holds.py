"""The pages of holds."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.wallets import services as wallets
from apps.wallets.models import Hold, LedgerTransaction, Wallet
from apps.wallets.states import Role
from apps.wallets.tests.browsing import query_count, shown_in, signed_in, text_of, url_of
from apps.wallets.tests.conftest import Move
from project.testing.make import Make

HOLDS = url_of("hold_changelist")


@pytest.fixture
def wallet(make: Make, boris: User) -> Wallet:
    return make.wallet(boris, balance=10000)


@pytest.fixture
def cash(db: None) -> Wallet:
    return wallets.system_wallet(Role.CASH, "USD")


def test_the_holds_ask_as_many_questions_for_ten_rows_as_for_two(
    wallet: Wallet, walt: User, system: User
) -> None:
    client = signed_in(walt)

    def more(first: int, last: int) -> None:
        for number in range(first, last):
            wallets.place_hold(wallet.pk, 1, actor=system, key=f"h{number}", about=walt)

    more(0, 2)
    query_count(client, HOLDS)
    few = query_count(client, HOLDS)
    more(2, 10)
    assert query_count(client, HOLDS) == few


def test_active_holds_stand_first_and_all_beside(wallet: Wallet, walt: User, system: User) -> None:
    ended = wallets.place_hold(wallet.pk, 1, actor=system, key="1")
    wallets.release_hold(ended.pk, actor=system)
    active = wallets.place_hold(wallet.pk, 2550, actor=system, key="2", about=walt)
    client = signed_in(walt)
    first = client.get(HOLDS)
    assert shown_in(first) == [active]
    assert "$25.50" in text_of(first)
    assert [one.pk for one in shown_in(client.get(HOLDS, {"tab": "ended"}))] == [ended.pk]
    assert set(shown_in(client.get(HOLDS, {"tab": "all"}))) == {active, ended}


def test_a_hold_is_found_by_number_wallet_and_owner(
    make: Make, wallet: Wallet, bella: User, walt: User, system: User
) -> None:
    hold = wallets.place_hold(wallet.pk, 1, actor=system, key="1")
    other = wallets.place_hold(make.wallet(bella, balance=5).pk, 1, actor=system, key="2")
    client = signed_in(walt)
    for term in (f"h-{hold.pk}", str(hold.pk), wallet.number, "boris"):
        found = shown_in(client.get(HOLDS, {"q": term}))
        assert hold in found
        assert other not in found


def test_the_page_of_a_hold_says_what_became_of_it(
    wallet: Wallet, cash: Wallet, walt: User, system: User
) -> None:
    hold = wallets.place_hold(wallet.pk, 100, actor=system, key="h", about=walt, reason="Drill")
    captured = wallets.capture_hold(hold.pk, 40, to_wallet_id=cash.pk, actor=system, key="c")
    page = text_of(signed_in(walt).get(url_of("hold_change", hold.pk)))
    for words in ("Captured $0.40", "Still held $0.60", "Drill", "Walt", "never by itself"):
        assert words in page
    assert f"T-{captured.transaction_id}" in page


def test_a_hold_about_what_somebody_may_not_see_or_has_no_page_is_named_without_a_link(
    wallet: Wallet, cash: Wallet, clara: User, walt: User, system: User, move: Move
) -> None:
    posted = move(1, wallet, cash, key="m").transaction_id
    transaction = LedgerTransaction.objects.get(pk=posted)
    entry = transaction.entries.first()
    wallets.place_hold(wallet.pk, 1, actor=system, key="1", about=transaction)
    wallets.place_hold(wallet.pk, 1, actor=system, key="2", about=entry)
    clerk = signed_in(clara).get(HOLDS)
    assert f"T-{posted}" in text_of(clerk)
    assert f'"{url_of("ledgertransaction_change", posted)}"' not in clerk.content.decode()
    finance = signed_in(walt).get(HOLDS)
    assert f'"{url_of("ledgertransaction_change", posted)}"' in finance.content.decode()
    assert f" {entry} " in text_of(finance)


def test_the_page_tells_when_a_hold_ends_by_itself_and_when_it_is_past(
    wallet: Wallet, walt: User, system: User
) -> None:
    now = timezone.now()
    soon = wallets.place_hold(
        wallet.pk, 1, actor=system, key="1", expires_at=now + timedelta(hours=2, minutes=1)
    )
    past = wallets.place_hold(wallet.pk, 1, actor=system, key="2", expires_at=now)
    client = signed_in(walt)
    assert "hours, by itself" in text_of(client.get(url_of("hold_change", soon.pk))).replace(
        "\xa0", " "
    )
    assert "it cannot be captured any more" in text_of(client.get(url_of("hold_change", past.pk)))


def test_the_page_of_an_untouched_hold_says_so(wallet: Wallet, walt: User, system: User) -> None:
    hold = wallets.place_hold(wallet.pk, 1, actor=system, key="1")
    page = text_of(signed_in(walt).get(url_of("hold_change", hold.pk)))
    assert "Nothing was taken out of this hold." in page


def test_nobody_writes_to_holds(wallet: Wallet, carol: User, system: User) -> None:
    hold = wallets.place_hold(wallet.pk, 1, actor=system, key="h")
    client = signed_in(carol)
    assert client.post(url_of("hold_change", hold.pk), {"amount": "5"}).status_code == 403
    assert Hold.objects.get().amount == 1


def test_a_hold_that_does_not_exist_leads_back(walt: User) -> None:
    assert signed_in(walt).get(url_of("hold_change", 0)).status_code == 302
