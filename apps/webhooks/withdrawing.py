"""When a person no longer lets a program in, it hears nothing more in their name."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from apps.programs.models import Program
from apps.webhooks.ending import end
from apps.webhooks.models import Subscription

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model, QuerySet

    from apps.accounts.models import User
    from apps.audit.models import AuditEvent

_WITHDRAWN = "programs.consent_withdrawn"
_REVOKED = "programs.tokens_revoked"


def hear(told: "Sequence[tuple[AuditEvent, Model | None]]") -> None:
    """Remove the subscriptions that stood on what a person, or an administrator, took back."""
    for event, target in told:
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
