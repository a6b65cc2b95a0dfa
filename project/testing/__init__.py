"""A pytest plugin: a PostgreSQL and a Valkey of one's own before Django starts, people, things.

- Every test finds the reference data loaded; the people are in `cast`, the things in `make`.
- A test about the database's roles takes `login` or `working_as` of `database_roles`.
- A test about the worker takes the fixture `celery_worker` of `broker`, and real processes.
- A browser test takes `page` of pytest-playwright and `live_server`, as set up in `browser`.
- `clamd` is Debian's virus scanner with one signature of ours.
- `hledger` runs Debian's hledger, the independent witness for the journal's export.
- `demo_company` is loaded once for the tests of a module that ask for it.
- `identity_provider` is a second instance that signs people in, see `single_sign_on`.
- `real_data` is the folder of real registers and journals, where there is one.

The whole suite runs on all cores, a named part of it in this process.
"""

import gc
import os
import tempfile
from pathlib import Path

import pytest
from django.conf import settings

from project import embedded
from project.testing import template

# Whoever loses the data of a test run has lost nothing.
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=2GB")
_folders: list[Path] = []
_PLUGINS = (
    *("database", "database_roles", "broker", "browser", "hledger", "real_data"),
    *("api", "cast", "clamd", "demo_company", "make", "signed_in", "single_sign_on"),
)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Start what the tests need; the workers of a parallel run inherit the addresses."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings.test"
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        _start()
    else:
        number = int(worker.removeprefix("gw")) + 1
        os.environ["REDIS_URL"] = f"{os.environ['REDIS_URL'].rpartition('/')[0]}/{number}"


def _start() -> None:
    """Start both servers; each removes its folder when the run has ended, however it ended."""
    if not os.environ.get("DATABASE_URL"):
        folder = _folder()
        template.copy_into(folder, settings=_FAST)
        os.environ["DATABASE_URL"] = embedded.start_postgres(folder, keep=False, settings=_FAST)
        os.environ[template.VARIABLE] = template.NAME
    folder = _folder()
    os.environ["REDIS_URL"] = embedded.start_valkey(folder, keep=False)
    os.environ["ASSETS_LOCAL"] = str(folder / "local")


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="assets-test-"))
    _folders.append(folder)
    return folder


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Load the fixtures that need Django, which is set up by now."""
    settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = os.environ.get(
        template.VARIABLE
    )
    for name in _PLUGINS:
        config.pluginmanager.import_plugin(f"project.testing.{name}")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Search what was imported and collected for garbage once, and not again at every turn."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return a process for each core when the whole suite runs, and none for a part of it."""
    is_whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    return (os.cpu_count() or 1) if is_whole else 0


def pytest_unconfigure() -> None:
    """Wait until the servers and their folders are gone."""
    while _folders:
        embedded.leave(_folders.pop())
