"""What people do with tickets; every move of a ticket moves its money in the same transaction."""

from apps.tickets.services.commenting import comment, edit_comment
from apps.tickets.services.drafting import change_draft, draft, submit
from apps.tickets.services.ending import cancel, expire, expire_uncollected, release_lines
from apps.tickets.services.extending import request_extension, withdraw_extension
from apps.tickets.services.filing import attach, download
from apps.tickets.services.handing_over import LineOut, hand_over
from apps.tickets.services.inspecting import Finding, inspect
from apps.tickets.services.prolonging import expire_extensions
from apps.tickets.services.returning import LineIn, take_back
from apps.tickets.services.waiting import (
    accept_offer,
    decline_offer,
    join_waiting_list,
    leave_waiting_list,
    offer_what_is_free,
)

__all__ = [
    "Finding",
    "LineIn",
    "LineOut",
    "accept_offer",
    "attach",
    "cancel",
    "change_draft",
    "comment",
    "decline_offer",
    "download",
    "draft",
    "edit_comment",
    "expire",
    "expire_extensions",
    "expire_uncollected",
    "hand_over",
    "inspect",
    "join_waiting_list",
    "leave_waiting_list",
    "offer_what_is_free",
    "release_lines",
    "request_extension",
    "submit",
    "take_back",
    "withdraw_extension",
]
