"""A person with a browser's memory and an app that makes codes."""

import base64
import hmac
import re
import time
from http.cookies import SimpleCookie
from typing import Any

from deploy.smoke.deployment import HOST
from deploy.smoke.visitor import Answer, Visitor

_STEP = 30
_DIGITS = 6


def code_of(secret: str, at: float) -> str:
    """Return what an app shows at a moment in seconds (RFC 6238; the cut is RFC 4226, 5.3)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    made = hmac.digest(key, (int(at) // _STEP).to_bytes(8), "sha1")
    start = made[-1] & 0xF
    number = int.from_bytes(made[start : start + 4]) & 0x7FFF_FFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}}"


class Person(Visitor):
    """Keeps cookies, fills in forms, and signs in."""

    def __init__(self, **where: Any) -> None:
        """Come without cookies."""
        super().__init__(**where)
        self._cookies: SimpleCookie = SimpleCookie()

    def submit(self, path: str, form: dict[str, str], **headers: str) -> Answer:
        """Open the page of a form, fill it in and send it."""
        return self._send(path, self.get(path), form, **headers)

    def _send(self, path: str, page: Answer, form: dict[str, str], **headers: str) -> Answer:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert token, f"{path} has no form"
        form = {"csrfmiddlewaretoken": token[1], **form}
        return self.post(path, form, Origin=f"https://{HOST}", **headers)

    def sign_in(self, email: str, password: str, **headers: str) -> Answer:
        """Type e-mail and password."""
        form = {"login": email, "password": password}
        return self.submit("/accounts/login/", form, **headers)

    def enrol_app(self) -> None:
        """Add an app that makes codes; a code whose half minute just ended is typed anew."""
        path = "/accounts/2fa/totp/activate/"
        for _ in range(2):
            # Each time that the page is opened it shows another secret.
            page = self.get(path)
            secret = re.search(r'id="authenticator_secret">(\w+)<', page.text)
            assert secret, "the page of the app shows no secret"
            code = code_of(secret[1], time.time())
            if self._send(path, page, {"code": code}).status == 302:
                return
        raise AssertionError("no code of the app was right")

    def _ask(self, *request: Any) -> Answer:
        connection, method, path, headers, *body = request
        kept = "; ".join(f"{name}={one.value}" for name, one in self._cookies.items())
        answer = super()._ask(connection, method, path, {**headers, "Cookie": kept}, *body)
        for line in answer.headers.get_all("Set-Cookie") or ():
            self._cookies.load(line)
        return answer
