"""The pages of the journal and of holds, and the reversal."""

from datetime import date

import pytest

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.wallets import services as wallets
from apps.wallets.models import LedgerTransaction, Wallet
from apps.wallets.states import Role
from apps.wallets.tests.browsing import (
    buttons,
    press,
    query_count,
    said,
    shown_in,
    signed_in,
    text_of,
    url_of,
)
from apps.wallets.tests.conftest import Move, fresh
from project.testing.make import Make

JOURNAL = url_of("ledgertransaction_changelist")
HOLDS = url_of("hold_changelist")


@pytest.fixture
def wallet(make: Make, boris: User) -> Wallet:
    return make.wallet(boris, balance=10000)


@pytest.fixture
def cash(db: None) -> Wallet:
    return wallets.system_wallet(Role.CASH, "USD")


def page_of(transaction_id: int) -> str:
    return url_of("ledgertransaction_change", transaction_id)


def reversal_of(transaction_id: int) -> str:
    return url_of("ledgertransaction_reverse", transaction_id)


# The journal


def test_the_journal_asks_as_many_questions_for_ten_rows_as_for_two_and_never_counts(
    wallet: Wallet, cash: Wallet, walt: User, move: Move
) -> None:
    client = signed_in(walt)

    def more(first: int, last: int) -> None:
        for number in range(first, last):
            move(1, wallet, cash, key=f"m{number}", about=walt)

    more(0, 2)
    query_count(client, JOURNAL)
    few = query_count(client, JOURNAL)
    more(2, 10)
    assert query_count(client, JOURNAL) == few
    assert client.get(JOURNAL).context["cl"].result_count > 1_000_000


def test_the_journal_shows_the_newest_first_with_what_it_is_about(
    wallet: Wallet, cash: Wallet, boris: User, walt: User, move: Move
) -> None:
    posted = move(1, wallet, cash, key="m", about=boris, description="For the drill")
    page = signed_in(walt).get(JOURNAL)
    assert shown_in(page)[0].pk == posted.transaction_id
    assert f'href="/admin/accounts/user/{boris.pk}/change/"' in page.content.decode()
    assert f"T-{posted.transaction_id}" in text_of(page)
    assert "For the drill" in text_of(page)


def test_a_transaction_is_found_by_number_wallet_and_key(
    make: Make, wallet: Wallet, bella: User, cash: Wallet, walt: User, move: Move
) -> None:
    other = make.wallet(bella, balance=5)
    posted = move(1, wallet, cash, key="Order-7").transaction_id
    client = signed_in(walt)

    def found(term: str) -> list[int]:
        return [row.pk for row in shown_in(client.get(JOURNAL, {"q": term}))]

    assert found(f"t-{posted}") == found(str(posted)) == found("Order-7") == [posted]
    assert posted in found(wallet.number.lower())
    assert posted not in found(other.number)
    assert found("Order") == []
    assert len(found(" ")) == 3


def test_the_journal_is_filtered_by_kind_and_day(
    wallet: Wallet, cash: Wallet, walt: User, move: Move
) -> None:
    posted = move(1, wallet, cash, key="old", effective_on=date(2020, 2, 3)).transaction_id
    client = signed_in(walt)
    of_kind = client.get(JOURNAL, {"kind__exact": "transfer"})
    assert [row.pk for row in shown_in(of_kind)] == [posted]
    days = {"effective_on_from": "2020-02-03", "effective_on_to": "2020-02-03"}
    assert [row.pk for row in shown_in(client.get(JOURNAL, days))] == [posted]


def test_the_page_shows_both_sides_and_their_totals(
    wallet: Wallet, cash: Wallet, walt: User, move: Move
) -> None:
    posted = move(1234, wallet, cash, key="Order-7", about=walt)
    page = text_of(signed_in(walt).get(page_of(posted.transaction_id)))
    assert f"{wallet.number} Boris $12.34" in page
    assert "Total in USD $12.34 $12.34" in page
    assert "Order-7" in page
    assert "About Walt" in page


