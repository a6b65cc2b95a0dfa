"""Finding tickets, and whatever else somebody names at the desk."""

from typing import Any

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.assets import selectors as assets
from apps.assets.models import Asset
from apps.tickets.models import Ticket, TicketLine

# More people or assets of one name than anybody looks through.
MOST = 200
_DIGITS = 18  # of the largest number that the database keeps


def number_in(text: str, *, is_bare: bool = True) -> int | None:
    """Return the number in `TK-12`, and in a bare `12` unless that may be something else."""
    term = text.strip().upper()
    digits = term.removeprefix("TK-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < _DIGITS):
        return None
    return int(digits) if is_bare or digits != term else None


def found_by(text: str) -> Q:
    """Return the condition on tickets that somebody looks for by number, borrower or tag.

    People and assets are found first, in tables that do not grow with the tickets.
    """
    term = text.strip()
    number = number_in(term)
    tagged = Asset.objects.filter(tag__iexact=term)
    people = User.objects.none()
    if number is None:
        tagged = Asset.objects.filter(tag__icontains=term)
        people = User.objects.filter(Q(display_name__icontains=term) | Q(email__icontains=term))
    asset_ids = list(tagged.values_list("pk", flat=True)[:MOST])
    borrower_ids = list(people.values_list("pk", flat=True)[:MOST])
    # One condition on one column, so that an index leads to the rows: an OR of three would not.
    ways: list[QuerySet[Any, Any]] = []
    if number is not None:
        ways.append(Ticket.objects.filter(pk=number).values("pk"))
    if borrower_ids:
        ways.append(Ticket.objects.filter(borrower__in=borrower_ids).values("pk"))
    if asset_ids:
        ways.append(TicketLine.objects.filter(asset__in=asset_ids).values("ticket_id"))
    if not ways:
        return Q(pk__in=[])
    first, *others = (way.order_by() for way in ways)
    return Q(pk__in=first.union(*others)) if others else Q(pk__in=first)


def find_by_scan(text: str) -> Ticket | Asset | User | None:
    """Return what a scanned or typed text names without a doubt, whatever its case.

    An asset by its tag or the address of its page, a ticket by `TK-12`, a borrower by e-mail, or by
    a name that nobody else has. The tag wins: it is what scanners type.
    """
    term = text.strip()
    if not term:
        return None
    if asset := assets.find_by_scan(term):
        return asset
    if number := number_in(term, is_bare=False):
        return Ticket.objects.select_related("borrower").filter(pk=number).first()
    borrowers = User.objects.filter(is_active=True, groups__name=Role.BORROWER)
    named = borrowers.filter(Q(email=term.lower()) | Q(display_name__iexact=term))
    people = list(named.order_by("pk")[:2])
    return people[0] if len(people) == 1 else None
