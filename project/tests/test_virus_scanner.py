"""Uploads by form and by the API, with the real clamd and the configuration of production."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django import Settings

from apps.common import scanning
from apps.wallets import services as wallets
from apps.wallets.models import Adjustment, Evidence, ReasonCode
from apps.wallets.states import Direction
from project.testing.clamd import EICAR, Clamd

if TYPE_CHECKING:
    from apps.accounts.models import User
    from project.testing.api import MakeApi
    from project.testing.make import Make

pytestmark = pytest.mark.django_db

FOUND = "the virus scanner found “Eicar-Test-Signature.UNOFFICIAL” in it"
AWAY = "the virus scanner does not answer; try again in a few minutes"
TOO_LARGE = "it is larger than the virus scanner takes; attach a smaller file"


@pytest.fixture(autouse=True)
def files(settings: Settings, tmp_path: Path) -> Path:
    """Keep files in a folder of the test."""
    folder = tmp_path / "files"
    folder.mkdir()
    settings.MEDIA_ROOT = folder
    return folder


@pytest.fixture
def adjustment(make: "Make", boris: "User", walt: "User") -> Adjustment:
    """Walt drafts one for Boris."""
    return wallets.request_adjustment(
        wallet_id=make.wallet(boris, balance=10000).pk,
        direction=Direction.CREDIT,
        amount=2500,
        reason_code=ReasonCode.objects.get(code="goodwill"),
        note="Was not charged",
        actor=walt,
    )


type Send = Callable[[bytes, str], str]


@pytest.fixture(params=["form", "api"])
def send(request: Any, api: "MakeApi", walt: "User", adjustment: Adjustment) -> Send:
    """Upload evidence, and return what the answer says against it."""

    def by_form(content: bytes, name: str) -> str:
        client = Client()
        client.force_login(walt)
        answer = client.post(
            reverse("admin:wallets_adjustment_add"),
            {
                "wallet": adjustment.wallet_id,
                "direction": "credit",
                "amount": "25.00",
                "reason_code": ReasonCode.objects.get(code="goodwill").pk,
                "note": "Was not charged",
                "evidence": [SimpleUploadedFile(name, content)],
            },
        )
        if answer.status_code == 302:
            return ""
        return " ".join(answer.context["adminform"].form.errors["evidence"])

    def by_api(content: bytes, name: str) -> str:
        program = api(walt, "adjustments:write")
        file = {"file": SimpleUploadedFile(name, content)}
        answer = program.upload(f"/adjustments/{adjustment.pk}/evidence", file)
        if answer.status_code == 201:
            return ""
        assert answer.status_code == 422
        return str(answer.json()["detail"])

    return {"form": by_form, "api": by_api}[request.param]


def picture() -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (300, 200), "teal").save(buffer, "PNG")
    return buffer.getvalue()


def test_a_clean_picture_is_kept_and_a_virus_is_refused_by_its_name(
    send: Send, clamd: Clamd, settings: Settings, files: Path
) -> None:
    clamd.start()
    settings.CLAMD = clamd.at_path
    assert send(picture(), "damage.png") == ""
    assert Evidence.objects.count() == 1
    kept = list(files.rglob("*.*"))
    settings.CLAMD = clamd.at_port
    assert FOUND in send(EICAR, "receipt.txt")
    assert Evidence.objects.count() == 1
    assert list(files.rglob("*.*")) == kept


def test_a_scanner_that_died_keeps_everything_out(
    send: Send, clamd: Clamd, settings: Settings, files: Path
) -> None:
    clamd.start()
    clamd.kill()
    for settings.CLAMD in (clamd.at_path, clamd.at_port):
        assert AWAY in send(picture(), "damage.png")
    assert not Evidence.objects.exists()
    assert not list(files.rglob("*.*"))


def test_a_scanner_that_hangs_keeps_everything_out(
    send: Send, clamd: Clamd, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "_SECONDS", 0.1)
    clamd.start()
    clamd.freeze()
    settings.CLAMD = clamd.at_port
    assert AWAY in send(picture(), "damage.png")
    assert not Evidence.objects.exists()


def test_a_file_that_is_larger_than_the_scanner_takes_is_refused_with_the_way_out(
    send: Send, clamd: Clamd, settings: Settings
) -> None:
    clamd.start(StreamMaxLength="100K")
    for settings.CLAMD in (clamd.at_path, clamd.at_port):
        # It hangs up while the second is still on its way.
        for size in (101, 8000):
            assert TOO_LARGE in send(b"x" * 1024 * size, "long.txt")
    assert not Evidence.objects.exists()


def test_every_file_that_we_take_is_small_enough_for_the_scanner(
    send: Send, clamd: Clamd, settings: Settings
) -> None:
    clamd.start()
    settings.CLAMD = clamd.at_path
    assert send(b"paid " * (2 * 1024 * 1024), "long.txt") == ""
    assert Evidence.objects.count() == 1


def test_what_cannot_be_looked_at_to_its_end_is_not_clean(
    send: Send, clamd: Clamd, settings: Settings
) -> None:
    clamd.start(MaxFileSize="10K")
    settings.CLAMD = clamd.at_path
    assert "Heuristics.Limits.Exceeded" in send(b"x" * 20_000, "long.txt")
    assert not Evidence.objects.exists()
