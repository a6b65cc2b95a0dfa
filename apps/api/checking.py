"""What every operation refuses before it runs, whatever it does."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from pydantic import BaseModel

from apps.api.errors import FieldsRefused, UnsupportedContent
from apps.api.problems import FieldProblem

if TYPE_CHECKING:
    from django.http import HttpRequest

JSON = "application/json"
FORM = "multipart/form-data"

LARGEST_INTEGER = 2**63 - 1
"""What a bigint of the database holds."""
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
"""Between these every calendar and time zone can count on and back."""
DEEPEST = 20
"""How many lists and objects may lie in one another where a body is free in its shape."""


def refuse_unknown_parameters(
    request: "HttpRequest", known: Collection[str], repeatable: Collection[str] = ()
) -> None:
    """Return when the operation knows every parameter of the query, and none comes twice.

    Raises:
        FieldsRefused: it does not, or one does that is no list.
    """
    problems = []
    for name, values in request.GET.lists():
        if name not in known:
            message = _("There is no such parameter here. Leave it out; known are: {names}.")
            message = message.format(names=", ".join(sorted(known)) or "–")
        elif len(values) > 1 and name not in repeatable:
            message = _("This comes {count} times. Send it once.").format(count=len(values))
        else:
            continue
        problems.append(FieldProblem(field=name, message=message))
    if problems:
        raise FieldsRefused(problems)


def refuse_other_content(request: "HttpRequest", wanted: str) -> None:
    """Return when the body is of the kind that the operation reads; an empty kind reads none.

    Where there is no body, it is missing and not of another kind.

    Raises:
        UnsupportedContent: it is another, or JSON in another encoding than UTF-8.
    """
    if not wanted or request.headers.get("Content-Length") in {None, "", "0"}:
        return
    charset = (request.content_params or {}).get("charset", "utf-8").lower()
    if request.content_type != wanted or (wanted == JSON and charset not in {"utf-8", "utf8"}):
        said = request.headers.get("Content-Type", "") or "–"
        raise UnsupportedContent(content_type=said, wanted=wanted)


def refuse_what_nothing_holds(values: Mapping[str, Any]) -> None:
    """Return when the database, and every calendar, can hold what was sent.

    Raises:
        FieldsRefused: a text has a NUL or half a character, a whole number is beyond a bigint, a
            moment or day is centuries away, or something is nested too deeply.
    """
    problems = [
        FieldProblem(field=place, message=message)
        for name, value in values.items()
        for place, message in _faults("" if isinstance(value, BaseModel) else name, value, 0)
    ]
    if problems:
        raise FieldsRefused(problems)


def _faults(place: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    if depth > DEEPEST:
        yield (
            place,
            _("This is nested too deeply. Send at most {count} levels.").format(count=DEEPEST),
        )
        return
    match value:
        case BaseModel() | Mapping():
            for name, part in dict(value).items():
                if message := _fault_of(name):
                    yield place, message
                yield from _faults(f"{place}.{name}" if place else name, part, depth + 1)
        case list() | tuple() | set() | frozenset():
            for number, part in enumerate(value):
                yield from _faults(f"{place}[{number}]", part, depth + 1)
        case _ if message := _fault_of(value):
            yield place, message


def _fault_of(value: Any) -> str:
    """Return what is wrong with one value; nothing when it can be kept."""
    match value:
        case str() if "\0" in value:
            return _("Send a text without the character NUL.")
        case str() if any("\ud800" <= character <= "\udfff" for character in value):
            return _("Send whole characters: half of a surrogate pair is none.")
        case int() if abs(value) > LARGEST_INTEGER:
            return _("Send a number between ±{limit}.").format(limit=LARGEST_INTEGER)
        case date():
            # As the whole world may read it: a day before or after, by the time zone.
            day = value.date() if isinstance(value, datetime) else value
            if not FIRST_DAY <= day <= LAST_DAY:
                return _("Send a day from {first} to {last}.").format(
                    first=FIRST_DAY, last=LAST_DAY
                )
    return ""
