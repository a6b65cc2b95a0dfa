"""A second instance as provider of single sign-on: a real process, spoken to over real HTTP."""

import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.test import Client

from project.testing import identity_provider as provider


class IdentityProvider:
    """Signs people in, and does wrong what a test asks of it."""

    def __init__(self, issuer: str) -> None:
        """Remember where it is."""
        self.issuer = issuer

    def do_wrong(self, **what: Any) -> None:
        """Let what it says from now on be wrong; without anything it is right again."""
        httpx.post(f"{self.issuer}/control", json=what).raise_for_status()

    def vouch(self, asked: str, email: str) -> str:
        """Sign somebody in at the page to which our site leads; return the way back."""
        address = urlsplit(asked)
        answer = httpx.post(f"{self.issuer}/authorize?{address.query}", data={"email": email})
        back = urlsplit(answer.headers["Location"])
        return f"{back.path}?{back.query}"

    def sign_in(self, client: Client, email: str, *, begin: str = "") -> Any:
        """Go the whole way in a test client; return what our site answers at its end."""
        asked = client.get(begin) if begin else client.post("/accounts/oidc/sso/login/")
        assert parse_qs(urlsplit(asked.headers["Location"]).query)["code_challenge_method"] == [
            "S256"
        ]
        return client.get(self.vouch(asked.headers["Location"], email))


@pytest.fixture(scope="session")
def provider_process() -> Iterator[str]:
    """Start the process, and return its issuer."""
    with subprocess.Popen(
        [sys.executable, str(Path(provider.__file__))], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


@pytest.fixture
def identity_provider(provider_process: str, settings: Any) -> IdentityProvider:
    """Let the office trust the provider, which does nothing wrong yet."""
    providers = deepcopy(settings.SOCIALACCOUNT_PROVIDERS)
    providers["openid_connect"]["APPS"] = [
        {
            "provider_id": "sso",
            "name": "Example",
            "client_id": provider.CLIENT_ID,
            "secret": provider.CLIENT_SECRET,
            "settings": {"server_url": provider_process},
        }
    ]
    settings.SOCIALACCOUNT_PROVIDERS = providers
    # As `hardening` does for ASSETS_SSO_URL: a form may lead there.
    policies = deepcopy(settings.CONTENT_SECURITY_POLICIES)
    policies["/accounts/"]["form-action"].append(provider_process)
    settings.CONTENT_SECURITY_POLICIES = policies
    running = IdentityProvider(provider_process)
    running.do_wrong()
    return running
