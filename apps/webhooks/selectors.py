"""Questions about subscriptions and their messages."""

from typing import TYPE_CHECKING

from django.db.models import Prefetch, QuerySet

from apps.webhooks.models import Attempt, Message, Subscription
from apps.webhooks.states import MessageStatus

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.programs.models import Program


def subscriptions_of(program: "Program", person: "User") -> QuerySet[Subscription]:
    """Return what the program has subscribed to in the name of this person, newest first."""
    return Subscription.objects.kept().of(person).filter(program=program).order_by("-pk")


def log_of(subscription: Subscription) -> QuerySet[Message]:
    """Return the messages with their attempts, newest first; without those that were withheld.

    That there was something which the person may not see is nothing that they may see.
    """
    attempts = Prefetch("attempts", Attempt.objects.order_by("pk"))
    return (
        subscription.messages.exclude(status=MessageStatus.WITHHELD)
        .order_by("-pk")
        .prefetch_related(attempts)
    )
