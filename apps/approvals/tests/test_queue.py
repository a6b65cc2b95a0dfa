"""The queue and the page of a request: what they show, and that deciding asks first."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.approvals import badges, services
from apps.approvals.models import ApprovalRequest, Decision, Policy
from apps.approvals.states import Status, Verdict
from apps.approvals.tests.conftest import Matters, policy
from apps.audit.models import AuditEvent, Outcome
from apps.common.admin import StaffRequest

pytestmark = pytest.mark.django_db

QUEUE = "admin:approvals_approvalrequest_changelist"
PAGE = "admin:approvals_approvalrequest_change"
ANSWERS = ("approve", "reject", "send_back")


def text(response: Any) -> str:
    return str(response.content.decode())


def dialog(name: str, request: ApprovalRequest) -> str:
    return reverse(f"admin:approvals_approvalrequest_{name}", args=(request.pk,))


def bulk(name: str, *requests: ApprovalRequest) -> str:
    ticked = "&".join(f"_selected_action={request.pk}" for request in requests)
    return f"{reverse(f'admin:approvals_approvalrequest_{name}')}?{ticked}"


@pytest.fixture
def sign_in(client: Client) -> Callable[[User], Client]:
    """Sign somebody in."""

    def sign(person: User) -> Client:
        client.force_login(person)
        return client

    return sign


@pytest.fixture
def asked(matters: Matters, one_approver: Policy, clara: User, boris: User) -> ApprovalRequest:
    """Clara asks for 100.00 US dollars for Boris."""
    return matters.ask(clara, title="M-1", borrower=boris)


def test_the_queue_opens_on_what_waits_for_me(
    matters: Matters, asked: ApprovalRequest, anna: User, sign_in: Callable[[User], Client]
) -> None:
    matters.ask(anna, title="M-2")
    page = text(sign_in(anna).get(reverse(QUEUE)))
    assert "M-1" in page
    assert "M-2" not in page
    assert "$100.00" in page
    assert "level 1 of 1" in page
    assert "/matters/" in page
    for answer in ANSWERS:
        assert f'hx-get="{dialog(answer, asked)}?from=queue"' in page
    everybody = text(sign_in(anna).get(reverse(QUEUE), {"tab": "pending"}))
    assert "M-2" in everybody
    assert everybody.count(f'hx-get="{dialog("approve", asked)}') == 1
    assert everybody.count("approve/?from=queue") == 1


def test_the_oldest_stands_first_and_the_newest_decision(
    matters: Matters,
    asked: ApprovalRequest,
    anna: User,
    clara: User,
    sign_in: Callable[[User], Client],
) -> None:
    second = matters.ask(clara, title="M-2")
    page = text(sign_in(anna).get(reverse(QUEUE)))
    assert page.index("M-1") < page.index("M-2")
    services.decide(asked.pk, verdict=Verdict.APPROVE, actor=anna)
    services.decide(second.pk, verdict=Verdict.REJECT, actor=anna, reason="No")
    page = text(sign_in(anna).get(reverse(QUEUE), {"tab": "decided"}))
    assert page.index("M-2") < page.index("M-1")
    assert "rejected" in page
    assert "from=queue" not in page


def test_an_empty_queue_says_that_all_is_done(
    asked: ApprovalRequest, arno: User, anna: User, sign_in: Callable[[User], Client]
) -> None:
    services.decide(asked.pk, verdict=Verdict.APPROVE, actor=anna)
    assert "Nothing waits for your decision." in text(sign_in(arno).get(reverse(QUEUE)))
    page = text(sign_in(arno).get(reverse(QUEUE), {"tab": "pending"}))
    assert "Nothing waits for your decision." not in page


def test_an_open_tab_is_no_active_filter(
    asked: ApprovalRequest, anna: User, sign_in: Callable[[User], Client]
) -> None:
    browser = sign_in(anna)
    tab = browser.get(reverse(QUEUE), {"tab": "pending"})
    assert not tab.context["cl"].has_active_filters
    narrowed = browser.get(reverse(QUEUE), {"tab": "pending", "scope": "matter"})
    assert narrowed.context["cl"].has_active_filters


def test_an_unknown_tab_is_the_first(
    asked: ApprovalRequest, anna: User, sign_in: Callable[[User], Client]
) -> None:
    assert "M-1" in text(sign_in(anna).get(reverse(QUEUE), {"tab": "nonsense"}))


def test_the_list_narrows_to_a_kind(
    asked: ApprovalRequest, anna: User, sign_in: Callable[[User], Client]
) -> None:
    assert "M-1" in text(sign_in(anna).get(reverse(QUEUE), {"scope": "matter"}))
    assert "M-1" not in text(sign_in(anna).get(reverse(QUEUE), {"scope": "ticket"}))


def test_a_late_request_is_marked(
    matters: Matters, anna: User, clara: User, sign_in: Callable[[User], Client]
) -> None:
    policy(("Lending approver", 1), due_in=timedelta(seconds=-1))
    matters.ask(clara)
    assert "overdue by" in text(sign_in(anna).get(reverse(QUEUE)))


@pytest.mark.parametrize("tab", ["mine", "pending", "decided"])
def test_ten_rows_ask_as_many_queries_as_two(
    tab: str,
    matters: Matters,
    one_approver: Policy,
    anna: User,
    clara: User,
    sign_in: Callable[[User], Client],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    browser = sign_in(anna)

    def fill(count: int) -> None:
        for _ in range(count):
            request = matters.ask(clara)
            if tab == "decided":
                services.decide(request.pk, verdict=Verdict.APPROVE, actor=anna)

    fill(2)
    browser.get(reverse(QUEUE), {"tab": tab})
    with CaptureQueriesContext(connection) as few:
        browser.get(reverse(QUEUE), {"tab": tab})
    fill(8)
    with django_assert_num_queries(len(few)):
        browser.get(reverse(QUEUE), {"tab": tab})


@pytest.mark.parametrize("answer", ANSWERS)
def test_following_a_link_changes_nothing(
    answer: str, asked: ApprovalRequest, anna: User, sign_in: Callable[[User], Client]
) -> None:
    page = text(sign_in(anna).get(dialog(answer, asked)))
    for fact in ("M-1", "$100.00", "Clara", "Lending approver"):
        assert fact in page
    asked.refresh_from_db()
    assert asked.status == Status.PENDING


@pytest.mark.parametrize(
    ("answer", "status"),
    [("approve", Status.APPROVED), ("reject", Status.REJECTED), ("send_back", Status.RETURNED)],
)
def test_a_decision_in_the_dialog(
    answer: str,
    status: Status,
    asked: ApprovalRequest,
    anna: User,
    sign_in: Callable[[User], Client],
) -> None:
    response = sign_in(anna).post(
        dialog(answer, asked) + "?from=queue", {"_form_submitted": "on", "reason": "Because"}
    )
    assert response["HX-Redirect"] == reverse(QUEUE)
    asked.refresh_from_db()
    assert asked.status == status
    assert f"“M-1”: {asked.get_status_display()}." in text(response.client.get(reverse(QUEUE)))


def test_a_refusal_without_a_reason_keeps_the_dialog_open(
    asked: ApprovalRequest, anna: User, sign_in: Callable[[User], Client]
) -> None:
    response = sign_in(anna).post(dialog("reject", asked), {"_form_submitted": "on"})
    assert "This field is required" in text(response)
    asked.refresh_from_db()
    assert asked.status == Status.PENDING


def test_a_refused_decision_says_why_in_the_dialog(
    asked: ApprovalRequest, clara: User, sign_in: Callable[[User], Client]
) -> None:
    response = sign_in(clara).post(dialog("approve", asked), {"_form_submitted": "on"})
    assert "Nobody decides on their own matter" in text(response)
    assert "HX-Redirect" not in response
    event = AuditEvent.objects.get(outcome=Outcome.DENIED)
    assert (event.actor, event.source) == (clara, "admin")


def test_a_stale_page_reads_who_was_first(
    asked: ApprovalRequest, anna: User, arno: User, sign_in: Callable[[User], Client]
) -> None:
    services.decide(asked.pk, verdict=Verdict.APPROVE, actor=anna)
    browser = sign_in(arno)
    assert "approved" in text(browser.get(dialog("approve", asked)))
    response = browser.post(dialog("approve", asked), {"_form_submitted": "on"})
    assert "already approved by Anna at" in text(response)


def test_from_the_page_one_goes_to_the_next(
    matters: Matters,
    asked: ApprovalRequest,
    anna: User,
    clara: User,
    sign_in: Callable[[User], Client],
) -> None:
    following = matters.ask(clara, title="M-2")
    browser = sign_in(anna)
    response = browser.post(dialog("approve", asked), {"_form_submitted": "on"})
    assert response["HX-Redirect"] == reverse(PAGE, args=(following.pk,))
    response = browser.post(dialog("approve", following), {"_form_submitted": "on"})
    assert response["HX-Redirect"] == reverse(QUEUE)


def test_an_approval_that_is_not_the_last_says_who_is_next(
    matters: Matters, anna: User, clara: User, sign_in: Callable[[User], Client]
) -> None:
    policy(("Lending approver", 1), ("Finance controller", 1))
    request = matters.ask(clara, title="M-2")
    browser = sign_in(anna)
    browser.post(dialog("approve", request), {"_form_submitted": "on"})
    assert "Your approval of “M-2” is noted. It now waits for “Finance controller”." in text(
        browser.get(reverse(QUEUE))
    )


def test_a_request_that_does_not_exist_is_not_found(
    asked: ApprovalRequest, anna: User, sign_in: Callable[[User], Client]
) -> None:
    address = dialog("approve", asked).replace(str(asked.pk), "nonsense")
    assert sign_in(anna).post(address, {"_form_submitted": "on"}).status_code == 404
    assert sign_in(anna).get(address).status_code == 404


@pytest.mark.parametrize("answer", [*ANSWERS, "approve_many", "reject_many"])
def test_strangers_are_turned_away(
    answer: str, asked: ApprovalRequest, adam: User, sign_in: Callable[[User], Client]
) -> None:
    address = bulk(answer, asked) if answer.endswith("many") else dialog(answer, asked)
    response = sign_in(adam).post(address, {"_form_submitted": "on", "reason": "x"})
    assert response.status_code == 403
    assert not Decision.objects.exists()


def test_many_are_decided_with_one_reason_and_reported_each(
    matters: Matters,
    asked: ApprovalRequest,
    anna: User,
    clara: User,
    sign_in: Callable[[User], Client],
) -> None:
    policy(("Lending approver", 1), ("Finance controller", 1), group="two")
    second, own = matters.ask(clara, title="M-2"), matters.ask(anna, title="M-3")
    first_of_two = matters.ask(clara, title="M-4", group="two")
    browser = sign_in(anna)
    address = bulk("approve_many", asked, second, own, first_of_two)
    page = text(browser.get(address))
    assert all(title in page for title in ("M-1", "M-2", "M-3"))
    assert not Decision.objects.exists()
    response = browser.post(address, {"_form_submitted": "on", "reason": "All fine"})
    assert response["HX-Redirect"] == reverse(QUEUE)
    page = text(browser.get(reverse(QUEUE)))
    assert "2 requests approved." in page
    assert "Your approval of “M-4” is noted. It now waits for “Finance controller”." in page
    assert "M-3 was refused: Nobody decides on their own matter" in page
    assert set(Decision.objects.values_list("reason", flat=True)) == {"All fine"}


def test_many_are_rejected(
    asked: ApprovalRequest, anna: User, sign_in: Callable[[User], Client]
) -> None:
    browser = sign_in(anna)
    response = browser.post(bulk("reject_many", asked), {"_form_submitted": "on"})
    assert "This field is required" in text(response)
    browser.post(bulk("reject_many", asked), {"_form_submitted": "on", "reason": "No"})
    assert "1 request rejected." in text(browser.get(reverse(QUEUE)))


def test_ticking_nothing_says_so(
    asked: ApprovalRequest, anna: User, sign_in: Callable[[User], Client]
) -> None:
    browser = sign_in(anna)
    assert "Nothing is ticked" in text(browser.get(bulk("approve_many")))
    response = browser.post(bulk("approve_many"), {"_form_submitted": "on"})
    assert "Nothing is selected" in text(response)


def test_the_page_shows_levels_parties_and_decisions(
    matters: Matters, anna: User, boris: User, clara: User, sign_in: Callable[[User], Client]
) -> None:
    policy(("Lending approver", 1), ("Finance controller", 2), name="Two steps")
    request = matters.ask(clara, title="M-2", borrower=boris)
    services.decide(request.pk, verdict=Verdict.APPROVE, actor=anna, reason="Looks good")
    browser = sign_in(clara)
    page = text(browser.get(reverse(PAGE, args=(request.pk,))))
    for fact in ("Two steps", "Looks good", "Boris", "1 of 1", "0 of 2", "waits here"):
        assert fact in page
    assert "You are the requester: a colleague decides on this." in page
    assert "office-decide" not in page
    assert "_save" not in page


def test_the_page_of_one_who_can_decide_has_the_buttons(
    asked: ApprovalRequest, anna: User, sign_in: Callable[[User], Client]
) -> None:
    page = text(sign_in(anna).get(reverse(PAGE, args=(asked.pk,))))
    for answer in ANSWERS:
        assert f'hx-get="{dialog(answer, asked)}"' in page


def test_a_decision_is_not_edited_by_post(
    asked: ApprovalRequest, anna: User, sign_in: Callable[[User], Client]
) -> None:
    page = reverse(PAGE, args=(asked.pk,))
    assert sign_in(anna).post(page, {"status": "approved"}).status_code == 403
    assert sign_in(anna).get(reverse(PAGE, args=(0,))).status_code == 302


def test_the_badge_counts_what_waits_for_me_and_stops_at_ninety_nine(
    matters: Matters,
    asked: ApprovalRequest,
    anna: User,
    clara: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    request = StaffRequest()
    request.user = anna
    assert badges.waiting_count(request) == "1"
    matters.ask(clara)
    matters.ask(clara)
    monkeypatch.setattr(badges, "MOST", 2)
    assert badges.waiting_count(request) == "2+"
    request.user = clara
    assert badges.waiting_count(request) == ""
