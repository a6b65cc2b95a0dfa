"""Questions about tickets."""

from apps.tickets.selectors.evidence import Compared, Seen, compared, handings_of
from apps.tickets.selectors.money import (
    TicketMoney,
    money_of,
    settlement_of,
    spendable_of,
    wallet_of,
)
from apps.tickets.selectors.queues import marked, overdue, to_hand_over, to_inspect
from apps.tickets.selectors.timeline import Happening, timeline

__all__ = [
    "Compared",
    "Happening",
    "Seen",
    "TicketMoney",
    "compared",
    "handings_of",
    "marked",
    "money_of",
    "overdue",
    "settlement_of",
    "spendable_of",
    "timeline",
    "to_hand_over",
    "to_inspect",
    "wallet_of",
]
