"""Questions about tickets."""

from apps.tickets.selectors.claims import (
    TieOut,
    claims_of,
    collectable,
    payable_from,
    receivable_of,
    tie_outs,
    to_remind,
    waits_for_claims,
)
from apps.tickets.selectors.evidence import Compared, Seen, compared, handings_of
from apps.tickets.selectors.finding import find_by_scan, found_by, number_in
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
from apps.tickets.selectors.queues import (
    due_back,
    end_of_day,
    marked,
    overdue,
    to_hand_over,
    to_inspect,
)
from apps.tickets.selectors.terms import approved_only
from apps.tickets.selectors.timeline import Happening, timeline

__all__ = [
    "Compared",
    "Happening",
    "Party",
    "Seen",
    "TicketMoney",
    "TieOut",
    "approved_only",
    "claims_of",
    "collectable",
    "compared",
    "due_back",
    "end_of_day",
    "find_by_scan",
    "found_by",
    "handings_of",
    "marked",
    "money_of",
    "number_in",
    "overdue",
    "parties_of",
    "payable_from",
    "people_on",
    "readers",
    "receivable_of",
    "settlement_of",
    "spendable_of",
    "staff_concerned",
    "staff_readers",
    "tie_outs",
    "timeline",
    "to_hand_over",
    "to_inspect",
    "to_remind",
    "waits_for_claims",
    "wallet_of",
]
