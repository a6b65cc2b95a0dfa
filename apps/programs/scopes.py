"""What a program may be let do. A scope only narrows: the person’s roles and the object decide too.

Each line of the catalogue is one scope, with the sentence that the consent page shows.
"""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

SCOPES: "dict[str, _StrPromise]" = {
    "me": _("see who you are and which roles you have"),
    "assets:read": _("see assets, what they cost and when they are free"),
    "assets:write": _("register and change assets"),
    "tickets:read": _("see tickets, their lines, comments and files"),
    "tickets:write": _("draft, submit, change and cancel tickets, comment, and attach files"),
    "tickets:desk": _("hand out, take back and inspect assets"),
    "approvals:read": _("see what waits for your decision"),
    "approvals:decide": _("decide in your name"),
    "wallets:read": _("see wallets, statements and holds"),
    "wallets:write": _("open, freeze, unfreeze and close wallets"),
    "holds:write": _("place, capture and release holds"),
    "adjustments:read": _("see adjustments"),
    "adjustments:write": _("request, change and withdraw adjustments"),
    "journal:read": _("see the journal, its months and the trial balance"),
    "journal:write": _("reverse transactions, exchange money, and close and reopen months"),
    "reports:read": _("see the catalogue and your reports, and download them"),
    "reports:run": _("run and cancel reports"),
    "notices:read": _("see your notices"),
    "notices:write": _("mark your notices as read"),
    "audit:read": _("see the audit log"),
    "people:read": _("see people by name, and who may not borrow"),
    "people:write": _("suspend people from borrowing, and lift it"),
    "webhooks:write": _("subscribe to events, and see what was delivered"),
}
