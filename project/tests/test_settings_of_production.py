"""What production sets, read in a process of its own."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from project.settings.env import ROOT

_READ = """
import json
from project.settings import prod
found = {name: value for name, value in vars(prod).items() if name.isupper()}
print(json.dumps(found, default=str))
"""


@pytest.fixture(scope="module")
def production() -> dict[str, Any]:
    """Return the settings of production."""
    given = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": "postgres://db/assets",
        "REDIS_URL": "redis://redis",
        "ASSETS_SECRET_KEY": "one",
        "ASSETS_FIELD_KEYS": "one",
        "ASSETS_BASE_URL": "https://assets.test",
        "ASSETS_SSO_URL": "https://id.example/realms/office",
    }
    done = subprocess.run(
        [sys.executable, "-c", _READ],
        cwd=ROOT,
        env=given,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_cookies_stay_with_this_host(production: dict[str, Any]) -> None:
    for kind in ("SESSION", "CSRF"):
        assert production[f"{kind}_COOKIE_NAME"].startswith("__Host-")
        assert production[f"{kind}_COOKIE_SECURE"] is True
    assert production["SESSION_COOKIE_HTTPONLY"] is True
    # Messages would come in a cookie of another name.
    assert production["MESSAGE_STORAGE"].endswith("SessionStorage")


def test_logs_are_lines_of_json_and_redacted(production: dict[str, Any]) -> None:
    assert production["LOGGING_CONFIG"] == "project.logs.configure"
    handlers = production["LOGGING"]["handlers"]
    assert {handler["formatter"] for handler in handlers.values()} == {"json"}


def test_a_form_may_lead_to_the_provider_of_single_sign_on(production: dict[str, Any]) -> None:
    pages = production["CONTENT_SECURITY_POLICIES"]["/accounts/"]

    assert pages["form-action"] == ["'self'", "https://id.example"]


def test_nothing_is_debugged(production: dict[str, Any]) -> None:
    assert production["DEBUG"] is False
    assert production["SECURE_HSTS_SECONDS"] >= 31_536_000
