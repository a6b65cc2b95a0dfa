"""Handing a request to a colleague."""

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.approvals import scopes
from apps.approvals.errors import ColleagueCannot, ReasonMissing
from apps.approvals.models import ApprovalRequest, Forward
from apps.approvals.services.deciding import claim
from apps.approvals.services.telling import tell_of_forward
from apps.audit import services as audit
from apps.audit.services import deed

if TYPE_CHECKING:
    from apps.approvals.scopes import Scope


@deed
def forward(request_id: int, *, to: User, reason: str, actor: User) -> Forward:
    """Let a colleague decide in the actor's place, on this level of this request and no other.

    The actor, and whoever they act for, decides there no more, until it is handed back. The
    colleague needs the permission of the scope, not the role of the level.

    Raises:
        OwnMatter, NotPermitted, AlreadyDecided, NotWaiting, YouHaveDecided: it is not the actor's.
        ReasonMissing: nobody said why.
        ColleagueCannot: says why this one does not decide.
    """
    request = ApprovalRequest.objects.get(pk=request_id)
    _subject, request, absent = claim(request, actor=actor)
    if not reason.strip():
        raise ReasonMissing
    why = _why_not(request, scopes.scope(request.scope), to)
    if to.pk == actor.pk or (absent and to.pk == absent.pk):
        why = _("it is in their hands already")
    if why:
        raise ColleagueCannot(colleague=to, why=why)
    handed = Forward.objects.create(
        request=request,
        level=request.level,
        by=actor,
        on_behalf_of=absent,
        to=to,
        reason=reason.strip(),
    )
    audit.record(
        "approvals.forwarded",
        actor=actor,
        target=request,
        after={"level": request.level, "to": to},
        reason=handed.reason,
        on_behalf_of=absent,
    )
    tell_of_forward(request, handed)
    return handed


def _why_not(request: ApprovalRequest, scope: "Scope[Any]", colleague: User) -> str:
    """Say why this colleague cannot decide; nothing when they can."""
    if not (colleague.is_active and colleague.is_staff):
        return _("they do not work in the back office")
    if not colleague.has_perm(scope.permission):
        return _("none of their roles decides on such matters")
    part = request.parties.filter(person=colleague).order_by("pk").first()
    if part:
        return _("they are the {part}").format(part=part.part)
    if request.decisions.filter(Q(decider=colleague) | Q(on_behalf_of=colleague)).exists():
        return _("they have decided on it")
    return ""
