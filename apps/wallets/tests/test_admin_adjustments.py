"""The pages of adjustments: the list, the form, and what the page shows."""

import pytest

from apps.accounts.models import User
from apps.wallets import services as wallets
from apps.wallets.models import Adjustment, Evidence, Wallet
from apps.wallets.states import AdjustmentStatus, Direction, Role
from apps.wallets.tests.adjusting import (
    ADD,
    DEEDS,
    LIST,
    a_file,
    code,
    deed_on,
    draft,
    errors_of,
    now,
    page_of,
    pending,
    typed,
)
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
from apps.wallets.tests.conftest import fresh
from project.testing.make import Make

pytestmark = pytest.mark.usefixtures("files_of_their_own")


@pytest.fixture
def wallet(make: Make, boris: User) -> Wallet:
    return make.wallet(boris, balance=10000)


# The list


def test_the_list_asks_as_many_questions_for_ten_rows_as_for_two(
    wallet: Wallet, walt: User
) -> None:
    client = signed_in(walt)
    for _ in range(2):
        draft(wallet, walt)
    query_count(client, LIST, tab="drafts")
    few = query_count(client, LIST, tab="drafts")
    for _ in range(8):
        draft(wallet, walt)
    assert query_count(client, LIST, tab="drafts") == few


def test_each_tab_has_its_adjustments(wallet: Wallet, walt: User, carol: User) -> None:
    written, waiting, posted = draft(wallet, walt), pending(wallet, walt), pending(wallet, walt)
    client = signed_in(carol)
    press(client, deed_on(posted, "approve"))

    def shown(**asked: str) -> set[Adjustment]:
        return set(shown_in(client.get(LIST, asked)))

    assert shown() == shown(tab="pending") == {waiting}
    assert shown(tab="drafts") == {written}
    assert shown(tab="approved") == {posted}
    assert shown(tab="all") == {written, waiting, posted}


def test_an_adjustment_is_found_by_number_wallet_and_requester(
    make: Make, wallet: Wallet, bella: User, walt: User
) -> None:
    mine, other = draft(wallet, walt), draft(make.wallet(bella), walt)
    client = signed_in(walt)
    for term in (f"a-{mine.pk}", wallet.number, "boris"):
        assert shown_in(client.get(LIST, {"q": term, "tab": "all"})) == [mine]
    assert set(shown_in(client.get(LIST, {"q": "walt", "tab": "all"}))) == {mine, other}


# Asking


def test_a_clerk_asks_with_several_files(wallet: Wallet, walt: User) -> None:
    client = signed_in(walt)
    files = [a_file("one.txt"), a_file("two.csv", b"a,b\n1,2\n")]
    answer = client.post(ADD, typed(wallet, evidence=files))
    adjustment = Adjustment.objects.get()
    assert answer.headers["Location"] == page_of(adjustment)
    assert said(answer) == [f"{adjustment} is drafted. Look at it, then submit it."]
    assert (adjustment.amount, adjustment.status) == (2500, AdjustmentStatus.DRAFT)
    assert [file.name for file in adjustment.evidence.all()] == ["one.txt", "two.csv"]
    assert fresh(wallet).posted == 10000


def test_the_link_of_a_wallet_fills_it_in(wallet: Wallet, walt: User) -> None:
    client = signed_in(walt)
    page = client.get(ADD, {"wallet": wallet.pk})
    assert f"{wallet.number} Boris" in text_of(page)
    for nonsense in ("x", "0", "9" * 30, wallets.system_wallet(Role.CASH, "USD").pk):
        assert client.get(ADD, {"wallet": nonsense}).status_code == 200


def test_nothing_is_chosen_for_people(walt: User) -> None:
    form = signed_in(walt).get(ADD).context["adminform"].form
    assert form["direction"].value() in {None, ""}
    assert form.fields["direction"].choices[0][0] == ""
    labels = [label for _pk, label in form.fields["reason_code"].choices]
    assert "Goodwill (credit only)" in labels
    assert "Correction of a mistake (evidence required)" in labels


@pytest.mark.parametrize(
    ("amount", "why"),
    [
        ("1e9", "is not an amount in USD"),
        ("1.005", "this currency has 2 decimals"),
        ("9" * 40, "it is too large"),
        ("-5", "The amount must be more than zero"),
        ("0", "The amount must be more than zero"),
    ],
)
def test_a_wrong_amount_is_refused_at_its_field_and_nothing_typed_is_lost(
    wallet: Wallet, walt: User, amount: str, why: str
) -> None:
    answer = signed_in(walt).post(ADD, typed(wallet, amount=amount, evidence=[a_file()]))
    errors = errors_of(answer)
    assert set(errors) == {"amount", "evidence"}
    assert why in errors["amount"][0]
    assert "Choose the files again" in errors["evidence"][0]
    page = answer.content.decode()
    assert amount in page
    assert "Was not charged" in page
    assert not Adjustment.objects.exists()
    assert not Evidence.objects.exists()


def test_every_refused_file_is_named_with_its_reason(wallet: Wallet, walt: User) -> None:
    files = [
        a_file("empty.txt", b""),
        a_file("tool.exe", b"MZ\x00\x01"),
        a_file("latin.csv", "Größe".encode("latin-1")),
        a_file("fine.txt"),
    ]
    errors = errors_of(signed_in(walt).post(ADD, typed(wallet, evidence=files)))
    assert set(errors) == {"evidence"}
    said_of = " ".join(errors["evidence"])
    assert "“empty.txt” cannot be kept: it is empty" in said_of
    assert "“tool.exe”" in said_of
    assert "“latin.csv”" in said_of
    assert "fine.txt" not in said_of
    assert not Adjustment.objects.exists()


