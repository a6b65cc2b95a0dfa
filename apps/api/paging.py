"""Lists in pages: a cursor says where the next one begins, so that new rows shift nothing."""

import base64
import binascii
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from pydantic import Field

from apps.api.errors import FieldsRefused
from apps.api.problems import FieldProblem
from apps.api.schemas import In, Out
from apps.common.kept_query import KeptQuery
from apps.common.keyset import Place, Walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model, Q, QuerySet

    from apps.accounts.models import User

LARGEST_PAGE = 200


class Paging(In):
    """Where a page begins and how long it is; the filters of every list build on it."""

    cursor: str = Field(default="", max_length=200, description="`next` of the page before")
    limit: int = Field(default=50, ge=1, le=LARGEST_PAGE, description="rows on a page")


class Page[T](Out):
    """Some rows of a list, in a fixed order."""

    items: list[T]
    next: str | None = Field(description="cursor of the next page; null on the last")


def page_of[M: "Model", T](
    rows: "QuerySet[M]",
    paging: Paging,
    present: Callable[[M], T],
    *,
    key: tuple[str, ...] = ("pk",),
    is_ascending: bool = False,
    tests: "tuple[Q, ...]" = (),
) -> Page[T]:
    """Return the page of `rows` that the cursor names, the newest first unless ascending.

    `rows` are narrowed by what an index serves. `tests` are looked at row by row, in stretches, so
    that a page may be short, even empty, and still not be the last.

    Raises:
        FieldsRefused: the cursor is none of ours.
    """
    walk = Walk(rows, key=key, is_ascending=is_ascending, tests=tests)
    return page_along(walk, paging, present)


def kept_page_of[M: "Model", T](
    query: KeptQuery[M],
    paging: Paging,
    present: Callable[[M], T],
    *,
    person: "User",
    model: type[M],
    **values: Any,
) -> Page[T]:
    """Return the page that the cursor names of what `query` finds for a person, newest first.

    The query gets `values`, and what `Walk.beside` takes: `sign`, `place` and `count`.

    Raises:
        FieldsRefused: the cursor is none of ours.
    """

    def fetch(sign: str, place: Place | None, count: int) -> list[M]:
        return query.fetch(person, sign=sign, place=place, count=count, **values)

    # It reads nothing but what was fetched.
    return page_along(Walk(model._default_manager.none(), fetch=fetch), paging, present)


def page_along[M: "Model", T](walk: Walk[M], paging: Paging, present: Callable[[M], T]) -> Page[T]:
    """Return the page of a walk that the cursor names; see `rows_along`.

    Raises:
        FieldsRefused: the cursor is none of ours.
    """
    rows, cursor = rows_along(walk, paging)
    return Page(items=[present(row) for row in rows], next=cursor)


def rows_along[M: "Model"](walk: Walk[M], paging: Paging) -> "tuple[Sequence[M], str | None]":
    """Return the rows of the page that the cursor names, and the cursor of the next one.

    Where the walk looks at rows one by one, a page may be short, even empty, and not the last.

    Raises:
        FieldsRefused: the cursor is none of ours.
    """
    mark = _mark_of(paging.cursor)
    if mark is None or (paging.cursor and not walk.knows(mark)):
        raise FieldsRefused(
            [
                FieldProblem(
                    field="cursor",
                    message=_("This is no cursor of this list. Send the `next` of a page."),
                )
            ]
        )
    page = walk.page(mark, paging.limit)
    return page.rows, _cursor_of(page.older)


def _cursor_of(mark: str) -> str | None:
    return base64.urlsafe_b64encode(mark.encode()).decode().rstrip("=") if mark else None


def _mark_of(cursor: str) -> str | None:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
