"""Which passwords are refused, and that the refusal says why and what to do."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from apps.accounts.models import User
from apps.accounts.passwords import LeakedPasswordValidator

NINA = User(email="nina.hofer@kamera.example", display_name="Nina Hofer")


@pytest.mark.parametrize(
    "password",
    [
        *(
            "password123456",
            "Password!2026!",
            "P@ssw0rd12345",
            "2026-monkey-2026",
            "dragon.dragon.1",
        ),
        *(
            "letmein-letmein",
            "aaaaaaaaaaaaaaa",
            "abcabcabcabcabc",
            "qwertyuiop123",
            "1qaz2wsx3edc4rfv",
        ),
        *(
            "abcdefghijklmnop",
            "poiuytrewq2026",
            "summerwinter2026",
            "Assets-office-1",
            "lending!wallet",
        ),
        *("HoferKamera2026", "nina-hofer-1999", "nina.hofer@kamera.example"),
    ],
)
def test_what_is_easy_to_guess_is_refused_with_a_way_out(password: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        validate_password(password, NINA)

    assert any(
        "Take four words" in message or "too similar" in message
        for message in refusal.value.messages
    )


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "jT7#kpq92Lz!xw",
        "ein Zebra isst 3 Lampen",
        "x4" + "qz7w" * 31,
    ],
)
def test_what_is_hard_to_guess_is_accepted_whatever_it_is_made_of(password: str) -> None:
    validate_password(password, NINA)


@pytest.mark.parametrize(
    ("password", "says"), [("kq7#zt2!Lm4", "at least 12 characters"), ("kq7#" * 33, "at most 128")]
)
def test_length_has_two_ends(password: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        validate_password(password)


@pytest.mark.parametrize(
    "password",
    ["0mmanipadmehum", "liverpool1892", "LIVERPOOL1892", "ZAQ12WSXcde3"],
)
def test_what_was_stolen_somewhere_is_refused(password: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        LeakedPasswordValidator().validate(password, NINA)

    assert "stolen somewhere" in refusal.value.messages[0]
    with pytest.raises(ValidationError):
        validate_password(password, NINA)


def test_what_nobody_types_keeps_nobody_busy() -> None:
    with pytest.raises(ValidationError) as refusal:
        validate_password("password1" * 100_000, NINA)

    assert [error.code for error in refusal.value.error_list] == ["password_too_long"]
