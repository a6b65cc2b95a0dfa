"""Every variable of the environment, typed; a wrong one stops the start and is named."""

import os
import sys
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[2]
# Containers get their secrets here; systemd's LoadCredential names a folder of its own.
SECRETS = Path(os.environ.get("CREDENTIALS_DIRECTORY", "/run/secrets"))

_SCHEMES = {
    "database_url": ("postgresql", "postgres"),
    "redis_url": ("redis", "rediss"),
    "assets_email_url": ("console", "smtp", "smtps"),
}


class Environment(BaseSettings):
    """What the surroundings decide; each may also be a file of that name among the secrets."""

    model_config = SettingsConfigDict(
        secrets_dir=SECRETS if SECRETS.is_dir() else None, case_sensitive=False
    )

    database_url: str = Field(default="", description="PostgreSQL 16 or later")
    database_password: SecretStr = Field(
        default=SecretStr(""), description="password of DATABASE_URL when that has none"
    )
    redis_url: str = Field(default="", description="Redis 7 or Valkey: Celery's broker, the cache")
    assets_secret_key: SecretStr = Field(
        default=SecretStr(""), description="signs sessions and links"
    )
    assets_field_keys: SecretStr = Field(
        default=SecretStr(""),
        description="encrypt secrets in the database; separated by commas, the first encrypts",
    )
    assets_second_factor: Literal["required", "optional"] = Field(
        default="required", description="whether roles that need a second factor are held to it"
    )
    assets_idle_minutes: int = Field(
        default=30, ge=5, le=720, description="minutes without a click after which a session ends"
    )
    assets_sso_name: str = Field(default="", description="what the button of single sign-on says")
    assets_sso_url: str = Field(default="", description="issuer of the OpenID Connect provider")
    assets_sso_client_id: str = Field(default="", description="who we are to the provider")
    assets_sso_client_secret: SecretStr = Field(
        default=SecretStr(""), description="the secret that belongs to ASSETS_SSO_CLIENT_ID"
    )
    assets_clamd: str = Field(
        default="", description="virus scanner: tcp://host:port or unix:///path; empty: none"
    )
    assets_debug: bool = Field(
        default=False, description="pages about errors show the code; never in production"
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
    assets_local: Path = Field(
        default=ROOT / ".local", description="data and logs of the servers that run embedded"
    )
    assets_files: Path | None = Field(
        default=None, description="evidence, photos and reports; else `files` in ASSETS_LOCAL"
    )
    assets_s3_bucket: str = Field(
        default="", description="private bucket that keeps the files instead of ASSETS_FILES"
    )
    assets_s3_endpoint: str = Field(
        default="", description="address of an S3 server that is not Amazon’s"
    )
    assets_s3_region: str = Field(default="", description="region of the bucket")
    assets_s3_access_key: SecretStr = Field(
        default=SecretStr(""), description="who we are to S3; empty: the role of the machine"
    )
    assets_s3_secret_key: SecretStr = Field(
        default=SecretStr(""),
        validate_default=True,
        description="the secret that belongs to ASSETS_S3_ACCESS_KEY",
    )
    assets_reports_role: str = Field(
        default="", description="role of the database with whose rights reports are made"
    )
    assets_screen_seconds: int = Field(
        default=10, ge=1, le=300, description="seconds that a report on the screen may take"
    )
    assets_reports_per_person: int = Field(
        default=5, ge=1, le=1000, description="unfinished reports that one person may wait for"
    )
    assets_reports_query_minutes: int = Field(
        default=15, ge=1, le=50, description="longest time of one query of a report"
    )
    assets_heads: Path | None = Field(
        default=None,
        description="the heads of the seals, line by line; else `heads` in ASSETS_FILES",
    )
    assets_heads_email: str = Field(
        default="", description="who gets the heads each day; addresses separated by commas"
    )
    assets_remind_before: int = Field(
        default=24, ge=1, le=720, description="hours before something is due that people are told"
    )
    assets_email_url: SecretStr = Field(
        default=SecretStr("console://"),
        description="console:// or smtp[s]://user:password@host:port",
    )
    assets_email_from: str = Field(default="assets@localhost", description="sender of every e-mail")

    @field_validator("database_url", "redis_url", "assets_email_url")
    @classmethod
    def _has_known_scheme(cls, value: Any, info: ValidationInfo) -> Any:
        url = value.get_secret_value() if isinstance(value, SecretStr) else value
        schemes = _SCHEMES[str(info.field_name)]
        if not url:
            return value
        if not url.startswith(tuple(f"{name}://" for name in schemes)):
            raise ValueError(f"must begin with {' or '.join(f'{name}://' for name in schemes)}")
        # Raises a ValueError that says what is wrong.
        _port = urlsplit(url).port
        return value

    @field_validator("assets_s3_endpoint", "assets_s3_region", "assets_s3_access_key")
    @classmethod
    def _has_bucket(cls, value: Any, info: ValidationInfo) -> Any:
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        if plain and not info.data.get("assets_s3_bucket"):
            raise ValueError("says nothing without ASSETS_S3_BUCKET, which is missing")
        is_address = plain.startswith(("http://", "https://"))
        if plain and info.field_name == "assets_s3_endpoint" and not is_address:
            raise ValueError("must begin with https:// or http://")
        return value

    @field_validator("assets_sso_url")
    @classmethod
    def _is_provider(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise ValueError("must begin with https://")
        return value.rstrip("/")

    @field_validator("assets_clamd")
    @classmethod
    def _is_scanner(cls, value: str) -> str:
        if value and not value.startswith(("tcp://", "unix:///")):
            raise ValueError("must begin with tcp:// or unix:///")
        return value

    @field_validator("assets_s3_secret_key")
    @classmethod
    def _is_pair(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        access_key = info.data.get("assets_s3_access_key", SecretStr(""))
        if bool(value.get_secret_value()) != bool(access_key.get_secret_value()):
            raise ValueError("must be set together with ASSETS_S3_ACCESS_KEY; one is missing")
        return value

    @field_validator("assets_time_zone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("must be the name of a time zone, such as Europe/Vienna")
        return value

    @field_validator("assets_local", "assets_files", "assets_heads")
    @classmethod
    def _is_absolute(cls, value: Path | None) -> Path | None:
        return value and value.expanduser().absolute()


def read() -> Environment:
    """Return the environment, or end the process with one line for each variable that is wrong."""
    try:
        return Environment()
    except ValidationError as error:
        for fault in error.errors():
            name, fact = str(fault["loc"][0]).upper(), fault["msg"].removeprefix("Value error, ")
            sys.stderr.write(f"{name}: {fact}. Correct the variable and start again.\n")
        raise SystemExit(2) from None
