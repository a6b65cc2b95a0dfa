"""Values of rows as the audit log keeps them: plain JSON that a person can read years later."""

import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from django.db.models import Model, QuerySet

SECRETS = frozenset({"password", "last_login"})


def text(value: object) -> str:
    """Return `str(value)` without the character that PostgreSQL cannot store."""
    return str(value).replace("\x00", "\ufffd")


def label(row: Model) -> str:
    """Name a row so that two of the same name can be told apart."""
    return f"{text(row)} (#{row.pk})"


def plain(value: object) -> Any:  # noqa: PLR0911  (one line for each kind of value)
    """Return `value` as JSON can hold it; no deed is lost because one of its values is odd."""
    match value:
        case None | bool() | int():
            return value
        case Mapping():
            return {text(key): plain(one) for key, one in value.items()}
        case AbstractSet():
            return sorted((plain(one) for one in value), key=str)
        case list() | tuple() | QuerySet():
            return [plain(one) for one in value]
        case Model():
            return label(value)
        case float() if math.isfinite(value):
            return value
        case _:
            return text(value)


def snapshot(row: Model) -> dict[str, Any]:
    """Return the fields of `row` and what it is linked with, without secrets."""
    fields = [field for field in row._meta.concrete_fields if field.name not in SECRETS]
    taken = {f.name: plain(getattr(row, f.name)) for f in fields if not f.primary_key}
    for many in row._meta.many_to_many:
        taken[many.name] = sorted(label(other) for other in getattr(row, many.name).all())
    return taken


def difference(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return of both only what is not the same."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return (
        {name: before[name] for name in names if name in before},
        {name: after[name] for name in names if name in after},
    )
