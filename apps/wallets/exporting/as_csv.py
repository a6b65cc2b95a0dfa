"""The journal as CSV, one row for each entry: what an import of a journal reads back.

`transaction,date,description,account,currency,debit,credit`, by effective day and number. A text
that a spreadsheet would run as a formula has an apostrophe before it; amounts are plain decimals.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from apps.common.decimals import decimal_sql
from apps.common.formulas import guarded_sql
from apps.common.snapshot import one_snapshot
from apps.wallets.exporting.selection import NAME, copied

if TYPE_CHECKING:
    from apps.wallets.exporting.selection import Selection

_CHUNK = 256 * 1024
_COLUMNS = f"""
    'T-' || t.id AS transaction,
    t.effective_on AS date,
    {guarded_sql("t.description")} AS description,
    {guarded_sql(NAME)} AS account,
    e.currency,
    CASE WHEN e.amount < 0 THEN {decimal_sql("-e.amount", "e.currency")} END AS debit,
    CASE WHEN e.amount > 0 THEN {decimal_sql("e.amount", "e.currency")} END AS credit
"""


def written(selection: "Selection") -> Iterator[bytes]:
    """Yield the file in pieces, all of one state of the books."""
    buffer = bytearray()
    with one_snapshot():
        sql, parameters = selection.query(_COLUMNS, "ORDER BY t.effective_on, t.id, e.line")
        with copied(sql, parameters, "FORMAT csv, HEADER") as rows:
            for row in rows:
                buffer += row
                if len(buffer) >= _CHUNK:
                    yield bytes(buffer)
                    buffer.clear()
        yield bytes(buffer)
