"""Sessions: how long they last, who sees them, who ends them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.accounts import services as accounts
from apps.accounts import tasks
from apps.accounts.errors import OwnAccount, SuperuserAccount
from apps.accounts.models import User
from apps.accounts.signing_in.marks import SEEN_AT, SIGNED_IN_AT
from apps.audit.models import AuditEvent
from apps.common.errors import NotPermitted
from project.testing.cast import PASSWORD

NEW = "seven purple kettles sing"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Let the test say what time it is."""
    cache.clear()
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def is_in(client: Client) -> bool:
    return bool(client.get(reverse("account_home")).status_code == 200)


def test_a_session_ends_when_nobody_uses_it(
    client: Client, clara: User, clock: time_machine.Traveller
) -> None:
    client.force_login(clara)
    for _half in range(3):
        clock.shift(timedelta(minutes=29))
        assert is_in(client)

    clock.shift(timedelta(minutes=30))

    assert not is_in(client)
    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.actor) == ("accounts.session_expired", clara)
    assert not UserSession.objects.exists()


def test_a_session_ends_after_twelve_hours_whatever_happens_in_it(
    client: Client, clara: User, clock: time_machine.Traveller
) -> None:
    client.force_login(clara)
    for _turn in range(47):
        clock.shift(timedelta(minutes=15))
        assert is_in(client)

    clock.shift(timedelta(minutes=15))

    assert not is_in(client)


@pytest.mark.parametrize("kept", [None, "nonsense"])
@pytest.mark.parametrize("mark", [SEEN_AT, SIGNED_IN_AT])
def test_a_session_that_does_not_know_its_age_has_ended(
    client: Client, clara: User, mark: str, kept: str | None
) -> None:
    client.force_login(clara)
    session = client.session
    session[mark] = kept
    session.save()

    assert not is_in(client)


def test_a_session_that_is_on_no_list_ends_within_a_minute(
    client: Client, clara: User, clock: time_machine.Traveller
) -> None:
    client.force_login(clara)
    UserSession.objects.all().delete()
    assert is_in(client)

    clock.shift(timedelta(minutes=1))

    assert not is_in(client)
    assert AuditEvent.objects.latest("pk").reason == "The session was on no list."


def test_a_session_whose_person_showed_again_who_they_are_can_be_ended(
    client: Client, clara: User
) -> None:
    cache.clear()
    client.force_login(clara)
    key = client.session.session_key
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert client.session.session_key != key
    assert UserSession.objects.get(user=clara).session_key == client.session.session_key
    assert client.get(reverse("usersessions_list")).content.decode().count("this one") == 1

    accounts.end_sessions_of(clara)

    assert not is_in(client)


def test_being_seen_is_written_once_a_minute(
    client: Client,
    clara: User,
    clock: time_machine.Traveller,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client.force_login(clara)
    first = UserSession.objects.get().last_seen_at
    clock.shift(59)
    # The session and the person, as without the limits.
    with django_assert_num_queries(2):
        client.get(reverse("admin:jsi18n"))
    assert UserSession.objects.get().last_seen_at == first

    clock.shift(2)
    client.get(reverse("admin:jsi18n"))

    assert UserSession.objects.get().last_seen_at == first + timedelta(seconds=61)


def test_people_see_their_sessions_and_end_one_or_all_others(client: Client, clara: User) -> None:
    others = [Client(HTTP_USER_AGENT=FIREFOX) for _one in range(3)]
    for other in (client, *others):
        other.force_login(clara)
    page = client.get(reverse("usersessions_list")).content.decode()
    assert page.count("Firefox on Linux") == 3
    assert page.count("this one") == 1
    first = UserSession.objects.get(session_key=others[0].session.session_key)

    client.post(reverse("usersessions_list"), {"session": first.pk})
    assert [is_in(other) for other in (client, *others)] == [True, False, True, True]

    client.post(reverse("usersessions_list"))
    assert [is_in(other) for other in (client, *others)] == [True, False, False, False]
    assert AuditEvent.objects.filter(action="accounts.sessions_ended", actor=clara).count() == 2


def test_nobody_ends_the_session_of_another_there(client: Client, clara: User, anna: User) -> None:
    hers = Client()
    hers.force_login(anna)
    client.force_login(clara)

    client.post(reverse("usersessions_list"), {"session": UserSession.objects.get(user=anna).pk})

    assert is_in(hers)


def test_looking_ends_nothing(client: Client, clara: User) -> None:
    other = Client()
    other.force_login(clara)
    client.force_login(clara)

    client.get(reverse("usersessions_list"), {"session": UserSession.objects.first().pk})

    assert is_in(other)


def test_a_new_password_ends_all_other_sessions(client: Client, clara: User) -> None:
    cache.clear()
    other = Client()
    other.force_login(clara)
    client.force_login(clara)
    versions = clara.history.count()

    wrong = client.post(
        reverse("account_change_password"),
        {"oldpassword": "wrong", "password1": NEW, "password2": NEW},
    )
    assert "This is not your password." in wrong.content.decode()
    done = client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW},
    )

    assert done["Location"] == reverse("account_home")
    assert is_in(client)
    assert not is_in(other)
    clara.refresh_from_db()
    assert clara.check_password(NEW)
    assert clara.history.count() == versions
    assert AuditEvent.objects.filter(action="accounts.password_changed").count() == 1


def test_deactivation_ends_every_session_at_once(client: Client, clara: User, adam: User) -> None:
    client.force_login(clara)

    accounts.deactivate(clara.pk, reason="Left", actor=adam)

    assert not UserSession.objects.filter(user=clara).exists()
    assert not is_in(client)


def test_who_may_end_the_sessions_of_another(adam: User, clara: User, anna: User) -> None:
    root = User.objects.create_superuser("root@example.com", NEW, display_name="Root")
    with pytest.raises(NotPermitted):
        accounts.end_sessions(anna.pk, reason="Mine", actor=clara)
    with pytest.raises(OwnAccount):
        accounts.end_sessions(adam.pk, reason="Mine", actor=adam)
    with pytest.raises(SuperuserAccount):
        accounts.end_sessions(root.pk, reason="Mine", actor=adam)


def test_what_is_over_is_forgotten_with_addresses_and_browsers(
    client: Client, clara: User, boris: User, clock: time_machine.Traveller
) -> None:
    client.force_login(clara)
    Client().get(reverse("account_login"))
    clock.shift(timedelta(hours=12))
    other = Client()
    other.force_login(boris)
    ended = Client()
    ended.force_login(boris)
    Session.objects.filter(session_key=ended.session.session_key).delete()

    said = tasks.forget_sessions()

    assert said == "2 old rows are deleted."
    assert [row.session_key for row in Session.objects.all()] == [other.session.session_key]
    # Of a session that has just ended, or is just being opened, the list waits for an hour.
    assert set(UserSession.objects.values_list("user_id", flat=True)) == {boris.pk}
    clock.shift(timedelta(hours=1))
    assert tasks.forget_sessions() == "1 old row is deleted."
    assert tasks.forget_sessions() == ""
    assert [row.session_key for row in UserSession.objects.all()] == [other.session.session_key]
