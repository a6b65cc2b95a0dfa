"""Whether an asset is free, and if not, why not: the one answer that every screen and deed uses.

A period is half-open, `[from, until)`. The category's turnaround belongs to a loan: the asset must
be free for the loan and for the turnaround after it. A loan starts and ends while the office is
open. An asset that should be back and is not is promised to nobody, for no period at all, because
nobody knows when it will be back. A kit is free when it and all of its parts are.
"""

from apps.assets.availability.asking import why_not, why_not_at_all, why_not_each
from apps.assets.availability.finding import free_assets
from apps.assets.availability.hours import Day, Week
from apps.assets.availability.reasons import Reason, told_to

__all__ = [
    "Day",
    "Reason",
    "Week",
    "free_assets",
    "told_to",
    "why_not",
    "why_not_at_all",
    "why_not_each",
]
