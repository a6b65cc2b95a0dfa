"""What goes on behind the proxy: the first person, a report's file, a program and its token."""

import base64
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from redis import Redis

from deploy.smoke.deployment import HOST, Deployment
from deploy.smoke.person import Person
from deploy.smoke.visitor import Visitor
from project import embedded

EMAIL = "first@assets.test"
_FORGED = "203.0.113.9"
_HERE = "127.0.0.1"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_PREPARE = f"""
from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.programs import services as programs
from apps.programs.states import Grant
from apps.reports import services as reports
person = User.objects.get(email="{EMAIL}")
roles = ["Administrator", "Auditor"]
accounts.change_roles(person.pk, roles=roles, actor=User.objects.system())
period = {{"from_on": "2026-01-01", "until_on": "2026-12-31"}}
person = User.objects.get(email="{EMAIL}")
reports.run("lending-register", parameters=period, formats=["csv", "xlsx"], actor=person)
made = programs.register_program(
    name="Shop", grant=Grant.CLIENT_CREDENTIALS, scopes=["me"], actor=person
)
print(f"{{made.program.client_id}}:{{made.secret}}")
"""
_LISTEN_INSIDE = """
from apps.webhooks import addresses
from apps.webhooks.errors import UrlRefused
named = addresses.destination_of("https://hooks.example.com/")
assert addresses.checked(named, ["8.8.8.8"])
for url, found in (
    ("https://localhost/", "127.0.0.1"),
    ("https://127.0.0.1/", "127.0.0.1"),
    ("http://hooks.example.com/", "8.8.8.8"),
    ("https://hooks.example.com/", "127.0.0.1"),
    ("https://hooks.example.com/", "10.0.0.1"),
    ("https://hooks.example.com/", "169.254.169.254"),
    ("https://hooks.example.com/", "::ffff:10.0.0.1"),
):
    try:
        addresses.checked(addresses.destination_of(url), [found])
    except UrlRefused:
        continue
    raise SystemExit(f"webhooks go to {url} at {found}")
"""


@dataclass(frozen=True)
class Opened:
    """What the commands of a new office have said."""

    invitation: str
    """Path of the link with which the first person chooses a password."""
    known: str
    """Name and secret of a program, with a colon between."""


def office_is_opened(deployment: Deployment) -> Opened:
    """Add the first administrator, ask for a report and register a program."""
    environment = deployment.own_environment("web")
    assert environment["ASSETS_REPORTS_ROLE"] == "assets_readonly"
    names = [EMAIL, "First Person"]
    link = deployment.run(["python", "manage.py", "add_administrator", *names], environment)
    path = link.strip().removeprefix(f"https://{HOST}")
    return Opened(path, _in_shell(deployment, _PREPARE).split()[-1])


def first_person_comes_in(
    deployment: Deployment, link: str, invited: Person, person: Person
) -> None:
    """See the link of the invitation choose a password, and only two factors open the office.

    A wrong password comes with a forged address first, which neither the audit log nor the limits
    of attempts believe.
    """
    password = secrets.token_urlsafe(24)
    assert invited.submit(link, {"password": password, "again": password}).status == 302
    kept_out = invited.get("/admin/")
    assert (kept_out.status, kept_out.headers["Location"]) == (302, "/accounts/")
    assert person.get(link).status == 410

    refused = person.sign_in(EMAIL, "not the password", X_Forwarded_For=_FORGED)
    assert (refused.status, "do not open an account" in refused.text) == (200, True)
    assert person.sign_in(EMAIL, password, X_Forwarded_For=_FORGED).status == 302
    assert person.get("/admin/").status == 302
    person.enrol_app()
    assert person.get("/admin/").status == 200

    with _reader(deployment) as reader:
        found = reader.execute(
            "SELECT action, host(ip_address) FROM audit_logs WHERE source = 'admin'"
        ).fetchall()
    actions = {str(action) for action, _ in found}
    assert {"accounts.sign_in_failed", "accounts.signed_in"} <= actions, actions
    assert {address for _, address in found} == {_HERE}
    cache = Redis(port=deployment.ports["redis"], decode_responses=True)
    limits = [str(key) for key in cache.keys("*:rl:*")]
    assert any(_HERE in key for key in limits), limits
    assert not any(_FORGED in key for key in limits)


def worker_makes_a_report(deployment: Deployment, person: Person) -> None:
    """See the worker make the report with a reader's rights, and the proxy send it."""
    with _reader(deployment) as reader:

        def status() -> str:
            (row,) = reader.execute("SELECT status || failure FROM report_runs").fetchall()
            return str(row[0])

        deployment.until("worker", lambda: status() not in {"queued", "running"})
        assert status() == "done", status()
        ((run,),) = reader.execute("SELECT id FROM report_runs").fetchall()

    page = f"/admin/reports/reportrun/{run}/download/xlsx/"
    file = person.get(page)
    assert (file.status, file.content[:2]) == (200, b"PK"), file.status
    assert file.headers["Content-Type"] == _SHEET
    assert file.headers["Content-Disposition"].startswith("attachment; filename=")
    assert file.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "X-Accel-Redirect" not in file.headers


def program_gets_a_token(visitor: Visitor, known: str) -> None:
    """Give a program its token for name and secret, and see the API answer to nobody else."""
    stranger = visitor.get("/api/v1/me")
    assert stranger.status == 401
    assert stranger.headers["WWW-Authenticate"].startswith("Bearer")

    basic = f"Basic {base64.b64encode(known.encode()).decode()}"
    asked = {"grant_type": "client_credentials", "scope": "me"}
    refused = visitor.post("/oauth/token/", asked, Authorization=f"{basic[:-8]}AAAAAAA=")
    assert refused.status == 401, refused.text
    given = visitor.post("/oauth/token/", asked, Authorization=basic)
    assert given.status == 200, given.text
    assert given.headers["Cache-Control"] == "no-store"
    token = json.loads(given.text)["access_token"]

    me = visitor.get("/api/v1/me", Authorization=f"Bearer {token}", X_Forwarded_For=_FORGED)
    assert me.status == 200, me.text
    said = json.loads(me.text)
    assert (said["program"], said["scopes"]) == ("Shop", ["me"])
    keys = json.loads(visitor.get("/.well-known/jwks.json").text)["keys"]
    assert all("d" not in key for key in keys)
    assert _header_of(token)["kid"] in {key["kid"] for key in keys}


def webhooks_stay_outside(deployment: Deployment) -> None:
    """See, with the settings of production, webhooks refused to whatever lies inside."""
    _in_shell(deployment, _LISTEN_INSIDE)


def _in_shell(deployment: Deployment, text: str) -> str:
    command = ["python", "manage.py", "shell", "--no-imports", "-c", text]
    return deployment.run(command, deployment.own_environment("web"))


@contextmanager
def _reader(deployment: Deployment) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    url = embedded.url_as(deployment.own_environment("web")["DATABASE_URL"], "assets_readonly")
    with psycopg.connect(url, autocommit=True) as session:
        yield session


def _header_of(token: str) -> dict[str, Any]:
    """Return the header of a signed token (RFC 7515)."""
    part = token.split(".", maxsplit=1)[0]
    header: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return header
