"""What a subscription may learn at this moment: looked at when a message leaves, not before.

Between a deed and the last attempt lie days, in which roles are taken, programs switched off and
people leave. And the deed need not wait for the answer.
"""

from typing import TYPE_CHECKING

from oauth2_provider.models import AbstractApplication

from apps.webhooks.catalogue import BY_NAME, TEST

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.programs.models import Program
    from apps.webhooks.models import Subscription

SCOPE = "webhooks:write"


def acts_as(program: "Program", person: "User") -> bool:
    """Tell whether the program acts by itself, as this person."""
    by_itself = AbstractApplication.GRANT_CLIENT_CREDENTIALS
    return program.user_id == person.pk and bool(program.authorization_grant_type == by_itself)


def may_learn(subscription: "Subscription", event_name: str, object_id: str) -> bool:
    """Tell whether this event may be told: to the program, and in the name of its person."""
    program, person = subscription.program, subscription.person
    if not (program.is_active and person.is_active and SCOPE in program.allowed_scopes):
        return False
    if event_name == TEST:
        return True
    event = BY_NAME.get(event_name)
    if event is None or event.thing.scope not in program.allowed_scopes:
        return False
    return event.thing.is_seen_by(person, object_id)
