"""A pytest plugin: a PostgreSQL of one's own before Django starts, the reference data, the cast."""

import os
import tempfile
from pathlib import Path

import pytest

from project import embedded


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Start what the tests need; the workers of a parallel run inherit the addresses."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings.test"
    if not os.environ.get("DATABASE_URL"):
        folder = Path(tempfile.mkdtemp(prefix="assets-test-"))
        folder.chmod(0o755)
        os.environ["DATABASE_URL"] = embedded.start_postgres(folder / "postgres", keep=False)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Load the fixtures that need Django, which is set up by now."""
    config.pluginmanager.import_plugin("project.testing.database")
    config.pluginmanager.import_plugin("project.testing.cast")
    config.pluginmanager.import_plugin("project.testing.make")
