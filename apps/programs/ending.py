"""When a person is shown the door, so are the programs that they let in.

Heard from the audit log, in the transaction of the deed: what takes a password, a factor or a whole
account out of somebody’s hands takes the tokens too, which may be in the same hands.
"""

from typing import TYPE_CHECKING

from django.db import transaction
from oauth2_provider.models import AccessToken

from apps.accounts.models import User
from apps.programs.consenting import end
from apps.programs.models import Consent
from apps.programs.states import Ending

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model

    from apps.audit.models import AuditEvent

_ENDS = {
    "accounts.deactivated": Ending.BARRED,
    "accounts.factors_reset": Ending.SIGNED_OUT,
    "accounts.password_changed": Ending.SIGNED_OUT,
    "accounts.password_chosen": Ending.SIGNED_OUT,
}
_SIGNED_OUT = "accounts.sessions_ended"


def hear(told: "Sequence[tuple[AuditEvent, Model | None]]") -> None:
    """End every consent of a person, with its codes and tokens, and tokens of their account."""
    for event, target in told:
        if isinstance(target, User) and (ending := _ending_of(event, target)):
            _end(target, ending)


def _ending_of(event: "AuditEvent", person: User) -> Ending | None:
    if event.action == _SIGNED_OUT:
        # Whoever ends sessions of their own keeps the programs: those have a page of their own.
        return Ending.SIGNED_OUT if event.actor_id != person.pk else None
    return _ENDS.get(event.action)


@transaction.atomic
def _end(person: User, ending: Ending) -> None:
    for consent in Consent.objects.locked().filter(person=person, ended_at=None):
        end(consent, ending)
    # An account as which a program acts has no consents; its tokens shall not come back with it.
    AccessToken.objects.filter(user=None, application__user=person).delete()
