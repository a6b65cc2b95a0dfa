"""What people let programs do, taken back: by themselves, or by an administrator."""

from oauth2_provider.models import AccessToken

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import deed
from apps.programs.consenting import end
from apps.programs.errors import ConsentOver, NotYourConsent
from apps.programs.models import Consent, Program
from apps.programs.states import Ending


@deed
def withdraw(consent_id: int, *, actor: User) -> Consent:
    """End what the person let a program do: every token of it is dead at once.

    Raises:
        NotYourConsent: somebody else let it in.
        ConsentOver: it ended before.
    """
    consent = Consent.objects.locked().select_related("program").get(pk=consent_id)
    if consent.person_id != actor.pk or not actor.is_active:
        raise NotYourConsent
    if consent.ended_at is not None:
        raise ConsentOver(program=consent.program)
    end(consent, Ending.WITHDRAWN)
    audit.record("programs.consent_withdrawn", actor=actor, target=consent.program)
    return consent


@deed
def revoke_tokens(program_id: int, *, reason: str, actor: User) -> int:
    """Kill every token of the program, and return how many consents ended with them.

    The program may ask again: people have to let it in once more.
    """
    actor.require("programs.change_program")
    program = Program.objects.select_for_update(of=("self",), no_key=True).get(pk=program_id)
    count = end_everything(program)
    audit.record(
        "programs.tokens_revoked",
        actor=actor,
        target=program,
        after={"consent_count": count},
        reason=reason,
    )
    return count


def end_everything(program: Program) -> int:
    """End every open consent of the program and delete its access tokens; return how many ended."""
    consents = list(Consent.objects.locked().filter(program=program, ended_at=None))
    for consent in consents:
        end(consent, Ending.REVOKED)
    AccessToken.objects.filter(application=program).delete()
    return len(consents)
