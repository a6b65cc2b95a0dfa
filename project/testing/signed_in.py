"""Whoever a test signs in has just shown who they are, with both factors.

`force_login` of Django's test client knows no factors, so what allauth would keep in the session is
kept here. A test about signing in signs in through the pages.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.audit.context import AUTHENTICATED_AT

if TYPE_CHECKING:
    from apps.accounts.models import User


@pytest.fixture(autouse=True, scope="session")
def signed_in_with_both_factors() -> Iterator[None]:
    """Keep in the session of `force_login` when both factors were shown."""
    # It imports models, which Django knows only when the tests run.
    from allauth.usersessions.models import UserSession

    from apps.accounts.signing_in.marks import SECOND_FACTOR_AT

    plain = Client.force_login

    def force_login(self: Client, user: "User", *args: Any, **options: Any) -> None:
        plain(self, user, *args, **options)
        session = self.session
        session[AUTHENTICATED_AT] = session[SECOND_FACTOR_AT] = timezone.now().isoformat()
        session.save()
        UserSession.objects.create(
            user=user,
            ip="127.0.0.1",
            session_key=session.session_key,
            user_agent=self.defaults.get("HTTP_USER_AGENT", ""),
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "force_login", force_login)
        yield


def long_ago(client: Client) -> None:
    """Let it be an hour ago that the person of this session showed who they are."""
    session = client.session
    session[AUTHENTICATED_AT] = (timezone.now() - timedelta(hours=1)).isoformat()
    session.save()
