"""A small provider of OpenID Connect, run as a process of its own; it imports nothing of ours.

    python project/testing/identity_provider.py            prints its issuer, then answers

It keeps to OpenID Connect Core 1.0 (authorization code with PKCE), Discovery 1.0 and RFC 7517. Who
signs in types an e-mail into its page. `POST /control` with JSON lets the next ID tokens be wrong,
each in one way: `{"claims": {…}, "header": {…}, "sign": "none" | "other" | "secret", …}`.
"""

import base64
import hashlib
import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "assets", "a-secret-for-tests-only"
KEY_ID = "first"

_PAGE = """<!doctype html><html lang="en"><head><title>Provider</title></head><body>
<h1>The provider of the tests</h1><form method="post" action="/authorize?{query}">
<label>E-mail <input name="email"></label><button>Sign in</button></form></body></html>"""


class Provider:
    """What the process remembers."""

    def __init__(self) -> None:
        """Make the keys; nobody has signed in."""
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.other_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.issuer = ""
        self.codes: dict[str, dict[str, Any]] = {}
        self.people: dict[str, dict[str, Any]] = {}
        self.wrong: dict[str, Any] = {}

    def discovery(self) -> dict[str, Any]:
        """Return where everything is."""
        return {
            "issuer": self.wrong.get("issuer", self.issuer),
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def jwks(self) -> dict[str, Any]:
        """Return the public key."""
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": KEY_ID, "use": "sig", "alg": "RS256"}]}

    def authorize(self, asked: dict[str, str], email: str) -> str:
        """Return where the browser goes with its code."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = {**asked, "email": email, "auth_time": int(time.time())}
        answer = {"code": code, "state": self.wrong.get("state", asked.get("state", ""))}
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    def token(self, asked: dict[str, str]) -> dict[str, Any] | None:
        """Redeem a code, once, for who showed the secret and the verifier."""
        kept = self.codes.pop(asked.get("code", ""), None)
        digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        is_client = (asked.get("client_id"), asked.get("client_secret")) == (
            CLIENT_ID,
            CLIENT_SECRET,
        )
        if (
            kept is None
            or not is_client
            or asked.get("redirect_uri") != kept["redirect_uri"]
            or kept.get("code_challenge_method") != "S256"
            or kept.get("code_challenge") != challenge
        ):
            return None
        access_token = secrets.token_urlsafe(16)
        self.people[access_token] = {**self.described(kept), **self.wrong.get("userinfo", {})}
        answer = {"access_token": access_token, "token_type": "Bearer", "expires_in": 60}
        if not self.wrong.get("no_id_token"):
            answer["id_token"] = self.id_token(kept)
        return answer

    def described(self, kept: dict[str, Any]) -> dict[str, Any]:
        """Return who signed in; the subject follows from the e-mail."""
        subject = hashlib.sha256(kept["email"].encode()).hexdigest()[:16]
        return {"sub": subject, "email": kept["email"], "email_verified": True}

    def id_token(self, kept: dict[str, Any]) -> str:
        """Return the signed answer, right but for what the test wants wrong."""
        now = int(time.time())
        claims = {
            **self.described(kept),
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 60,
            "nonce": kept.get("nonce"),
            "auth_time": kept["auth_time"],
            "amr": ["pwd"],
            **self.wrong.get("claims", {}),
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        headers = {"kid": KEY_ID, **self.wrong.get("header", {})}
        match self.wrong.get("sign"):
            case "none":
                return jwt.encode(claims, None, algorithm="none", headers=headers)
            case "secret":
                return jwt.encode(claims, CLIENT_SECRET * 2, algorithm="HS256", headers=headers)
            case "other":
                return jwt.encode(claims, self.other_key, algorithm="RS256", headers=headers)
        return jwt.encode(claims, self.key, algorithm="RS256", headers=headers)


class Door(BaseHTTPRequestHandler):
    """Answers over HTTP."""

    provider: Provider

    def do_GET(self) -> None:
        """Answer the open documents, the page to sign in, and who somebody is."""
        address = urlsplit(self.path)
        match address.path:
            case "/.well-known/openid-configuration":
                self._json(self.provider.discovery())
            case "/jwks":
                self._json(self.provider.jwks())
            case "/userinfo":
                token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                known = self.provider.people.get(token)
                self._json(known or {}, status=200 if known else 401)
            case "/authorize":
                if parse_qs(address.query).get("client_id") != [CLIENT_ID]:
                    self._json({"error": "unauthorized_client"}, status=400)
                else:
                    self._send(_PAGE.format(query=address.query).encode(), "text/html")
            case _:
                self._json({}, status=404)

    def do_POST(self) -> None:
        """Sign somebody in, redeem a code, or be told what to do wrong."""
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length).decode()
        address = urlsplit(self.path)
        match address.path:
            case "/control":
                self.provider.wrong = json.loads(body)
                self._json({})
            case "/authorize":
                email = _plain(body).get("email", "")
                where = self.provider.authorize(_plain(address.query), email)
                self.send_response(302)
                self.send_header("Location", where)
                self.end_headers()
            case "/token":
                answer = self.provider.token(_plain(body))
                self._json(answer or {"error": "invalid_grant"}, status=200 if answer else 400)
            case _:
                self._json({}, status=404)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""

    def _json(self, answer: dict[str, Any], *, status: int = 200) -> None:
        self._send(json.dumps(answer).encode(), "application/json", status=status)

    def _send(self, body: bytes, kind: str, *, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _plain(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}


if __name__ == "__main__":
    Door.provider = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    Door.provider.issuer = f"http://127.0.0.1:{server.server_port}"
    sys.stdout.write(f"{Door.provider.issuer}\n")
    sys.stdout.flush()
    server.serve_forever()
