"""Keys: published before they sign, and until the last token that they signed has ended."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import StringIO
from threading import Event

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from apps.accounts.models import User
from apps.common.errors import NotPermitted
from apps.programs import keys, tasks
from apps.programs import services as programs
from apps.programs.errors import KeyRotatedJustNow, TokenRefused
from apps.programs.keys import PUBLISHED, UnknownKey
from apps.programs.models import SigningKey
from apps.programs.tokens import access_of, issue
from project.testing.programs import Partner, program, program_by_itself

pytestmark = pytest.mark.django_db


def lapse(**lapse: float) -> None:
    """Let every key be that much older."""
    by = timedelta(**lapse)
    for key in SigningKey.objects.all():
        key.signs_from -= by
        key.retired_at = key.retired_at and key.retired_at - by
        key.save()
    PUBLISHED.forget()


def key_of(token: str) -> str:
    import jwt  # noqa: PLC0415  (a name of its own)

    return str(jwt.get_unverified_header(token)["kid"])


def shown() -> set[str]:
    return {key["kid"] for key in Client().get("/.well-known/jwks.json").json()["keys"]}


def test_a_new_key_is_published_before_it_signs_and_the_old_one_until_its_tokens_end(
    system: User,
) -> None:
    made = program_by_itself()
    before = issue(made, scopes={"me"})
    old = key_of(before)
    new = programs.rotate_signing_keys(actor=system).key_id
    assert shown() == {old, new}
    assert key_of(issue(made, scopes={"me"})) == old
    lapse(hours=1)
    after = issue(made, scopes={"me"})
    assert key_of(after) == new
    assert shown() == {old, new}
    assert access_of(before)
    assert access_of(after)
    lapse(minutes=11)
    assert shown() == {new}
    with pytest.raises(TokenRefused):
        access_of(before)
    assert access_of(after)


def test_nobody_rotates_while_the_last_new_key_waits(system: User) -> None:
    keys.signing_key()
    programs.rotate_signing_keys(actor=system)
    with pytest.raises(KeyRotatedJustNow):
        programs.rotate_signing_keys(actor=system)
    with pytest.raises(CommandError):
        call_command("rotate_signing_keys")


def test_without_the_field_keys_of_old_a_new_key_is_made_all_the_same(
    system: User, settings: Settings
) -> None:
    keys.signing_key()
    programs.rotate_signing_keys(actor=system)
    settings.FIELD_KEYS = ["all others are lost"]
    new = programs.rotate_signing_keys(actor=system, at_once=True).key_id
    PUBLISHED.forget()
    assert key_of(issue(program_by_itself(), scopes={"me"})) == new


def test_a_key_that_somebody_else_has_seen_is_out_at_once(boris: User) -> None:
    partner = Partner(program())
    given = partner.tokens_for(boris)
    own = issue(program_by_itself(), scopes={"me"})
    old = key_of(own)
    said = StringIO()
    call_command("rotate_signing_keys", "--at-once", stdout=said)
    assert old not in shown()
    for token in (given["access_token"], own):
        with pytest.raises(TokenRefused):
            access_of(token)
    later = partner.refresh(given["refresh_token"]).json()
    assert access_of(later["access_token"]).person == boris
    assert key_of(later["access_token"]) in said.getvalue()


def test_the_clock_rotates_once_a_month_and_destroys_what_is_retired() -> None:
    old = keys.signing_key()
    assert tasks.rotate_signing_keys() == ""
    lapse(days=31)
    assert tasks.rotate_signing_keys() == "A new key is published."
    assert tasks.rotate_signing_keys() == ""
    assert SigningKey.objects.count() == 2
    lapse(hours=2)
    tasks.rotate_signing_keys()
    old.refresh_from_db()
    assert old.private_pem == ""
    assert keys.signing_key() != old


def test_the_database_keeps_the_private_part_of_a_key_that_signs() -> None:
    key = keys.signing_key()
    with (
        pytest.raises(IntegrityError, match="signing_key_is_kept_until_retired"),
        transaction.atomic(),
    ):
        SigningKey.objects.filter(pk=key.pk).update(private_pem="")


def test_the_private_part_lies_encrypted() -> None:
    key = keys.signing_key()
    with connection.cursor() as cursor:
        cursor.execute("SELECT private_pem FROM signing_keys WHERE id = %s", [key.pk])
        (held,) = cursor.fetchone()
    assert "PRIVATE" not in held
    assert "PRIVATE" in key.private_pem


def test_only_who_may_rotates(clara: User, adam: User) -> None:
    with pytest.raises(NotPermitted):
        programs.rotate_signing_keys(actor=clara)
    assert programs.rotate_signing_keys(actor=adam)


def test_an_unknown_identifier_is_looked_up_once_in_a_while(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    now = time.monotonic()
    monkeypatch.setattr(keys, "monotonic", lambda: now)
    key = keys.signing_key()
    PUBLISHED.forget()
    PUBLISHED.public(key.key_id)
    with django_assert_num_queries(0):
        PUBLISHED.public(key.key_id)
        for number in range(50):
            with pytest.raises(UnknownKey):
                PUBLISHED.public(f"unknown-{number}")
    now += keys.PATIENCE
    with django_assert_num_queries(1):
        for number in range(50):
            with pytest.raises(UnknownKey):
                PUBLISHED.public(f"unknown-{number}")


def test_a_key_of_another_process_is_found_by_its_first_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = time.monotonic()
    monkeypatch.setattr(keys, "monotonic", lambda: now)
    PUBLISHED.forget()
    known = keys.signing_key()
    PUBLISHED.public(known.key_id)
    other = keys.make_key(signs_from=timezone.now())
    PUBLISHED._keys = {known.key_id: PUBLISHED._keys[known.key_id]}
    now += keys.PATIENCE
    assert PUBLISHED.public(other.key_id)


def test_whoever_comes_while_the_keys_are_read_waits_for_them(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = keys.make_key()
    known, begun, go_on = keys.PublishedKeys(), Event(), Event()

    def slowly(*, now: datetime) -> list[SigningKey]:
        begun.set()
        assert go_on.wait(10)
        return [made]

    monkeypatch.setattr(keys, "published", slowly)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(known.public, made.key_id)
        assert begun.wait(10)
        second = threads.submit(known.public, made.key_id)
        go_on.set()

        assert first.result(10) == second.result(10)
