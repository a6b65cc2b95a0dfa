"""Second factors: enrolled, asked for, kept as secrets, and needed by role."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows import login as allauth_login
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.conf import settings as live_settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import RolePolicy, User
from apps.accounts.signing_in.marks import SECOND_FACTOR_AT
from apps.audit.context import AUTHENTICATED_AT
from apps.audit.models import AuditEvent, Outcome
from project.testing.cast import PASSWORD

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def standing_clock() -> Iterator[time_machine.Traveller]:
    """Let no code run out while a test types it, and forget the attempts of other tests."""
    cache.clear()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


def code_of(seed: str = SEED, *, later: int = 0) -> str:
    return str(format_hotp_value(hotp_value(seed, int(time.time() + later) // 30)))


def enrol(person: User) -> Authenticator:
    authenticator: Authenticator = TOTP.activate(person, SEED).instance
    return authenticator


def sign_in(client: Client, person: User) -> Any:
    return client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})


def show(client: Client, code: str) -> Any:
    return client.post(reverse("mfa_authenticate"), {"code": code})


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def test_staff_without_a_second_factor_get_no_further_than_enrolling_one(
    client: Client, clara: User
) -> None:
    sign_in(client, clara)
    assert AUTHENTICATED_AT not in client.session

    for name in ("admin:index", "admin:tickets_ticket_changelist", "usersessions_list"):
        assert client.get(reverse(name))["Location"] == reverse("account_home"), name
    assert client.get("/api/v1/me").status_code == 403
    assert client.get("/no-such-page/")["Location"] == reverse("account_home")
    for name in ("account_home", "mfa_activate_totp", "mfa_add_webauthn", "healthz"):
        assert client.get(reverse(name)).status_code == 200, name
    assert client.post(reverse("account_logout")).status_code == 302
    assert SESSION_KEY not in client.session


def test_an_app_is_enrolled_and_opens_the_office_at_once(
    client: Client, clara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Outside of a test the commit comes before the answer, which keeps the session.
    monkeypatch.setattr(transaction, "on_commit", lambda function, **_options: function())
    sign_in(client, clara)
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page
    found = re.search(r'id="authenticator_secret">(\w+)<', page)
    assert found

    wrong = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
    assert "This code is not right." in wrong.content.decode()
    done = client.post(reverse("mfa_activate_totp"), {"code": code_of(found[1])})
    codes = client.get(done["Location"]).content.decode()

    assert len(re.findall(r"<li>\d{10}</li>", codes)) == 10
    assert client.get(reverse("admin:index")).status_code == 200
    assert AUTHENTICATED_AT in client.session
    assert SECOND_FACTOR_AT in client.session
    again = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert not re.findall(r"<li>\d{10}</li>", again)
    assert "accounts.second_factor_added" in actions()
    assert found[1] not in str(list(AuditEvent.objects.values()))


def test_seeds_lie_locked_away(clara: User) -> None:
    enrol(clara)
    codes = RecoveryCodes.activate(clara)

    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator ORDER BY id")
        app, recovery = [row for (row,) in cursor.fetchall()]

    assert SEED not in app
    assert "gAAAA" in app
    assert "gAAAA" in recovery
    assert not [code for code in codes.get_unused_codes() if code in recovery]


def test_a_code_opens_the_office_once(client: Client, clara: User) -> None:
    enrol(clara)

    assert sign_in(client, clara)["Location"] == reverse("mfa_authenticate")
    assert SESSION_KEY not in client.session
    assert client.get(reverse("admin:index")).status_code == 302
    assert show(client, code_of())["Location"] == reverse("admin:index")
    assert client.get(reverse("admin:index")).status_code == 200
    assert actions()[-2:] == ["accounts.second_factor_used", "accounts.signed_in"]

    replay = Client()
    sign_in(replay, clara)
    assert "This code is not right." in show(replay, code_of()).content.decode()
    assert SESSION_KEY not in replay.session
    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.actor, event.outcome) == (
        "accounts.second_factor_failed",
        clara,
        Outcome.DENIED,
    )


@pytest.mark.parametrize("later", [-30, 30])
def test_a_code_counts_for_its_thirty_seconds_only(client: Client, clara: User, later: int) -> None:
    enrol(clara)
    sign_in(client, clara)

    show(client, code_of(later=later))

    assert SESSION_KEY not in client.session


def test_a_recovery_code_opens_the_office_once(client: Client, clara: User) -> None:
    enrol(clara)
    code = RecoveryCodes.activate(clara).get_unused_codes()[0]

    sign_in(client, clara)
    show(client, code)
    assert client.get(reverse("admin:index")).status_code == 200
    assert "accounts.recovery_code_used" in actions()

    again = Client()
    sign_in(again, clara)
    show(again, code)
    assert SESSION_KEY not in again.session


def test_codes_are_limited_and_then_the_right_one_waits_too(client: Client, clara: User) -> None:
    enrol(clara)
    sign_in(client, clara)
    for _attempt in range(5):
        show(client, "000000")

    limited = show(client, code_of())

    assert "Too many attempts" in limited.content.decode()
    assert SESSION_KEY not in client.session


def test_passwords_are_limited_by_e_mail_and_by_address(client: Client, clara: User) -> None:
    login = reverse("account_login")
    for _attempt in range(5):
        client.post(login, {"login": clara.email, "password": "wrong"})
    assert "Too many attempts" in sign_in(client, clara).content.decode()

    cache.clear()
    for number in range(10):
        # Whoever writes the header cannot seem to come from elsewhere.
        client.post(
            login,
            {"login": f"n{number}@example.com", "password": "wrong"},
            headers={"X-Forwarded-For": f"10.0.0.{number}"},
        )
    assert "Too many attempts" in sign_in(client, clara).content.decode()
    elsewhere = client.post(
        login, {"login": clara.email, "password": PASSWORD}, REMOTE_ADDR="10.9.9.9"
    )
    assert elsewhere.status_code == 302


def test_a_network_of_ipv6_counts_as_one_address(client: Client, clara: User) -> None:
    login = reverse("account_login")
    for number in range(10):
        typed = {"login": f"n{number}@example.com", "password": "wrong"}
        client.post(login, typed, REMOTE_ADDR=f"2001:db8:7:7:{number}:{number}::{number + 1}")

    right = {"login": clara.email, "password": PASSWORD}
    refused = client.post(login, right, REMOTE_ADDR="2001:db8:7:7:ffff::1")
    assert "Too many attempts" in refused.content.decode()
    for elsewhere in ("2001:db8:7:8::1", "::ffff:192.0.2.7"):
        assert Client().post(login, right, REMOTE_ADDR=elsewhere).status_code == 302


def test_borrowers_sign_in_with_a_password_until_the_office_asks_for_more(
    client: Client, boris: User
) -> None:
    sign_in(client, boris)
    assert AUTHENTICATED_AT in client.session
    assert client.get(reverse("usersessions_list")).status_code == 200

    RolePolicy.objects.filter(role__name="Borrower").update(needs_second_factor=True)

    assert client.get(reverse("usersessions_list"))["Location"] == reverse("account_home")


def test_what_nobody_decided_needs_a_second_factor(client: Client, boris: User) -> None:
    boris.groups.set([Group.objects.create(name="Made in a shell")])

    sign_in(client, boris)

    assert client.get(reverse("usersessions_list"))["Location"] == reverse("account_home")


@pytest.mark.parametrize("right", ["is_superuser", "is_staff"])
def test_superusers_and_staff_without_a_role_need_one(
    client: Client, boris: User, right: str
) -> None:
    boris.groups.clear()
    User.objects.filter(pk=boris.pk).update(**{right: True})

    sign_in(client, boris)

    assert client.get(reverse("usersessions_list"))["Location"] == reverse("account_home")


def test_on_a_machine_of_ones_own_a_password_is_enough(
    client: Client, clara: User, settings: Any
) -> None:
    settings.IS_SECOND_FACTOR_REQUIRED = False

    sign_in(client, clara)

    assert client.get(reverse("admin:index")).status_code == 200
    assert AUTHENTICATED_AT in client.session


def test_a_session_of_before_the_enrolment_has_to_show_the_factor(
    client: Client, clara: User
) -> None:
    """Else a stolen password could enrol a second factor of its own beside the owner's."""
    sign_in(client, clara)
    enrol(clara)

    assert client.get(reverse("mfa_add_webauthn"))["Location"].startswith(
        reverse("mfa_reauthenticate")
    )
    shown = client.post(
        f"{reverse('mfa_reauthenticate')}?next={reverse('admin:index')}", {"code": code_of()}
    )

    assert shown.status_code == 302
    assert client.get(reverse("admin:index")).status_code == 200


