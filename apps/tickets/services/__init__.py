"""What people do with tickets; every move of a ticket moves its money in the same transaction."""

from apps.tickets.services.commenting import comment, edit_comment
from apps.tickets.services.drafting import change_draft, draft, submit
from apps.tickets.services.ending import cancel, expire, expire_uncollected, release_lines
from apps.tickets.services.filing import attach, download
from apps.tickets.services.handing_over import LineOut, hand_over
from apps.tickets.services.inspecting import Finding, inspect
from apps.tickets.services.returning import LineIn, take_back
from apps.tickets.services.walking_in import walk_in, walk_in_start

__all__ = [
    "Finding",
    "LineIn",
    "LineOut",
    "attach",
    "cancel",
    "change_draft",
    "comment",
    "download",
    "draft",
    "edit_comment",
    "expire",
    "expire_uncollected",
    "hand_over",
    "inspect",
    "release_lines",
    "submit",
    "take_back",
    "walk_in",
    "walk_in_start",
]
