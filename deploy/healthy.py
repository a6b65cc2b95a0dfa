"""Whether a part answers, for the health checks of compose.yml: `healthy.py web|worker|beat`."""

import http
import os
import socket
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

_LONGEST_SILENCE = 60.0


def web(address: str = "http://127.0.0.1:8000") -> bool:
    """Ask for /healthz, under a host name that the settings allow."""
    host = os.environ["ASSETS_ALLOWED_HOSTS"].partition(",")[0]
    request = urllib.request.Request(f"{address}/healthz", headers={"Host": host})  # noqa: S310
    with urllib.request.urlopen(request, timeout=4) as answer:  # noqa: S310  # nosec B310
        return bool(answer.status == http.HTTPStatus.OK)


def worker(name: str = "worker") -> bool:
    """Ping the worker of that name on this machine."""
    from celery import Celery  # noqa: PLC0415  (the others do without)

    with Celery(broker=os.environ["REDIS_URL"]) as app:
        return bool(app.control.ping([f"{name}@{socket.gethostname()}"], timeout=5))


def beat(heartbeat: str) -> bool:
    """Look when beat last touched its file."""
    return time.time() - Path(heartbeat).stat().st_mtime < _LONGEST_SILENCE


if __name__ == "__main__":
    parts: dict[str, Callable[..., bool]] = {"web": web, "worker": worker, "beat": beat}
    asked = parts[sys.argv[1]]
    sys.exit(not asked(*sys.argv[2:]))
