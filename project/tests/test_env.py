"""The variables of the environment: documented, checked, and secrets from files."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from project.settings.env import ROOT, Environment, read

VARIABLES = {name.upper() for name in Environment.model_fields}


def test_the_readme_names_each_variable_and_no_other() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `([A-Z0-9_]+)` \|", readme, flags=re.MULTILINE))

    assert rows == VARIABLES


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DATABASE_URL", "mysql://db/assets", "must begin with postgresql:// or postgres://"),
        ("DATABASE_URL", "postgres://db:port/assets", "'port'"),
        ("REDIS_URL", "127.0.0.1:6379", "must begin with redis:// or rediss://"),
        ("ASSETS_EMAIL_URL", "mail.example", "must begin with console://"),
        ("ASSETS_TIME_ZONE", "Mars/Base", "must be the name of a time zone"),
        ("ASSETS_TRUSTED_PROXY_COUNT", "many", "valid integer"),
        ("ASSETS_TRUSTED_PROXY_COUNT", "-1", "greater than or equal to 0"),
        ("ASSETS_DEBUG", "perhaps", "valid boolean"),
        ("ASSETS_S3_ENDPOINT", "https://s3.test", "without ASSETS_S3_BUCKET, which is missing"),
        ("ASSETS_S3_REGION", "eu-central-1", "without ASSETS_S3_BUCKET, which is missing"),
        ("ASSETS_S3_SECRET_KEY", "secret", "together with ASSETS_S3_ACCESS_KEY"),
    ],
)
def test_a_wrong_variable_ends_the_start_and_is_named(
    name: str,
    value: str,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SystemExit) as ended:
        read()

    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.startswith(f"{name}: ")
    assert says in said
    assert said.count("\n") == 1


def test_a_variable_may_be_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setitem(Environment.model_config, "secrets_dir", tmp_path)
    (tmp_path / "database_url").write_text("postgres://assets@db/assets\n", encoding="utf-8")
    (tmp_path / "assets_secret_key").write_text("kept in a file\n", encoding="utf-8")

    env = Environment()

    assert env.database_url == "postgres://assets@db/assets"
    assert env.assets_secret_key.get_secret_value() == "kept in a file"
    assert "kept in a file" not in repr(env)


def test_the_password_comes_into_the_database_settings_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "database_password").write_text("from a file\n", encoding="utf-8")

    said = _settings_say("settings.DATABASES['default']['PASSWORD']", secrets=tmp_path).stdout

    assert said == "from a file\n"


@pytest.mark.parametrize(
    "missing", ["DATABASE_URL", "REDIS_URL", "ASSETS_SECRET_KEY", "ASSETS_FIELD_KEYS"]
)
def test_production_does_not_start_without_its_secrets(missing: str, tmp_path: Path) -> None:
    ended = _settings_say("settings.DEBUG", secrets=tmp_path, without=missing)

    assert ended.returncode == 2
    assert ended.stderr == f"{missing}: not set. Production does not start without them.\n"


def _settings_say(
    expression: str, *, secrets: Path, without: str = ""
) -> subprocess.CompletedProcess[str]:
    """Evaluate an expression over the settings of production in a process of its own."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "project.settings.prod",
        "CREDENTIALS_DIRECTORY": str(secrets),
        "DATABASE_URL": "postgres://assets@db/assets",
        "REDIS_URL": "redis://redis/0",
        "ASSETS_SECRET_KEY": "not empty",
        "ASSETS_FIELD_KEYS": "not empty",
    }
    environment.pop(without, None)
    return subprocess.run(
        [sys.executable, "-c", f"from django.conf import settings; print({expression})"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
