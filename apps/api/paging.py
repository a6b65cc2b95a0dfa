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
from apps.common.keyset import Walk

if TYPE_CHECKING:
    from django.db.models import Model, Q, QuerySet

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
    walk: Walk[Any] = Walk(rows, key=key, is_ascending=is_ascending, tests=tests)
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
    return Page(items=[present(row) for row in page.rows], next=_cursor_of(page.older))


def _cursor_of(mark: str) -> str | None:
    return base64.urlsafe_b64encode(mark.encode()).decode().rstrip("=") if mark else None


def _mark_of(cursor: str) -> str | None:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
