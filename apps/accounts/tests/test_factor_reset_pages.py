"""The reset of second factors on screen: asked for on the person’s page, confirmed by another."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from apps.accounts import services as accounts
from apps.accounts.models import FactorReset, User
from apps.accounts.states import ResetStatus

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(audrey: User) -> User:
    """Another administrator."""
    audrey.groups.set(Group.objects.filter(name="Administrator"))
    return audrey


@pytest.fixture
def carla(carol: User) -> User:
    """Give Carol, a finance controller, a second factor."""
    Authenticator.objects.create(user=carol, type=Authenticator.Type.TOTP, data={})
    return carol


def page_of(person: User) -> str:
    return reverse("admin:accounts_user_change", args=(person.pk,))


def send(client: Client, name: str, pk: int, **typed: str) -> Any:
    return client.post(
        reverse(f"admin:{name}", args=(pk,)),
        {"_form_submitted": "on", **typed},
        headers={"HX-Request": "true"},
    )


def opened(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_one_asks_and_another_confirms(adam: User, ada: User, carla: User) -> None:
    asker, checker = opened(adam), opened(ada)
    assert "Reset second factors" in asker.get(page_of(carla)).content.decode()
    answer = send(asker, "accounts_user_ask_factor_reset", carla.pk, reason="Lost the telephone")
    assert answer.headers["HX-Redirect"] == page_of(carla)
    reset = FactorReset.objects.get()
    confirm = reverse("admin:accounts_factorreset_confirm", args=(reset.pk,))
    seen = asker.get(page_of(carla)).content.decode()
    assert "Lost the telephone" in seen
    assert confirm not in seen, "who asked is not offered to confirm"
    assert confirm in checker.get(page_of(carla)).content.decode()
    list_page = reverse("admin:accounts_factorreset_changelist")
    assert confirm in checker.get(list_page).content.decode()
    refused = send(asker, "accounts_factorreset_confirm", reset.pk, words="Me again")
    assert "Another administrator has to confirm it" in refused.content.decode()
    done = send(checker, "accounts_factorreset_confirm", reset.pk, words="Called back")
    assert done.headers["HX-Redirect"] == page_of(carla)
    reset.refresh_from_db()
    assert reset.status == ResetStatus.CONFIRMED
    assert "Adam" in checker.get(f"{list_page}?tab=all").content.decode()


def test_it_is_withdrawn(adam: User, carla: User) -> None:
    reset = accounts.ask_factor_reset(carla.pk, reason="Lost it", actor=adam)
    send(opened(adam), "accounts_factorreset_withdraw", reset.pk, words="She found it")
    reset.refresh_from_db()
    assert reset.status == ResetStatus.WITHDRAWN


def test_who_only_reads_sees_no_buttons(adam: User, audrey: User, carla: User) -> None:
    reset = accounts.ask_factor_reset(carla.pk, reason="Lost it", actor=adam)
    client = opened(audrey)
    page = client.get(reverse("admin:accounts_factorreset_changelist")).content.decode()
    assert "Lost it" in page
    assert reverse("admin:accounts_factorreset_confirm", args=(reset.pk,)) not in page
    assert send(client, "accounts_factorreset_confirm", reset.pk, words="x").status_code == 403
    assert "Reset second factors" not in client.get(page_of(carla)).content.decode()


def test_a_page_of_one_reset_opens(adam: User, carla: User) -> None:
    reset = accounts.ask_factor_reset(carla.pk, reason="Lost it", actor=adam)
    page = opened(adam).get(reverse("admin:accounts_factorreset_change", args=(reset.pk,)))
    assert "Lost it" in page.content.decode()
