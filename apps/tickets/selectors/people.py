"""Who has to do with a ticket: who reads its comments, who works on it, who must not decide."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.models import Permission
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.approvals import selectors as approvals
from apps.tickets.states import Visibility

if TYPE_CHECKING:
    from apps.tickets.models import Ticket


def people_on(ticket: "Ticket") -> QuerySet[User]:
    """Return the active people who borrow or lend on the ticket."""
    on_it = Q(pk=ticket.borrower_id) | Q(pk__in=ticket.lines.values("lender"))
    return User.objects.filter(on_it, is_active=True)


def staff_readers() -> QuerySet[User]:
    """Return the active staff who may read the comments of all tickets."""
    permission = Permission.objects.filter(
        Q(group__user=OuterRef("pk")) | Q(user=OuterRef("pk")),
        content_type__app_label="tickets",
        codename="view_ticketcomment",
    )
    return User.objects.filter(
        Q(is_superuser=True) | Exists(permission), is_active=True, is_staff=True, is_system=False
    )


def readers(ticket: "Ticket", visibility: str) -> QuerySet[User]:
    """Return who may read a comment on the ticket, by name."""
    who = Q(pk__in=staff_readers().values("pk"))
    if visibility == Visibility.EVERYBODY:
        who |= Q(pk__in=people_on(ticket).values("pk"))
    return User.objects.filter(who).order_by("display_name", "pk")


def staff_concerned(ticket: "Ticket") -> QuerySet[User]:
    """Return the staff who entered, handed over, decided or may decide now, or commented."""
    part = (
        Q(pk=ticket.entered_by_id)
        | Q(pk__in=ticket.lines.values("handed_over_by"))
        | Q(pk__in=ticket.comments.values("author"))
        | Q(pk__in=approvals.decisions_about(ticket).values("decider"))
    )
    if waiting := approvals.open_request_of(ticket):
        part |= Q(pk__in=approvals.deciders_of(waiting).values("pk"))
    return staff_readers().filter(part)


@dataclass(frozen=True)
class Party:
    """Somebody who must not decide on a ticket, and why."""

    person: str
    parts: str


def parties_of(ticket: "Ticket") -> list[Party]:
    """Return who may not decide on the ticket: who is on it, entered or submitted it."""
    parts: dict[str, list[str]] = {}

    def add(person: object, part: str) -> None:
        known = parts.setdefault(str(person), [])
        if part not in known:
            known.append(part)

    add(ticket.borrower, _("borrower"))
    lenders = User.objects.filter(pk__in=ticket.lines.values("lender"))
    for lender in lenders.order_by("display_name", "pk"):
        add(lender, _("lender"))
    add(ticket.entered_by, _("person who entered it"))
    for asked in approvals.requests_about(ticket).select_related("requester").order_by("pk"):
        add(asked.requester, _("person who submitted it"))
    return [Party(person, ", ".join(why)) for person, why in parts.items()]
