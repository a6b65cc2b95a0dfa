"""What ends at once of what somebody has: every row of the table in docs/security.md."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth import SESSION_KEY
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.accounts import services as accounts
from apps.accounts.models import LinkPurpose
from apps.accounts.services import invitations
from apps.audit import services as audit
from apps.programs import services as programs
from apps.programs import tokens
from apps.programs.errors import TokenRefused
from apps.programs.models import Consent, Program
from apps.programs.states import Ending
from apps.webhooks import delivery, sending, services
from apps.webhooks.models import Message, Subscription
from project.testing.cast import PASSWORD, person
from project.testing.programs import Partner, program, program_by_itself

if TYPE_CHECKING:
    from allauth.mfa.models import Authenticator

    from apps.accounts.models import User
    from project.testing.make import Make

pytestmark = pytest.mark.django_db

NEW = "another horse with a staple"
SCOPES = ["me", "wallets:read", "webhooks:write"]


@dataclass
class Having:
    """Clara with two browsers, a program that she let in twice, and what it is told."""

    clara: "User"
    adam: "User"
    ada: "User"
    make: "Make"
    here: Client = field(default_factory=Client)
    there: Client = field(default_factory=Client)

    def __post_init__(self) -> None:
        self.partner = Partner(program(allowed_scopes=SCOPES))
        given = self.partner.tokens_for(self.clara, scope=" ".join(SCOPES))
        self.access, self.refresh = given["access_token"], given["refresh_token"]
        self.code = self.partner.let_in(self.clara, scope=" ".join(SCOPES))["code"]
        for browser in (self.here, self.there):
            browser.force_login(self.clara)
        self.subscription = services.subscribe(
            self.partner.program,
            person=self.clara,
            url="http://127.0.0.1:9/",
            events=["wallet.frozen"],
            actor=self.clara,
        )

    def left(self) -> set[str]:
        """Return what still works."""
        left = {
            name
            for name, browser in (("here", self.here), ("there", self.there))
            if browser.get(reverse("account_home")).status_code == 200
        }
        try:
            rights = tokens.access_of(self.access)
            left.add("access")
            if rights.person.has_perm("wallets.view_wallet") and "wallets:read" in rights.scopes:
                left.add("rights")
        except TokenRefused:
            pass
        # Last, as what it gives is new.
        if self.partner.redeem(self.code).status_code == 200:
            left.add("code")
        if self.partner.refresh(self.refresh).status_code == 200:
            left.add("refresh")
        return left | self._told()

    def _told(self) -> set[str]:
        """Let something happen of which the subscription would tell, and return whether it does."""
        Message.objects.all().delete()
        wallet = self.make.wallet(person("Bernard", "Borrower", is_staff=False))
        audit.record("wallets.frozen", actor=self.adam, target=wallet)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sending, "send", lambda *_arguments: sending.Answer(200, 1))
            delivery.deliver(self.subscription.pk)
        row = Subscription.objects.get()
        assert (row.status == "removed") == (not Message.objects.exists())
        return {"told"} if Message.objects.filter(status="delivered").exists() else set()


@pytest.fixture
def having(make: "Make", clara: "User", adam: "User", settings: Settings) -> Having:
    settings.WEBHOOKS_ALLOW_LOOPBACK = True
    cache.clear()
    return Having(clara, adam, person("Ada", "Administrator"), make)


def reset_factors(having: Having) -> None:
    enrol(having.clara)
    asked = accounts.ask_factor_reset(having.clara.pk, reason="Lost it", actor=having.adam)
    accounts.confirm_factor_reset(asked.pk, words="Called her back", actor=having.ada)


def enrol(who: "User") -> "Authenticator":
    from allauth.mfa.totp.internal.auth import TOTP  # noqa: PLC0415  (it reads settings)

    factor: Authenticator = TOTP.activate(who, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP").instance
    return factor


def change_password(having: Having) -> None:
    having.here.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW},
    )
    having.clara.refresh_from_db()
    assert having.clara.check_password(NEW)


def choose_password(having: Having) -> None:
    link = invitations.send_link(having.clara, LinkPurpose.FORGOTTEN, actor=having.adam)
    invitations.choose_password(invitations.token_of(link), password=NEW)


def end_own_sessions(having: Having) -> None:
    accounts.end_own_sessions(actor=having.clara, but=having.here.session.session_key or "")


def withdraw(having: Having) -> None:
    redeemed = Consent.objects.get(redeemed_at__isnull=False)
    programs.withdraw(redeemed.pk, actor=having.clara)


def lose_scope(having: Having) -> None:
    left = ["me", "webhooks:write"]
    Program.objects.filter(pk=having.partner.program.pk).update(allowed_scopes=left)


ALL = {"here", "there", "access", "rights", "refresh", "code", "told"}
DEEDS: dict[str, tuple[Callable[[Having], object], set[str]]] = {
    "deactivated": (
        lambda h: accounts.deactivate(h.clara.pk, reason="Left", actor=h.adam),
        set(),
    ),
    "second factors reset": (reset_factors, set()),
    "signed out everywhere": (
        lambda h: accounts.end_sessions(h.clara.pk, reason="Stolen", actor=h.adam),
        {"told"},
    ),
    "password changed": (change_password, {"here", "told"}),
    "password chosen by a link": (choose_password, {"told"}),
    "other sessions ended": (end_own_sessions, ALL - {"there"}),
    "role taken away": (
        lambda h: accounts.change_roles(h.clara.pk, roles=["Borrower"], actor=h.adam),
        ALL - {"rights", "told"},
    ),
    "consent withdrawn": (withdraw, {"here", "there", "code"}),
    "tokens of the program revoked": (
        lambda h: programs.revoke_tokens(h.partner.program.pk, reason="Leak", actor=h.adam),
        {"here", "there"},
    ),
    "program deactivated": (
        lambda h: programs.deactivate_program(h.partner.program.pk, reason="Gone", actor=h.adam),
        {"here", "there"},
    ),
    "scope taken from the program": (lose_scope, ALL - {"rights", "told"}),
    "nothing": (lambda _h: None, ALL),
}


@pytest.mark.parametrize("name", DEEDS)
def test_what_is_left(having: Having, name: str) -> None:
    deed, left = DEEDS[name]
    deed(having)
    assert having.left() == left


def test_nothing_comes_back_with_a_person_who_comes_back(having: Having) -> None:
    accounts.deactivate(having.clara.pk, reason="Left", actor=having.adam)
    assert set(Consent.objects.values_list("ending", flat=True)) == {Ending.BARRED}
    accounts.reactivate(having.clara.pk, reason="Is back", actor=having.adam)
    assert having.left() == set()


def test_a_consent_says_that_the_person_was_signed_out(having: Having) -> None:
    reset_factors(having)
    assert set(Consent.objects.values_list("ending", flat=True)) == {Ending.SIGNED_OUT}


def test_a_program_account_that_comes_back_brings_no_tokens(adam: "User") -> None:
    partner = Partner(program_by_itself("Lending clerk"))
    token = partner.tokens_by_itself().json()["access_token"]
    account = partner.program.user
    assert account is not None
    accounts.deactivate(account.pk, reason="Moved", actor=adam)
    accounts.reactivate(account.pk, reason="Back", actor=adam)
    with pytest.raises(TokenRefused):
        tokens.access_of(token)
    assert partner.tokens_by_itself().status_code == 200


def test_a_session_that_ended_is_anonymous(having: Having) -> None:
    accounts.deactivate(having.clara.pk, reason="Left", actor=having.adam)
    having.here.get(reverse("account_home"))
    assert SESSION_KEY not in having.here.session
