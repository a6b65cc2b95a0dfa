"""A migrated database to copy for each run, made anew whenever a migration or a library changed.

The test database of every process begins as a copy of it. `migrate` runs on the copy as ever and
finds nothing to do, so that permissions are those of the models as they are now.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

from project import embedded

NAME = "migrated"
VARIABLE = "ASSETS_TEST_TEMPLATE"
"""Where the processes of a run find the name, when the server is ours."""
_ROOT = Path(__file__).resolve().parents[2]
_KEPT = _ROOT / ".local" / "tests"
_SAID_BY = ("uv.lock", "apps/*/migrations/*.py", "apps/common/secret_text.py")


def copy_into(folder: Path, *, settings: tuple[str, ...]) -> None:
    """Put a cluster with the database `NAME`, migrated, into `folder`; make it when needed."""
    kept = _KEPT / _digest()
    if not kept.exists():
        _make(kept, settings)
    # As root the server runs as somebody else, whose files these stay.
    subprocess.run(["cp", "--archive", str(kept), str(folder / "data")], check=True)


def _digest() -> str:
    """Return what the migrated database depends on: our migrations, and the libraries'."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(path for pattern in _SAID_BY for path in _ROOT.glob(pattern)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _make(kept: Path, settings: tuple[str, ...]) -> None:
    shutil.rmtree(_KEPT, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="assets-test-") as made:
        url = embedded.start_postgres(Path(made), settings=settings)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {NAME}")
        surroundings = {**os.environ, "DATABASE_URL": url.replace("/postgres?", f"/{NAME}?")}
        migrated = subprocess.run(
            [sys.executable, str(_ROOT / "manage.py"), "migrate", "--verbosity=0"],
            env=surroundings,
            check=False,
        )
        embedded.leave(Path(made))
        if migrated.returncode:
            raise SystemExit("The database of the tests could not be migrated, see above.")
        _KEPT.mkdir(parents=True, exist_ok=True)
        # Another run may have made it meanwhile, and alike.
        with contextlib.suppress(OSError):
            shutil.move(Path(made) / "data", kept)
