"""Approvals through the API: whom they wait for, deciding, forwarding."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.approvals import services as approvals
from apps.approvals.models import ApprovalRequest, CannedReason
from apps.approvals.states import Status, Verdict
from apps.approvals.tests.conftest import Matters, policy
from apps.audit.models import AuditEvent, Outcome

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.approvals.models import Policy
    from project.testing.api import MakeApi

pytestmark = pytest.mark.django_db

APPROVE = {"verdict": "approve"}


@pytest.fixture
def matters(monkeypatch: pytest.MonkeyPatch) -> Matters:
    """Register a kind of matter for one test."""
    from apps.approvals import scopes  # noqa: PLC0415

    made = Matters()
    monkeypatch.setitem(scopes.registered, "matter", made.scope)
    return made


@pytest.fixture
def one_approver(db: None) -> "Policy":
    """One lending approver decides."""
    return policy(("Lending approver", 1), due_in=timedelta(hours=24))


@pytest.fixture
def asked(matters: Matters, one_approver: "Policy", clara: "User") -> ApprovalRequest:
    """Clara asks for M-1."""
    return matters.ask(clara, title="M-1")


def _ask_before(ago: timedelta, matters: Matters, requester: "User") -> ApprovalRequest:
    then = timezone.now() - ago
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.timezone.now", lambda: then)
        return matters.ask(requester, title="M-1")


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [item["id"] for item in answer.json()["items"]]


def test_what_waits_for_me_comes_oldest_first_with_age_and_due_time(
    api: "MakeApi", matters: Matters, one_approver: "Policy", clara: "User", anna: "User"
) -> None:
    asked = _ask_before(timedelta(hours=30), matters, clara)
    later = matters.ask(clara, title="M-2")
    waiting = {"waiting_for": "me"}

    answer = api(anna, "approvals:read").get("/approvals", waiting)

    assert ids(answer) == [asked.pk, later.pk]
    first = answer.json()["items"][0]
    assert (first["age_minutes"], first["is_late"], first["can_decide"]) == (1800, True, True)
    assert first["about"] == {"type": "auth.group", "id": str(asked.subject_id), "path": None}
    assert first["waits_for"] == "Lending approver"
    assert ids(api(clara).get("/approvals", waiting)) == []
    page = api(anna).get("/approvals", {**waiting, "limit": 1})
    assert ids(page) == [asked.pk]
    assert ids(api(anna).get("/approvals", {**waiting, "cursor": page.json()["next"]})) == [
        later.pk
    ]


def test_who_may_not_view_requests_sees_their_own(
    api: "MakeApi", matters: Matters, asked: ApprovalRequest, boris: "User", audrey: "User"
) -> None:
    mine = matters.ask(boris, title="Mine")

    assert ids(api(boris).get("/approvals")) == [mine.pk]
    assert ids(api(audrey).get("/approvals")) == [mine.pk, asked.pk]
    own = api(boris).get(f"/approvals/{mine.pk}")
    assert own.status_code == 200
    assert own.json()["policy"] is None
    assert api(audrey).get(f"/approvals/{mine.pk}").json()["policy"].startswith("Policy")
    assert api(boris).get(f"/approvals/{asked.pk}").status_code == 404
    assert AuditEvent.objects.get(outcome=Outcome.DENIED).target_id == str(asked.pk)


def test_filters_narrow_the_list(
    api: "MakeApi", matters: Matters, asked: ApprovalRequest, clara: "User", anna: "User"
) -> None:
    approvals.decide(asked.pk, verdict=Verdict.APPROVE, actor=anna)
    pending = matters.ask(clara, title="M-2")
    client = api(anna)

    assert ids(client.get("/approvals", {"status": "approved"})) == [asked.pk]
    assert ids(client.get("/approvals", {"kind": "ticket"})) == []
    about = {"about": f"auth.group:{pending.subject_id}"}
    assert ids(client.get("/approvals", about)) == [pending.pk]
    assert ids(client.get("/approvals", {"about": "auth.nothing:1"})) == []
    wrong = client.get("/approvals", {"status": "open", "about": "12"})
    assert [error["field"] for error in wrong.json()["errors"]] == ["status", "about"]


def test_a_list_asks_as_often_for_ten_rows_as_for_two(
    api: "MakeApi",
    matters: Matters,
    one_approver: "Policy",
    clara: "User",
    anna: "User",
) -> None:
    for _ in range(10):
        matters.ask(clara)
    client = api(anna)
    counts = []
    for limit in (2, 2, 10):
        with CaptureQueriesContext(connection) as queries:
            client.get("/approvals", {"limit": limit})
        counts.append(len(queries))

    assert counts[1] == counts[2]


def test_a_decision_is_made_once_and_shown(
    api: "MakeApi", matters: Matters, asked: ApprovalRequest, anna: "User"
) -> None:
    client, path = api(anna, "approvals:decide"), f"/approvals/{asked.pk}/decisions"
    body = {"verdict": "approve", "reason": " Fine "}

    first = client.post(path, body, key="one")
    again = client.post(path, body, key="one")
    late = client.post(path, body, key="two")

    assert first.status_code == 200
    assert first.json()["status"] == "approved"
    (decision,) = first.json()["levels"][0]["decisions"]
    assert (decision["decider"]["name"], decision["verdict"], decision["reason"]) == (
        "Anna",
        "approve",
        "Fine",
    )
    assert (again.json(), again["Idempotency-Replayed"]) == (first.json(), "true")
    assert late.status_code == 422
    assert late.json()["type"].endswith("/approvals.already-decided")
    assert len(matters.concluded) == 1


def test_who_may_not_decide_is_refused_and_recorded(
    api: "MakeApi", asked: ApprovalRequest, boris: "User", clara: "User", audrey: "User"
) -> None:
    path = f"/approvals/{asked.pk}/decisions"

    assert api(boris).post(path, APPROVE).status_code == 404
    assert api(clara).post(path, APPROVE).json()["type"].endswith("/common.own-matter")
    assert api(audrey).post(path, APPROVE).status_code == 403
    denied = AuditEvent.objects.filter(outcome=Outcome.DENIED, source="api").order_by("pk")
    assert [event.actor for event in denied] == [boris, clara, audrey]
    asked.refresh_from_db()
    assert asked.status == Status.PENDING


def test_deciding_needs_its_scope(api: "MakeApi", asked: ApprovalRequest, anna: "User") -> None:
    client = api(anna, "approvals:read", "tickets:write")

    answer = client.post(f"/approvals/{asked.pk}/decisions", APPROVE)

    assert answer.status_code == 403
    assert answer.json()["facts"] == {"scope": "approvals:decide"}
    many = client.post("/approvals/decisions", {"ids": [asked.pk], "verdict": "approve"})
    assert many.status_code == 403


def test_a_refusal_says_why_and_only_some_matters_have_parts(
    api: "MakeApi", asked: ApprovalRequest, anna: "User"
) -> None:
    client, path = api(anna), f"/approvals/{asked.pk}/decisions"

    silent = client.post(path, {"verdict": "reject"})
    part = client.post(path, {"verdict": "approve", "terms": {"lines": [1]}})
    unknown = client.post(path, {"verdict": "maybe", "because": 1, "terms": {"lines": ["x"]}})

    assert silent.json()["type"].endswith("/approvals.reason-missing")
    assert part.json()["type"].endswith("/approvals.terms-not-possible")
    fields = {error["field"] for error in unknown.json()["errors"]}
    assert fields == {"verdict", "because", "terms.lines[0]"}
    returned = client.post(path, {"verdict": "return", "reason": "Which camera?"})
    assert returned.json()["status"] == "returned"


def test_a_part_of_a_matter_is_approved_where_it_has_parts(
    api: "MakeApi",
    matters: Matters,
    clara: "User",
    anna: "User",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dataclasses import replace  # noqa: PLC0415

    from apps.approvals import scopes  # noqa: PLC0415

    wanted: list[Any] = []

    def narrow(_subject: Any, _earlier: Any, terms: Any) -> dict[str, Any]:
        wanted.append(dict(terms))
        return {"lines": terms["lines"]}

    divisible = replace(matters.scope, narrow=narrow, in_words=lambda _pk, _terms: ["Not all."])
    monkeypatch.setitem(scopes.registered, "matter", divisible)
    policy(("Lending approver", 1), ("Finance controller", 1))
    asked = matters.ask(clara)
    terms = {"lines": [4], "ends_at": "2026-12-02T09:00:00+01:00"}

    answer = api(anna).post(f"/approvals/{asked.pk}/decisions", {**APPROVE, "terms": terms})

    assert wanted[0]["lines"] == [4]
    assert wanted[0]["ends_at"].isoformat() == "2026-12-02T09:00:00+01:00"
    body = answer.json()
    assert (body["status"], body["waits_for"]) == ("pending", "Finance controller")
    assert (body["terms"], body["terms_in_words"]) == ({"lines": [4]}, ["Not all."])
    assert [level["is_current"] for level in body["levels"]] == [False, True]


def test_a_substitute_decides_on_behalf(
    api: "MakeApi", asked: ApprovalRequest, anna: "User", carol: "User"
) -> None:
    now = timezone.now()
    approvals.name_substitute(
        person=anna,
        substitute=carol,
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(hours=1),
        reason="Away",
        actor=anna,
    )

    answer = api(carol).post(f"/approvals/{asked.pk}/decisions", APPROVE)

    (decision,) = answer.json()["levels"][0]["decisions"]
    assert (decision["decider"]["name"], decision["on_behalf_of"]["name"]) == ("Carol", "Anna")


def test_one_refused_row_does_not_spoil_the_others(
    api: "MakeApi", matters: Matters, asked: ApprovalRequest, anna: "User", clara: "User"
) -> None:
    own = matters.ask(anna, title="Own")
    policy(("Lending approver", 1), ("Finance controller", 1), amount_from=50000, currency="USD")
    large = matters.ask(clara, title="Large", amount=60000)
    rows = [asked.pk, own.pk, 4711, large.pk, asked.pk]

    answer = api(anna).post("/approvals/decisions", {"ids": rows, **APPROVE})

    assert answer.status_code == 200
    items = answer.json()["items"]
    assert [(item["id"], item["status"]) for item in items] == [
        (asked.pk, 200),
        (own.pk, 403),
        (4711, 404),
        (large.pk, 200),
    ]
    assert items[1]["problem"]["type"].endswith("/common.own-matter")
    assert items[1]["problem"]["request_id"] == answer["X-Request-Id"]
    assert items[2]["problem"]["type"].endswith("/api.not-found")
    assert items[3]["waits_for"] == "Finance controller"
    assert AuditEvent.objects.filter(outcome=Outcome.DENIED).count() == 1


def test_many_that_somebody_may_not_see_are_not_there(
    api: "MakeApi", asked: ApprovalRequest, boris: "User"
) -> None:
    answer = api(boris).post("/approvals/decisions", {"ids": [asked.pk], **APPROVE})

    assert [item["status"] for item in answer.json()["items"]] == [404]
    denied = AuditEvent.objects.get(outcome=Outcome.DENIED)
    assert (denied.action, denied.target_id) == ("approvals.decide", str(asked.pk))


def test_many_are_at_most_a_hundred(api: "MakeApi", anna: "User") -> None:
    none = api(anna).post("/approvals/decisions", {"ids": [], **APPROVE})
    many = api(anna).post("/approvals/decisions", {"ids": list(range(1, 102)), **APPROVE})

    assert none.json()["errors"] == [
        {"field": "ids", "message": "Send at least 1.", "pointer": "#/ids"}
    ]
    assert many.json()["errors"] == [
        {"field": "ids", "message": "Send at most 100.", "pointer": "#/ids"}
    ]


def test_a_request_is_handed_to_a_colleague(
    api: "MakeApi", asked: ApprovalRequest, anna: "User", arno: "User", boris: "User"
) -> None:
    client, path = api(anna), f"/approvals/{asked.pk}"

    colleagues = client.get(f"{path}/colleagues").json()["items"]
    stranger = client.post(f"{path}/forward", {"to": boris.pk, "reason": "You know it"})
    forwarded = client.post(f"{path}/forward", {"to": arno.pk, "reason": "You know it"})

    assert arno.pk in [person["id"] for person in colleagues]
    assert anna.pk not in [person["id"] for person in colleagues]
    assert stranger.json()["errors"][0]["field"] == "to"
    (forward,) = forwarded.json()["forwards"]
    assert (forward["to"]["name"], forward["reason"]) == ("Arno", "You know it")
    assert forwarded.json()["can_decide"] is False
    assert client.post(f"{path}/decisions", APPROVE).status_code == 403
    assert api(boris).get(f"{path}/colleagues").status_code == 403


def test_sentences_are_offered_to_those_who_decide(
    api: "MakeApi", anna: "User", boris: "User"
) -> None:
    CannedReason.objects.create(verdict="reject", text="Out of season, sadly.")
    CannedReason.objects.create(verdict="reject", text="Only of matters.", scope="matter")
    wanted = {"verdict": "reject"}

    texts = api(anna).get("/approvals/reasons", wanted).json()["items"]

    assert "Out of season, sadly." in texts
    assert "Only of matters." not in texts
    both = api(anna).get("/approvals/reasons", {**wanted, "kind": "matter"}).json()["items"]
    assert "Only of matters." in both
    assert api(boris).get("/approvals/reasons", wanted).status_code == 403
    assert api(anna).get("/approvals/reasons").json()["errors"][0]["field"] == "verdict"


def test_what_waits_is_counted(
    api: "MakeApi",
    matters: Matters,
    one_approver: "Policy",
    clara: "User",
    anna: "User",
    boris: "User",
) -> None:
    _ask_before(timedelta(hours=30), matters, clara)

    work = api(anna, "me").get("/me/work").json()

    assert (work["approvals_waiting"], work["approvals_late"]) == (1, 1)
    assert work["notices_unread"] == 1
    assert api(boris).get("/me/work").json()["approvals_waiting"] == 0
