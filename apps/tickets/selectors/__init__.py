"""Questions about tickets."""

from apps.tickets.selectors.finding import find_by_scan, found_by, number_in
from apps.tickets.selectors.money import (
    TicketMoney,
    money_of,
    settlement_of,
    spendable_of,
    wallet_of,
)
from apps.tickets.selectors.queues import (
    due_back,
    end_of_day,
    marked,
    overdue,
    to_hand_over,
    to_inspect,
)
from apps.tickets.selectors.timeline import Happening, timeline

__all__ = [
    "Happening",
    "TicketMoney",
    "due_back",
    "end_of_day",
    "find_by_scan",
    "found_by",
    "marked",
    "money_of",
    "number_in",
    "overdue",
    "settlement_of",
    "spendable_of",
    "timeline",
    "to_hand_over",
    "to_inspect",
    "wallet_of",
]
