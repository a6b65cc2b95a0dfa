"""Questions about requests and decisions, and who has the right to decide.

On the current level of a request a person decides by their role, by the role it was escalated to,
or because a colleague handed it to them. Who has handed it on decides no more on that level, until
it is handed back. Whoever is the substitute of somebody who is away decides for them, with their
right; a substitute's own substitute does not. Nobody decides twice on a request, themselves or
through another, and nobody on what concerns them or the person they stand in for.
"""

from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.approvals import scopes
from apps.approvals.models import (
    ApprovalRequest,
    CannedReason,
    Decision,
    Escalation,
    Forward,
    InterestedParty,
    Substitution,
    TrustedPerson,
)

if TYPE_CHECKING:
    from django.db.models import Model

    from apps.approvals.models import RequestQuerySet
    from apps.approvals.states import Verdict


def requests_about(subject: "Model") -> "RequestQuerySet":
    """Return every request about `subject`, oldest first."""
    return ApprovalRequest.objects.filter(
        subject_type=ContentType.objects.get_for_model(subject), subject_id=subject.pk
    )


def open_request_of(subject: "Model") -> ApprovalRequest | None:
    """Return the request about `subject` that waits for a decision, if any."""
    return requests_about(subject).waiting().first()


def last_request_of(subject: "Model") -> ApprovalRequest | None:
    """Return the newest request about `subject`, open or not, if any."""
    return requests_about(subject).select_related("policy", "role").order_by("pk").last()


def decisions_about(subject: "Model") -> QuerySet[Decision]:
    """Return every decision on `subject`, in the order in which they were made."""
    return Decision.objects.filter(request__in=requests_about(subject)).select_related(
        "request", "decider", "on_behalf_of"
    )


def absent_for(user: User) -> QuerySet[User]:
    """Return the people who are away at this moment and for whom `user` decides."""
    now = Substitution.objects.current(timezone.now()).filter(substitute=user)
    return User.objects.filter(is_active=True, pk__in=now.values("person")).order_by("pk")


def substitutes_of(*people: User) -> QuerySet[User]:
    """Return those who decide at this moment for any of these people."""
    now = Substitution.objects.current(timezone.now()).filter(person__in=people)
    return User.objects.filter(is_active=True, pk__in=now.values("substitute"))


def waiting_for(user: User) -> "RequestQuerySet":
    """Return the requests on which `user` can decide now, also for somebody else, oldest first."""
    may = Q()
    for person in (user, *absent_for(user)):
        may |= _right_of(person) & ~_is_party(person) & ~_has_decided(person)
    return ApprovalRequest.objects.waiting().filter(may, ~_is_party(user), ~_has_decided(user))


def has_right(request: ApprovalRequest, person: User) -> bool:
    """Tell whether the current level of `request` is this person's, whatever else forbids it."""
    return ApprovalRequest.objects.filter(_right_of(person), pk=request.pk).exists()


def _right_of(person: User) -> Q:
    here = {"request": OuterRef("pk"), "level": OuterRef("level")}
    roles = person.groups.values("pk")
    later = Forward.objects.filter(
        request=OuterRef("request"), level=OuterRef("level"), to=person, pk__gt=OuterRef("pk")
    )
    handed_on = Forward.objects.filter(Q(by=person) | Q(on_behalf_of=person), ~Exists(later))
    return (
        Q(role__in=roles)
        | Q(Exists(Escalation.objects.filter(**here, role__in=roles)))
        | Q(Exists(Forward.objects.filter(**here, to=person)))
    ) & ~Q(Exists(handed_on.filter(**here)))


def _is_party(person: User) -> Q:
    return Q(Exists(InterestedParty.objects.filter(request=OuterRef("pk"), person=person)))


def _has_decided(person: User) -> Q:
    mine = Decision.objects.filter(Q(decider=person) | Q(on_behalf_of=person))
    return Q(Exists(mine.filter(request=OuterRef("pk"))))


def marked_for(user: User, rows: "RequestQuerySet") -> "RequestQuerySet":
    """Return the rows with `is_mine`: whether `user` can decide on them now."""
    mine = waiting_for(user).order_by().filter(pk=OuterRef("pk"))
    return rows.annotate(is_mine=Exists(mine))


def deciders_of(request: ApprovalRequest) -> QuerySet[User]:
    """Return the people who can decide on the current level of `request`, for others too."""
    holders = _holders_of(request)
    substitutes = Substitution.objects.current(timezone.now()).filter(person__in=holders)
    return _impartial(
        request,
        User.objects.filter(
            Q(pk__in=holders.values("pk")) | Q(pk__in=substitutes.values("substitute")),
            is_active=True,
        ),
    )


def _holders_of(request: ApprovalRequest) -> QuerySet[User]:
    """Return whose right the current level is."""
    handed: set[int] = set()
    gone: set[int] = set()
    for forward in request.forwards.filter(level=request.level).order_by("pk"):
        gone |= {pk for pk in (forward.by_id, forward.on_behalf_of_id) if pk}
        gone -= {forward.to_id}
        handed.add(forward.to_id)
    escalated = request.escalations.filter(level=request.level)
    by_role = User.groups.through.objects.filter(
        Q(group=request.role_id) | Q(group__in=escalated.values("role"))
    )
    holders = User.objects.filter(Q(pk__in=by_role.values("user")) | Q(pk__in=handed))
    return _impartial(request, holders.exclude(pk__in=gone))


def _impartial(request: ApprovalRequest, people: QuerySet[User]) -> QuerySet[User]:
    return (
        people.exclude(pk__in=request.parties.values("person"))
        .exclude(pk__in=request.decisions.values("decider"))
        .exclude(pk__in=request.decisions.exclude(on_behalf_of=None).values("on_behalf_of"))
    )


def colleagues_for(request: ApprovalRequest) -> QuerySet[User]:
    """Return the people to whom `request` can be handed, by name."""
    return _impartial(request, _staff_with(scopes.scope(request.scope).permission))


def people_with_access() -> QuerySet[User]:
    """Return the people who can stand in for somebody, by name."""
    return _staff_with("approvals.view_approvalrequest")


def _staff_with(permission: str) -> QuerySet[User]:
    app, codename = permission.split(".")
    may = User.objects.filter(
        groups__permissions__codename=codename,
        groups__permissions__content_type__app_label=app,
    )
    staff = User.objects.filter(is_active=True, is_staff=True, pk__in=may.values("pk"))
    return staff.order_by("display_name", "pk")


def trust_of(person: User) -> TrustedPerson | None:
    """Return the trust in this person that nobody has ended, if any."""
    return TrustedPerson.objects.open().filter(person=person).first()


def canned_reasons(verdict: "Verdict", scope: str = "") -> QuerySet[CannedReason]:
    """Return the sentences offered for this verdict; without a scope those for any."""
    return CannedReason.objects.filter(is_active=True, verdict=verdict, scope__in={"", scope})
