"""Keeps one server running for as long as any process uses it, and stops it then.

`keeping` starts this file as a script in a session of its own. Every user of the server holds a
shared lock on the file `users`; the kernel lets go of it however that process ends, so nothing
is left behind after Ctrl-C, a crash or `kill -9`.
"""

import argparse
import contextlib
import ctypes
import fcntl
import os
import shutil
import subprocess
import sys
import threading

_PARENT_DEATH_SIGNAL = 1
_PATIENCE = 30


def end_with_parent(number: int) -> None:
    """Ask for the signal `number` when the parent dies, in the child before its program starts."""
    # Only Linux can do it; elsewhere a killed parent leaves its children behind.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, number)


def _stop_when_unused(server: subprocess.Popen[bytes], users: int, number: int) -> None:
    fcntl.flock(users, fcntl.LOCK_EX)
    server.send_signal(number)
    try:
        server.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        server.kill()


def main() -> int:
    """Run the server of the command line until nobody uses it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--signal", type=int, required=True)
    parser.add_argument("--user", type=int, default=None)
    parser.add_argument("--group", type=int, default=None)
    parser.add_argument("--remove", action="store_true")
    parser.add_argument("folder")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    users = os.open(os.path.join(options.folder, "users"), os.O_RDWR)  # noqa: PTH118  (starts fast)
    server = subprocess.Popen(
        options.command,
        cwd=options.folder,
        user=options.user,
        group=options.group,
        extra_groups=None if options.user is None else [],
        preexec_fn=lambda: end_with_parent(options.signal),  # noqa: PLW1509  (one thread yet)
    )
    threading.Thread(
        target=_stop_when_unused, args=(server, users, options.signal), daemon=True
    ).start()
    status = server.wait()
    if options.remove:
        with contextlib.suppress(OSError):
            shutil.rmtree(options.folder)
    return status


if __name__ == "__main__":
    sys.exit(main())
