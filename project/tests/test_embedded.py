"""The embedded servers: shared while somebody uses them, gone afterwards, started after any end."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from project import embedded
from project.embedded import CannotStart, configured, keeping
from project.settings.env import ROOT

_PATIENCE = 20.0
_OTHER = """
import sys, time
from pathlib import Path
from project import embedded
print(embedded.start_postgres(Path(sys.argv[1])), flush=True)
time.sleep(60)
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """Return a folder that PostgreSQL's own user can reach, unlike pytest's."""
    with tempfile.TemporaryDirectory(prefix="assets-test-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder
        for server in ("postgres", "valkey"):
            embedded.leave(folder / server)


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for what another process does."""
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def answers(url: str) -> bool:
    """Whether PostgreSQL 18 or later answers there."""
    with psycopg.connect(url) as connection:
        return connection.info.server_version >= 180_000


def test_postgres_keeps_its_data_from_start_to_start(place: Path) -> None:
    folder = place / "postgres"
    url = embedded.start_postgres(folder)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    assert embedded.start_postgres(folder) == url
    embedded.leave(folder)
    assert not embedded.is_running(folder)

    with psycopg.connect(embedded.start_postgres(folder)) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_another_process_joins_and_the_last_user_ends_it_even_when_killed(place: Path) -> None:
    folder = place / "postgres"
    url = embedded.start_postgres(folder)
    with subprocess.Popen(
        [sys.executable, "-c", _OTHER, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdout.readline().strip() == url
        keeping.let_go(folder)
        assert answers(url)

        other.kill()
        other.wait()

    wait_until(lambda: not embedded.is_running(folder))


def test_a_server_for_once_takes_its_folder_along(place: Path) -> None:
    folder = place / "postgres"
    assert answers(embedded.start_postgres(folder, keep=False))

    embedded.leave(folder)

    assert not folder.exists()


def test_a_killed_server_starts_again(place: Path) -> None:
    folder = place / "postgres"
    embedded.start_postgres(folder)
    process = int((folder / "data" / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    os.kill(process, signal.SIGKILL)
    wait_until(lambda: not embedded.is_running(folder))
    embedded.leave(folder)

    assert answers(embedded.start_postgres(folder))


def test_a_lock_with_the_number_of_another_process_is_forgotten(place: Path) -> None:
    folder = place / "postgres"
    embedded.start_postgres(folder)
    embedded.leave(folder)
    lock = folder / "data" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{folder}\n1\n5432\n{folder}\n\n1 1\nready\n", encoding="utf-8")
    os.chown(lock, *_owner(folder))

    assert answers(embedded.start_postgres(folder))


@pytest.mark.parametrize("name", ["x" * 110, "with, a comma", "with a space"])
def test_any_path_will_do(place: Path, name: str) -> None:
    folder = place / name / "postgres"
    folder.parent.mkdir(mode=0o711)

    assert answers(embedded.start_postgres(folder, keep=False))

    embedded.leave(folder)


def test_data_of_another_version_are_refused_in_words(place: Path) -> None:
    folder = place / "postgres"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "PG_VERSION").write_text("16\n", encoding="utf-8")

    with pytest.raises(CannotStart, match=r"of PostgreSQL 16 and Assets brings 18: .*--fresh"):
        embedded.start_postgres(folder)


def test_a_folder_that_cannot_be_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CannotStart, match=r"cannot be used \(Not a directory\).*ASSETS_LOCAL"):
        embedded.start_valkey(tmp_path / "file" / "valkey")


def test_the_fault_of_a_server_is_told_from_its_log(place: Path) -> None:
    with pytest.raises(CannotStart, match=r'says: .*invalid value for parameter "port"'):
        embedded.start_postgres(place / "postgres", settings=("port=none",))


def test_messages_outlive_valkey(place: Path) -> None:
    folder = place / "valkey"
    with redis.Redis.from_url(embedded.start_valkey(folder)) as client:
        client.rpush("celery", "a message")
    embedded.leave(folder)

    with redis.Redis.from_url(embedded.start_valkey(folder)) as client:
        assert client.lrange("celery", 0, -1) == [b"a message"]


def test_valkey_asks_for_its_password(place: Path) -> None:
    url = embedded.start_valkey(place / "valkey")

    with (
        redis.Redis.from_url(f"redis://{url.rpartition('@')[2]}") as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_a_configured_database_must_answer() -> None:
    url = "postgres://anna:secret@127.0.0.1:1/assets"

    with pytest.raises(CannotStart) as refused:
        configured.check_database(url, "")

    assert "at 127.0.0.1:1/assets" not in str(refused.value)
    assert "at 127.0.0.1:1 (Connection refused). Correct the variable" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_configured_database_must_be_new_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configured, "_OLDEST", 99)

    with pytest.raises(CannotStart, match=r"is too old; Assets needs 99 or later\. Upgrade it"):
        configured.check_database(os.environ["DATABASE_URL"], "")


def test_a_configured_broker_must_answer() -> None:
    configured.check_broker(os.environ["REDIS_URL"])

    with pytest.raises(CannotStart, match=r"REDIS_URL: .* at 127.0.0.1:1 .*Connection refused"):
        configured.check_broker("redis://:secret@127.0.0.1:1/0")


def _owner(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_uid, status.st_gid
