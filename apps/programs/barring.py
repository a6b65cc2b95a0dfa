"""Programs are out when the sign-in of their person was secured: what it let in may be a thief’s.

RFC 9700, section 4.14.2: refresh tokens end with a security event, such as a new password. Who is
deactivated is out at once anyway; that their consents end keeps them out when they come back.
"""

from typing import TYPE_CHECKING

from apps.accounts.models import User
from apps.programs.consenting import end
from apps.programs.models import Consent
from apps.programs.states import Ending

if TYPE_CHECKING:
    from apps.audit.listeners import Told

ENDINGS = {
    "accounts.deactivated": Ending.BARRED,
    "accounts.password_changed": Ending.SECURED,
    "accounts.password_chosen": Ending.SECURED,
    "accounts.factors_reset": Ending.SECURED,
    # By an administrator; whoever ends their own sessions has a page for their programs.
    "accounts.sessions_ended": Ending.SECURED,
}


def hear(told: "Told") -> None:
    """End all consents of the person to whom one of these things was done."""
    for event, target in told:
        ending = ENDINGS.get(event.action)
        if ending is None or not isinstance(target, User):
            continue
        if event.action == "accounts.sessions_ended" and event.actor_id == target.pk:
            continue
        for consent in Consent.objects.locked().filter(person=target, ended_at=None):
            end(consent, ending)
