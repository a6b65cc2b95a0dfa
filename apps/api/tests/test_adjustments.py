"""Adjustments through the API: asked for, changed, shown with evidence, and decided on."""

from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.wallets import services as wallets
from apps.wallets.models import Adjustment, Evidence, ReasonCode, Wallet
from apps.wallets.states import Direction
from project.testing.cast import person

if TYPE_CHECKING:
    from apps.accounts.models import User
    from project.testing.api import ApiClient, MakeApi
    from project.testing.make import Make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: object) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def wallet(make: "Make", boris: "User") -> Wallet:
    """Boris has 100.00."""
    return make.wallet(boris, balance=10000)


@pytest.fixture
def walts(api: "MakeApi", walt: "User") -> "ApiClient":
    """Act as a program for the wallet clerk."""
    return api(walt, "adjustments:read", "adjustments:write")


def asking(wallet: Wallet, /, **fields: Any) -> dict[str, Any]:
    return {
        "wallet": wallet.pk,
        "direction": "credit",
        "amount": {"amount": 1500, "currency": "USD"},
        "reason_code": "goodwill",
        "note": "The camera was late",
        **fields,
    }


def receipt(content: bytes = b"Paid in cash", name: str = "receipt.txt") -> dict[str, Any]:
    return {"file": ContentFile(content, name=name)}


def test_an_adjustment_is_asked_for_decided_on_and_posted(
    api: "MakeApi", walts: "ApiClient", carol: "User", wallet: Wallet
) -> None:
    answer = walts.post("/adjustments", asking(wallet, submit=True))
    asked = answer.json()
    assert (answer.status_code, asked["status"], asked["transaction"]) == (201, "pending", None)
    assert answer["Location"] == f"/api/v1/adjustments/{asked['id']}"

    carols = api(carol)
    decided = carols.post(f"/adjustments/{asked['id']}/decisions", {"verdict": "approve"})

    assert decided.json()["status"] == "approved"
    assert decided.json()["approval"] == asked["approval"]
    posted = carols.get(f"/journal/{decided.json()['transaction']}").json()
    assert posted["about"] == {
        "type": "wallets.adjustment",
        "id": str(asked["id"]),
        "path": f"/api/v1/adjustments/{asked['id']}",
    }
    assert carols.get(f"/wallets/{wallet.pk}").json()["posted"]["amount"] == 11500
    again = carols.post(f"/adjustments/{asked['id']}/decisions", {"verdict": "approve"})
    assert again.status_code in {409, 422}


def test_a_draft_is_changed_submitted_returned_and_withdrawn(
    api: "MakeApi", walts: "ApiClient", carol: "User", wallet: Wallet
) -> None:
    drafted = walts.post("/adjustments", asking(wallet)).json()
    path = f"/adjustments/{drafted['id']}"
    tag = walts.get(path)["ETag"]
    assert (drafted["status"], drafted["approval"]) == ("draft", None)

    change = {"amount": {"amount": 1200, "currency": "USD"}}
    changed = walts.patch(path, change, tag=tag)
    late = walts.patch(path, {"note": "Other"}, tag=tag)

    assert changed.json()["amount"]["amount"] == 1200
    assert changed.json()["note"] == "The camera was late"
    assert (late.status_code, walts.patch(path, change).status_code) == (412, 428)
    assert walts.post(f"{path}/submit").json()["status"] == "pending"
    fresh = walts.get(path)["ETag"]
    assert walts.patch(path, {"note": "x"}, tag=fresh).status_code == 409
    returned = {"verdict": "return", "reason": "Which camera?"}
    assert api(carol).post(f"{path}/decisions", returned).json()["status"] == "draft"
    assert walts.post(f"{path}/withdraw", {"reason": "A mistake"}).json()["status"] == "withdrawn"


def test_what_cannot_be_submitted_leaves_no_draft(walts: "ApiClient", wallet: Wallet) -> None:
    answer = walts.post("/adjustments", asking(wallet, reason_code="correction", submit=True))

    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/wallets.evidence-missing")
    assert not Adjustment.objects.exists()