def test_a_password_is_no_reauthentication_for_who_has_a_second_factor(
    client: Client, clara: User, standing_clock: time_machine.Traveller
) -> None:
    enrol(clara)
    sign_in(client, clara)
    show(client, code_of())
    standing_clock.shift(600)
    before = client.session[AUTHENTICATED_AT]

    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})

    assert client.session[AUTHENTICATED_AT] == before
    asked = client.get(reverse("mfa_add_webauthn"))["Location"]
    assert asked.startswith(reverse("step_up"))
    assert client.get(asked)["Location"].startswith(reverse("mfa_reauthenticate"))


def test_the_last_second_factor_stays_where_roles_need_one(client: Client, clara: User) -> None:
    enrol(clara)
    sign_in(client, clara)
    show(client, code_of())

    refused = client.post(reverse("mfa_deactivate_totp"))
    assert "Add another one first." in refused.content.decode()

    Group.objects.get(name="Lending clerk").policy.delete()
    clara.groups.clear()
    User.objects.filter(pk=clara.pk).update(is_staff=False)
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.filter(user=clara).exists()
    assert SECOND_FACTOR_AT not in client.session
    assert "accounts.second_factor_removed" in actions()


def test_showing_it_again_renews_when_the_person_was_last_known(
    client: Client, clara: User, standing_clock: time_machine.Traveller
) -> None:
    enrol(clara)
    sign_in(client, clara)
    show(client, code_of())
    first = client.session[AUTHENTICATED_AT]
    standing_clock.shift(600)

    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("mfa_reauthenticate"), {"code": code_of()})

    assert client.session[AUTHENTICATED_AT] > first


