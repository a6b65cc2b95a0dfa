"""Sessions of people who have just shown both factors, for pages that are measured."""

from django.test import Client
from django.utils import timezone

from apps.accounts.signing_in.marks import SECOND_FACTOR_AT, SEEN_AT, SIGNED_IN_AT
from apps.audit.context import AUTHENTICATED_AT


def signed_in(client: Client) -> None:
    """Mark the session of `client`, which `force_login` has begun without any factor."""
    session = client.session
    now = timezone.now().isoformat()
    for mark in (AUTHENTICATED_AT, SECOND_FACTOR_AT, SEEN_AT, SIGNED_IN_AT):
        session[mark] = now
    session.save()
