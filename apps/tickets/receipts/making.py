"""Making a receipt: printed once, kept with the ticket, sent to the borrower."""

from datetime import datetime


def make(handing_id: int) -> None:
    """Make the receipt of a handing, unless it is made or somebody makes it now."""


def waiting(*, now: datetime) -> list[int]:
    """Return handings that have waited for their receipt for a while, oldest first."""
    return []
