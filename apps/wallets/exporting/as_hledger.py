"""The journal as plain-text accounting, as hledger reads it; debit is positive there.

Currencies and accounts are declared before they are used. A transaction has its number as its code.
A description cannot have a semicolon or a line break there: where ours has one, the line says it
without, and a comment below it has the description as it is, as a JSON string.
"""

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from apps.common.decimals import decimal_sql
from apps.common.money import decimals_of
from apps.common.snapshot import one_snapshot
from apps.wallets.account_names import class_in
from apps.wallets.exporting.selection import NAME, copied
from apps.wallets.states import AccountClass

if TYPE_CHECKING:
    from apps.wallets.exporting.selection import Selection

_CHUNK = 256 * 1024
_TYPES = {
    AccountClass.ASSET: "A",
    AccountClass.LIABILITY: "L",
    AccountClass.EQUITY: "E",
    AccountClass.INCOME: "R",
    AccountClass.EXPENSE: "X",
}
# Control characters, and whatever some program takes for the end of a line.
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_COLUMNS = f"""
    t.id, t.effective_on::text, t.description, {NAME},
    ({decimal_sql("-e.amount", "e.currency")})::text || ' ' || e.currency
"""


def written(selection: "Selection") -> Iterator[bytes]:
    """Yield the file in pieces, all of one state of the books."""
    with one_snapshot():
        yield _head(selection).encode()
        pieces: list[str] = []
        size = 0
        for piece in _transactions(selection):
            pieces.append(piece)
            size += len(piece)
            if size >= _CHUNK:
                yield "".join(pieces).encode()
                pieces, size = [], 0
        yield "".join(pieces).encode()


def said(description: str) -> str:
    """Return a description as its line can say it."""
    return _BREAKS.sub(" ", description).replace(";", "；").strip()


def _head(selection: "Selection") -> str:
    days = " ".join(
        f"{word} {day.isoformat()}"
        for word, day in (("from", selection.from_), ("until", selection.until))
        if day
    )
    lines = [
        f"; The journal of Assets, written {timezone.localtime():%Y-%m-%d %H:%M %Z}.",
        f"; Effective days: {days or 'all'}. Debits are positive, credits are negative.",
        "",
        *(
            f"commodity {_sample(currency)} {currency}"
            for (currency,) in selection.rows("DISTINCT e.currency", "ORDER BY 1")
        ),
        "",
    ]
    for (name,) in selection.rows(f"DISTINCT {NAME}", "ORDER BY 1"):
        found = class_in(name)
        assert found is not None, f"{name} does not tell its class"
        lines.append(f"account {name}  ; type: {_TYPES[found]}")
    return "\n".join(lines) + "\n"


def _sample(currency: str) -> str:
    """Return how amounts of a currency look: with a decimal mark also when nothing follows it."""
    return f"1000.{'0' * decimals_of(currency)}"


def _transactions(selection: "Selection") -> Iterator[str]:
    sql, parameters = selection.query(_COLUMNS, "ORDER BY t.effective_on, t.id, e.line")
    last: Any = None
    with copied(sql, parameters, "FORMAT text") as copy:
        for number, day, description, account, amount in copy.rows():
            if number != last:
                last = number
                yield _opening(number, day, description)
            yield f"    {account}  {amount}\n"


def _opening(number: str, day: str, description: str) -> str:
    words = said(description)
    line = f"\n{day} (T-{number}) {words}".rstrip() + "\n"
    if words == description:
        return line
    return f"{line}    ; description: {json.dumps(description)}\n"
