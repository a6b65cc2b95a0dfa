"""The pages of wallets: what they show and to whom, and what their dialogs do."""

import pytest
from django.contrib.auth.models import Permission

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.wallets import services as wallets
from apps.wallets.admin.statement import ROWS
from apps.wallets.models import ReasonCode, Wallet
from apps.wallets.states import Direction, Role, WalletStatus
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

LIST = url_of("wallet_changelist")
OPEN = url_of("wallet_open")


def page_of(wallet: Wallet) -> str:
    return url_of("wallet_change", wallet.pk)


# The list


@pytest.mark.parametrize("tab", ["people", "chart"])
def test_the_list_asks_as_many_questions_for_ten_rows_as_for_two(
    make: Make, walt: User, tab: str
) -> None:
    client = signed_in(walt)

    def people(first: int, last: int) -> None:
        for number in range(first, last):
            make.wallet(User.objects.create_user(f"p{number}@example.com", display_name="P"))

    people(0, 2)
    query_count(client, LIST, tab=tab)
    few = query_count(client, LIST, tab=tab)
    people(2, 10)
    assert query_count(client, LIST, tab=tab) == few


def test_people_and_the_chart_stand_apart(make: Make, boris: User, walt: User) -> None:
    wallet = make.wallet(boris, balance=12345)
    client = signed_in(walt)
    people = client.get(LIST)
    assert shown_in(people) == [wallet]
    assert "$123.45" in text_of(people)
    chart = shown_in(client.get(LIST, {"tab": "chart"}))
    assert len(chart) == 48
    assert not any(wallet.owner_id for wallet in chart)


@pytest.mark.parametrize("term", ["boris@", "Boris", "number"])
def test_a_wallet_is_found_by_number_owner_and_e_mail(
    make: Make, boris: User, bella: User, walt: User, term: str
) -> None:
    wallet = make.wallet(boris)
    make.wallet(bella)
    asked = wallet.number if term == "number" else term
    assert shown_in(signed_in(walt).get(LIST, {"q": asked})) == [wallet]


def test_wallets_are_filtered_by_currency_and_status(make: Make, boris: User, walt: User) -> None:
    dollars, euros = make.wallet(boris), make.wallet(boris, currency="EUR")
    client = signed_in(walt)
    assert shown_in(client.get(LIST, {"currency": "EUR"})) == [euros]
    Wallet.objects.filter(pk=dollars.pk).update(status=WalletStatus.FROZEN)
    assert shown_in(client.get(LIST, {"status__exact": "frozen"})) == [dollars]


# The page


def test_the_page_shows_figures_statement_holds_and_adjustments(
    make: Make, boris: User, walt: User, system: User
) -> None:
    wallet = make.wallet(boris, balance=10000)
    wallets.place_hold(wallet.pk, 2500, actor=system, key="h", about=boris, reason="For the drill")
    page = text_of(signed_in(walt).get(page_of(wallet)))
    for figure in ("Posted $100.00", "Held $25.00", "Available $75.00", "floor $0.00"):
        assert figure in page
    assert "Opening balance" in page
    assert "For the drill" in page
    assert "Nobody has asked for one." in page
    assert "Request an adjustment" in page


def test_what_a_hold_is_about_is_linked_for_those_who_may_see_it(
    make: Make, boris: User, walt: User, system: User
) -> None:
    wallet = make.wallet(boris, balance=100)
    wallets.place_hold(wallet.pk, 100, actor=system, key="person", about=boris)
    page = signed_in(walt).get(page_of(wallet)).content.decode()
    assert f'href="/admin/accounts/user/{boris.pk}/change/"' in page


def test_a_lending_clerk_sees_the_figures_but_not_the_statement(
    make: Make, boris: User, clara: User
) -> None:
    page = text_of(signed_in(clara).get(page_of(make.wallet(boris, balance=10000))))
    assert "Available $100.00" in page
    assert "Active holds" in page
    assert "Statement" not in page
    assert "Adjustments" not in page


def test_whoever_may_only_see_wallets_sees_the_figures(make: Make, boris: User, adam: User) -> None:
    adam.user_permissions.add(Permission.objects.get(codename="view_wallet"))
    page = text_of(signed_in(adam).get(page_of(make.wallet(boris, balance=10000))))
    assert "Available $100.00" in page
    assert "Active holds" not in page


