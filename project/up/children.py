"""Processes that a command starts, watches and stops."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from project.embedded.keeper import end_with_parent
from project.settings.env import ROOT

_LAST_LINES = 8
_PATIENCE = 10.0
_PAUSE = 0.05


class Child:
    """A process with a log and a group of its own, so that Ctrl-C is for the command alone."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start it; the environment is that of the command, changed by `environment`."""
        self.name = name
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                # After `kill -9` of the command nothing goes on without it.
                preexec_fn=lambda: end_with_parent(signal.SIGTERM),  # noqa: PLW1509  (no threads)
            )

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """The exit status, or None while it runs."""
        return self._process.poll()

    def last_lines(self) -> str:
        """Return the end of the log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return "\n".join(lines[-_LAST_LINES:])

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process, if it runs."""
        if self.status is None:
            self._process.send_signal(number)

    def destroy(self) -> None:
        """End it and all that it started, which may live on when it has ended."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def stop(children: Iterable[Child]) -> None:
    """Let all of them finish what they do, at once, and end those that do not within a while."""
    running = list(children)
    for child in running:
        child.send(signal.SIGTERM)
    try:
        until = time.monotonic() + _PATIENCE
        while any(child.status is None for child in running) and time.monotonic() < until:
            time.sleep(_PAUSE)
    finally:
        for child in running:
            child.destroy()