def test_evidence_is_attached_listed_and_downloaded(
    api: "MakeApi", walts: "ApiClient", carol: "User", wallet: Wallet
) -> None:
    drafted = walts.post("/adjustments", asking(wallet, reason_code="correction")).json()
    path = f"/adjustments/{drafted['id']}"

    answer = walts.upload(f"{path}/evidence", receipt(name="ré ceipt.txt"))

    evidence = Evidence.objects.get()
    assert (answer.status_code, answer["Location"]) == (201, f"/api/v1/evidence/{evidence.pk}")
    assert walts.get(f"{path}/evidence").json()["items"] == [answer.json()]
    assert answer.json()["sha256"] == evidence.sha256
    assert walts.post(f"{path}/submit").json()["status"] == "pending"
    file = api(carol, "adjustments:read").get(f"/evidence/{evidence.pk}")
    assert file.content == b"Paid in cash"
    assert file["Content-Disposition"].startswith("attachment;")
    assert file["Content-Type"] == "text/plain"
    assert file["X-Content-Type-Options"] == "nosniff"
    late = walts.upload(f"{path}/evidence", receipt())
    assert late.status_code == 409


@pytest.mark.parametrize(
    ("content", "name"), [(b"", "a.txt"), (b"MZ\x00\x01", "a.exe"), (b"\xff\xfe", "a.txt")]
)
def test_a_file_that_is_none_of_the_kinds_is_refused(
    walts: "ApiClient", wallet: Wallet, content: bytes, name: str
) -> None:
    drafted = walts.post("/adjustments", asking(wallet)).json()

    answer = walts.upload(f"/adjustments/{drafted['id']}/evidence", receipt(content, name))

    assert answer.status_code == 422
    assert not Evidence.objects.exists()


def test_a_body_that_is_no_form_is_refused(walts: "ApiClient", wallet: Wallet) -> None:
    drafted = walts.post("/adjustments", asking(wallet)).json()
    path = f"/adjustments/{drafted['id']}/evidence"

    broken = walts.client.post(
        f"/api/v1{path}",
        b"x",
        content_type="multipart/form-data",
        headers={"authorization": f"Bearer {walts.token}", "idempotency-key": "k"},
    )

    assert broken.status_code == 400
    assert walts.post(path, {"file": "x"}).status_code == 415
    assert walts.upload(path, {}).json()["errors"][0]["field"] == "file"


def test_evidence_is_for_who_may_view_it(
    api: "MakeApi", walts: "ApiClient", boris: "User", clara: "User", wallet: Wallet
) -> None:
    drafted = walts.post("/adjustments", asking(wallet)).json()
    walts.upload(f"/adjustments/{drafted['id']}/evidence", receipt())
    evidence = Evidence.objects.get()

    for someone in (boris, clara):
        assert api(someone).get(f"/evidence/{evidence.pk}").status_code == 404
        assert api(someone).get(f"/adjustments/{drafted['id']}/evidence").status_code == 404


def test_only_who_asked_changes_a_draft(
    api: "MakeApi", walts: "ApiClient", carol: "User", wallet: Wallet
) -> None:
    path = f"/adjustments/{walts.post('/adjustments', asking(wallet)).json()['id']}"
    other = api(person("Wanda", "Wallet clerk"))
    tag = other.get(path)["ETag"]

    for client in (other, api(carol)):
        assert client.patch(path, {"note": "x"}, tag=tag).status_code == 403
        assert client.post(f"{path}/submit").status_code == 403
        assert client.post(f"{path}/withdraw", {}).status_code == 403
        assert client.upload(f"{path}/evidence", receipt()).status_code == 403


def test_the_owner_of_the_wallet_sees_and_asks_nothing(
    api: "MakeApi", walts: "ApiClient", boris: "User", wallet: Wallet
) -> None:
    path = f"/adjustments/{walts.post('/adjustments', asking(wallet)).json()['id']}"
    boriss = api(boris)

    assert boriss.get(path).status_code == 404
    assert boriss.get("/adjustments").json()["items"] == []
    assert boriss.get("/reason-codes").json()["items"] == []
    assert boriss.post("/adjustments", asking(wallet)).status_code == 403
    assert boriss.post(f"{path}/decisions", {"verdict": "approve"}).status_code == 404


