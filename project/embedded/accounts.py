"""As whom a server runs: PostgreSQL refuses root, so under root it gets a user of its own."""

import contextlib
import os
import pwd
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

from project.embedded.keeping import Account, CannotStart

_NAME = "assets-postgres"


def account_for(folder: Path) -> Account | None:
    """Return who runs the server in `folder`: under root the owner of its data, else oneself."""
    if os.geteuid() != 0:
        return None
    owner = folder.stat()
    if owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    try:
        entry = pwd.getpwnam(_NAME)
    except KeyError:
        _create()
        entry = pwd.getpwnam(_NAME)
    return Account(entry.pw_uid, entry.pw_gid)


def run_as(account: Account | None) -> dict[str, Any]:
    """Return the arguments of `subprocess` that run a program as `account`."""
    if account is None:
        return {}
    return {"user": account.user, "group": account.group, "extra_groups": []}


def hand_over(folder: Path, account: Account | None) -> None:
    """Make `folder` the private folder of `account`."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink():
            raise CannotStart(f"{folder} is a link: remove it and start again.")
        if account is not None:
            os.chown(folder, account.user, account.group)
        folder.chmod(0o700)
    except PermissionError:
        raise CannotStart(
            f"{folder} belongs to somebody else: remove it and start again."
        ) from None


def let_in(account: Account | None, folder: Path, programs: Path) -> None:
    """Let `account` pass through the folders above; a home such as /root may be closed to all."""
    if account is None:
        return
    for parent in dict.fromkeys((*reversed(folder.parents), *reversed(programs.parents))):
        status = parent.stat()
        if not status.st_mode & stat.S_IXOTH and status.st_uid != account.user:
            with contextlib.suppress(OSError):
                parent.chmod(status.st_mode | stat.S_IXOTH)
                sys.stderr.write(f"Lets the user {_NAME} pass through {parent} (chmod o+x).\n")
    try:
        subprocess.run(
            [programs / "postgres", "--version"],
            check=True,
            capture_output=True,
            **run_as(account),
        )
    except (OSError, subprocess.CalledProcessError):
        raise CannotStart(
            f"The database runs as the user {_NAME}, who cannot read {programs}: "
            "move the project to a folder that everybody may read, such as /srv."
        ) from None


def _create() -> None:
    made = subprocess.run(
        ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _NAME],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise CannotStart(
            f"PostgreSQL does not run as root, and its user {_NAME} could not be created "
            f"({made.stderr.strip()}): start as an ordinary user."
        )
