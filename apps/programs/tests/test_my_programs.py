"""People see which programs they let in, and end that."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.programs import services as programs
from apps.programs.errors import ConsentOver, TokenRefused
from apps.programs.models import Consent
from apps.programs.states import Ending
from apps.programs.tokens import access_of
from project.testing.programs import Partner, program

pytestmark = pytest.mark.django_db


def page_of(person: User) -> str:
    browser = Client()
    browser.force_login(person)
    return browser.get(reverse("oauth_consents")).content.decode()


def test_people_see_their_own_programs_in_words(boris: User, bella: User) -> None:
    Partner(program(name="Fleet planner")).tokens_for(boris, scope="me")
    Partner(program(name="Bookkeeper")).tokens_for(bella)
    text = page_of(boris)
    assert "Fleet planner" in text
    assert "see who you are and which roles you have" in text
    assert "Bookkeeper" not in text
    # A code that nobody redeemed lets nobody in.
    Partner(program(name="Never came back")).let_in(boris)
    assert "Never came back" not in page_of(boris)


def test_people_end_what_they_allowed(boris: User) -> None:
    partner = Partner(program(name="Fleet planner"))
    given = partner.tokens_for(boris)
    where = reverse("oauth_withdraw", args=(Consent.objects.get().pk,))
    assert partner.browser.get(where).status_code == 405
    answer = partner.browser.post(where, follow=True)
    assert "not let in any more" in answer.content.decode()
    assert "Fleet planner" not in page_of(boris)
    with pytest.raises(TokenRefused):
        access_of(given["access_token"])
    assert partner.refresh(given["refresh_token"]).status_code == 400
    assert Consent.objects.get().ending == Ending.WITHDRAWN
    assert AuditEvent.objects.get(action="programs.consent_withdrawn").actor == boris
    with pytest.raises(ConsentOver):
        programs.withdraw(Consent.objects.get().pk, actor=boris)


def test_nobody_ends_what_somebody_else_allowed(boris: User, adam: User) -> None:
    partner = Partner(program())
    given = partner.tokens_for(boris)
    browser = Client()
    browser.force_login(adam)
    where = reverse("oauth_withdraw", args=(Consent.objects.get().pk,))
    assert "Somebody else" in browser.post(where, follow=True).content.decode()
    assert access_of(given["access_token"]).person == boris
    assert AuditEvent.objects.filter(action="programs.withdraw", outcome="denied").exists()
    assert browser.post(reverse("oauth_withdraw", args=(0,))).status_code == 404


def test_strangers_are_asked_to_sign_in() -> None:
    assert Client().get(reverse("oauth_consents")).status_code == 302
    assert Client().post(reverse("oauth_withdraw", args=(1,))).status_code == 302
