"""What is over: deleted, once nothing can be learned from it any more."""

from datetime import timedelta

from django.utils import timezone
from oauth2_provider.models import AccessToken, RefreshToken

from apps.accounts.models import User
from apps.audit.services import deed
from apps.programs.models import Consent, Secret

KEPT = timedelta(days=1)
"""For so long after its end a consent shows that a code or a token came twice."""


@deed
def sweep(*, actor: User) -> int:
    """Delete tokens, codes and secrets whose time is over, and return how many rows that were.

    A redeemed refresh token stays until its consent is over: it shows that a token came twice. The
    consent itself stays until a day later, and every consent is in the audit log for good.
    """
    actor.require("programs.change_program")
    now = timezone.now()
    old = Consent.objects.filter(ends_at__lte=now - KEPT)
    dead = RefreshToken.objects.filter(token_family__in=old.values("family"))
    count: int = dead.delete()[0]
    count += AccessToken.objects.filter(expires__lte=now, refresh_token=None).delete()[0]
    count += Secret.objects.filter(ends_at__lte=now).delete()[0]
    count += Consent.objects.filter(redeemed_at=None, code_ends_at__lte=now - KEPT).delete()[0]
    return count + old.delete()[0]
