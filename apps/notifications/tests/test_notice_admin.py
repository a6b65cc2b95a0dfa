"""My notices, and everybody's for those who look after delivery."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.common.admin import StaffRequest
from apps.notifications import badges, selectors, services
from apps.notifications.models import Notice
from apps.notifications.states import Status
from apps.notifications.tests.conftest import emails

pytestmark = pytest.mark.django_db

LIST = "admin:notifications_notice_changelist"
SUBMITTED = {"_form_submitted": "on"}


def text(response: Any) -> str:
    return str(response.content.decode())


def tell(to: User, subject: str, **facts: Any) -> Notice:
    services.announce("x.done", to=to, about=None, subject=subject, key=subject, **facts)
    return Notice.objects.get(subject=subject, channel="admin", recipient=to)


def fail(notice: Notice) -> None:
    Notice.objects.filter(pk=notice.pk).update(status=Status.FAILED, failure="550 unknown")


def bulk(name: str, *notices: Notice) -> str:
    ticked = "&".join(f"_selected_action={notice.pk}" for notice in notices)
    return f"{reverse(f'admin:notifications_notice_{name}')}?{ticked}"


@pytest.fixture
def sign_in(client: Client) -> Callable[[User], Client]:
    """Sign somebody in."""

    def sign(person: User) -> Client:
        client.force_login(person)
        return client

    return sign


def test_everybody_sees_their_own(
    anna: User, arno: User, sign_in: Callable[[User], Client]
) -> None:
    tell(anna, "For Anna", body="Come and see")
    tell(arno, "For Arno")
    page = text(sign_in(anna).get(reverse(LIST)))
    assert page.count("For Anna") == 1
    assert "Come and see" in page
    assert "unread" in page
    assert "For Arno" not in page
    for tab in ("all", "failed"):
        page = text(sign_in(anna).get(reverse(LIST), {"tab": tab}))
        assert "For Arno" not in page
        assert "All notices" not in page


def test_read_notices_leave_the_unread(anna: User, sign_in: Callable[[User], Client]) -> None:
    read = tell(anna, "Read before")
    tell(anna, "New one")
    services.mark_read([read.pk], actor=anna)
    page = text(sign_in(anna).get(reverse(LIST), {"tab": "unread"}))
    assert "New one" in page
    assert "Read before" not in page


def test_an_administrator_sees_all_and_what_failed(
    anna: User, adam: User, sign_in: Callable[[User], Client]
) -> None:
    tell(anna, "For Anna")
    fail(emails()[0])
    browser = sign_in(adam)
    assert "For Anna" not in text(browser.get(reverse(LIST)))
    assert text(browser.get(reverse(LIST), {"tab": "all"})).count(">For Anna<") == 2
    page = text(browser.get(reverse(LIST), {"tab": "failed"}))
    assert page.count(">For Anna<") == 1
    assert "550 unknown" in page


def test_opening_a_notice_reads_it_by_post_only(
    anna: User, arno: User, sign_in: Callable[[User], Client]
) -> None:
    services.announce("x.done", to=anna, about=anna, subject="About Anna")
    notice = Notice.objects.get(channel="admin")
    door = reverse("admin:notifications_notice_open", args=(notice.pk,))
    assert f'formaction="{door}"' in text(sign_in(anna).get(reverse(LIST)))
    assert sign_in(anna).get(door).status_code == 405
    assert selectors.unread_count(anna) == 1
    assert sign_in(arno).post(door).status_code == 404
    response = sign_in(anna).post(door)
    assert response["Location"] == reverse("admin:accounts_user_change", args=(anna.pk,))
    assert selectors.unread_count(anna) == 0


def test_many_are_marked_read_in_a_dialog(anna: User, sign_in: Callable[[User], Client]) -> None:
    first, second = tell(anna, "One"), tell(anna, "Two")
    browser = sign_in(anna)
    address = bulk("mark_read", first, second)
    assert "Mark the ticked notices as read" in text(browser.get(address))
    assert selectors.unread_count(anna) == 2
    assert browser.post(address, SUBMITTED)["HX-Redirect"] == reverse(LIST)
    assert selectors.unread_count(anna) == 0
    assert "2 notices marked as read." in text(browser.get(reverse(LIST)))


def test_a_failed_notice_is_sent_again_from_its_page(
    anna: User, adam: User, sign_in: Callable[[User], Client]
) -> None:
    tell(anna, "For Anna")
    (notice,) = emails()
    page = reverse("admin:notifications_notice_change", args=(notice.pk,))
    again = reverse("admin:notifications_notice_send_again", args=(notice.pk,))
    browser = sign_in(adam)
    assert again not in text(browser.get(page))
    assert "is not possible while the status is" in text(browser.post(again, SUBMITTED))
    fail(notice)
    assert again in text(browser.get(page))
    assert "550 unknown" in text(browser.get(page))
    browser.get(again)
    notice.refresh_from_db()
    assert notice.status == Status.FAILED
    assert browser.post(again, SUBMITTED)["HX-Redirect"] == page
    notice.refresh_from_db()
    assert notice.status == Status.WAITING
    assert browser.post(again.replace(str(notice.pk), "0"), SUBMITTED).status_code == 404


def test_many_are_sent_again_and_each_refusal_is_told(
    anna: User, arno: User, adam: User, sign_in: Callable[[User], Client]
) -> None:
    tell(anna, "For Anna")
    tell(arno, "For Arno")
    failed, waiting = emails()
    fail(failed)
    browser = sign_in(adam)
    response = browser.post(bulk("send_many_again", failed, waiting), SUBMITTED)
    assert response["HX-Redirect"] == reverse(LIST) + "?tab=failed"
    page = text(browser.get(reverse(LIST)))
    assert "1 notice will be sent again." in page
    assert "For Arno: “try again” is not possible" in page
    response = browser.post(bulk("send_many_again", waiting), SUBMITTED)
    assert "will be sent again" not in text(browser.get(reverse(LIST)))


def test_strangers_do_not_send_again(
    anna: User, audrey: User, sign_in: Callable[[User], Client]
) -> None:
    tell(anna, "For Anna")
    (notice,) = emails()
    fail(notice)
    again = reverse("admin:notifications_notice_send_again", args=(notice.pk,))
    for person in (anna, audrey):
        assert sign_in(person).post(again, SUBMITTED).status_code == 403
        address = bulk("send_many_again", notice)
        assert sign_in(person).post(address, SUBMITTED).status_code == 403
    page = text(sign_in(audrey).get(reverse(LIST), {"tab": "failed"}))
    assert "For Anna" in page
    assert "action-select" not in page


def test_a_page_of_somebody_elses_notice_is_not_found(
    anna: User, arno: User, sign_in: Callable[[User], Client]
) -> None:
    page = reverse("admin:notifications_notice_change", args=(tell(anna, "For Anna").pk,))
    assert sign_in(arno).get(page).status_code == 302
    response = sign_in(anna).get(page)
    assert "For Anna" in text(response)
    assert sign_in(anna).post(page, {"subject": "Else"}).status_code == 403


@pytest.mark.parametrize("tab", ["mine", "all"])
def test_ten_rows_ask_as_many_queries_as_two(
    tab: str,
    adam: User,
    sign_in: Callable[[User], Client],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    browser = sign_in(adam)
    for number in range(2):
        tell(adam, f"Notice {number}")
    browser.get(reverse(LIST), {"tab": tab})
    with CaptureQueriesContext(connection) as few:
        browser.get(reverse(LIST), {"tab": tab})
    for number in range(2, 10):
        tell(adam, f"Notice {number}")
    with django_assert_num_queries(len(few)):
        browser.get(reverse(LIST), {"tab": tab})


def test_the_badge_counts_unread_and_stops_at_ninety_nine(
    anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = StaffRequest()
    request.user = anna
    assert badges.unread_count(request) == ""
    for subject in ("One", "Two", "Three"):
        tell(anna, subject)
    assert badges.unread_count(request) == "3"
    monkeypatch.setattr(badges, "MOST", 2)
    assert badges.unread_count(request) == "2+"
