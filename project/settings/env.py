"""Every variable of the environment, read once and typed; a wrong one stops the start and is named."""

import sys
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[2]
SECRETS = Path("/run/secrets")


class Environment(BaseSettings):
    """What the surroundings decide; each secret may also be a file of that name in /run/secrets."""

    model_config = SettingsConfigDict(
        secrets_dir=SECRETS if SECRETS.is_dir() else None, case_sensitive=False
    )

    database_url: str = Field(default="", description="PostgreSQL 16 or later")
    redis_url: str = Field(default="", description="Redis 7 or Valkey: Celery's broker, the cache")
    assets_secret_key: SecretStr = Field(
        default=SecretStr(""), description="signs sessions and links"
    )
    assets_allowed_hosts: str = Field(
        default="localhost,127.0.0.1,[::1]", description="host names, separated by commas"
    )
    assets_base_url: str = Field(
        default="http://127.0.0.1:8000", description="address in links that are sent by e-mail"
    )
    assets_time_zone: str = Field(default="UTC", description="zone of days and office hours")
    assets_trusted_proxy_count: int = Field(
        default=0, ge=0, le=5, description="proxies in front whose X-Forwarded-For is believed"
    )
    assets_files: Path = Field(
        default=ROOT / ".local" / "files", description="evidence, photos and reports"
    )
    assets_email_url: SecretStr = Field(
        default=SecretStr("console://"),
        description="console:// or smtp[s]://user:password@host:port",
    )
    assets_email_from: str = Field(
        default="assets@localhost", description="sender of every e-mail"
    )


def read() -> Environment:
    """Return the environment, or end the process with one line for each variable that is wrong."""
    try:
        return Environment()
    except ValidationError as error:
        for fault in error.errors():
            name = str(fault["loc"][0]).upper()
            sys.stderr.write(f"{name}: {fault['msg']}. Correct the variable and start again.\n")
        raise SystemExit(2) from None


env = read()