def test_the_page_of_a_wallet_that_does_not_exist_leads_back(walt: User) -> None:
    assert signed_in(walt).get(url_of("wallet_change", 0)).status_code == 302


def test_a_wallet_of_the_chart_names_its_class(walt: User) -> None:
    page = signed_in(walt).get(page_of(wallets.system_wallet(Role.CASH, "USD")))
    assert "asset account" in text_of(page)
    assert "no floor" in text_of(page)
    assert "Request an adjustment" not in text_of(page)


def test_many_holds_are_cut_off_with_a_word(
    make: Make, boris: User, walt: User, system: User
) -> None:
    wallet = make.wallet(boris, balance=1000)
    for number in range(ROWS + 1):
        wallets.place_hold(wallet.pk, 1, actor=system, key=f"h{number}")
    page = text_of(signed_in(walt).get(page_of(wallet)))
    assert "These are the newest" in page
    assert "H-" in page


def test_the_page_asks_as_many_questions_for_ten_entries_as_for_two(
    make: Make, boris: User, walt: User, system: User, move: Move
) -> None:
    wallet = make.wallet(boris, balance=1000)
    cash = wallets.system_wallet(Role.CASH, "USD")
    client = signed_in(walt)

    def more(first: int, last: int) -> None:
        for number in range(first, last):
            move(1, wallet, cash, key=f"m{number}")
            wallets.place_hold(wallet.pk, 1, actor=system, key=f"h{number}", about=boris)

    more(0, 2)
    query_count(client, page_of(wallet))
    few = query_count(client, page_of(wallet))
    more(2, 10)
    assert query_count(client, page_of(wallet)) == few


def test_the_history_says_who_did_what_and_why(make: Make, boris: User, carol: User) -> None:
    wallet = make.wallet(boris)
    wallets.freeze(wallet.pk, actor=carol, reason="Looked at")
    history = text_of(signed_in(carol).get(url_of("wallet_history", wallet.pk)))
    assert "Carol" in history
    assert "Looked at" in history
    assert "frozen" in history


# Opening


def test_a_wallet_clerk_opens_a_wallet(boris: User, walt: User) -> None:
    answer = press(signed_in(walt), OPEN, person=" Boris@example.com", currency="EUR")
    wallet = Wallet.objects.get(owner=boris)
    assert answer.headers["HX-Redirect"] == f"{LIST}?q=boris%40example.com"
    assert said(answer) == [f"{wallet} is open."]
    assert AuditEvent.objects.filter(action="wallets.opened", actor=walt).count() == 1


def test_the_second_wallet_in_a_currency_is_refused_in_words(
    make: Make, boris: User, walt: User
) -> None:
    make.wallet(boris)
    answer = press(signed_in(walt), OPEN, person=boris.email, currency="USD")
    assert "has a wallet in USD already" in text_of(answer)
    assert Wallet.objects.of_people().count() == 1


@pytest.mark.parametrize("person", ["nobody@example.com", "system@assets.invalid"])
def test_a_wallet_of_nobody_is_refused_at_its_field(walt: User, person: str) -> None:
    answer = press(signed_in(walt), OPEN, person=person, currency="USD")
    assert "Nobody has the e-mail" in text_of(answer)
    assert not Wallet.objects.of_people().exists()


def test_a_currency_without_a_chart_is_not_offered(boris: User, walt: User) -> None:
    answer = press(signed_in(walt), OPEN, person=boris.email, currency="XXX")
    assert "not one of the available choices" in text_of(answer)


def test_people_are_suggested_while_somebody_types(boris: User, bella: User, walt: User) -> None:
    answer = signed_in(walt).get(url_of("wallet_people"), {"person": "bor"})
    assert boris.email in answer.content.decode()
    assert bella.email not in answer.content.decode()


def test_who_opens_no_wallets_gets_no_suggestions_and_no_dialog(carol: User) -> None:
    client = signed_in(carol)
    assert client.get(url_of("wallet_people")).status_code == 403
    assert client.get(OPEN).status_code == 403
    assert "open" not in buttons(client.get(LIST))


