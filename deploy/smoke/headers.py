"""What the proxy says and refuses, on every kind of answer, asked as a stranger asks."""

import json
import re
import socket
import ssl
from email.message import Message

from deploy.smoke.deployment import HOST, Deployment
from deploy.smoke.visitor import Answer, Visitor

_EVERYWHERE = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_NOTHING = {
    f"{directive} 'none'"
    for directive in ("default-src", "base-uri", "form-action", "frame-ancestors")
}
_FORGED = {
    "X_Forwarded_For": "1.2.3.4",
    "X_Forwarded_Proto": "http",
    "X_Forwarded_Host": "evil.example",
    "X_Forwarded_Port": "1",
    "X_Real_IP": "1.2.3.4",
    "Forwarded": "for=1.2.3.4;host=evil.example",
}
# How many go through at once; all ways to sign in share one allowance.
_ALLOWED = {"/admin/login/": 6, "/accounts/login/": 0, "/accounts/2fa/authenticate/": 0}
_ALLOWED |= {"/accounts/password/change/": 0, "/accounts/oidc/sso/login/": 0}
_ALLOWED |= {"/accounts/password/reset/": 0, "/oauth/token/": 20, "/oauth/introspect/": 0}
_SMUGGLED = (
    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
)


class Stranger(Visitor):
    """A visitor who asks in any way at all."""

    def ask(self, method: str, path: str, **headers: str) -> Answer:
        """Send a request without a body, whatever its headers promise."""
        return self._ask(self._connection(), method, path, headers)


def check_headers(visitor: Stranger, style_sheet: str) -> None:
    """See each header once on pages, redirects, static files, and answers of both about errors."""
    pages = {
        "/admin/login/": {302},
        "/admin/": {302},
        "/accounts/login/": {200},
        "/accounts/password/reset/": {200},
        "/accounts/step-up/": {302},
        "/oauth/authorize/": {302},
        "/oauth/token/": {405},
        "/.well-known/oauth-authorization-server": {200},
        "/.well-known/oauth-protected-resource": {200},
        "/.well-known/jwks.json": {200},
        "/api/v1/me": {401},
        "/api/v1/docs": {401},
        "/api/v1/openapi.json": {401},
        "/api/nowhere": {404},
        "/nowhere": {404},
        "/healthz": {200},
        style_sheet: {200},
        "/protected/reports/report.csv": {404},
        f"/{'x' * 9000}": {414},
        "/%00": {400},
    }
    for path, statuses in pages.items():
        page = visitor.get(path)
        assert page.status in statuses, (path, page.status)
        _check(path[:40], page)
    assert "'unsafe-eval'" in visitor.get("/accounts/login/").headers["Content-Security-Policy"]
    machines = ("/api/v1/me", "/.well-known/jwks.json", "/.well-known/oauth-authorization-server")
    for path in (*machines, "/healthz"):
        assert _policy(visitor.get(path).headers) == _NOTHING, path
    # What says in words what went wrong has a style sheet, and nothing else.
    assert _policy(visitor.get("/nowhere").headers) >= _NOTHING
    assert "script-src 'self'" in _policy(visitor.get("/nowhere").headers)
    own = _policy(visitor.get("/%00").headers)
    assert own > _NOTHING
    assert all(part.startswith("style-src 'sha256-") for part in own - _NOTHING), own
    assert "Strict-Transport-Security" not in visitor.plainly("/").headers


def check_pages_inside(person: Visitor) -> None:
    """See each header once on what only people see who have signed in."""
    for path in ("/admin/", "/accounts/", "/oauth/authorized_tokens/"):
        page = person.get(path)
        assert page.status == 200, (path, page.status)
        _check(path, page)
    documentation = person.get("/api/v1/docs")
    assert documentation.status == 200, documentation.status
    _check("/api/v1/docs", documentation)
    policy = documentation.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "'unsafe-eval'" not in policy
    description = person.get("/api/v1/openapi.json")
    assert json.loads(description.text)["openapi"].startswith("3.")
    _check("/api/v1/openapi.json", description)


def check_methods(visitor: Stranger) -> None:
    """See every method refused that nobody here means."""
    for method in ("TRACE", "TRACK", "PROPFIND", "CONNECT", "FOO"):
        answer = visitor.ask(method, "/admin/login/")
        assert answer.status in {400, 405}, (method, answer.status)
        _check(method, answer)


def check_sizes(visitor: Stranger) -> None:
    """See too much refused before the application hears of it, by each door in its own words."""
    for path, size, kind in (
        ("/admin/login/", 13 * 1024 * 1024, "text/html"),
        ("/api/v1/tickets", 13 * 1024 * 1024, "application/problem+json"),
        ("/oauth/token/", 65 * 1024, "application/problem+json"),
    ):
        answer = visitor.ask("POST", path, Content_Length=str(size))
        assert (answer.status, answer.headers.get_content_type()) == (413, kind), path
        _check(path, answer)
        _check_request_id(path, answer)


