"""The pages of the checks of the books and of the seals over the ledger."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.wallets import services as wallets
from apps.wallets.checking.tasks import run_books_check
from apps.wallets.models import BooksCheck, LedgerSeal, Wallet
from apps.wallets.states import BooksCheckStatus
from apps.wallets.tests.conftest import Move, Tamper
from project.testing.make import Make

CHECKS = "admin:wallets_bookscheck_changelist"
CHECK = "admin:wallets_bookscheck_change"
SEALS = "admin:wallets_ledgerseal_changelist"
SEAL = "admin:wallets_ledgerseal_change"


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_books_check, "apply_async", lambda *_arguments, **_options: None)


@pytest.fixture
def pair(make: Make, boris: User, lena: User) -> tuple[Wallet, Wallet]:
    return make.wallet(boris, balance=10000), make.wallet(lena)


@pytest.fixture
def chain(pair: tuple[Wallet, Wallet], move: Move, system: User) -> list[LedgerSeal]:
    """Three seals."""
    for number in range(3):
        move(1, *pair, key=f"payment {number}")
        wallets.seal_ledger(actor=system)
    return list(LedgerSeal.objects.order_by("number"))


def text_of(client: Client, name: str, *arguments: int) -> str:
    response = client.get(reverse(name, args=arguments))
    assert response.status_code == 200
    return response.content.decode()


def test_the_button_asks_for_a_check_and_leads_to_its_page(client: Client, audrey: User) -> None:
    client.force_login(audrey)
    assert "Check the books now" in text_of(client, CHECKS)
    url = reverse("admin:wallets_bookscheck_check_now")
    assert "A worker computes every balance" in client.get(url).content.decode()
    assert not BooksCheck.objects.exists()

    answer = client.post(url, {"_form_submitted": "True"})

    asked = BooksCheck.objects.get()
    assert answer["HX-Redirect"] == reverse(CHECK, args=(asked.pk,))
    assert asked.requester == audrey
    (message,) = get_messages(answer.wsgi_request)
    assert str(message) == f"{asked} is on its way."


def test_a_page_of_a_running_check_asks_how_far_it_is(client: Client, audrey: User) -> None:
    client.force_login(audrey)
    asked = wallets.check_books(actor=audrey)
    progress = reverse("admin:wallets_bookscheck_progress", args=(asked.pk,))
    text = text_of(client, CHECK, asked.pk)
    assert f'hx-get="{progress}"' in text
    assert "waiting for a worker" in text

    BooksCheck.objects.update(
        status=BooksCheckStatus.RUNNING, stage="transactions", done_count=1500, total_count=2000
    )
    text = client.get(progress).content.decode()
    assert 'value="75"' in text
    assert "1,500 of 2,000 rows" in text

    run = BooksCheck.objects.get()
    BooksCheck.objects.update(status=BooksCheckStatus.WAITING)
    run_books_check(run.pk)
    text = client.get(progress).content.decode()
    assert "hx-get" not in text
    assert "the books are right" in text


def test_the_list_and_the_page_of_a_check_that_found_a_fault(
    client: Client, carol: User, pair: tuple[Wallet, Wallet], tamper: Tamper
) -> None:
    client.force_login(carol)
    tamper("UPDATE wallets SET posted = posted + 1 WHERE id = %s", pair[0].pk)
    asked = wallets.check_books(actor=carol)
    run_books_check(asked.pk)
    assert "the books are not right" in text_of(client, CHECKS)
    text = text_of(client, CHECK, asked.pk)
    assert f"Wallet {pair[0].number} says that $100.01 is posted" in text
    assert "up to what does not fit" in text


def test_the_page_of_a_check_leads_to_the_seal_that_it_ended_at(
    client: Client, audrey: User, chain: list[LedgerSeal]
) -> None:
    client.force_login(audrey)
    asked = wallets.check_books(actor=audrey)
    run_books_check(asked.pk)
    text = text_of(client, CHECK, asked.pk)
    assert reverse(SEAL, args=(chain[-1].pk,)) in text
    assert f"3:{chain[-1].hash}" in text
    assert "0 transactions" in text


def test_only_those_who_check_may_come_here(
    client: Client, adam: User, fiona: User, audrey: User
) -> None:
    asked = wallets.check_books(actor=audrey)
    for person in (adam, fiona):
        client.force_login(person)
        for url in (
            reverse(CHECKS),
            reverse(CHECK, args=(asked.pk,)),
            reverse("admin:wallets_bookscheck_check_now"),
            reverse(SEALS),
        ):
            assert client.get(url).status_code == 403
        progress = reverse("admin:wallets_bookscheck_progress", args=(asked.pk,))
        assert client.get(progress).status_code == 404
    client.force_login(audrey)
    assert client.post(reverse(CHECK, args=(asked.pk,)), {"status": "right"}).status_code == 403
    nothing = reverse("admin:wallets_bookscheck_progress", args=(987654,))
    assert client.get(nothing).status_code == 404


def test_the_seals_are_listed_without_their_contents(
    client: Client, audrey: User, chain: list[LedgerSeal]
) -> None:
    client.force_login(audrey)
    response = client.get(reverse(SEALS))
    listed = list(response.context["cl"].result_list)
    assert listed == list(reversed(chain))
    assert {"contents", "search"} <= listed[0].get_deferred_fields()
    assert chain[0].hash[:16] in response.content.decode()


def test_a_seal_leads_to_its_neighbours_and_transactions(
    client: Client, audrey: User, chain: list[LedgerSeal]
) -> None:
    client.force_login(audrey)
    first, second, third = chain
    text = text_of(client, SEAL, second.pk)
    assert reverse(SEAL, args=(first.pk,)) in text
    assert reverse(SEAL, args=(third.pk,)) in text
    assert f"2:{second.hash}" in text
    assert reverse("admin:wallets_ledgertransaction_change", args=(second.first_id,)) in text


def verify(client: Client, seal: LedgerSeal) -> str:
    """Return what the next page says."""
    url = reverse("admin:wallets_ledgerseal_verify", args=(seal.pk,))
    answer: Any = client.post(url, {"_form_submitted": "True"})
    assert answer["HX-Redirect"] == reverse(SEAL, args=(seal.pk,))
    *_before, message = get_messages(answer.wsgi_request)
    return str(message)


def test_a_seal_is_verified_while_one_waits(
    client: Client, audrey: User, chain: list[LedgerSeal], tamper: Tamper
) -> None:
    client.force_login(audrey)
    assert "are as they were sealed" in verify(client, chain[1])
    tamper("UPDATE ledger_transactions SET description = 'x' WHERE key = 'payment 1'")
    assert "was changed after ledger seal 2 covered it" in verify(client, chain[1])
    assert "are as they were sealed" in verify(client, chain[2])
    tamper("DELETE FROM ledger_seals WHERE number = 2")
    assert verify(client, chain[2]) == "Ledger seal 2 is missing."


def test_a_seal_that_only_names_a_checkpoint(
    client: Client, audrey: User, chain: list[LedgerSeal], system: User
) -> None:
    run_books_check(wallets.check_books(actor=audrey).pk)
    named = wallets.seal_ledger(actor=system)
    assert named
    client.force_login(audrey)
    text = text_of(client, SEAL, named.pk)
    assert "none: it names a checkpoint" in text
    assert named.checkpoint_hash in text


def test_a_seal_that_is_not_there(client: Client, audrey: User) -> None:
    client.force_login(audrey)
    assert client.get(reverse(SEAL, args=(987654,))).status_code == 302
    url = reverse("admin:wallets_ledgerseal_verify", args=(987654,))
    assert client.post(url, {"_form_submitted": "True"}).status_code == 404