def test_a_capture_names_its_hold(wallet: Wallet, cash: Wallet, walt: User, system: User) -> None:
    hold = wallets.place_hold(wallet.pk, 100, actor=system, key="h")
    captured = wallets.capture_hold(hold.pk, 40, to_wallet_id=cash.pk, actor=system, key="c")
    page = text_of(signed_in(walt).get(page_of(captured.transaction_id)))
    assert f"Captures H-{hold.pk}" in page


def test_a_transaction_that_does_not_exist_is_said_so(walt: User, carol: User) -> None:
    assert signed_in(walt).get(page_of(0)).status_code == 302
    client = signed_in(carol)
    answer = client.post(reversal_of(0), {"_form_submitted": "True", "reason": "x"})
    assert answer.status_code == 404


# Reversing


def test_a_controller_reverses_once(wallet: Wallet, cash: Wallet, carol: User, move: Move) -> None:
    client, posted = signed_in(carol), move(100, wallet, cash, key="m").transaction_id
    assert "reverse" in buttons(client.get(page_of(posted)))
    answer = press(client, reversal_of(posted), reason="Typed twice")
    reversal = LedgerTransaction.objects.get(reverses=posted)
    assert answer.headers["HX-Redirect"] == page_of(posted)
    assert said(answer) == [f"T-{posted} is reversed by {reversal}."]
    assert fresh(wallet).posted == 10000
    page = client.get(page_of(posted))
    assert "reverse" not in buttons(page)
    assert f"Reversed by {reversal}" in text_of(page)
    back = client.get(page_of(reversal.pk))
    assert "reverse" not in buttons(back)
    assert f"Reverses T-{posted}" in text_of(back)


def test_the_second_click_on_reverse_is_refused_in_words(
    wallet: Wallet, cash: Wallet, carol: User, move: Move
) -> None:
    client, posted = signed_in(carol), move(100, wallet, cash, key="m").transaction_id
    press(client, reversal_of(posted), reason="Twice")
    assert "has been reversed already" in text_of(
        press(client, reversal_of(posted), reason="Twice")
    )
    assert AuditEvent.objects.filter(action="wallets.reversed").count() == 1


def test_looking_at_the_dialog_changes_nothing_and_a_clerk_has_none(
    wallet: Wallet, cash: Wallet, carol: User, walt: User, move: Move
) -> None:
    posted = move(100, wallet, cash, key="m").transaction_id
    assert signed_in(carol).get(reversal_of(posted), {"reason": "x"}).status_code == 200
    clerk = signed_in(walt)
    assert clerk.post(reversal_of(posted), {"reason": "x"}).status_code == 403
    assert "reverse" not in buttons(clerk.get(page_of(posted)))
    assert not LedgerTransaction.objects.filter(reverses=posted).exists()


# Holds


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
    wallets.capture_hold(hold.pk, 40, to_wallet_id=cash.pk, actor=system, key="c")
    page = text_of(signed_in(walt).get(url_of("hold_change", hold.pk)))
    for words in ("Captured $0.40", "Still held $0.60", "Drill", "Walt"):
        assert words in page


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
    assert f'"{page_of(posted)}"' not in clerk.content.decode()
    finance = signed_in(walt).get(HOLDS)
    assert f'"{page_of(posted)}"' in finance.content.decode()
    assert f" {entry} " in text_of(finance)


def test_nobody_writes_to_journal_and_holds(
    wallet: Wallet, cash: Wallet, carol: User, system: User, move: Move
) -> None:
    posted = move(1, wallet, cash, key="m").transaction_id
    hold = wallets.place_hold(wallet.pk, 1, actor=system, key="h")
    client = signed_in(carol)
    assert client.post(page_of(posted), {"kind": "transfer"}).status_code == 403
    assert client.post(url_of("hold_change", hold.pk), {"amount": "5"}).status_code == 403
