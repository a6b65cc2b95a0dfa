"""What compose.yml, the image and the proxy's template say fits together."""

import re
from typing import Any

import pytest
import yaml

from project.settings.env import ROOT, Environment

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "reports", "beat")
SETTINGS = {name.upper() for name in Environment.model_fields}


def secrets_of(name: str) -> list[dict[str, str]]:
    """Return the secrets of a service in compose's long form."""
    return [
        secret if isinstance(secret, dict) else {"source": secret, "target": secret}
        for secret in SERVICES[name].get("secrets", ())
    ]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_confined_and_looked_after(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert ("healthcheck" in service) == (name != "migrate")


@pytest.mark.parametrize("name", OURS)
def test_our_services_share_an_image_a_user_and_an_environment(name: str) -> None:
    service = SERVICES[name]

    assert service["image"] == SERVICES["web"]["image"]
    assert not service["user"].startswith("0")
    assert set(service["environment"]) - {"DJANGO_SETTINGS_MODULE"} <= SETTINGS
    assert {secret["target"].upper() for secret in secrets_of(name)} <= SETTINGS


@pytest.mark.parametrize("name", ["web", "worker", "reports", "beat"])
def test_nothing_of_ours_starts_before_the_schema_is_there(name: str) -> None:
    assert SERVICES[name]["depends_on"]["migrate"] == {
        "condition": "service_completed_successfully"
    }


def test_only_the_migrations_are_the_owner_of_the_database() -> None:
    for name in OURS:
        environment, secrets = SERVICES[name]["environment"], secrets_of(name)
        role = "assets_owner" if name == "migrate" else "assets_app"
        source = "database_owner_password" if name == "migrate" else "database_password"
        assert environment["DATABASE_URL"] == f"postgres://{role}@db:5432/assets"
        assert {"source": source, "target": "database_password"} in secrets
        assert environment["ASSETS_REPORTS_ROLE"] == "assets_readonly"
    scripts = "./deploy/database:/docker-entrypoint-initdb.d:ro"
    assert scripts in SERVICES["db"]["volumes"]
    given = {secret["target"] for secret in secrets_of("db")}
    script = (ROOT / "deploy" / "database" / "roles.sql").read_text(encoding="utf-8")
    assert set(re.findall(r"'secrets'/(\w+)", script)) <= given


def test_every_secret_is_a_file_that_git_and_the_image_leave_out() -> None:
    used = {secret["source"] for name in SERVICES for secret in secrets_of(name)}

    assert used == set(COMPOSE["secrets"])
    assert all(secret["file"] == f"./secrets/{name}" for name, secret in COMPOSE["secrets"].items())
    assert "/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert (ROOT / ".dockerignore").read_text(encoding="utf-8").startswith("*\n")


def test_what_is_kept_is_on_volumes() -> None:
    mounted = {
        volume.partition(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", ())
        if not volume.startswith(".")
    }

    assert mounted == set(COMPOSE["volumes"])


def test_the_proxy_gets_every_variable_of_its_template() -> None:
    template = (ROOT / "deploy" / "nginx" / "assets.conf.template").read_text(encoding="utf-8")

    assert set(re.findall(r"\$\{(\w+)\}", template)) == {
        name for name in SERVICES["nginx"]["environment"] if name.startswith("ASSETS_")
    }


def test_the_image_holds_what_the_commands_name() -> None:
    image = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    copied = set(re.findall(r"^COPY (?!--)(\S+)", image, flags=re.MULTILINE))

    assert {"manage.py", "apps", "project", "deploy", "fixtures/reference"} <= copied
    assert "USER 10001" in image


def test_the_guide_names_each_secret_and_both_scripts() -> None:
    guide = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")

    for name in (*COMPOSE["secrets"], "deploy/backup", "deploy/restore", "ASSETS_HOST"):
        assert name in guide


def test_the_log_of_the_database_holds_no_statements_and_no_rows() -> None:
    command = SERVICES["db"]["command"]
    assert {"log_min_error_statement=panic", "log_error_verbosity=terse"} <= set(command)


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", None),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:7:7:1:2:3:4", "2001:db8:7:7:"),
        ("2001:db8:7:7::4", "2001:db8:7:7:"),
        ("2001:db8::4", "2001:db8::"),
        ("::1", "::"),
    ],
)
def test_the_proxy_counts_a_network_of_ipv6_as_one(address: str, counted: str | None) -> None:
    """Tried here as nginx does: it takes the first pattern that matches."""
    template = (ROOT / "deploy" / "nginx" / "assets.conf.template").read_text(encoding="utf-8")
    block = template.split("map $remote_addr $client {")[1].split("}\n# An empty")[0]
    patterns = [found.replace("(?<", "(?P<") for found in re.findall(r'"~\*(.*)" \$net;', block)]

    matches = (re.search(pattern, address, re.IGNORECASE) for pattern in patterns)
    match = next((match for match in matches if match), None)

    assert len(patterns) == 3
    assert (match["net"] if match else None) == counted
    assert re.findall(r"limit_req_zone (\S+)", template) == ["$sign_in", "$client", "$client"]