def check_smuggling(deployment: Deployment) -> None:
    """See requests refused whose end two servers could see in different places."""
    for rest in _SMUGGLED:
        said = _raw(deployment, f"POST /admin/login/ HTTP/1.1\r\nHost: {HOST}\r\n{rest}")
        assert re.match(r"HTTP/1\.1 (400|501) ", said), (rest, said[:60])


def check_forgeries(visitor: Stranger) -> None:
    """See, behind the proxy, nothing of what a client claims about where it comes from."""
    for path in ("/", "/api/v1/me", "/oauth/token/"):
        got = json.loads(visitor.get(path, **_FORGED).text)
        assert (got["X-Forwarded-For"], got["X-Forwarded-Proto"]) == ("127.0.0.1", "https"), path
        assert got["Host"] == HOST
        assert not {"Forwarded", "X-Forwarded-Host", "X-Forwarded-Port", "X-Real-Ip"} & {
            name.title() for name in got
        }, path


def check_files(visitor: Stranger) -> None:
    """See a file of the office sent by the proxy, under its name, where nothing in it can run."""
    file = visitor.get("/download")
    assert file.text == "a,b\n"
    assert file.headers.get_all("Content-Disposition") == ['attachment; filename="report.csv"']
    assert _policy(file.headers) == {"sandbox", "default-src 'none'"}
    assert file.headers["Content-Type"] == "text/csv"
    _check("/download", file)


def check_limits(visitor: Stranger) -> None:
    """See floods stopped, for people in a page and for programs in a problem; reading goes on."""
    for path, allowed in _ALLOWED.items():
        statuses = [_posted(visitor, path).status for _ in range(allowed)]
        assert 429 not in statuses, (path, statuses)
        # While we ask, a try or two is allowed again.
        over = next(answer for _ in range(6) if (answer := _posted(visitor, path)).status == 429)
        assert over.headers.get_all("Retry-After") == ["60"]
        _check(path, over)
        if path.startswith("/oauth/"):
            assert over.headers.get_content_type() == "application/problem+json"
            assert json.loads(over.text)["status"] == 429
        else:
            assert "Wait a minute" in over.text
            assert "<style>" in over.text
            _check_request_id(path, over)
            # Only attempts are counted.
            assert visitor.get(path).status != 429


def check_flood(visitor: Stranger) -> None:
    """See the door for programs stand wide, and still end somewhere."""
    answers = [visitor.get("/api/v1/me") for _ in range(60)]
    assert {answer.status for answer in answers} == {200}


def _posted(visitor: Stranger, path: str) -> Answer:
    return visitor.ask("POST", path, Content_Length="0")


def _check(what: str, answer: Answer) -> None:
    for name, value in _EVERYWHERE.items():
        assert answer.headers.get_all(name) == [value], (what, name, answer.headers.get_all(name))
    for name in ("Content-Security-Policy", "Permissions-Policy", "Cache-Control"):
        assert len(answer.headers.get_all(name) or ()) == 1, (what, name)
    assert answer.headers.get("Server") == "nginx", what


def _check_request_id(what: str, answer: Answer) -> None:
    """See on the answer itself the id by which an engineer finds it in the log."""
    ids = answer.headers.get_all("X-Request-Id") or []
    assert len(ids) == 1, (what, ids)
    assert ids[0] in answer.text, what


def check_silence(visitor: Stranger) -> None:
    """See what people and programs read while the application does not answer."""
    for path, kind in (("/admin/", "text/html"), ("/api/v1/me", "application/problem+json")):
        answer = visitor.get(path)
        assert (answer.status, answer.headers.get_content_type()) == (503, kind), path
        assert answer.headers.get_all("Retry-After") == ["30"], path
        assert "does not answer" in answer.text
        _check(path, answer)
        _check_request_id(path, answer)


def _policy(headers: Message) -> set[str]:
    return {part.strip() for part in headers["Content-Security-Policy"].split(";")}


def _raw(deployment: Deployment, request: str) -> str:
    """Return the beginning of the answer to bytes that no library would send."""
    certificate = deployment.scratch / "secrets" / "tls_certificate.pem"
    context = ssl.create_default_context(cafile=str(certificate))
    with (
        socket.create_connection(("127.0.0.1", deployment.ports["https"]), 20) as plain,
        context.wrap_socket(plain, server_hostname=HOST) as secure,
    ):
        secure.sendall(request.encode())
        return secure.recv(4096).decode(errors="replace")
