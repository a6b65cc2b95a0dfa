"""The real virus scanner, with one signature: of the file that every scanner must find.

    def test_a_virus_is_refused(clamd, settings):
        settings.CLAMD = clamd.at_path

It has the configuration of production (`deploy/clamav/clamd.conf`) but for its place, and no
signatures out of the internet.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from project.embedded.keeper import end_with_parent

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + rb"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The harmless file of the European Institute for Computer Antivirus Research (eicar.org), in two
parts, so that no scanner finds it here."""
_OF_ITS_PLACE = ("DatabaseDirectory", "TCPSocket", "TCPAddr")
_PATIENCE = 20.0
_PAUSE = 0.02


class Clamd:
    """A clamd in a process of its own, at a path and at a port."""

    def __init__(self, program: str, folder: Path) -> None:
        """Remember where it works; `start` starts it."""
        self._program, self._folder = program, folder
        self._process: subprocess.Popen[bytes] | None = None
        self._path = folder / "clamd.socket"
        with socket.create_server(("127.0.0.1", 0)) as found:
            self._port = found.getsockname()[1]

    @property
    def at_path(self) -> str:
        """What ASSETS_CLAMD says for its socket."""
        return f"unix://{self._path}"

    @property
    def at_port(self) -> str:
        """What ASSETS_CLAMD says for its port."""
        return f"tcp://127.0.0.1:{self._port}"

    def start(self, **options: str) -> None:
        """Start it with other options than those of production, and return when it listens."""
        log_path = self._folder / "clamd.log"
        with log_path.open("wb") as log:
            self._process = subprocess.Popen(
                [self._program, f"--config-file={self._configured(options)}"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=lambda: end_with_parent(signal.SIGKILL),  # noqa: PLW1509  (one call)
            )
        deadline = time.monotonic() + _PATIENCE
        while not self._path.exists():
            text = log_path.read_text(encoding="utf-8", errors="replace")
            assert self._process.poll() is None, f"clamd died:\n{text}"
            assert time.monotonic() < deadline, f"clamd does not listen:\n{text}"
            time.sleep(_PAUSE)

    def freeze(self) -> None:
        """Let it take connections and answer nothing any more."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        """End it at once, as a lack of memory would."""
        if self._process is not None:
            process, self._process = self._process, None
            process.kill()
            process.wait(_PATIENCE)

    def _configured(self, options: dict[str, str]) -> Path:
        signatures = self._folder / "signatures"
        signatures.mkdir(exist_ok=True)
        # Name, kind of file (0: any), offset, and the bytes.
        (signatures / "tests.ndb").write_text(f"Eicar-Test-Signature:0:0:{EICAR.hex()}\n")
        production = Path(settings.BASE_DIR, "deploy/clamav/clamd.conf").read_text(encoding="utf-8")
        left_out = {*_OF_ITS_PLACE, *options}
        lines = [line for line in production.splitlines() if line.split(" ")[0] not in left_out]
        lines += [f"{name} {value}" for name, value in options.items()]
        lines += [
            f"DatabaseDirectory {signatures}",
            f"LocalSocket {self._path}",
            f"TCPSocket {self._port}",
            "TCPAddr 127.0.0.1",
        ]
        path = self._folder / "clamd.conf"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path


@pytest.fixture
def clamd(tmp_path: Path) -> Iterator[Clamd]:
    """Return a scanner that the test may `start`, `freeze` and `kill`.

    Without the program the test is skipped on a laptop, but fails when CI=true.
    """
    program = shutil.which("clamd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        reason = "This test needs clamd: apt-get install clamav-daemon"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path / "clamd"
    folder.mkdir()
    scanner = Clamd(program, folder)
    yield scanner
    scanner.kill()
