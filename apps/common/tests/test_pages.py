"""What the base of every page closes; each test is a trap of a library that was stepped into."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.common.admin import BaseAdmin, HistoryAdmin, ReadOnlyAdmin

KINDS = ("actions_list", "actions_row", "actions_detail", "actions_submit_line")


def pages() -> list[Any]:
    return list(admin.site._registry.values())


def actions() -> Iterator[tuple[str, Any]]:
    for page in pages():
        for kind in KINDS:
            for name in page._extract_action_names(getattr(page, kind)):
                yield f"{page}.{name}", getattr(page, name)


def name_of(page: Any) -> str:
    return f"admin:{page.opts.app_label}_{page.opts.model_name}"


@pytest.fixture
def root(db: None) -> User:
    """Whom no permission stops."""
    return User.objects.create_superuser("root@example.com", "x" * 12, display_name="Root")


def test_every_page_stands_on_the_base() -> None:
    assert [page for page in pages() if not isinstance(page, BaseAdmin)] == []


def test_every_row_with_versions_shows_them() -> None:
    with_versions = [
        page for page in pages() if hasattr(page.opts, "simple_history_manager_attribute")
    ]

    assert with_versions
    assert [page for page in with_versions if not isinstance(page, HistoryAdmin)] == []


# Dialogs take no files: these pages ask by GET and act by POST only, as their own tests show. The
# last one leads to the form of a comment.
_PAGES = {
    f"tickets.TicketAdmin.{name}" for name in ("hand_over", "take_back", "inspect", "comment")
}


@pytest.mark.parametrize(("name", "action"), list(actions()), ids=lambda value: str(value)[:60])
def test_an_action_asks_in_a_dialog(name: str, action: Any) -> None:
    """Without one it runs on GET, which only what opens another page may do."""
    is_link = action.__name__.startswith("open_") or name in _PAGES
    assert is_link or getattr(action, "dialog", None), f"{name} runs when its address is opened"


@pytest.mark.parametrize(("name", "action"), list(actions()), ids=lambda value: str(value)[:60])
def test_an_action_names_a_method_for_its_permission(name: str, action: Any) -> None:
    """A dotted permission would ask the database before there is one."""
    permissions = getattr(action, "allowed_permissions", ())
    assert permissions, f"{name} is open to everybody who sees the page"
    assert [permission for permission in permissions if "." in permission] == []


@pytest.mark.parametrize("page", pages(), ids=str)
def test_nothing_is_deleted_and_no_action_runs_over_many(page: BaseAdmin, root: User) -> None:
    request = RequestFactory().get("/")
    request.user = root

    assert not page.has_delete_permission(request)
    assert page.get_actions(request) == {}
    assert page.list_max_show_all <= 100
    assert page.list_per_page <= 100
    assert not page.show_full_result_count
    assert page.show_facets == ShowFacets.NEVER


@pytest.mark.parametrize(
    "page", [page for page in pages() if isinstance(page, ReadOnlyAdmin)], ids=str
)
def test_a_page_to_read_is_only_read(page: ReadOnlyAdmin, client: Client, root: User) -> None:
    client.force_login(root)
    request = RequestFactory().get("/")
    request.user = root

    assert not page.has_change_permission(request)
    with pytest.raises(AssertionError, match="asked to save"):
        page.save_model(request, page.model(), None, change=True)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "page", [page for page in pages() if isinstance(page, HistoryAdmin)], ids=str
)
def test_nobody_writes_an_old_version_back(
    page: HistoryAdmin, client: Client, root: User, audrey: User
) -> None:
    version = reverse(f"{name_of(page)}_simple_history", args=("1", "1"))

    for person in (root, audrey):
        client.force_login(person)
        assert client.post(version, {"display_name": "Old"}).status_code == 405
        answer = client.get(version)
        assert answer.status_code == 302
        assert answer["Location"] == reverse(f"{name_of(page)}_history", args=("1",))


def test_a_reader_who_posts_an_old_version_changes_nothing(
    client: Client, audrey: User, adam: User, clara: User
) -> None:
    accounts.change_person(clara.pk, display_name="New name", actor=adam)
    oldest = clara.history.earliest()
    client.force_login(audrey)

    answer = client.post(
        reverse("admin:accounts_user_simple_history", args=(clara.pk, oldest.pk)),
        {"display_name": "Clara", "email": clara.email, "is_staff": "on", "_save": "Revert"},
    )

    assert answer.status_code == 405
    clara.refresh_from_db()
    assert clara.display_name == "New name"


def test_a_page_without_versions_offers_none(client: Client, audrey: User, clara: User) -> None:
    client.force_login(audrey)
    role = clara.groups.get()

    with_versions = client.get(reverse("admin:accounts_user_change", args=(clara.pk,)))
    without = client.get(reverse("admin:auth_group_change", args=(role.pk,)))

    history = reverse("admin:accounts_user_history", args=(clara.pk,))
    assert history in with_versions.content.decode()
    assert reverse("admin:auth_group_history", args=(role.pk,)) not in without.content.decode()


def test_values_of_versions_are_shown_in_words(client: Client, audrey: User, adam: User) -> None:
    until = datetime(2100, 1, 2, 3, 4, 5, tzinfo=UTC)
    person = accounts.add_person(email="nina@example.com", display_name="Nina", actor=adam)
    accounts.change_person(person.pk, is_staff=True, actor=adam)
    accounts.change_roles(person.pk, roles=["Lender", "Borrower"], actor=adam)
    accounts.suspend(
        person.pk,
        until=until,
        reason="Owes",
        actor=User.objects.system(),
    )
    client.force_login(audrey)

    text = client.get(reverse("admin:accounts_user_history", args=(person.pk,))).content.decode()

    assert "<del>no</del>" in text
    assert "<ins>yes</ins>" in text
    assert "<del>–</del>" in text
    assert f"<ins>{timezone.localtime(until):%Y-%m-%d %H:%M:%S}</ins>" in text
    assert "<ins>Borrower, Lender</ins>" in text
    assert "Created" in text


def test_the_second_diary_stays_empty(client: Client, adam: User) -> None:
    client.force_login(adam)

    client.post(reverse("admin:auth_group_add"), {"name": "Desk", "rights": []})
    page = reverse("admin:auth_group_change", args=(Group.objects.get(name="Desk").pk,))
    client.post(page, {"name": "Counter", "rights": []})

    assert Group.objects.filter(name="Counter").exists()
    assert not LogEntry.objects.exists()


def test_unfold_stands_before_what_it_restyles() -> None:
    """Otherwise history and import pages are 404 or unstyled, without an error."""
    order = settings.INSTALLED_APPS.index
    for styling, styled in (
        ("unfold", "django.contrib.admin"),
        ("unfold.contrib.simple_history", "simple_history"),
        ("unfold.contrib.import_export", "import_export"),
        ("unfold.contrib.filters", "django.contrib.admin"),
    ):
        assert order(styling) < order(styled)


def test_staff_without_permission_neither_import_nor_export() -> None:
    assert settings.IMPORT_EXPORT_IMPORT_PERMISSION_CODE == "import"
    assert settings.IMPORT_EXPORT_EXPORT_PERMISSION_CODE == "export"
