"""The smoke test's story, from an empty database to a restored backup."""

import re
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from deploy.smoke import database, headers, office, proxy
from deploy.smoke.deployment import HOST, Deployment
from deploy.smoke.person import Person
from project import embedded
from project.embedded.postgres import programs


def main() -> None:
    """Tell the story and say how long it took."""
    began = time.monotonic()
    with _scratch() as scratch:
        deployment = Deployment(scratch)
        try:
            for act in (
                secrets_are_files,
                database_and_broker_run,
                one_shot_prepares,
                roles_keep_to_their_rights,
                services_become_healthy,
                people_and_programs_come_in,
                proxy_guards,
                proxy_hides_what_the_client_claims,
                logs_keep_secrets,
                backup_comes_back,
                field_keys_open_it,
            ):
                act(deployment)
                _say(f"{time.monotonic() - began:5.1f} s  {act.__name__.replace('_', ' ')}")
        finally:
            deployment.stop()
            embedded.leave(deployment.database_folder)
    _say("The deployment does what it must.")


def secrets_are_files(deployment: Deployment) -> None:
    """Write the secrets of compose.yml."""
    folder = deployment.scratch / "secrets"
    folder.mkdir(mode=0o700)
    values = {
        "database_admin_password": secrets.token_urlsafe(24),
        "database_owner_password": secrets.token_urlsafe(24),
        "database_password": secrets.token_urlsafe(24),
        "assets_secret_key": secrets.token_urlsafe(60),
        "assets_field_keys": secrets.token_urlsafe(60),
        "assets_email_url": "console://",
    }
    for name, value in values.items():
        (folder / name).write_text(f"{value}\n", encoding="utf-8")
    proxy.make_certificate(folder)
    deployment.files.mkdir()


def database_and_broker_run(deployment: Deployment) -> None:
    """Start Redis, and PostgreSQL 18 with its roles, each with the password that it has in files.

    As in its image, `assets` is the superuser, whom nobody asks for a password on this machine.
    """
    folder = deployment.database_folder
    settings = tuple(part for part in deployment.command("db") if "=" in part)
    server = embedded.start_postgres(folder, settings=settings)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE ROLE assets LOGIN SUPERUSER")
        for name in ("assets", "restored"):
            connection.execute(f"CREATE DATABASE {name} OWNER assets")
            url = embedded.url_as(database.named(server, name), "assets")
            embedded.make_roles(url, secrets=deployment.secrets_of("db"))
        rules = folder / "data" / "pg_hba.conf"
        asked = "local all assets_owner,assets_app scram-sha-256"
        rules.write_text(f"{asked}\n{rules.read_text('utf-8')}", "utf-8")
        connection.execute("SELECT pg_reload_conf()")
    here = ["--port", str(deployment.ports["redis"]), "--dir", str(deployment.scratch)]
    deployment.start("redis", [*deployment.command("redis"), *here])


def one_shot_prepares(deployment: Deployment) -> None:
    """Collect the static files as the image does, and prepare the database, twice."""
    environment = deployment.own_environment("migrate")
    deployment.run(["python", "manage.py", "collectstatic", "--no-input"], environment)
    for _ in range(2):
        deployment.run(deployment.command("migrate"), environment)


def roles_keep_to_their_rights(deployment: Deployment) -> None:
    """See the passwords asked for, and the journal closed to the role in which the office works."""
    url = deployment.environment("web")["DATABASE_URL"]
    password = (deployment.secrets_of("web") / "database_password").read_text("utf-8").strip()
    for wrong in ("", (deployment.secrets_of("migrate") / "database_password").read_text("utf-8")):
        assert not database.lets_in(url, wrong)
    refused = (
        *("UPDATE ledger_entries SET amount = 0", "DELETE FROM ledger_transactions"),
        *("TRUNCATE audit_logs", "UPDATE audit_blocks SET hash = ''"),
        *("UPDATE wallets SET posted = 0", "ALTER TABLE ledger_entries DISABLE TRIGGER ALL"),
        *("SET session_replication_role = replica", "SET ROLE assets_owner"),
    )
    for statement in refused:
        assert database.refuses(url, password, statement), statement
    for statement in ("INSERT INTO auth_group (name) VALUES ('x')", "SELECT * FROM django_session"):
        reader = embedded.url_as(url, "assets_readonly")
        assert database.refuses(reader, "", statement), statement


def services_become_healthy(deployment: Deployment) -> None:
    """Start web, both workers, beat and nginx, and ask each as compose does."""
    port = deployment.ports["web"]
    at_port = {"web": ["--bind", f"127.0.0.1:{port}"]}
    for name in ("web", "worker", "reports", "beat"):
        command = [*deployment.command(name), *at_port.get(name, [])]
        deployment.start(name, command, deployment.own_environment(name))
    deployment.start("nginx", proxy.nginx(deployment, "nginx"))
    deployment.until_healthy("web", f"http://127.0.0.1:{port}")
    deployment.until_healthy("worker")
    deployment.until_healthy("reports")
    deployment.until_healthy("beat")


def people_and_programs_come_in(deployment: Deployment) -> None:
    """Sign in, fetch a report, and call the API, all through the proxy."""
    opened = office.office_is_opened(deployment)
    person = Person(**_where(deployment))
    invited = Person(**_where(deployment))
    office.first_person_comes_in(deployment, opened.invitation, invited, person)
    office.worker_makes_a_report(deployment, person)
    office.program_gets_a_token(_visitor(deployment), opened.known)
    office.webhooks_stay_outside(deployment)
    headers.check_pages_inside(person)


