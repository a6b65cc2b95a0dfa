"""A visitor of the deployment, over TLS and with a name that only this machine knows."""

import http.client
import socket
import ssl
from pathlib import Path
from urllib.parse import urlencode

from deploy.smoke.deployment import HOST


class _Connection(http.client.HTTPSConnection):
    """Connects to this machine, whatever the name says."""

    def __init__(self, port: int, certificate: Path) -> None:
        context = ssl.create_default_context(cafile=str(certificate))
        super().__init__(HOST, port, context=context, timeout=20)
        self._context_of_ours = context

    def connect(self) -> None:
        """Open the connection and check the certificate against the name."""
        plain = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        self.sock = self._context_of_ours.wrap_socket(plain, server_hostname=self.host)


class Answer:
    """Status, headers and content of one answer."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        """Read it to the end."""
        self.status = response.status
        self.headers = response.headers
        self.content = response.read()
        self.text = self.content.decode(errors="replace")


class Visitor:
    """Asks the proxy on its two ports."""

    def __init__(self, *, http_port: int, https_port: int, certificate: Path) -> None:
        """Remember where the proxy is."""
        self._http_port = http_port
        self._https_port = https_port
        self._certificate = certificate

    def plainly(self, path: str) -> Answer:
        """Ask without TLS."""
        connection = http.client.HTTPConnection("127.0.0.1", self._http_port, timeout=20)
        return self._ask(connection, "GET", path, {"Host": HOST})

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a page; underscores in the names of headers stand for hyphens."""
        return self._ask(self._connection(), "GET", path, headers)

    def post(self, path: str, form: dict[str, str], **headers: str) -> Answer:
        """Send a form."""
        named = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return self._ask(self._connection(), "POST", path, named, urlencode(form))

    def _connection(self) -> _Connection:
        return _Connection(self._https_port, self._certificate)

    def _ask(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        headers: dict[str, str],
        body: str | None = None,
    ) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, named)
            return Answer(connection.getresponse())
        finally:
            connection.close()
