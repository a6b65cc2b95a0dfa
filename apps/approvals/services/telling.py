"""What those who decide are told, and in which words."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from apps.approvals import selectors
from apps.common.money import format_amount
from apps.notifications import services as notifications

if TYPE_CHECKING:
    from collections.abc import Iterable

    from apps.accounts.models import User
    from apps.approvals.models import ApprovalRequest, Forward, Substitution


def tell_deciders(request: "ApprovalRequest") -> None:
    """Tell everybody who can decide on the level that has begun, substitutes among them."""
    _tell("requested", request, _("“{title}” waits for your decision"))


def remind_deciders(request: "ApprovalRequest") -> None:
    """Tell them once more; each is reminded once of each level."""
    _tell("reminded", request, _("“{title}” still waits for your decision"))


def tell_of_escalation(request: "ApprovalRequest", people: "Iterable[User]") -> None:
    """Tell those who may decide from now on too."""
    _tell("escalated", request, _("“{title}” has waited too long: you may decide now"), to=people)


def _tell(
    kind: str,
    request: "ApprovalRequest",
    subject: str,
    *,
    to: "Iterable[User] | None" = None,
) -> None:
    notifications.announce(
        f"approvals.{kind}",
        to=selectors.deciders_of(request) if to is None else to,
        about=request,
        subject=subject.format(title=request.title),
        body=_("{requester} asks for {amount}. It waits for: {role}.").format(
            requester=request.requester,
            amount=format_amount(request.amount, request.currency),
            role=request.role,
        ),
        key=f"level-{request.level}",
    )


def tell_of_forward(request: "ApprovalRequest", forward: "Forward") -> None:
    """Tell the colleague and whoever decides for them now."""
    notifications.announce(
        "approvals.forwarded",
        to={forward.to, *selectors.substitutes_of(forward.to)},
        about=request,
        subject=_("{person} asks you to decide on “{title}”").format(
            person=forward.by, title=request.title
        ),
        body=forward.reason,
        key=f"forward-{forward.pk}",
    )


def tell_of_absence(absence: "Substitution", *, subject: str) -> None:
    """Tell both that somebody decides for somebody, or no longer does."""
    notifications.announce(
        "approvals.absence",
        to={absence.person, absence.substitute},
        about=absence,
        subject=subject.format(person=absence.person, substitute=absence.substitute),
        body=absence.reason,
        key="named" if absence.is_active else "ended",
    )
