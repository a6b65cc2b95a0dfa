"""The pages of the journal, and the reversal."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.wallets import services as wallets
from apps.wallets.models import LedgerTransaction, Wallet
from apps.wallets.states import Role, TransactionKind
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
    with CaptureQueriesContext(connection) as queries:
        client.get(JOURNAL)
    asked = [query["sql"] for query in queries if 'FROM "ledger_' in query["sql"]]
    assert len(asked) == 3
    assert not any("COUNT(" in sql or "OFFSET" in sql for sql in asked)


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


def test_the_page_shows_both_sides_and_their_totals(
    wallet: Wallet, cash: Wallet, walt: User, move: Move
) -> None:
    posted = move(1234, wallet, cash, key="Order-7", about=walt)
    page = text_of(signed_in(walt).get(page_of(posted.transaction_id)))
    assert f"{wallet.number} Boris liability $12.34 $87.66 position 2" in page
    assert "USD-CASH Cash at bank asset $12.34" in page
    assert "Total in USD $12.34 $12.34" in page
    assert "About Walt" in page
    row = LedgerTransaction.objects.get(pk=posted.transaction_id)
    for proof in (row.key, row.fingerprint, "the day on which it counts", "became known"):
        assert proof in page
    assert "back-dated" not in page


def test_the_page_says_how_far_a_posting_is_back_dated(
    wallet: Wallet, cash: Wallet, walt: User, move: Move
) -> None:
    day = timezone.localdate() - timedelta(days=3)
    posted = move(1, wallet, cash, key="late", effective_on=day)
    page = text_of(signed_in(walt).get(page_of(posted.transaction_id)))
    assert "back-dated by 3 days" in page


def test_the_page_has_as_many_questions_for_many_entries_as_for_two(
    make: Make, wallet: Wallet, cash: Wallet, walt: User, system: User, move: Move
) -> None:
    few = move(1, wallet, cash, key="few").transaction_id
    people = [User.objects.create_user(f"p{n}@example.com", display_name="P") for n in range(6)]
    entries = [wallets.Entry(make.wallet(person).pk, 1) for person in people]
    entries.append(wallets.Entry(wallet.pk, -len(entries)))
    many = wallets.post(TransactionKind.TRANSFER, entries, actor=system, key="many").transaction_id
    client = signed_in(walt)
    query_count(client, page_of(few))
    assert query_count(client, page_of(many)) == query_count(client, page_of(few))


def test_the_list_says_what_moved_and_what_was_taken_back(
    wallet: Wallet, cash: Wallet, carol: User, move: Move
) -> None:
    posted = move(1234, wallet, cash, key="m").transaction_id
    wallets.reverse(posted, actor=carol, reason="Twice")
    reversal = LedgerTransaction.objects.get(reverses=posted)
    page = text_of(signed_in(carol).get(JOURNAL))
    assert f"T-{reversal.pk} reversal of T-{posted} $12.34" in page
    assert f"T-{posted} transfer reversed by {reversal} $12.34" in page


def test_an_old_address_of_a_filter_is_refused_and_not_taken_for_everything(walt: User) -> None:
    answer = signed_in(walt).get(JOURNAL, {"kind__exact": "transfer"})
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("?e=1")


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


def test_nobody_writes_to_the_journal(
    wallet: Wallet, cash: Wallet, carol: User, move: Move
) -> None:
    posted = move(1, wallet, cash, key="m").transaction_id
    assert signed_in(carol).post(page_of(posted), {"kind": "transfer"}).status_code == 403