def test_who_asked_does_not_decide_and_a_draft_has_nothing_to_decide(
    api: "MakeApi", walt: "User", carol: "User", wallet: Wallet
) -> None:
    walts = api(walt)
    path = f"/adjustments/{walts.post('/adjustments', asking(wallet)).json()['id']}"

    assert api(carol).post(f"{path}/decisions", {"verdict": "approve"}).status_code == 409
    walts.post(f"{path}/submit")
    assert walts.post(f"{path}/decisions", {"verdict": "approve"}).status_code == 403
    bare = api(carol).post(f"{path}/decisions", {"verdict": "reject"})
    assert bare.json()["type"].endswith("/approvals.reason-missing")
    narrow = api(carol, "adjustments:write").post(f"{path}/decisions", {"verdict": "approve"})
    assert narrow.status_code == 403


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"wallet": 0}, "wallet"),
        ({"direction": "up"}, "direction"),
        ({"amount": {"amount": True, "currency": "USD"}}, "amount.amount"),
        ({"reason_code": "whim"}, "reason_code"),
        ({"reason_code": "a\0"}, "reason_code"),
        ({"note": "n" * 5001}, "note"),
        ({"submit": "yes"}, "submit"),
        ({"status": "approved"}, "status"),
    ],
)
def test_a_wrong_field_is_named(
    walts: "ApiClient", wallet: Wallet, fields: dict[str, Any], field: str
) -> None:
    answer = walts.post("/adjustments", asking(wallet, **fields))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert not Adjustment.objects.exists()


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"wallet": 2**62}, "unknown-wallet"),
        ({"amount": {"amount": 1, "currency": "EUR"}}, "currency-mismatch"),
        ({"amount": {"amount": 0, "currency": "USD"}}, "amount-not-positive"),
        ({"direction": "debit"}, "direction-not-allowed"),
    ],
)
def test_what_the_service_refuses_is_a_problem(
    walts: "ApiClient", wallet: Wallet, fields: dict[str, Any], kind: str
) -> None:
    answer = walts.post("/adjustments", asking(wallet, **fields))

    assert (answer.status_code, answer.json()["type"].rpartition(".")[2]) == (422, kind)


def test_a_change_is_in_the_currency_of_the_wallet(walts: "ApiClient", wallet: Wallet) -> None:
    path = f"/adjustments/{walts.post('/adjustments', asking(wallet)).json()['id']}"
    change = {"amount": {"amount": 1200, "currency": "EUR"}}

    answer = walts.patch(path, change, tag=walts.get(path)["ETag"])

    assert answer.json()["type"].endswith("/wallets.currency-mismatch")


def test_adjustments_are_found_by_what_is_known_of_them(
    walts: "ApiClient", walt: "User", wallet: Wallet
) -> None:
    drafted = walts.post("/adjustments", asking(wallet)).json()
    asked = {
        "wallet": wallet.pk,
        "status": "draft",
        "requester": walt.pk,
        "reason_code": "goodwill",
        "currency": "USD",
    }

    assert walts.get("/adjustments", asked).json()["items"] == [drafted]
    for name, value in {"status": "pending", "currency": "EUR", "requester": 1}.items():
        assert walts.get("/adjustments", {**asked, name: value}).json()["items"] == []
    codes = walts.get("/reason-codes").json()["items"]
    assert {code["code"] for code in codes} >= {"goodwill", "correction"}


def test_a_list_asks_as_much_for_ten_as_for_two(walts: "ApiClient", wallet: Wallet) -> None:
    walt = person("Wanda", "Wallet clerk")
    for _number in range(10):
        wallets.request_adjustment(
            wallet_id=wallet.pk,
            direction=Direction.CREDIT,
            amount=100,
            reason_code=ReasonCode.objects.get(code="goodwill"),
            note="",
            actor=walt,
        )

    def asked(limit: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert len(walts.get("/adjustments", {"limit": limit}).json()["items"]) == limit
        return len(queries)

    assert asked(10) == asked(2)
