"""Questions about tickets."""

from apps.tickets.selectors.money import (
    TicketMoney,
    money_of,
    settlement_of,
    spendable_of,
    wallet_of,
)
from apps.tickets.selectors.people import (
    Party,
    parties_of,
    people_on,
    readers,
    staff_concerned,
    staff_readers,
)
from apps.tickets.selectors.queues import marked, overdue, to_hand_over, to_inspect
from apps.tickets.selectors.timeline import Happening, timeline

__all__ = [
    "Happening",
    "Party",
    "TicketMoney",
    "marked",
    "money_of",
    "overdue",
    "parties_of",
    "people_on",
    "readers",
    "settlement_of",
    "spendable_of",
    "staff_concerned",
    "staff_readers",
    "timeline",
    "to_hand_over",
    "to_inspect",
    "wallet_of",
]
