"""When a person no longer lets a program in, it hears nothing more in their name."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.programs.models import Program
from apps.webhooks.ending import end
from apps.webhooks.models import Subscription

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model, QuerySet

    from apps.audit.models import AuditEvent

_WITHDRAWN = "programs.consent_withdrawn"
_REVOKED = "programs.tokens_revoked"
_OUT = frozenset({"accounts.deactivated", "accounts.factors_reset"})
"""Who is out may come back; whoever subscribed in their name meanwhile shall not hear on."""


def hear(told: "Sequence[tuple[AuditEvent, Model | None]]") -> None:
    """Remove the subscriptions that stood on what a person, or an administrator, took back.

    So are those in the name of somebody who was deactivated, or whose second factors were reset.
    """
    for event, target in told:
        if isinstance(target, User) and event.action in _OUT:
            _end(
                Subscription.objects.kept().of(target).filter(program__user=None),
                actor=event.actor,
            )
        # One that acts by itself needs nobody’s consent.
        if not isinstance(target, Program) or target.user_id is not None:
            continue
        subscriptions = Subscription.objects.kept().filter(program=target)
        if event.action == _WITHDRAWN:
            _end(subscriptions.filter(person=event.actor_id), actor=event.actor)
        elif event.action == _REVOKED:
            _end(subscriptions, actor=event.actor)


def _end(subscriptions: "QuerySet[Subscription]", *, actor: "User") -> None:
    for subscription in subscriptions.order_by("pk").select_for_update(of=("self",), no_key=True):
        end(subscription, reason=_("The program is no longer let in."), actor=actor)
