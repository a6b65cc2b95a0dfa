"""Starts a server in a folder, or joins the one that runs there."""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

_KEEPER = Path(__file__).with_name("keeper.py")
_LOCKS = ("users", "keeper")
_PATIENCE = 30.0
_PAUSE = 0.03

# The locks of this process, by folder: each is held until the process ends or leaves.
_held: dict[Path, int] = {}
# The keepers that this process started; they outlive it while somebody else uses their server.
_keepers: dict[Path, subprocess.Popen[bytes]] = {}


class CannotStart(Exception):
    """What is in the way, and the way out, in a sentence for the person at the terminal."""


class Account(NamedTuple):
    """The numbers of a user of the system and of their group."""

    user: int
    group: int


@dataclass(frozen=True)
class Server:
    """A server that keeps its data, its log and its locks in `folder`."""

    name: str
    folder: Path
    command: Sequence[str]
    stop_signal: int
    prepare: Callable[[], None]
    answers: Callable[[], bool]
    account: Account | None = None
    is_kept: bool = True

    @property
    def log(self) -> Path:
        """Where the server writes what it does."""
        return self.folder / "log"


def make_folder(folder: Path, *, files: Sequence[str] = ()) -> None:
    """Make the folder and, empty, the files in it, or say why that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in files:
            (folder / name).touch()
    except OSError as error:
        raise CannotStart(
            f"{error.filename or folder} cannot be used ({error.strerror}): start as the person "
            "who owns that folder, or set ASSETS_LOCAL to a folder of your own."
        ) from None


def use(server: Server) -> None:
    """Make sure that `server` runs, and keep it running until this process ends."""
    if server.folder in _held:
        return
    make_folder(server.folder, files=_LOCKS)
    _held[server.folder] = users = os.open(server.folder / "users", os.O_RDWR)
    # Waits while a keeper stops the server that nobody used any more.
    fcntl.flock(users, fcntl.LOCK_SH)
    try:
        _wait(server)
    except FileNotFoundError:
        leave(server.folder)
        raise CannotStart(f"{server.folder} was removed meanwhile: start again.") from None
    except BaseException:
        leave(server.folder)
        raise


def is_mine(folder: Path) -> bool:
    """Whether this process uses the server in `folder`."""
    return folder.resolve() in _held


def let_go(folder: Path) -> None:
    """Use the server no longer; its keeper ends it unless somebody else uses it."""
    users = _held.pop(folder.resolve(), None)
    if users is not None:
        os.close(users)


def leave(folder: Path) -> None:
    """Use the server no longer, and wait for its end unless somebody else uses it."""
    if not is_mine(folder):
        return
    let_go(folder)
    until = time.monotonic() + _PATIENCE / 6
    while is_running(folder) and time.monotonic() < until:
        time.sleep(_PAUSE)
    keeper = _keepers.get(folder.resolve())
    if keeper is not None and not is_running(folder):
        keeper.wait()


def is_running(folder: Path) -> bool:
    """Whether a server runs in `folder`, or is just being started or stopped."""
    try:
        lock = _keeper_lock(folder)
    except FileNotFoundError:
        return False
    if lock is not None:
        os.close(lock)
    return lock is None


def _wait(server: Server) -> None:
    keeper: subprocess.Popen[bytes] | None = None
    until = time.monotonic() + _PATIENCE
    log_from = 0
    while True:
        lock = _keeper_lock(server.folder) if keeper is None else None
        if lock is not None:
            log_from = server.log.stat().st_size if server.log.exists() else 0
            keeper = _start(server, lock)
        if server.answers():
            if keeper is not None:
                _keepers[server.folder] = keeper
            return
        if keeper is not None and keeper.poll() is not None:
            raise CannotStart(_why(server, log_from))
        if time.monotonic() > until:
            raise CannotStart(
                f"{server.name} did not answer within {_PATIENCE:.0f} seconds; "
                f"its log is {server.log}."
            )
        time.sleep(_PAUSE)


def _start(server: Server, lock: int) -> subprocess.Popen[bytes]:
    """Start the keeper, which takes over the lock."""
    try:
        server.prepare()
        options = [] if server.is_kept else ["--remove"]
        if server.account is not None:
            options += [f"--user={server.account.user}", f"--group={server.account.group}"]
        with server.log.open("ab") as log:
            return subprocess.Popen(
                [
                    *(sys.executable, "-I", str(_KEEPER), f"--signal={server.stop_signal}"),
                    *options,
                    *("--", str(server.folder), *server.command),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[lock],
                start_new_session=True,
            )
    finally:
        os.close(lock)


def _keeper_lock(folder: Path) -> int | None:
    """Return a descriptor with the keeper's lock, or None when a keeper or a starter holds it."""
    descriptor = os.open(folder / "keeper", os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _why(server: Server, log_from: int) -> str:
    with server.log.open("rb") as log:
        log.seek(log_from)
        lines = log.read().decode(errors="replace").strip().splitlines()
    if any("No space left on device" in line for line in lines):
        return f"The disk of {server.folder} is full: make room and start again."
    telling = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    last = (telling or lines or ["nothing"])[-1].rpartition("FATAL: ")[2].strip()
    return f"{server.name} did not start and says: {last} (its log is {server.log})."
