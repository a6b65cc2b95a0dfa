"""For how long a receiver asks us to wait, in the header Retry-After."""

import re
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

BUSY = frozenset({429, 503})
"""Answers with which the header means that the same may come later (RFC 6585, RFC 9110)."""
LONGEST = timedelta(hours=24)
"""As long as the longest pause of our own: who asks for more is called again after a day."""
_SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)


def asked_for(status_code: int, headers: "Mapping[str, str]", *, now: datetime) -> timedelta | None:
    """Return how long to wait, at most `LONGEST`; None when nothing is asked, or nothing readable.

    Seconds, or the moment as an HTTP date (RFC 9110, section 10.2.3).
    """
    text = headers.get("retry-after", "").strip()
    if status_code not in BUSY or not text:
        return None
    if _SECONDS.fullmatch(text):
        return min(timedelta(seconds=int(text)), LONGEST)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:  # “-0000” or asctime, which is UTC too
        moment = moment.replace(tzinfo=now.tzinfo)
    return min(max(moment - now, timedelta(0)), LONGEST)
