"""Files in a bucket: made, handed out, expired and removed, against a local S3 server."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from moto.server import ThreadedMotoServer
from pydantic import SecretStr
from pytest_django import Settings

from apps.accounts.models import User
from apps.common import uploads
from apps.common.errors import FileDamaged
from apps.notifications.models import Notice
from apps.reports import building, ending, services, storing
from apps.reports.models import ReportRun
from apps.reports.tests.conftest import OCTOBER
from project.settings.env import Environment
from project.settings.storage import files_of

KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Return the address of an S3 server, once for all tests of this file."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, settings: Settings) -> Any:
    """Keep files in an empty bucket."""
    kept = boto3.resource("s3", endpoint_url=endpoint, region_name="eu-central-1", **KEYS)
    bucket = kept.create_bucket(
        Bucket="assets", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    env = Environment(
        assets_s3_bucket="assets",
        assets_s3_endpoint=endpoint,
        assets_s3_region="eu-central-1",
        assets_s3_access_key=SecretStr("key"),
        assets_s3_secret_key=SecretStr("secret"),
    )
    settings.STORAGES = {**settings.STORAGES, "default": files_of(env)}
    yield bucket
    bucket.objects.all().delete()
    bucket.delete()


def names(bucket: Any) -> list[str]:
    return [found.key for found in bucket.objects.all()]


@pytest.mark.django_db(transaction=True)
def test_a_run_is_made_downloaded_and_removed(bucket: Any, fiona: User, client: Client) -> None:
    run = services.run("lending-register", parameters=OCTOBER, formats=["csv"], actor=fiona)
    building.build(run.pk)
    run.refresh_from_db()
    assert names(bucket) == [f"reports/{run.lease_holder}/report.csv"]

    client.force_login(fiona)
    page = client.get(reverse("admin:reports_reportrun_download", args=(run.pk, "csv")))
    content = b"".join(page.streaming_content)  # type: ignore[attr-defined]  # a file is sent in chunks
    assert len(content) == run.files.get().size
    assert page["Content-Type"] == "text/csv; charset=utf-8"
    assert page["Cache-Control"] == "private, no-store"
    assert "X-Accel-Redirect" not in page

    assert run.expires_at is not None
    assert ending.remove_expired(now=run.expires_at + timedelta(seconds=1)) == 1
    assert names(bucket) == []
    # What is not there is removed too.
    storing.remove(run.lease_holder)
    assert ReportRun.objects.get(pk=run.pk).status == "expired"


@pytest.mark.django_db
def test_evidence_is_read_back_and_its_loss_is_told(bucket: Any) -> None:
    name = default_storage.save("evidence/photo.txt", ContentFile(b"as it was"))
    field = Notice(attachment=name).attachment
    digest = hashlib.sha256(b"as it was").hexdigest()

    assert uploads.stored(field, name="photo.txt", sha256=digest) == b"as it was"
    with pytest.raises(FileDamaged):
        uploads.stored(field, name="photo.txt", sha256="12" * 32)
    default_storage.delete(name)
    with pytest.raises(FileDamaged):
        uploads.stored(field, name="photo.txt", sha256=digest)


def test_a_name_is_not_taken_twice_and_nobody_gets_an_address(bucket: Any) -> None:
    first = default_storage.save("evidence/photo.txt", ContentFile(b"one"))
    second = default_storage.save("evidence/photo.txt", ContentFile(b"two"))

    assert first != second
    assert sorted(names(bucket)) == sorted([first, second])
    with pytest.raises(ValueError, match="have no address"):
        default_storage.url(first)
