"""The first page: money that is exact, where it leads, and what is known of its proof."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.wallets import selectors
from apps.wallets import services as wallets
from apps.wallets.states import Role, TransactionKind
from project import proof
from project.testing.make import Make

INDEX = reverse("admin:index")


def text_for(person: User) -> str:
    client = Client()
    client.force_login(person)
    return client.get(INDEX).content.decode()


def checked(**facts: Any) -> SimpleNamespace:
    return SimpleNamespace(
        **{"is_right": True, "fault": "", "finished_at": timezone.now(), "pk": 1, **facts}
    )


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the last check of the books say what the test says."""

    def say(verdict: SimpleNamespace | None) -> None:
        monkeypatch.setattr(selectors, "latest_books_check", lambda: verdict)
        monkeypatch.setattr(proof, "url_of", lambda _target, _request: "/there/")

    return say


def proofs_of(person: User) -> list[proof.Proof]:
    client = Client()
    client.force_login(person)
    return list(client.get(INDEX).context["proofs"])


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root@example.com", display_name="Root")


def test_escrow_and_suspense_count_what_has_no_position_yet(
    make: Make, boris: User, carol: User, system: User
) -> None:
    wallet = make.wallet(boris, balance=10000)
    suspense = wallets.system_wallet(Role.SUSPENSE, "USD")
    entries = [wallets.Entry(wallet.pk, -1250), wallets.Entry(suspense.pk, 1250)]
    wallets.post(TransactionKind.TRANSFER, entries, actor=system, key="odd")
    page = text_for(carol)
    assert "$12.50" in page
    assert "office-bad" in page
    assert f'href="{reverse("admin:wallets_wallet_change", args=(suspense.pk,))}"' in page


def test_figures_lead_nowhere_for_those_who_do_not_read_the_ledger(
    make: Make, boris: User, clara: User
) -> None:
    make.wallet(boris, balance=100)
    page = text_for(clara)
    assert "In escrow" in page
    assert 'class="office-figure" href' not in page
    assert "/admin/wallets/wallet/" not in page.partition("In escrow")[0][-400:]


def test_books_that_are_right_are_ticked(check: Any, root: User) -> None:
    check(checked())
    first = proofs_of(root)[0]
    assert (first.sentence, first.is_good, first.is_bad) == ("The books are right.", True, False)
    assert "✓ The books are right." in text_for(root)


def test_books_that_are_wrong_say_which_row(check: Any, root: User) -> None:
    check(checked(is_right=False, fault="Wallet W-1 says too much."))
    first = proofs_of(root)[0]
    assert (first.sentence, first.is_bad) == ("Wallet W-1 says too much.", True)
    assert "✗ Wallet W-1 says too much." in text_for(root)


def test_a_check_of_long_ago_is_not_ticked(check: Any, root: User) -> None:
    check(checked(finished_at=timezone.now() - proof._STALE * 2))
    first = proofs_of(root)[0]
    assert "have not been checked since" in first.sentence
    assert (first.is_good, first.is_bad) == (False, False)


def test_books_that_were_never_checked_say_so(check: Any, root: User) -> None:
    check(None)
    assert proofs_of(root)[0].sentence == "The books have not been checked yet."


def test_whoever_may_not_read_checks_sees_none(check: Any, clara: User) -> None:
    check(checked())
    assert proofs_of(clara) == []
