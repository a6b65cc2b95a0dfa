"""Mails about one row are one conversation, and lead to their place on its page."""

import pytest
from django.urls import reverse

from apps.accounts.models import User
from apps.notifications import services
from apps.notifications.delivery import message_of
from apps.notifications.links import path_of
from apps.notifications.models import Notice


def told(about: User | None, to: User, *, key: str = "", anchor: str = "") -> Notice:
    services.announce("tests.told", to=to, about=about, subject="Hello", key=key, anchor=anchor)
    return Notice.objects.filter(channel="email").latest("pk")


def test_all_about_one_row_is_one_conversation(anna: User, clara: User) -> None:
    first = message_of(told(clara, anna)).extra_headers
    second = message_of(told(clara, anna, key="again")).extra_headers
    other = message_of(told(anna, anna)).extra_headers
    assert first["References"] == first["In-Reply-To"] == second["References"]
    assert first["References"].startswith(f"<accounts.user-{clara.pk}@")
    assert first["Message-ID"] != second["Message-ID"]
    assert other["References"] != first["References"]


def test_what_is_about_nothing_begins_no_conversation(anna: User) -> None:
    assert "References" not in message_of(told(None, anna)).extra_headers


@pytest.mark.parametrize("anchor", ["", "comment-12"])
def test_a_notice_leads_to_its_place_on_the_page(anna: User, clara: User, anchor: str) -> None:
    notice = told(clara, anna, anchor=anchor)
    page = reverse("admin:accounts_user_change", args=(clara.pk,))
    assert path_of(notice) == (f"{page}#{anchor}" if anchor else page)
    assert message_of(notice).body.endswith(path_of(notice))