def proxy_guards(deployment: Deployment) -> None:
    """See TLS only, the headers, long-lived static files, sizes, methods, and floods stopped."""
    visitor = _visitor(deployment)
    plain = visitor.plainly("/admin/?q=1")
    assert (plain.status, plain.headers["Location"]) == (308, f"https://{HOST}/admin/?q=1")
    assert visitor.get("/healthz").status == 200

    page = visitor.get("/accounts/login/")
    assert page.status == 200
    assert "__Host-csrf" in page.headers["Set-Cookie"]
    assert "gunicorn" not in str(page.headers)

    style = re.search(r'href="(/static/[^"]+\.css)"', page.text)
    assert style, "the sign-in page has no style sheet"
    sheet = visitor.get(style[1])
    assert (sheet.status, "immutable" in sheet.headers["Cache-Control"]) == (200, True)

    headers.check_headers(visitor, style[1])
    headers.check_methods(visitor)
    headers.check_sizes(visitor)
    headers.check_smuggling(deployment)


def proxy_hides_what_the_client_claims(deployment: Deployment) -> None:
    """See, behind the same template, what reaches the application and how a report is sent."""
    (deployment.files / "reports").mkdir(exist_ok=True)
    (deployment.files / "reports" / "report.csv").write_text("a,b\n", encoding="utf-8")
    command = proxy.nginx(
        deployment,
        "nginx-echo",
        ASSETS_WEB=f"127.0.0.1:{deployment.ports['echo']}",
        ASSETS_HTTP_PORT=str(deployment.ports["echo-http"]),
        ASSETS_HTTPS_PORT=str(deployment.ports["echo-https"]),
    )
    with proxy.echo(deployment.ports["echo"]):
        deployment.start("nginx-echo", command)
        visitor = _visitor(deployment, "echo-")
        deployment.until("nginx-echo", lambda: _answers(lambda: visitor.get("/")))
        headers.check_forgeries(visitor)
        headers.check_files(visitor)
        headers.check_flood(visitor)
        # This proxy counts for itself: nobody who signs in at the other one is in the way.
        headers.check_limits(visitor)
    headers.check_silence(visitor)


def logs_keep_secrets(deployment: Deployment) -> None:
    """See that no log names what somebody pasted into an address, or what a statement held."""
    visitor = _visitor(deployment)
    token = f"eyJ{secrets.token_urlsafe(24)}.e30.{secrets.token_urlsafe(24)}"
    for path in (f"/accounts/password/choose/{token}/", f"/Password/Choose/{token}/", f"/{token}"):
        visitor.get(path)
    url = deployment.environment("web")["DATABASE_URL"]
    password = (deployment.secrets_of("web") / "database_password").read_text("utf-8").strip()
    assert database.refuses(url, password, f"TRUNCATE audit_logs -- {token}")
    logs = [*deployment.scratch.glob("*.log"), deployment.database_folder / "log"]
    telling = [log.name for log in logs if token in log.read_text(errors="replace")]
    assert not telling, telling


def backup_comes_back(deployment: Deployment) -> None:
    """Back up, restore into another database with all its rights, and let the checks prove it."""
    environment = deployment.own_environment("migrate")
    environment["PATH"] = f"{programs()}:{environment['PATH']}"
    owner = environment["DATABASE_URL"]
    environment["DATABASE_URL"] = embedded.url_as(owner, "assets_backup")
    backup = deployment.run(["deploy/backup", str(deployment.scratch / "backups")], environment)
    shutil.rmtree(deployment.files / "reports")

    environment["DATABASE_URL"] = restored = database.named(owner, "restored")
    password = (deployment.secrets_of("migrate") / "database_password").read_text("utf-8").strip()
    environment["PGPASSWORD"] = password
    deployment.run(["deploy/restore", backup.strip()], environment)
    assert (deployment.files / "reports" / "report.csv").exists()
    rights = database.rights(owner, password)
    assert rights
    assert database.rights(restored, password) == rights

    environment = deployment.own_environment("web")
    environment["DATABASE_URL"] = database.named(environment["DATABASE_URL"], "restored")
    for check in ("check_books", "check_audit"):
        deployment.run(["python", "manage.py", check], environment)


def field_keys_open_it(deployment: Deployment) -> None:
    """See the restored secrets closed without their key, and changed to a new one step by step."""
    environment = deployment.own_environment("migrate")
    environment["DATABASE_URL"] = database.named(environment["DATABASE_URL"], "restored")
    old = (deployment.secrets_of("migrate") / "assets_field_keys").read_text("utf-8").strip()
    new = secrets.token_urlsafe(60)
    check = ["python", "manage.py", "check", "--database", "default", "--fail-level", "WARNING"]

    def warns(keys: str) -> str:
        return deployment.refusal(check, environment | {"ASSETS_FIELD_KEYS": keys})

    assert "assets.W001" in warns(new)
    assert "assets.W002" in warns(f"{new},{old}")
    rotate = ["python", "manage.py", "rotate_field_keys"]
    deployment.run(rotate, environment | {"ASSETS_FIELD_KEYS": f"{new},{old}"})
    assert not warns(new)
    # Whoever has lost the field keys makes a new key for tokens, which needs none of the old ones.
    lost = environment | {"ASSETS_FIELD_KEYS": "another one, since all are lost"}
    deployment.run(["python", "manage.py", "rotate_signing_keys", "--at-once"], lost)


def _visitor(deployment: Deployment, prefix: str = "") -> headers.Stranger:
    return headers.Stranger(**_where(deployment, prefix))


def _where(deployment: Deployment, prefix: str = "") -> dict[str, Any]:
    return {
        "http_port": deployment.ports[f"{prefix}http"],
        "https_port": deployment.ports[f"{prefix}https"],
        "certificate": deployment.scratch / "secrets" / "tls_certificate.pem",
    }


def _answers(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except OSError:
        return False
    return True


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def _scratch() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="assets-smoke-"))
    # PostgreSQL's own user must pass through.
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
