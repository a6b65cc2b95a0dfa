"""Browser tests with pytest-playwright's `page`: Debian's Chromium, Django's `live_server`."""

import os
import shutil
from typing import Any

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome")
# Milliseconds. A wait ends as soon as there is what it waits for, so only a failure takes this
# long; on a busy machine the first page of a process alone takes ten seconds.
PATIENCE = 120_000
_QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Launch the Chromium of the system; without one skip the test, but fail when CI=true."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        reason = "Browser tests need Chromium: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import expect

    expect.set_options(timeout=PATIENCE)
    # Playwright runs an event loop in this thread, in which Django else refuses to query.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    return {
        **browser_type_launch_args,
        "executable_path": path,
        "args": ["--no-sandbox", "--disable-gpu", *_QUIET],
    }


@pytest.fixture(scope="session")
def base_url() -> None:
    """Stand before pytest-playwright's own, which is a method and warns; tests name addresses."""


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Look at the site as a desktop in English does."""
    return {
        **browser_context_args,
        "viewport": {"width": 1440, "height": 900},
        "locale": "en-GB",
    }