def test_whoever_has_shown_a_second_factor_costs_no_query(
    client: Client, clara: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(clara)
    # The session and the person, as before.
    with django_assert_num_queries(2):
        client.get(reverse("admin:jsi18n"))


def test_the_function_of_allauth_that_is_not_published_is_as_we_know_it(
    client: Client, clara: User
) -> None:
    """`marks` reads these records; when this fails, look there before anything else."""
    assert get_authentication_records is allauth_login.get_authentication_records
    enrol(clara)
    sign_in(client, clara)
    show(client, code_of())

    first, second = client.session[allauth_login.AUTHENTICATION_METHODS_SESSION_KEY]

    assert (first["method"], second["method"], second["type"]) == ("password", "mfa", "totp")
    assert second["at"] == pytest.approx(time.time())
    assert client.session["account_authentication_methods_user"] == str(clara.pk)


def test_the_app_shows_our_name(client: Client, clara: User) -> None:
    sign_in(client, clara)

    address = client.get(reverse("mfa_activate_totp")).context["totp_url"]

    assert address.startswith("otpauth://totp/clara%40example.com?")
    assert f"issuer={live_settings.OFFICE_NAME}" in address


def test_the_code_that_enrolled_an_app_opens_nothing_more(
    client: Client, clara: User, standing_clock: time_machine.Traveller
) -> None:
    sign_in(client, clara)
    seed = client.get(reverse("mfa_activate_totp")).context["form"].secret
    assert client.post(reverse("mfa_activate_totp"), {"code": code_of(seed)}).status_code == 302
    watcher = Client()
    sign_in(watcher, clara)

    show(watcher, code_of(seed))
    assert SESSION_KEY not in watcher.session

    standing_clock.shift(30)
    show(watcher, code_of(seed))
    assert SESSION_KEY in watcher.session
