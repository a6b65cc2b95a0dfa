"""What becomes of a consent while a program redeems its code and its tokens.

Called inside the transaction of one request to the token endpoint. A refusal is an answer and no
exception, so that what it ends stays ended when the answer is sent.
"""

import logging
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone
from oauth2_provider.models import AccessToken, RefreshToken
from oauth2_provider.settings import oauth2_settings

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.context import origin
from apps.audit.models import Outcome
from apps.programs import tokens
from apps.programs.models import Consent, Program, Secret
from apps.programs.states import Ending

if TYPE_CHECKING:
    from datetime import datetime

logger = logging.getLogger(__name__)


def is_secret_of(program: Program, secret: str) -> bool:
    """Tell whether the program may show this secret now.

    The digest is looked up: nobody learns anything from how long that takes, because to choose
    digests one would have to invert SHA-256.
    """
    holds = Q(ends_at=None) | Q(ends_at__gt=timezone.now())
    return Secret.objects.filter(holds, program=program, digest=tokens.digest(secret)).exists()


def record_wrong_secret(program: Program) -> None:
    """Record that somebody who does not know the secret gave themselves out as the program."""
    logger.warning("program %s: the secret was wrong", program.pk)
    audit.record(
        "programs.sign_in_failed",
        actor=User.objects.system(),
        target=program,
        outcome=Outcome.DENIED,
    )


def give(
    program: Program,
    *,
    person: User,
    scopes: Iterable[str],
    redirect_uri: str,
    code: str,
    code_challenge: str,
) -> Consent:
    """Keep that the person has just let the program in, and when they showed who they are."""
    now = timezone.now()
    consent = Consent.objects.create(
        program=program,
        person=person,
        scopes=sorted(scopes),
        redirect_uri=redirect_uri,
        code_digest=tokens.digest(code),
        code_challenge=code_challenge,
        authenticated_at=origin().authenticated_at,
        given_at=now,
        code_ends_at=now + timedelta(seconds=oauth2_settings.AUTHORIZATION_CODE_EXPIRE_SECONDS),
        # Rotation does not move it (OWASP ASVS 5.0, 10.4.8).
        ends_at=now + timedelta(seconds=oauth2_settings.REFRESH_TOKEN_EXPIRE_SECONDS),
    )
    audit.record(
        "programs.consent_given",
        actor=person,
        target=program,
        after={"scopes": consent.scopes, "until": consent.ends_at},
    )
    return consent


def behind_code(program: Program, code: str) -> Consent | None:
    """Return the consent that the code redeems, locked; None when it redeems nothing.

    A code that was redeemed before is in two hands: what it gave is taken back (RFC 6749, 4.1.2).
    """
    consent = (
        Consent.objects.select_related("person", "program")
        .locked()
        .filter(program=program, code_digest=tokens.digest(code))
        .first()
    )
    if consent is None:
        return None
    now = timezone.now()
    if consent.redeemed_at is not None:
        end_as_stolen(consent, Ending.REPLAYED)
        return None
    if consent.code_ends_at <= now or not _still_stands(consent, now=now):
        return None
    return consent


def behind_family(program: Program, family: uuid.UUID) -> Consent | None:
    """Return the consent that a family of tokens lives on, locked; None when it is over."""
    consent = (
        Consent.objects.select_related("person", "program")
        .locked()
        .filter(program=program, family=family)
        .first()
    )
    return consent if consent and _still_stands(consent, now=timezone.now()) else None


def _still_stands(consent: Consent, *, now: "datetime") -> bool:
    """Tell whether the consent lets the program in; one whose time or person is gone ends here."""
    if consent.ended_at is None and consent.ends_at <= now:
        end(consent, Ending.EXPIRED)
    if consent.ended_at is None and not consent.person.is_active:
        end(consent, Ending.BARRED)
    return consent.ended_at is None


def redeem(consent: Consent) -> None:
    """Keep that the code gave tokens; nobody gets any for it again."""
    consent.redeemed_at = timezone.now()
    consent.save(update_fields=["redeemed_at"])
    audit.record(
        "programs.tokens_issued",
        actor=consent.person,
        target=consent.program,
        after={"scopes": consent.allowed_scopes},
    )


def end(consent: Consent, ending: Ending) -> None:
    """End a locked consent with every token of its family; once is enough."""
    if consent.ended_at is None:
        consent.ended_at, consent.ending = timezone.now(), ending
        consent.save(update_fields=["ended_at", "ending"])
    RefreshToken.revoke_family(consent.family)


def end_as_stolen(consent: Consent, ending: Ending) -> None:
    """End a consent of which a code or a token came twice, and record it."""
    was_open = consent.ended_at is None
    end(consent, ending)
    if was_open:
        logger.warning("consent %s ended: %s", consent.pk, ending)
        audit.record(
            f"programs.consent_{ending}",
            actor=User.objects.system(),
            target=consent.program,
            on_behalf_of=consent.person,
            reason=str(ending.label),
            outcome=Outcome.DENIED,
        )


def give_back(program: Program, token: str) -> None:
    """End what a token of this program belongs to; a foreign or unknown one ends nothing.

    Of a program for people that is the whole consent: whoever gives back one token is done.
    """
    known = Q(token_checksum=tokens.digest(token), application=program)
    refresh = RefreshToken.objects.filter(known).first()
    access = None if refresh else AccessToken.objects.filter(known).first()
    if access is not None:
        refresh = RefreshToken.objects.filter(access_token=access).first()
    if refresh is not None:
        consent = Consent.objects.locked().filter(family=refresh.token_family).first()
        if consent is None or consent.ended_at is not None:
            return
        end(consent, Ending.RETURNED)
    elif access is not None:
        access.delete()
    else:
        return
    audit.record(
        "programs.token_returned",
        actor=refresh.user if refresh else (program.user or User.objects.system()),
        target=program,
    )