def test_the_service_refuses_at_the_field(wallet: Wallet, walt: User) -> None:
    answer = signed_in(walt).post(ADD, typed(wallet, direction="debit"))
    assert "is only for credit" in errors_of(answer)["direction"][0]
    assert not Adjustment.objects.exists()


def test_a_wallet_that_cannot_be_adjusted_is_refused(
    wallet: Wallet, walt: User, carol: User
) -> None:
    client = signed_in(walt)
    cash = wallets.system_wallet(Role.CASH, "USD")
    wallets.freeze(wallet.pk, actor=carol, reason="Looked at")
    for refused in (cash.pk, wallet.pk, ""):
        errors = errors_of(client.post(ADD, typed(wallet, wallet=refused)))
        assert set(errors) == {"wallet"}


def test_wallets_are_suggested_to_clerks(
    make: Make, wallet: Wallet, bella: User, walt: User, fiona: User
) -> None:
    make.wallet(bella)
    asked = {"term": "bor", "app_label": "wallets", "model_name": "adjustment"}
    answer = signed_in(walt).get(url_of("adjustment_wallets"), asked)
    assert [row["id"] for row in answer.json()["results"]] == [str(wallet.pk)]
    assert signed_in(fiona).get(url_of("adjustment_wallets"), asked).status_code == 403


# Changing a draft


def test_a_draft_is_changed_by_who_asked(wallet: Wallet, walt: User) -> None:
    adjustment, client = draft(wallet, walt), signed_in(walt)
    page = client.get(page_of(adjustment))
    form = page.context["adminform"].form
    assert form["amount"].value() == "25.00"
    fields = typed(wallet, amount="30", seen_version=form["seen_version"].value())
    answer = client.post(page_of(adjustment), fields)
    assert answer.headers["Location"] == page_of(adjustment)
    assert said(answer) == [f"{adjustment} is changed."]
    assert now(adjustment).amount == 3000


@pytest.mark.parametrize("version", ["1", ""])
def test_a_stale_form_changes_nothing(wallet: Wallet, walt: User, version: str) -> None:
    adjustment, client = draft(wallet, walt), signed_in(walt)
    client.post(page_of(adjustment), typed(wallet, amount="30", seen_version="1"))
    answer = client.post(page_of(adjustment), typed(wallet, amount="40", seen_version=version))
    assert "was changed by somebody else" in errors_of(answer)["__all__"][0]
    assert now(adjustment).amount == 3000


def test_the_form_of_a_submitted_draft_changes_nothing(wallet: Wallet, walt: User) -> None:
    adjustment = pending(wallet, walt)
    answer = signed_in(walt).post(page_of(adjustment), typed(wallet, amount="30"))
    assert answer.headers["Location"] == page_of(adjustment)
    assert "not possible while the status is “pending”" in said(answer)[0]
    assert now(adjustment).amount == 2500


def test_a_draft_of_somebody_else_is_only_read(
    wallet: Wallet, walt: User, carol: User, system: User
) -> None:
    adjustment = draft(wallet, system)
    client = signed_in(walt)
    page = client.get(page_of(adjustment))
    assert not page.context["page"]["is_form"]
    assert buttons(page) & DEEDS == set()
    answer = client.post(page_of(adjustment), typed(wallet, amount="30"))
    assert "only they may change or submit it" in said(answer)[0]
    assert signed_in(carol).get(page_of(adjustment)).status_code == 200
    assert now(adjustment).amount == 2500


# The page


def test_the_page_shows_what_it_does_to_the_balance(wallet: Wallet, walt: User) -> None:
    page = text_of(signed_in(walt).get(page_of(pending(wallet, walt))))
    assert "$100.00 → $125.00 as of now" in page
    assert "You are the requester: a colleague decides on this." in page
    assert "0 of 1" in page
    assert "waits here" in page


def test_the_page_warns_of_a_debit_that_the_wallet_cannot_take(wallet: Wallet, walt: User) -> None:
    fields = {"direction": Direction.DEBIT, "reason_code": code("correction"), "amount": 10100}
    page = text_of(signed_in(walt).get(page_of(draft(wallet, walt, **fields))))
    assert "$1.00 is missing in the wallet" in page
    assert "None yet, and the reason code asks for it." in page


def test_the_page_of_a_posted_adjustment_shows_the_balance_of_then(
    wallet: Wallet, walt: User, carol: User, make: Make
) -> None:
    adjustment, client = pending(wallet, walt), signed_in(carol)
    press(client, deed_on(adjustment, "approve"), reason="Fine")
    press(client, deed_on(pending(wallet, walt), "approve"))
    page = text_of(client.get(page_of(adjustment)))
    assert "$100.00 → $125.00" in page
    assert "as of now" not in page
    assert f"Posted as T-{now(adjustment).transaction_id}" in page
    assert "Carol: approve Fine" in page


def test_the_page_asks_as_many_questions_for_ten_files_as_for_two(
    wallet: Wallet, walt: User
) -> None:
    few = draft(wallet, walt, files=[a_file(), a_file()])
    many = draft(wallet, walt, files=[a_file() for _ in range(10)])
    client = signed_in(walt)
    query_count(client, page_of(few))
    assert query_count(client, page_of(few)) == query_count(client, page_of(many))


def test_the_history_is_linked_and_read(wallet: Wallet, walt: User) -> None:
    adjustment = draft(wallet, walt)
    history = signed_in(walt).get(url_of("adjustment_history", adjustment.pk))
    assert "Walt" in text_of(history)
