"""What must be true before anything starts; each refusal names the way out."""

import ctypes
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from project.embedded import CannotStart

_LEAST_FREE = 300 * 1024 * 1024
_LAST_PORT = 65_535
_PDF_LIBRARIES = ("libpangoft2-1.0-0", "libharfbuzz-subset0")
_SONAMES = ("libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")


def port_is_free(port: int) -> None:
    """Refuse a port that the web server could not have."""
    if not 0 < port <= _LAST_PORT:
        raise CannotStart(f"--port {port}: a port is a number from 1 to {_LAST_PORT}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise CannotStart(
                f"Port {port} is for root only: choose another one, such as --port 8000."
            ) from None
        except OSError:
            raise CannotStart(
                f"Port {port} is taken by another program: choose another one, "
                f"such as --port {_free_port(port)}."
            ) from None


def _free_port(after: int) -> int:
    for port in range(after + 1, _LAST_PORT):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    return 8000


def there_is_room(folder: Path) -> None:
    """Refuse a disk that is nearly full."""
    free = shutil.disk_usage(folder).free
    if free < _LEAST_FREE:
        raise CannotStart(
            f"The disk of {folder} has {free // 1024**2} MB free and Assets needs "
            f"{_LEAST_FREE // 1024**2} MB: make room, or set ASSETS_LOCAL to a folder elsewhere."
        )


def bring_pdf_libraries(say: Callable[[str], object]) -> None:
    """Install what WeasyPrint needs from the system; without it all but PDF goes on."""
    if _can_print():
        return
    install = f"apt-get install -y --no-install-recommends {' '.join(_PDF_LIBRARIES)}"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"PDF reports need libraries of the system; installs them: {install}")
        for command in ("apt-get update -q", install):
            subprocess.run(
                command.split(),
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
        if _can_print():
            return
        say("That did not help.")
    say(f"Goes on without PDF reports. To have them: sudo {install}")


def _can_print() -> bool:
    """Whether the libraries load; where they have other names, whether WeasyPrint does."""
    try:
        for name in _SONAMES:
            ctypes.CDLL(name)
    except OSError:
        command = [sys.executable, "-c", "import weasyprint"]
        return not subprocess.run(command, capture_output=True, check=False).returncode
    return True
