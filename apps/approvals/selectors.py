"""Questions about requests and decisions."""

from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, QuerySet

from apps.accounts.models import User
from apps.approvals.models import ApprovalRequest, Decision, InterestedParty

if TYPE_CHECKING:
    from django.db.models import Model

    from apps.approvals.models import RequestQuerySet


def requests_about(subject: "Model") -> "RequestQuerySet":
    """Return every request about `subject`, oldest first."""
    return ApprovalRequest.objects.filter(
        subject_type=ContentType.objects.get_for_model(subject), subject_id=subject.pk
    )


def open_request_of(subject: "Model") -> ApprovalRequest | None:
    """Return the request about `subject` that waits for a decision, if any."""
    return requests_about(subject).waiting().first()


def decisions_about(subject: "Model") -> QuerySet[Decision]:
    """Return every decision on `subject`, in the order in which they were made."""
    return Decision.objects.filter(request__in=requests_about(subject)).select_related(
        "request", "decider", "on_behalf_of"
    )


def waiting_for(user: User) -> "RequestQuerySet":
    """Return the requests on which `user` can decide now, oldest first."""
    mine = {"request": OuterRef("pk")}
    return (
        ApprovalRequest.objects.waiting()
        .filter(role__in=user.groups.all())
        .exclude(Exists(InterestedParty.objects.filter(**mine, person=user)))
        .exclude(Exists(Decision.objects.filter(**mine, decider=user)))
    )


def deciders_of(request: ApprovalRequest) -> QuerySet[User]:
    """Return the people who can decide on the current level of `request`."""
    return (
        User.objects.filter(is_active=True, groups=request.role_id)
        .exclude(pk__in=request.parties.values("person"))
        .exclude(pk__in=request.decisions.values("decider"))
    )
