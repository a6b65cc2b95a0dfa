"""The services of compose.yml as processes of this machine: only addresses and folders differ."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import yaml

from project.embedded.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
HOST = "assets.test"
_PATIENCE = 40.0
_PORTS = ("redis", "web", "http", "https", "echo", "echo-http", "echo-https")


def filled_in(value: str, variables: dict[str, str]) -> str:
    """Put variables into ${NAME}, ${NAME:-default} and ${NAME:?message}, as compose does."""
    while found := re.search(r"\$\{(\w+)(?::([-?])([^${}]*))?\}", value):
        name, kind, text = found.groups()
        inserted = variables.get(name) or (text if kind == "-" else "")
        assert inserted or kind == "-", f"{name} is not set"
        value = value[: found.start()] + inserted + value[found.end() :]
    return value


class Deployment:
    """Compose's services as processes of this machine, in one scratch folder."""

    def __init__(self, scratch: Path) -> None:
        """Read compose.yml and choose addresses."""
        self.scratch = scratch
        self.services: dict[str, Any] = yaml.safe_load((ROOT / "compose.yml").read_text("utf-8"))[
            "services"
        ]
        self.ports = {name: free_port() for name in _PORTS}
        self.files = scratch / "files"
        self.database_folder = scratch / "postgres"
        self._processes: list[tuple[str, subprocess.Popen[bytes]]] = []

    def environment(self, service: str) -> dict[str, str]:
        """Return the service's environment with the addresses of this machine."""
        given = {
            name: filled_in(value, {"ASSETS_HOST": HOST})
            for name, value in self.services[service].get("environment", {}).items()
        }
        here = {
            "DATABASE_URL": self._database_here(given.get("DATABASE_URL", "")),
            "REDIS_URL": f"redis://127.0.0.1:{self.ports['redis']}/0",
            "ASSETS_FILES": str(self.files),
            "ASSETS_WEB": f"127.0.0.1:{self.ports['web']}",
            "ASSETS_HTTP_PORT": str(self.ports["http"]),
            "ASSETS_HTTPS_PORT": str(self.ports["https"]),
            "ASSETS_TLS": str(self.scratch / "secrets"),
        }
        return given | {name: value for name, value in here.items() if name in given}

    def _database_here(self, url: str) -> str:
        """Return the address with the socket of this machine, and with the role that it names."""
        parts = urlsplit(url)
        host = f"host={quote(str(self.database_folder), safe='')}"
        return urlunsplit(parts._replace(netloc=f"{parts.username}@", query=host))

    def secrets_of(self, service: str) -> Path:
        """Return the folder that the service sees as /run/secrets: its own, by its own names."""
        folder = self.scratch / "run" / service
        folder.mkdir(parents=True, exist_ok=True)
        for secret in self.services[service]["secrets"]:
            given = secret if isinstance(secret, dict) else {"source": secret, "target": secret}
            shutil.copy(self.scratch / "secrets" / given["source"], folder / given["target"])
        return folder

    def own_environment(self, service: str) -> dict[str, str]:
        """Return what a process of Assets gets here."""
        return {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "CREDENTIALS_DIRECTORY": str(self.secrets_of(service)),
            "ASSETS_LOCAL": str(self.scratch / "local"),
            **self.environment(service),
        }

    def command(self, service: str) -> list[str]:
        """Return the service's command with the scratch folder for /tmp."""
        return [self._here(part) for part in self.services[service]["command"]]

    def _here(self, part: str) -> str:
        return part.replace("/tmp/", f"{self.scratch}/")  # noqa: S108  (the container's) # nosec B108

    def start(
        self, name: str, command: list[str], environment: dict[str, str] | None = None
    ) -> None:
        """Start a process that is stopped in the end."""
        with (self.scratch / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        self._processes.append((name, process))

    def run(self, command: list[str], environment: dict[str, str] | None = None) -> str:
        """Run a command to its end; a failure ends the smoke test with what it said."""
        done = self._done(command, environment)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: {done.stdout}{done.stderr}")
        return done.stdout

    def refusal(self, command: list[str], environment: dict[str, str]) -> str:
        """Run a command to its end, and return what it said if it failed; else nothing."""
        done = self._done(command, environment)
        return f"{done.stdout}{done.stderr}" if done.returncode else ""

    def _done(
        self, command: list[str], environment: dict[str, str] | None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )

    def until_healthy(self, service: str, *more: str) -> None:
        """Repeat the service's health check until it passes."""
        test = self.services[service]["healthcheck"]["test"]
        command = [self._here(part) for part in test[1:]]
        environment = self.own_environment(service)
        self.until(
            service,
            lambda: (
                not subprocess.run(
                    [*command, *more], cwd=ROOT, env=environment, capture_output=True, check=False
                ).returncode
            ),
        )

    def until(self, name: str, condition: Callable[[], object]) -> None:
        """Wait for a condition; a process that ended before ends the smoke test with its log."""
        deadline = time.monotonic() + _PATIENCE
        while not condition():
            ended = [name for name, process in self._processes if process.poll() is not None]
            if ended or time.monotonic() > deadline:
                logs = (self.scratch / f"{log}.log" for log in ended or [name])
                texts = (log.read_text(errors="replace") for log in logs if log.exists())
                raise SystemExit(f"{name} is not healthy: {' '.join(texts)[-3000:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop what was started, each by its number, the last one first."""
        for _, process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()
