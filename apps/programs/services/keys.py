"""The keys that sign access tokens, changed in time and in need."""

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone
from oauth2_provider.models import AccessToken

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.secret_text import is_lost
from apps.programs.errors import KeyRotatedJustNow
from apps.programs.keys import PUBLISHED, longest_wait, make_key, published, ready
from apps.programs.models import SigningKey
from apps.programs.tokens import lifetime

NOTICE = timedelta(hours=1)
"""So long a key is published before it signs: whoever caches the key set has seen it by then."""

AGE = timedelta(days=30)
"""After so long the clock changes the key."""


@deed
def rotate_signing_keys(*, actor: User, reason: str = "", at_once: bool = False) -> SigningKey:
    """Publish a new key, and return it; it signs an hour later, and the old one until then.

    The old key stays published until the last token that it signed has expired. With `at_once`,
    for a key that somebody else has seen, the new one signs now, the old one vouches for nothing
    any more, and every access token is dead; programs of people refresh theirs. A key that no
    field key opens any more signs nothing: then the new one signs now too, and tokens stay alive.

    Raises:
        KeyRotatedJustNow: the last new key does not sign yet.
    """
    actor.require("programs.rotate_signingkey")
    _one_at_a_time()
    now = timezone.now()
    is_gone = _let_go_of_what_is_lost(now=now)
    waiting = published(now=now).filter(signs_from__gt=now).first()
    if waiting is not None and not at_once and not is_gone:
        raise KeyRotatedJustNow(
            moment=f"{timezone.localtime(waiting.created_at):%Y-%m-%d %H:%M}",
            signs_from=f"{timezone.localtime(waiting.signs_from):%Y-%m-%d %H:%M}",
        )
    signs_from = now if at_once or is_gone else now + NOTICE
    retired_at = now if at_once else signs_from + longest_wait(lifetime())
    if at_once:
        published(now=now).update(retired_at=retired_at)
        AccessToken.objects.filter(refresh_token=None).delete()
        AccessToken.objects.update(expires=now)
        PUBLISHED.forget()
    else:
        published(now=now).filter(retired_at=None).update(retired_at=retired_at)
    key = make_key(signs_from=signs_from)
    audit.record(
        "programs.signing_key_rotated",
        actor=actor,
        target=key,
        after={"signs_from": signs_from, "old_keys_retire_at": retired_at},
        reason=reason,
    )
    return key


def _let_go_of_what_is_lost(*, now: datetime) -> bool:
    """Tell whether the key that should sign is lost, and let none follow it that is lost too."""
    for key in published(now=now).filter(signs_from__gt=now):
        if is_lost(key, "private_pem"):
            # It never signed, so it vouches for nothing.
            SigningKey.objects.filter(pk=key.pk).update(retired_at=now)
    signing = ready(now=now).first()
    return signing is not None and is_lost(signing, "private_pem")


@deed
def rotate_when_due(*, actor: User) -> bool:
    """Rotate when the newest key has grown old, and tell whether; destroy what is retired.

    Called twice, it does its work once.
    """
    actor.require("programs.rotate_signingkey")
    _one_at_a_time()
    now = timezone.now()
    retired = SigningKey.objects.filter(retired_at__lte=now).exclude(private_pem="")
    retired.update(private_pem="")
    newest = published(now=now).order_by("-signs_from").first()
    if newest is None or newest.signs_from > now - AGE:
        return False
    rotate_signing_keys(actor=actor, reason="age")
    return True


def _one_at_a_time() -> None:
    """Hold a lock until the end of the transaction: two who rotate at once make one key each."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('signing_keys', 0))")
