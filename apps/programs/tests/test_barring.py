"""What a person let in ends when their sign-in was secured."""

from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from apps.accounts import services as accounts
from apps.accounts.models import LinkPurpose, User
from apps.accounts.services.invitations import send_link, token_of
from apps.programs.errors import TokenRefused
from apps.programs.models import Consent
from apps.programs.states import Ending
from apps.programs.tokens import access_of
from project.testing.cast import PASSWORD, person
from project.testing.programs import Partner, program

pytestmark = pytest.mark.django_db

NEW = "seven purple kettles sing"


def deactivated(boris: User, adam: User) -> None:
    accounts.deactivate(boris.pk, reason="Left", actor=adam)
    accounts.reactivate(boris.pk, reason="Came back", actor=adam)


def signed_out(boris: User, adam: User) -> None:
    accounts.end_sessions(boris.pk, reason="A notebook was stolen", actor=adam)


def chose_a_password(boris: User, adam: User) -> None:
    link = send_link(boris, LinkPurpose.FORGOTTEN, actor=adam)
    accounts.choose_password(token_of(link), password=NEW)


def changed_the_password(boris: User, _adam: User) -> None:
    cache.clear()
    client = Client()
    client.force_login(boris)
    typed = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert client.post(reverse("account_change_password"), typed).status_code == 302


def lost_a_factor(boris: User, adam: User) -> None:
    TOTP.activate(boris, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    reset = accounts.ask_factor_reset(boris.pk, reason="Lost the telephone", actor=adam)
    accounts.confirm_factor_reset(
        reset.pk, words="Called back", actor=person("Alice", "Administrator")
    )


@pytest.mark.parametrize(
    ("happens", "ending"),
    [
        (deactivated, Ending.BARRED),
        *((one, Ending.SECURED) for one in (signed_out, chose_a_password, changed_the_password)),
        (lost_a_factor, Ending.SECURED),
    ],
)
def test_programs_are_out_when_the_sign_in_was_secured(
    boris: User, adam: User, happens: Callable[[User, User], None], ending: Ending
) -> None:
    partner = Partner(program())
    given = partner.tokens_for(boris)

    happens(boris, adam)

    assert Consent.objects.get().ending == ending
    with pytest.raises(TokenRefused):
        access_of(given["access_token"])
    assert partner.refresh(given["refresh_token"]).json()["error"] == "invalid_grant"


def test_whoever_ends_their_other_sessions_keeps_their_programs(
    boris: User, client: Client
) -> None:
    partner = Partner(program())
    given = partner.tokens_for(boris)
    client.force_login(boris)

    client.post(reverse("usersessions_list"))

    assert access_of(given["access_token"]).person == boris
