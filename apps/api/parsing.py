"""Reading bodies: JSON as RFC 8259 has it, in UTF-8, and nothing that two readers read twice."""

import json
from typing import TYPE_CHECKING, Any, NoReturn

from django.utils.translation import gettext as _
from ninja.parser import Parser

from apps.api.errors import MalformedRequest

if TYPE_CHECKING:
    from django.http import HttpRequest


class StrictParser(Parser):
    """Refuses what JSON does not know, and names that come twice in one object."""

    def parse_body(self, request: "HttpRequest") -> Any:
        """Return what the body says.

        Raises:
            MalformedRequest: it is no JSON, or no UTF-8; says where.
        """
        try:
            return json.loads(
                request.body.decode("utf-8"),
                object_pairs_hook=_once_each,
                parse_constant=_no_number,
            )
        except UnicodeDecodeError as fault:
            where = _("the body is no UTF-8 at byte {place}.").format(place=fault.start)
        except json.JSONDecodeError as fault:
            where = _("the body is no JSON in line {line}, column {column}.").format(
                line=fault.lineno, column=fault.colno
            )
        except RecursionError:
            where = _("the body is nested too deeply.")
        except ValueError:  # more digits than Python reads
            where = _("the body has a number that is too long.")
        raise MalformedRequest(why=where)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise MalformedRequest(why=_("“{name}” comes twice in one object.").format(name=twice))
    return named


def _no_number(word: str) -> NoReturn:
    raise MalformedRequest(why=_("{word} is no number of JSON.").format(word=word))
