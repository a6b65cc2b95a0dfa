"""The same request with the same key does its deed once; also at the same moment."""

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from apps.api import idempotency
from apps.api.errors import KeyInUse
from apps.api.models import KeptAnswer
from apps.api.tasks import forget_answers
from apps.audit.models import AuditEvent, Outcome
from apps.programs import tokens
from apps.wallets.models import Adjustment, Hold, Wallet
from apps.wallets.tests.racing import at_a_gate, beside
from project.testing.api import ApiClient, program

if TYPE_CHECKING:
    from apps.accounts.models import User
    from project.testing.api import MakeApi
    from project.testing.make import Make

KEY = "5f0c6a1e-2f7b-4d0e-9c52-5a9d7b0f6c11"

# Ends whoever waits for a lock of ours, as if its server had died.
_END_WHO_WAITS = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))
"""


@pytest.fixture
def wallet(db: None, make: "Make", boris: "User") -> Wallet:
    """Boris has 100.00."""
    return make.wallet(boris, balance=10000)


@pytest.fixture
def walts(api: "MakeApi", walt: "User") -> ApiClient:
    """Act as a program for the wallet clerk."""
    return api(walt, "holds:write", "adjustments:write", "wallets:read")


def holding(wallet: Wallet, amount: int = 2500) -> dict[str, Any]:
    return {
        "wallet": wallet.pk,
        "amount": {"amount": amount, "currency": wallet.currency},
        "reason": "Deposit",
    }


def adjusting(wallet: Wallet) -> dict[str, Any]:
    return {
        "wallet": wallet.pk,
        "direction": "credit",
        "amount": {"amount": 1500, "currency": wallet.currency},
        "reason_code": "goodwill",
        "submit": True,
    }


@pytest.mark.django_db
class TestAgain:
    """One request after the other."""

    def test_the_same_request_again_gets_the_same_answer(
        self, walts: ApiClient, wallet: Wallet
    ) -> None:
        first = walts.post("/holds", holding(wallet), key=KEY)
        again = walts.post("/holds", holding(wallet), key=KEY)

        assert (first.status_code, again.status_code) == (201, 201)
        assert first.content == again.content
        assert (first["ETag"], first["Location"]) == (again["ETag"], again["Location"])
        assert first["Content-Type"] == again["Content-Type"]
        assert "Idempotency-Replayed" not in first
        assert again["Idempotency-Replayed"] == "true"
        assert Hold.objects.count() == 1
        assert AuditEvent.objects.filter(action="wallets.hold_placed").count() == 1

    def test_a_request_without_a_key_is_refused(self, walts: ApiClient, wallet: Wallet) -> None:
        answer = walts.post("/holds", holding(wallet), key="")

        assert answer.status_code == 400
        assert answer.json()["type"].endswith("/api.key-missing")
        assert not Hold.objects.exists()

    @pytest.mark.parametrize("key", ["k" * 256, "a\tb"])
    def test_a_key_that_cannot_be_one_is_refused(
        self, walts: ApiClient, wallet: Wallet, key: str
    ) -> None:
        answer = walts.post("/holds", holding(wallet), key=key)

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "Idempotency-Key"

    @pytest.mark.parametrize("path", ["/holds", "/holds?"])
    def test_the_key_of_another_request_is_refused(
        self, walts: ApiClient, wallet: Wallet, path: str
    ) -> None:
        walts.post("/holds", holding(wallet), key=KEY)
        answer = walts.post(path, holding(wallet, 2600), key=KEY)

        assert answer.status_code == 422
        assert answer.json()["type"].endswith("/api.key-reused")
        assert Hold.objects.count() == 1

    def test_the_key_belongs_to_one_address(self, walts: ApiClient, wallet: Wallet) -> None:
        walts.post("/holds", holding(wallet), key=KEY)

        answer = walts.post("/adjustments", adjusting(wallet), key=KEY)

        assert answer.json()["type"].endswith("/api.key-reused")
        assert not Adjustment.objects.exists()

    def test_the_same_key_of_another_person_is_another_key(
        self, api: "MakeApi", walts: ApiClient, wallet: Wallet, boris: "User"
    ) -> None:
        walts.post("/holds", holding(wallet), key=KEY)

        answer = api(boris, "holds:write").post("/holds", holding(wallet), key=KEY)

        assert answer.status_code == 403

    def test_the_same_key_of_another_program_is_another_key(
        self, walts: ApiClient, wallet: Wallet, walt: "User"
    ) -> None:
        other = tokens.issue(program(name="Till"), person=walt, scopes=("holds:write",))
        walts.post("/holds", holding(wallet), key=KEY)

        answer = ApiClient(other).post("/holds", holding(wallet), key=KEY)

        assert answer.status_code == 201
        assert "Idempotency-Replayed" not in answer
        assert Hold.objects.count() == 2

    def test_a_refused_deed_leaves_no_key(
        self, walts: ApiClient, wallet: Wallet, make: "Make", boris: "User"
    ) -> None:
        refused = walts.post("/holds", holding(wallet, 20000), key=KEY)
        assert refused.json()["type"].endswith("/wallets.insufficient-funds")
        assert not KeptAnswer.objects.exists()

        make.wallet(boris, balance=10000)
        answer = walts.post("/holds", holding(wallet, 20000), key=KEY)

        assert answer.status_code == 201
        assert "Idempotency-Replayed" not in answer

    def test_a_deed_that_fails_leaves_no_key(
        self,
        walts: ApiClient,
        wallet: Wallet,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.CRITICAL, logger="apps.api.refusing")
        with monkeypatch.context() as broken:
            broken.setattr("apps.api.resources.holds.HoldOut.of", lambda _hold: 1 / 0)
            assert walts.post("/holds", holding(wallet), key=KEY).status_code == 500
        assert not KeptAnswer.objects.exists()
        assert not Hold.objects.exists()

        assert walts.post("/holds", holding(wallet), key=KEY).status_code == 201

    def test_a_denied_deed_is_audited_and_leaves_no_key(
        self, api: "MakeApi", boris: "User", wallet: Wallet
    ) -> None:
        answer = api(boris, "holds:write").post("/holds", holding(wallet), key=KEY)

        assert answer.status_code == 403
        assert not KeptAnswer.objects.exists()
        denied = AuditEvent.objects.get(outcome=Outcome.DENIED)
        assert (denied.actor, denied.action) == (boris, "wallets.place_hold_by_hand")

    def test_money_moves_once_also_after_the_answer_was_forgotten(
        self, walts: ApiClient, wallet: Wallet
    ) -> None:
        first = walts.post("/holds", holding(wallet), key=KEY)
        KeptAnswer.objects.all().delete()

        again = walts.post("/holds", holding(wallet), key=KEY)
        other = walts.post("/holds", holding(wallet, 2600), key=KEY)

        assert again.json() == first.json()
        assert other.json()["type"].endswith("/api.key-reused")
        assert Hold.objects.count() == 1
        assert AuditEvent.objects.filter(action="wallets.hold_placed").count() == 1

    def test_another_hold_under_a_forgotten_key_is_refused_by_the_ledger(
        self, walts: ApiClient, wallet: Wallet
    ) -> None:
        walts.post("/holds", holding(wallet), key=KEY)
        KeptAnswer.objects.all().delete()

        answer = walts.post("/holds", holding(wallet, 2600), key=KEY)

        assert answer.json()["type"].endswith("/wallets.key-reused")
        assert Hold.objects.count() == 1


@pytest.mark.django_db
class TestForgetting:
    """Answers are kept for a day."""

    def test_answers_of_yesterday_are_forgotten(self, walts: ApiClient, wallet: Wallet) -> None:
        walts.post("/holds", holding(wallet), key="old")
        now = timezone.now()
        KeptAnswer.objects.update(kept_at=now - idempotency.KEPT_FOR - timedelta(seconds=1))
        walts.post("/holds", holding(wallet), key="new")

        assert forget_answers() == "1 kept answer is gone."
        assert forget_answers() == ""
        assert KeptAnswer.objects.get().key == "new"

    def test_an_answer_that_is_forgotten_meanwhile_is_asked_for_again(self) -> None:
        with pytest.raises(KeyInUse):
            idempotency._replayed(None, b"")


@pytest.mark.django_db
def test_the_deed_waits_for_locks_as_long_as_ever(
    walts: ApiClient, walt: "User", rf: RequestFactory
) -> None:
    request: Any = rf.post("/api/v1/holds", headers={"idempotency-key": KEY})
    request.access, request.user = tokens.access_of(walts.token), walt
    seen: list[str] = []

    def deed() -> HttpResponse:
        seen.append(patience())
        return HttpResponse("{}")

    before = patience()
    idempotency.once(request, deed)

    assert seen == [before]


def patience() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        return str(cursor.fetchone()[0])


def upload(rf: RequestFactory, content: bytes = b"paid", **fields: str) -> Any:
    file = ContentFile(content, name=fields.pop("name", "receipt.txt"))
    return rf.post("/api/v1/adjustment-batches", {"file": file, "note": "March", **fields})


def test_a_form_is_known_by_its_fields_and_files(rf: RequestFactory) -> None:
    # The boundary between the parts is another in each of them.
    assert upload(rf).META["CONTENT_TYPE"] == upload(rf).META["CONTENT_TYPE"]
    other = rf.generic(
        "POST",
        "/api/v1/adjustment-batches",
        upload(rf).body.replace(b"BoUnDaRyStRiNg", b"another"),
        content_type="multipart/form-data; boundary=another",
    )
    prints = [
        idempotency.fingerprint_of(request)
        for request in (
            upload(rf),
            other,
            upload(rf, content=b"paid!"),
            upload(rf, name="invoice.txt"),
            upload(rf, note="April"),
        )
    ]

    assert prints[0] == prints[1]
    assert len(set(prints)) == 4


def test_a_file_can_be_read_after_its_print_was_taken(rf: RequestFactory) -> None:
    request = upload(rf)
    idempotency.fingerprint_of(request)

    assert request.FILES["file"].read() == b"paid"


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    """Two requests at once, made certain: one holds the key, the other is seen waiting."""

    @pytest.mark.parametrize(
        ("path", "body", "rows"),
        [("/holds", holding, Hold), ("/adjustments", adjusting, Adjustment)],
    )
    def test_the_deed_is_done_once(
        self, walts: ApiClient, wallet: Wallet, path: str, body: Any, rows: Any
    ) -> None:
        answers = []
        rival = beside(
            lambda: answers.append(walts.post(path, body(wallet), key=KEY)),
            lambda: ApiClient(walts.token).post(path, body(wallet), key=KEY),
        )

        assert isinstance(rival, HttpResponse)
        assert (answers[0].status_code, rival.status_code) == (201, 201)
        assert rival["Idempotency-Replayed"] == "true"
        assert rival.content == answers[0].content
        assert rows.objects.count() == 1

    def test_another_request_with_the_key_waits_and_is_refused(
        self, walts: ApiClient, wallet: Wallet
    ) -> None:
        rival = beside(
            lambda: walts.post("/holds", holding(wallet), key=KEY),
            lambda: ApiClient(walts.token).post("/holds", holding(wallet, 10), key=KEY),
        )

        assert isinstance(rival, HttpResponse)
        assert rival.status_code == 422
        assert b"api.key-reused" in rival.content
        assert Hold.objects.get().amount == 2500

    def test_when_the_first_is_refused_the_second_does_its_own(
        self, walts: ApiClient, wallet: Wallet, make: "Make", boris: "User"
    ) -> None:
        body = holding(wallet, 20000)

        def post() -> Any:
            return ApiClient(walts.token).post("/holds", body, key=KEY)

        first, second = at_a_gate(lambda: lock(wallet), post, post)

        for answer in (first, second):
            assert isinstance(answer, HttpResponse)
            assert answer.status_code == 422
            assert b"wallets.insufficient-funds" in answer.content
            assert "Idempotency-Replayed" not in answer
        assert not KeptAnswer.objects.exists()
        make.wallet(boris, balance=10000)
        assert post().status_code == 201

    def test_when_the_first_dies_the_second_does_the_deed(
        self, walts: ApiClient, wallet: Wallet, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.CRITICAL)

        def post() -> Any:
            return ApiClient(walts.token).post("/holds", holding(wallet), key=KEY)

        def end_the_first() -> None:
            with connection.cursor() as cursor:
                cursor.execute(_END_WHO_WAITS)
                assert cursor.rowcount == 1

        first, second = at_a_gate(lambda: lock(wallet), post, post, then=end_the_first)

        assert isinstance(first, HttpResponse)
        assert isinstance(second, HttpResponse)
        assert (first.status_code, second.status_code) == (500, 201)
        assert "Idempotency-Replayed" not in second
        assert Hold.objects.count() == 1
        assert KeptAnswer.objects.count() == 1

    def test_who_waits_too_long_is_told_to_try_again(
        self, walts: ApiClient, wallet: Wallet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(idempotency, "_PATIENCE", "1ms")
        rivals: list[Any] = []

        def ask_beside() -> Any:
            return ApiClient(walts.token).post("/holds", holding(wallet), key=KEY)

        with transaction.atomic():
            walts.post("/holds", holding(wallet), key=KEY)
            rivals += at_a_gate(lambda: None, ask_beside)

        assert rivals[0].status_code == 409
        assert b"api.key-in-use" in rivals[0].content
        assert Hold.objects.count() == 1


def lock(wallet: Wallet) -> Wallet:
    return Wallet.objects.locked().get(pk=wallet.pk)
