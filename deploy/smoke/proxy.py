"""Debian's nginx with our template in front, and a stand-in behind it that tells what it got."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getuser
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

from deploy.smoke.deployment import HOST, ROOT, Deployment

_TEMPLATE = ROOT / "deploy" / "nginx" / "assets.conf.template"
# In compose the proxy is in the group of the files; here it is who made them.
_MAIN = """
daemon off;
user {user};
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    include /etc/nginx/mime.types;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/assets.conf;
}}
"""


def make_certificate(folder: Path) -> None:
    """Make a certificate for the smoke test's host that nobody but it believes."""
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *(
                "-nodes",
                "-days",
                "1",
                "-subj",
                f"/CN={HOST}",
                "-addext",
                f"subjectAltName=DNS:{HOST}",
            ),
            *("-keyout", str(folder / "tls_key.pem"), "-out", str(folder / "tls_certificate.pem")),
        ],
        check=True,
        capture_output=True,
    )


def nginx(deployment: Deployment, name: str, **changed: str) -> list[str]:
    """Render the template, have nginx check it, and return the command that runs it."""
    variables = deployment.environment("nginx") | changed
    folder = deployment.scratch / name
    folder.mkdir()
    text = _TEMPLATE.read_text(encoding="utf-8")
    for variable, value in variables.items():
        text = text.replace(f"${{{variable}}}", value)
    assert "${" not in text, "the template names a variable that compose.yml does not set"
    (folder / "assets.conf").write_text(text, encoding="utf-8")
    (folder / "nginx.conf").write_text(
        _MAIN.format(folder=folder, user=getuser()), encoding="utf-8"
    )
    command = [shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(folder / "nginx.conf")]
    deployment.run([*command, "-t"])
    return command


class _Echo(BaseHTTPRequestHandler):
    """Answers with the headers it got, or sends a report file by way of nginx."""

    def do_GET(self) -> None:
        self.send_response(200)
        if self.path == "/download":
            self.send_header("X-Accel-Redirect", "/protected/reports/report.csv")
            self.send_header("Content-Disposition", 'attachment; filename="report.csv"')
            self.send_header("Content-Type", "text/csv")
        self.end_headers()
        self.wfile.write(json.dumps(dict(self.headers.items())).encode())

    do_POST = do_GET  # noqa: N815  (the name that the base class looks for)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@contextmanager
def echo(port: int) -> Iterator[None]:
    """Answer on the port while the block runs."""
    server = HTTPServer(("127.0.0.1", port), _Echo)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
