"""What people do with tickets; every move of a ticket moves its money in the same transaction."""

from apps.tickets.services.asking import ask_price
from apps.tickets.services.claiming import dispute, revise, withdraw_claim
from apps.tickets.services.commenting import comment, edit_comment
from apps.tickets.services.deciding_claims import decide_claim
from apps.tickets.services.drafting import change_draft, draft, submit
from apps.tickets.services.ending import cancel, expire, expire_uncollected, release_lines
from apps.tickets.services.evidence import Answer, Drawn, OnPaper, Signatures
from apps.tickets.services.extending import request_extension, withdraw_extension
from apps.tickets.services.filing import attach, download, show
from apps.tickets.services.handing_over import LineOut, hand_over
from apps.tickets.services.inspecting import Finding, inspect
from apps.tickets.services.losing import declare_lost, found_again
from apps.tickets.services.owing import (
    collect,
    collect_what_is_there,
    remind_debtors,
    request_write_off,
)
from apps.tickets.services.prolonging import expire_extensions
from apps.tickets.services.reminding import remind, remind_all
from apps.tickets.services.repricing import reprice
from apps.tickets.services.returning import LineIn, take_back
from apps.tickets.services.striking import lift_strike, load_strike_policies
from apps.tickets.services.substituting import substitute
from apps.tickets.services.taking_over import LineTaken, take_over
from apps.tickets.services.waiting import (
    accept_offer,
    decline_offer,
    join_waiting_list,
    leave_waiting_list,
    offer_what_is_free,
)
from apps.tickets.services.walking_in import walk_in, walk_in_start

__all__ = [
    "Answer",
    "Drawn",
    "Finding",
    "LineIn",
    "LineOut",
    "LineTaken",
    "OnPaper",
    "Signatures",
    "accept_offer",
    "ask_price",
    "attach",
    "cancel",
    "change_draft",
    "collect",
    "collect_what_is_there",
    "comment",
    "decide_claim",
    "declare_lost",
    "decline_offer",
    "dispute",
    "download",
    "draft",
    "edit_comment",
    "expire",
    "expire_extensions",
    "expire_uncollected",
    "found_again",
    "hand_over",
    "inspect",
    "join_waiting_list",
    "leave_waiting_list",
    "lift_strike",
    "load_strike_policies",
    "offer_what_is_free",
    "release_lines",
    "remind",
    "remind_all",
    "remind_debtors",
    "reprice",
    "request_extension",
    "request_write_off",
    "revise",
    "show",
    "submit",
    "substitute",
    "take_back",
    "take_over",
    "walk_in",
    "walk_in_start",
    "withdraw_claim",
    "withdraw_extension",
]