# Freezing and closing


def test_a_controller_freezes_unfreezes_and_closes(make: Make, boris: User, carol: User) -> None:
    wallet, client = make.wallet(boris), signed_in(carol)
    for deed, status, offered in (
        ("freeze", WalletStatus.FROZEN, {"unfreeze", "close"}),
        ("unfreeze", WalletStatus.ACTIVE, {"freeze", "close"}),
        ("close", WalletStatus.CLOSED, set()),
    ):
        answer = press(client, url_of(f"wallet_{deed}", wallet.pk), reason="Because")
        assert answer.headers["HX-Redirect"] == page_of(wallet)
        assert fresh(wallet).status == status
        page = client.get(page_of(wallet))
        assert buttons(page) & {"freeze", "unfreeze", "close"} == offered
    reasons = AuditEvent.objects.filter(actor=carol, target_id=str(wallet.pk)).values_list("reason")
    assert set(reasons) == {("Because",)}


def test_a_second_click_is_refused_in_words(make: Make, boris: User, carol: User) -> None:
    wallet, client = make.wallet(boris), signed_in(carol)
    url = url_of("wallet_freeze", wallet.pk)
    press(client, url, reason="Twice")
    assert "not possible while the status is" in text_of(press(client, url, reason="Twice"))
    assert AuditEvent.objects.filter(action="wallets.frozen").count() == 1


def test_a_deed_needs_a_reason(make: Make, boris: User, carol: User) -> None:
    wallet = make.wallet(boris)
    answer = press(signed_in(carol), url_of("wallet_freeze", wallet.pk))
    assert "This field is required" in text_of(answer)
    assert fresh(wallet).status == WalletStatus.ACTIVE


def test_a_full_wallet_is_not_closed(make: Make, boris: User, carol: User) -> None:
    wallet = make.wallet(boris, balance=1)
    client = signed_in(carol)
    assert "close" not in buttons(client.get(page_of(wallet)))
    answer = press(client, url_of("wallet_close", wallet.pk), reason="Leaving")
    assert "still has $0.01 posted or held" in text_of(answer)


def test_the_chart_is_not_frozen(carol: User) -> None:
    cash = wallets.system_wallet(Role.CASH, "USD")
    client = signed_in(carol)
    assert "freeze" not in buttons(client.get(page_of(cash)))
    answer = press(client, url_of("wallet_freeze", cash.pk), reason="No")
    assert "belongs to the chart" in text_of(answer)


def test_a_wallet_that_does_not_exist_is_not_found(carol: User) -> None:
    client = signed_in(carol)
    for object_id in ("0", "x"):
        answer = client.post(
            url_of("wallet_freeze", object_id), {"_form_submitted": "True", "reason": "x"}
        )
        assert answer.status_code == 404


@pytest.mark.parametrize("deed", ["freeze", "unfreeze", "close"])
def test_looking_at_a_dialog_changes_nothing(
    make: Make, boris: User, carol: User, walt: User, deed: str
) -> None:
    wallet = make.wallet(boris)
    url = url_of(f"wallet_{deed}", wallet.pk)
    controller, clerk = signed_in(carol), signed_in(walt)
    events = AuditEvent.objects.count()
    assert controller.get(url, {"reason": "x"}).status_code == 200
    assert clerk.get(url).status_code == 403
    assert fresh(wallet).status == WalletStatus.ACTIVE
    assert AuditEvent.objects.count() == events


def test_nobody_edits_a_wallet(make: Make, boris: User, carol: User) -> None:
    wallet = make.wallet(boris)
    answer = signed_in(carol).post(page_of(wallet), {"number": "W-9", "status": "closed"})
    assert answer.status_code == 403
    assert fresh(wallet).number == wallet.number


def test_the_latest_adjustments_are_on_the_page(make: Make, boris: User, walt: User) -> None:
    wallet = make.wallet(boris)
    adjustment = wallets.request_adjustment(
        wallet_id=wallet.pk,
        direction=Direction.CREDIT,
        amount=2500,
        reason_code=ReasonCode.objects.get(code="goodwill"),
        note="",
        actor=walt,
    )
    assert f"{adjustment} Goodwill" in text_of(signed_in(walt).get(page_of(wallet)))
