"""What the walk-in desk refuses.

RequestInvalid
├── EndUnclear      nobody can tell until when it is wanted
└── NoBorrower      nobody is named who would take the assets
"""

from django.utils.translation import gettext_lazy as _

from apps.tickets.errors import RequestInvalid


class EndUnclear(RequestInvalid):
    """Nobody can tell until when it is wanted."""

    field = "ends_at"
    template = _(
        "“{text}” is no end that we understand. Type for example 2d, 1w, 3h, 18:00, 28.11. or "
        "2026-11-28 18:00."
    )


class NoBorrower(RequestInvalid):
    """Nobody is named who would take the assets."""

    field = "borrower"
    template = _("Nobody is chosen to borrow this. Type a name or an e-mail first.")
