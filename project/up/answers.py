"""Whether what `up` started does its work."""

import http.client
from pathlib import Path

from celery import Celery

_PATIENCE = 5.0


def web(port: int) -> bool:
    """Whether the web server reaches database and broker, and shows the sign-in."""
    return all(
        _status(port, path) == http.HTTPStatus.OK for path in ("/healthz", "/accounts/login/")
    )


def _status(port: int, path: str) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def worker(broker: str, name: str) -> bool:
    """Whether the worker of that name answers a ping."""
    with Celery(broker=broker, set_as_current=False) as app:
        return bool(app.control.ping([name], timeout=1.0))


def beat(heartbeat: Path) -> bool:
    """Whether beat has ticked since it was started; `up` removes an older heartbeat before."""
    return heartbeat.exists()
