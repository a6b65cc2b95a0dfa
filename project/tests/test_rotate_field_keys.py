"""The drill of a new field key: both together, everything encrypted anew, the old one gone."""

import io

import pytest
from allauth.mfa.models import Authenticator
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.common.secret_text import Place, SecretUnreadable, lock_away, places, unlock
from apps.programs import keys
from apps.programs.models import SigningKey
from project import rotation
from project.checks import OLD_KEY, UNREADABLE

OLD, NEW = "the-old-key-of-the-office", "the-new-key-of-the-office"


@pytest.fixture
def seeds(settings: Settings, boris: User) -> tuple[SigningKey, Authenticator]:
    """Return a signing key and the seeds of a second factor, encrypted with the old key."""
    settings.FIELD_KEYS = [OLD]
    SigningKey.objects.all().delete()
    signing = keys.make_key()
    factor = Authenticator.objects.create(
        user=boris,
        type="totp",
        data={"secret": lock_away("JBSWY3DP"), "used_mask": 3, "codes": [lock_away("11112222")]},
    )
    return SigningKey.objects.get(pk=signing.pk), factor


def said(*arguments: str) -> str:
    out = io.StringIO()
    call_command("rotate_field_keys", *arguments, stdout=out)
    return out.getvalue()


def warnings() -> list[str | None]:
    found = run_checks(tags=["database"], databases=["default"])
    return [message.id for message in found if str(message.id).startswith("assets.")]


def test_every_secret_outlives_the_old_key(
    settings: Settings, seeds: tuple[SigningKey, Authenticator]
) -> None:
    signing, factor = seeds
    pem = signing.private_pem
    settings.FIELD_KEYS = [NEW, OLD]
    assert warnings() == [OLD_KEY, OLD_KEY]

    would = said("--dry-run")
    assert "mfa_authenticator.data: 2 would be encrypted anew, 0 as they were." in would
    assert warnings() == [OLD_KEY, OLD_KEY]

    assert "mfa_authenticator.data: 2 encrypted anew, 0 as they were." in said()
    assert warnings() == []
    # Once more changes nothing.
    assert "mfa_authenticator.data: 0 encrypted anew, 2 as they were." in said()

    settings.FIELD_KEYS = [NEW]
    assert warnings() == []
    assert SigningKey.objects.get(pk=signing.pk).private_pem == pem
    factor.refresh_from_db()
    assert unlock(factor.data["secret"]) == "JBSWY3DP"
    assert unlock(factor.data["codes"][0]) == "11112222"
    assert factor.data["used_mask"] == 3
    assert AuditEvent.objects.filter(action="project.field_keys_rotated").count() == 2


def test_a_key_that_is_gone_too_early_is_noticed(
    settings: Settings, seeds: tuple[SigningKey, Authenticator]
) -> None:
    _, factor = seeds
    settings.FIELD_KEYS = [NEW]
    before = dict(factor.data)

    assert warnings() == [UNREADABLE, UNREADABLE]
    with pytest.raises(CommandError, match="Put the key back into ASSETS_FIELD_KEYS"):
        said()
    factor.refresh_from_db()
    assert factor.data == before
    with pytest.raises(SecretUnreadable):
        unlock(factor.data["secret"])


def test_it_goes_on_where_it_was_stopped(
    settings: Settings, boris: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "_BATCH", 2)
    settings.FIELD_KEYS = [OLD]
    for kind in ("totp", "recovery_codes"):
        Authenticator.objects.create(user=boris, type=kind, data={"seed": lock_away(kind)})
    settings.FIELD_KEYS = [NEW, OLD]
    Authenticator.objects.create(user=boris, type="webauthn", data={"seed": lock_away("newer")})

    assert "mfa_authenticator.data: 2 encrypted anew, 1 as they were." in said()


def test_what_is_no_secret_is_left_alone(settings: Settings, boris: User) -> None:
    data = {"credential": {"id": "gAAA", "name": "a key of “Boris”"}, "n": None}
    factor = Authenticator.objects.create(user=boris, type="webauthn", data=data)
    settings.FIELD_KEYS = [NEW, OLD]

    said()

    factor.refresh_from_db()
    assert factor.data == data


def test_every_encrypted_field_is_a_place(db: None) -> None:
    assert Place("signing_keys", "private_pem") in places()
    assert Place("mfa_authenticator", "data", is_json=True) in places()


def test_a_column_that_a_migration_has_yet_to_add_is_no_fault(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    coming = [Place("signing_keys", "not_yet"), Place("no_table", "yet")]
    monkeypatch.setattr(rotation, "places", lambda: coming)

    assert rotation.standings() == []
    assert warnings() == []


def test_nothing_of_it_lies_in_the_database_in_the_clear(
    seeds: tuple[SigningKey, Authenticator],
) -> None:
    signing, _ = seeds
    with connection.cursor() as cursor:
        for place in places():
            cursor.execute(f'SELECT "{place.column}"::text FROM "{place.table}"')  # noqa: S608
            for (text,) in cursor.fetchall():
                assert "JBSWY3DP" not in text
                assert "PRIVATE KEY" not in text
    assert "PRIVATE KEY" in signing.private_pem
