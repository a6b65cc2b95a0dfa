"""How lists write days and moments, and how people write numbers: T-12, A-12, H-12, or just 12."""

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from apps.common.exchange import plain_rate

if TYPE_CHECKING:
    from datetime import date, datetime

    from apps.wallets.models import Exchange

# More digits than any number has.
_LONGEST = 18


def day(value: "date") -> str:
    """Return `22 Nov 2026`, on one line."""
    return _unbroken(date_format(value, "j M Y"))


def moment(value: "datetime | None") -> str:
    """Return `22 Nov 2026 14:05`, here and on one line; a dash for never."""
    return _unbroken(date_format(timezone.localtime(value), "j M Y H:i")) if value else "–"


def rate_of(exchange: "Exchange") -> str:
    """Return `1 USD = 152.34 JPY`."""
    rate = plain_rate(exchange.rate)
    return f"1 {exchange.sold_currency} = {rate} {exchange.bought_currency}"


def number_in(text: str, prefix: str) -> int | None:
    """Return the number that `text` names, if it does."""
    digits = text.strip().upper().removeprefix(f"{prefix}-")
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST
    return int(digits) if is_number else None


def _unbroken(text: str) -> str:
    return format_html('<span class="whitespace-nowrap">{}</span>', text)
