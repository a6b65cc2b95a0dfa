"""The office's own checks, on demand, in a process that lives through every kill of the database.

Each line on its standard input is the name of a check; each is answered by its verdict as JSON.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db import close_old_connections

from apps.audit import checking as audit
from apps.wallets import checking as books
from project.settings.env import ROOT

_PROGRAM = "import django; django.setup(); from project.torture import books; books.serve()"


def serve() -> None:
    """Answer until the end of the input."""
    for line in sys.stdin:
        close_old_connections()
        verdict = audit.check() if line.strip() == "check_audit" else books.check()
        close_old_connections()
        sys.stdout.write(json.dumps(asdict(verdict)) + "\n")
        sys.stdout.flush()


class Books:
    """That process."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM],
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def check(self, name: str) -> dict[str, Any]:
        """Return the verdict of `check_books` or `check_audit`."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{name}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            _out, complaint = self._process.communicate()
            return {"ok": False, "fault": f"{name} died: {complaint.strip().splitlines()[-1]}"}
        verdict: dict[str, Any] = json.loads(line)
        return verdict

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()
