"""A page of reference rows records what each save changed: fields, links and inline rows."""

from typing import Any

import pytest
from django.contrib.admin import AdminSite
from django.contrib.auth.models import Group
from django.contrib.messages.storage.fallback import FallbackStorage
from django.test import RequestFactory

from apps.accounts.models import User
from apps.approvals.models import Level, Policy
from apps.assets.models import Category
from apps.audit.models import AuditEvent
from apps.audit.reference import ReferenceAdmin
from apps.audit.snapshots import label
from project.testing.make import Make


class CategoryPage(ReferenceAdmin):
    """A page with fields only."""

    fields = ("name", "tariff", "turnaround")


class RolesPage(ReferenceAdmin):
    """A page with links to many."""

    fields = ("display_name", "groups")


def post(page: ReferenceAdmin, actor: User, row: Any, **typed: Any) -> Any:
    request = RequestFactory().post("/", typed)
    request.user = actor
    request.session = {}  # type: ignore[assignment]  # nothing is kept in it
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
    return page.changeform_view(request, str(row.pk) if row else None)


@pytest.fixture
def root(db: None) -> User:
    """Whom no permission stops."""
    return User.objects.create_superuser("root@example.com", "x" * 12, display_name="Root")


@pytest.fixture
def categories() -> CategoryPage:
    """Make the page of categories."""
    return CategoryPage(Category, AdminSite())


def last_event() -> AuditEvent:
    return AuditEvent.objects.latest("pk")


def test_an_added_row_is_recorded_whole(root: User, make: Make, categories: CategoryPage) -> None:
    tariff = make.tariff()

    answer = post(
        categories, root, None, name="Drones", tariff=str(tariff.pk), turnaround="02:00:00"
    )

    assert answer.status_code == 302
    event = last_event()
    assert (event.action, event.actor, event.target_label) == (
        "assets.category_added",
        root,
        "Drones",
    )
    assert event.before == {}
    assert event.after == {
        "name": "Drones",
        "tariff": label(tariff),
        "turnaround": "2:00:00",
        "requires_photos": False,
        "requires_signature": False,
        "terms": "",
        "residual_share": 0,
    }


def test_a_changed_row_is_recorded_with_what_changed(
    root: User, make: Make, categories: CategoryPage
) -> None:
    old, new = make.tariff(), make.tariff()
    row = make.category(name="Lenses", tariff=old)

    post(categories, root, row, name="Lenses", tariff=str(new.pk), turnaround="00:00:00")

    event = last_event()
    assert event.action == "assets.category_changed"
    assert (event.before, event.after) == ({"tariff": label(old)}, {"tariff": label(new)})
    assert row.history.first().history_user == root


def test_a_save_that_changes_nothing_is_not_recorded(
    root: User, make: Make, categories: CategoryPage
) -> None:
    row = make.category(name="Lenses")
    events = AuditEvent.objects.count()

    post(categories, root, row, name="Lenses", tariff=str(row.tariff_id), turnaround="00:00:00")

    assert AuditEvent.objects.count() == events


def test_a_wrong_form_is_not_recorded(root: User, make: Make, categories: CategoryPage) -> None:
    row = make.category(name="Lenses")
    events = AuditEvent.objects.count()

    answer = post(categories, root, row, name="", tariff=str(row.tariff_id), turnaround="x")

    assert answer.status_code == 200
    assert AuditEvent.objects.count() == events


def test_changed_links_are_recorded(root: User, boris: User) -> None:
    page = RolesPage(User, AdminSite())
    borrower, auditor = (Group.objects.get(name=name) for name in ("Borrower", "Auditor"))

    post(page, root, boris, display_name="Boris", groups=[str(auditor.pk)])

    event = last_event()
    assert event.action == "accounts.user_changed"
    assert (event.before, event.after) == (
        {"groups": [label(borrower)]},
        {"groups": [label(auditor)]},
    )


def test_inline_rows_are_recorded(root: User) -> None:
    from unfold.admin import TabularInline  # noqa: PLC0415  (its module needs the apps)

    class Levels(TabularInline):  # type: ignore[misc]  # the library has no types
        model = Level
        extra = 0
        fields = ("number", "role", "decider_count")

    class PolicyPage(ReferenceAdmin):
        inlines = (Levels,)
        fields = ("name",)

    roles = list(Group.objects.order_by("pk")[:2])
    policy = Policy.objects.create(name="Test", scope="ticket")
    gone = Level.objects.create(policy=policy, number=2, role=roles[0])
    stays = Level.objects.create(policy=policy, number=1, role=roles[0])
    page = PolicyPage(Policy, AdminSite())

    post(
        page,
        root,
        policy,
        **{
            "name": "Test",
            "levels-TOTAL_FORMS": "3",
            "levels-INITIAL_FORMS": "2",
            "levels-0-id": str(stays.pk),
            "levels-0-policy": str(policy.pk),
            "levels-0-number": "1",
            "levels-0-role": str(roles[0].pk),
            "levels-0-decider_count": "2",
            "levels-1-id": str(gone.pk),
            "levels-1-policy": str(policy.pk),
            "levels-1-number": "2",
            "levels-1-role": str(roles[0].pk),
            "levels-1-decider_count": "1",
            "levels-1-DELETE": "on",
            "levels-2-policy": str(policy.pk),
            "levels-2-number": "3",
            "levels-2-role": str(roles[1].pk),
            "levels-2-decider_count": "1",
        },
    )

    added = Level.objects.get(number=3)
    event = last_event()
    assert event.action == "approvals.policy_changed"
    assert event.before == {
        f"level #{stays.pk} decider_count": 1,
        f"level #{gone.pk} number": 2,
        f"level #{gone.pk} role": label(roles[0]),
        f"level #{gone.pk} decider_count": 1,
    }
    assert event.after == {
        f"level #{stays.pk} decider_count": 2,
        f"level #{added.pk} number": 3,
        f"level #{added.pk} role": label(roles[1]),
        f"level #{added.pk} decider_count": 1,
    }
