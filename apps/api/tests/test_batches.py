"""Adjustments in bulk through the API: taken as a whole or not at all."""

from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.base import ContentFile

from apps.wallets.models import AdjustmentBatch, Wallet
from apps.wallets.tests.bulk import file_of, line

if TYPE_CHECKING:
    from apps.accounts.models import User
    from project.testing.api import ApiClient, MakeApi
    from project.testing.make import Make

pytestmark = pytest.mark.django_db


@pytest.fixture
def wallet(make: "Make", boris: "User") -> Wallet:
    """Boris has 100.00."""
    return make.wallet(boris, balance=10000)


@pytest.fixture
def walts(api: "MakeApi", walt: "User") -> "ApiClient":
    """Act as a program for the wallet clerk."""
    return api(walt, "adjustments:read", "adjustments:write")


def form(*lines: tuple[str, ...], note: str = "Power cut") -> dict[str, Any]:
    return {"file": ContentFile(file_of(*lines), name="goodwill.csv"), "note": note}


def test_a_batch_is_drafted_read_submitted_and_withdrawn(
    walts: "ApiClient", wallet: Wallet
) -> None:
    answer = walts.upload("/adjustment-batches", form(line(wallet, "1.50"), line(wallet, "2.00")))

    drafted = answer.json()
    path = f"/adjustment-batches/{drafted['id']}"
    assert (answer.status_code, answer["Location"]) == (201, f"/api/v1{path}")
    assert (drafted["line_count"], drafted["credit"]["amount"]) == (2, 350)
    assert drafted["note"] == "Power cut"
    assert walts.get("/adjustment-batches", {"status": "draft"}).json()["items"] == [drafted]
    assert walts.get("/adjustment-batches", {"currency": "EUR"}).json()["items"] == []
    lines = walts.get(f"{path}/lines", {"limit": 1}).json()
    assert [row["amount"]["amount"] for row in lines["items"]] == [150]
    rest = walts.get(f"{path}/lines", {"cursor": lines["next"]}).json()["items"]
    assert [row["file_line"] for row in rest] == [3]
    file = walts.get(f"{path}/file")
    assert file["Content-Type"] == "text/csv; charset=utf-8"
    assert file.content.decode().startswith("wallet,direction,amount")
    assert walts.get(f"{path}/evidence").json()["items"] == []
    submitted = walts.post(f"{path}/submit").json()
    assert (submitted["status"], submitted["approval"] is None) == ("pending", False)
    assert walts.post(f"{path}/withdraw", {}).json()["status"] == "withdrawn"


def test_a_file_with_wrong_cells_is_refused_as_a_whole_and_names_each(
    walts: "ApiClient", wallet: Wallet
) -> None:
    answer = walts.upload(
        "/adjustment-batches",
        form(line(wallet), line("W-999999"), line(wallet, "a lot", reason_code="whim")),
    )

    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {
        "file.line[3].wallet",
        "file.line[4].amount",
        "file.line[4].reason_code",
    }
    assert not AdjustmentBatch.objects.exists()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"a,b\n1,2\n"])
def test_what_is_no_such_table_is_refused(walts: "ApiClient", content: bytes) -> None:
    file = ContentFile(content, name="goodwill.csv")

    assert walts.upload("/adjustment-batches", {"file": file}).status_code == 422


def test_others_see_and_ask_nothing(
    api: "MakeApi", walts: "ApiClient", boris: "User", carol: "User", wallet: Wallet
) -> None:
    drafted = walts.upload("/adjustment-batches", form(line(wallet))).json()
    path = f"/adjustment-batches/{drafted['id']}"

    for part in ("", "/lines", "/file", "/evidence"):
        assert api(boris).get(f"{path}{part}").status_code == 404
        assert api(carol).get(f"{path}{part}").status_code == 200
    for someone in (boris, carol):
        answer = api(someone).upload("/adjustment-batches", form(line(wallet)))
        assert answer.status_code == 403
    assert api(carol).post(f"{path}/submit").status_code == 403
    assert api(carol).post(f"{path}/withdraw", {}).status_code == 403
