"""Ending a subscription: for good, or until somebody has looked after its receiver."""

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import people_with_role
from apps.audit import services as audit
from apps.notifications import services as notifications
from apps.webhooks.models import Message
from apps.webhooks.states import Action, MessageStatus

if TYPE_CHECKING:
    from apps.webhooks.models import Subscription

_REASON_LENGTH = 254
ADMINISTRATOR = "Administrator"


def disable(subscription: "Subscription", *, reason: str) -> None:
    """Stop delivering to a receiver; its person and the administrators are told, once."""
    subscription.move(Action.DISABLE)
    subscription.status_reason = reason[:_REASON_LENGTH]
    subscription.version += 1
    subscription.save(update_fields=("status", "status_reason", "version"))
    audit.record(
        "webhooks.disabled", actor=User.objects.system(), target=subscription, reason=reason
    )
    notifications.announce(
        "webhooks.disabled",
        to={subscription.person, *people_with_role(ADMINISTRATOR)},
        about=subscription,
        subject=_("Webhooks of “{program}” are disabled").format(program=subscription.program.name),
        body=_(
            "{reason}\n\nMessages to {receiver} wait no longer: new ones are not written. "
            "Resume the subscription when the receiver works again, and replay what has failed."
        ).format(reason=reason, receiver=receiver_of(subscription.url)),
        key=str(subscription.version),
    )


def end(subscription: "Subscription", *, reason: str, actor: "User") -> None:
    """End a locked subscription for good; what waits is not sent."""
    subscription.move(Action.REMOVE)
    subscription.status_reason = reason[:_REASON_LENGTH]
    subscription.version += 1
    subscription.save(update_fields=("status", "status_reason", "version"))
    Message.objects.filter(subscription=subscription, status=MessageStatus.WAITING).update(
        status=MessageStatus.FAILED, finished_at=timezone.now()
    )
    audit.record("webhooks.removed", actor=actor, target=subscription, reason=reason)


def receiver_of(url: str) -> str:
    """Return whom a URL names, without the path, which some receivers treat as a secret."""
    return url.split("/", 3)[2]
