"""Single sign-on against a provider that is a process of its own."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.signing_in.identity import has_second_factor
from apps.accounts.signing_in.marks import SECOND_FACTOR_AT
from apps.audit.context import AUTHENTICATED_AT
from apps.audit.models import AuditEvent, Outcome
from project.testing.signed_in import long_ago
from project.testing.single_sign_on import IdentityProvider

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/oidc/sso/login/"


def who_is_in(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def refused() -> AuditEvent:
    event = AuditEvent.objects.get(action="accounts.sign_in_failed")
    assert event.outcome == Outcome.DENIED
    return event


def test_a_verified_email_leads_to_the_person_once(
    client: Client, identity_provider: IdentityProvider, carol: User
) -> None:
    carol.set_password("correct horse battery")
    carol.save()
    answer = identity_provider.sign_in(client, carol.email)
    assert answer.headers["Location"] == reverse("admin:index")
    assert who_is_in(client) == str(carol.pk)
    account = SocialAccount.objects.get()
    assert (account.user, account.provider, account.extra_data) == (carol, "sso", {})
    assert AuditEvent.objects.get(action="accounts.single_sign_on_linked").actor == carol
    carol.refresh_from_db()
    assert carol.check_password("correct horse battery"), "the password stays"


def test_from_then_on_the_subject_counts(
    client: Client, identity_provider: IdentityProvider, carol: User, conrad: User
) -> None:
    identity_provider.sign_in(client, carol.email)
    subject = SocialAccount.objects.get().uid
    # Her e-mail at the provider is now the one that Conrad has here.
    identity_provider.do_wrong(claims={"sub": subject, "email": conrad.email})
    again = Client()
    identity_provider.sign_in(again, conrad.email)
    assert who_is_in(again) == str(carol.pk)


def test_who_inherits_an_email_at_the_provider_gets_no_account(
    identity_provider: IdentityProvider, carol: User
) -> None:
    identity_provider.sign_in(Client(), carol.email)
    identity_provider.do_wrong(claims={"sub": "somebody-else"})
    other = Client()
    answer = identity_provider.sign_in(other, carol.email)
    assert answer.status_code == 403
    assert who_is_in(other) is None
    assert refused().target_id == str(carol.pk)
    assert SocialAccount.objects.count() == 1


def test_a_stranger_is_turned_away_and_nobody_is_created(
    client: Client, identity_provider: IdentityProvider, db: None
) -> None:
    people = User.objects.count()
    answer = identity_provider.sign_in(client, "stranger@example.org")
    assert answer.status_code == 403
    assert "Nobody signs in with this e-mail" in answer.content.decode()
    assert refused().after == {"email": "stranger@example.org"}
    assert User.objects.count() == people
    assert client.get("/accounts/3rdparty/signup/").status_code != 200


@pytest.mark.parametrize("verified", [False, None, "false", 1])
def test_an_email_that_nobody_verified_counts_nothing(
    client: Client, identity_provider: IdentityProvider, carol: User, verified: Any
) -> None:
    identity_provider.do_wrong(claims={"email_verified": verified})
    assert identity_provider.sign_in(client, carol.email).status_code == 403
    assert who_is_in(client) is None


def test_who_is_deactivated_stays_out_linked_or_not(
    identity_provider: IdentityProvider, carol: User
) -> None:
    identity_provider.sign_in(Client(), carol.email)
    User.objects.filter(pk=carol.pk).update(is_active=False)
    for _time in range(2):
        client = Client()
        assert identity_provider.sign_in(client, carol.email).status_code == 403
        assert who_is_in(client) is None
        SocialAccount.objects.all().delete()


def test_system_signs_in_nowhere(client: Client, identity_provider: IdentityProvider) -> None:
    system = User.objects.system()
    assert identity_provider.sign_in(client, system.email).status_code == 403


NOW = int(time.time())
WRONG: dict[str, dict[str, Any]] = {
    "another nonce": {"claims": {"nonce": "of another sign-in"}},
    "no nonce": {"claims": {"nonce": None}},
    "another issuer": {"claims": {"iss": "https://elsewhere.example"}},
    "no issuer": {"claims": {"iss": None}},
    "another audience": {"claims": {"aud": "another-client"}},
    "no audience": {"claims": {"aud": None}},
    "an audience beside us": {"claims": {"aud": ["assets", "another-client"]}},
    "for another party": {"claims": {"aud": ["assets", "other"], "azp": "other"}},
    "expired": {"claims": {"exp": NOW - 120}},
    "no expiry": {"claims": {"exp": None}},
    "issued tomorrow": {"claims": {"iat": NOW + 86400}},
    "alg none": {"sign": "none"},
    "the secret as key": {"sign": "secret"},
    "another key": {"sign": "other"},
    "an unknown key": {"header": {"kid": "second"}},
    "no ID token": {"no_id_token": True},
    "a provider under another name": {"issuer": "https://elsewhere.example"},
    "user-info of somebody else": {"claims": {"email": None}, "userinfo": {"sub": "else"}},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_answer_opens_nothing(
    client: Client, identity_provider: IdentityProvider, carol: User, wrong: str
) -> None:
    asked = client.post(LOGIN)
    identity_provider.do_wrong(**WRONG[wrong])
    answer = client.get(identity_provider.vouch(asked.headers["Location"], carol.email))
    assert answer.status_code in {401, 403}
    assert who_is_in(client) is None
    assert not SocialAccount.objects.exists()
    assert refused().actor.is_system


def test_a_state_that_we_never_gave_opens_nothing(
    client: Client, identity_provider: IdentityProvider, carol: User
) -> None:
    asked = client.post(LOGIN)
    identity_provider.do_wrong(state="of-somebody-else")
    answer = client.get(identity_provider.vouch(asked.headers["Location"], carol.email))
    assert (answer.status_code, who_is_in(client)) == (401, None)


def test_an_answer_is_for_the_browser_that_asked_and_for_once(
    client: Client, identity_provider: IdentityProvider, carol: User, settings: Any
) -> None:
    settings.IS_SECOND_FACTOR_REQUIRED = False
    back = identity_provider.vouch(client.post(LOGIN).headers["Location"], carol.email)
    stranger = Client()
    assert stranger.get(back).status_code == 401
    assert client.get(back).status_code == 302
    assert client.get(back).status_code == 401


def test_a_code_without_its_verifier_is_worth_nothing(
    client: Client, identity_provider: IdentityProvider, carol: User
) -> None:
    # Somebody slips the code of their own sign-in into ours; the provider compares the verifier.
    mine = urlsplit(client.post(LOGIN).headers["Location"]).query
    theirs = identity_provider.vouch(Client().post(LOGIN).headers["Location"], carol.email)
    code = parse_qs(urlsplit(theirs).query)["code"][0]
    state = parse_qs(mine)["state"][0]
    answer = client.get(f"{LOGIN}callback/?code={code}&state={state}")
    assert (answer.status_code, who_is_in(client)) == (401, None)


def test_a_cancelled_sign_in_says_so(
    client: Client, identity_provider: IdentityProvider, db: None
) -> None:
    asked = client.post(LOGIN).headers["Location"]
    state = parse_qs(urlsplit(asked).query)["state"][0]
    answer = client.get(f"{LOGIN}callback/?error=access_denied&state={state}")
    assert "was cancelled" in answer.content.decode()


def test_a_link_alone_begins_no_sign_in_and_decides_nothing(
    client: Client, identity_provider: IdentityProvider, db: None
) -> None:
    assert client.get(LOGIN).status_code == 200, "it asks by a form"
    asked = client.post(f"{LOGIN}?process=connect&auth_params=nonce%3Dknown&scope=all")
    query = parse_qs(urlsplit(asked.headers["Location"]).query)
    assert query["nonce"] != ["known"]
    assert set(query["scope"][0].split()) == {"openid", "profile", "email"}
    outside = client.post(f"{LOGIN}?next=https://elsewhere.example/")
    assert outside.status_code == 302


def test_without_a_provider_there_is_no_door(client: Client, db: None) -> None:
    assert client.post(LOGIN).status_code == 404
    assert client.get(f"{LOGIN}callback/?code=x&state=y").status_code == 404


@pytest.mark.parametrize(
    ("claims", "is_second"),
    [
        ({"amr": ["pwd"]}, False),
        ({"amr": ["pwd", "sms"]}, False),
        ({"amr": "mfa"}, False),
        ({}, False),
        ({"acr": "1"}, False),
        ({"amr": ["pwd", "mfa"]}, True),
        ({"amr": ["pwd", "otp"]}, True),
        ({"amr": ["hwk"]}, True),
        ({"acr": "phr"}, True),
        ({"acr": "https://refeds.org/profile/mfa"}, True),
    ],
)
def test_what_counts_as_a_second_factor(claims: dict[str, Any], is_second: bool) -> None:  # noqa: FBT001
    assert has_second_factor(claims) is is_second


@pytest.mark.parametrize(("amr", "is_marked"), [(["pwd"], False), (["pwd", "otp"], True)])
def test_the_session_knows_whether_the_provider_saw_two_factors(
    client: Client,
    identity_provider: IdentityProvider,
    carol: User,
    amr: list[str],
    is_marked: bool,  # noqa: FBT001
) -> None:
    identity_provider.do_wrong(claims={"amr": amr})
    identity_provider.sign_in(client, carol.email)
    assert (SECOND_FACTOR_AT in client.session) is is_marked
    assert (AUTHENTICATED_AT in client.session) is is_marked


@pytest.fixture
def without_password(client: Client, identity_provider: IdentityProvider, carol: User) -> Client:
    """Carol has no password, and signed in by the provider an hour ago."""
    carol.set_unusable_password()
    carol.save()
    identity_provider.do_wrong(claims={"amr": ["mfa"]})
    identity_provider.sign_in(client, carol.email)
    long_ago(client)
    return client


def test_who_has_no_password_shows_again_at_the_provider_who_they_are(
    without_password: Client, identity_provider: IdentityProvider, carol: User
) -> None:
    first = without_password.get(f"{reverse('step_up')}?next=/admin/")
    again = first.headers["Location"]
    assert urlsplit(again).path == reverse("single_sign_on_again")
    asked = parse_qs(urlsplit(without_password.get(again).headers["Location"]).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    answer = identity_provider.sign_in(without_password, carol.email, begin=again)
    assert urlsplit(answer.headers["Location"]).path == reverse("step_up")
    assert without_password.get(answer.headers["Location"]).headers["Location"] == "/admin/"
    event = AuditEvent.objects.get(action="accounts.stepped_up")
    assert (event.actor, event.after) == (carol, {"factors": ["socialaccount"]})


@pytest.mark.parametrize("wrong", [{"auth_time": NOW - 3600}, {"auth_time": None}, {"sub": "else"}])
def test_an_old_sign_in_at_the_provider_or_somebody_elses_is_not_enough(
    without_password: Client,
    identity_provider: IdentityProvider,
    carol: User,
    wrong: dict[str, Any],
) -> None:
    identity_provider.do_wrong(claims=wrong)
    answer = identity_provider.sign_in(
        without_password, carol.email, begin=reverse("single_sign_on_again")
    )
    assert answer.status_code == 403
    assert not AuditEvent.objects.filter(action="accounts.stepped_up").exists()
    assert without_password.get(reverse("step_up")).headers["Location"] != reverse("admin:index")


def test_the_sign_in_page_offers_it_only_where_there_is_a_provider(
    client: Client, identity_provider: IdentityProvider, settings: Any, db: None
) -> None:
    assert "Sign in with Example" in client.get(reverse("account_login")).content.decode()
    settings.SOCIALACCOUNT_PROVIDERS = {}
    assert "Sign in with Example" not in client.get(reverse("account_login")).content.decode()


def test_a_provider_that_does_not_answer_is_no_fault_of_ours(
    client: Client, identity_provider: IdentityProvider, settings: Any
) -> None:
    (app,) = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    app["settings"]["server_url"] = identity_provider.issuer + "/nowhere"
    answer = client.post(LOGIN)
    assert answer.status_code == 503
    assert "does not answer" in answer.content.decode()
    assert "does not answer" in refused().reason
