"""The checklist of a category: kept on its page, recorded, and never nonsense."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from project.testing.make import Make


def test_a_checklist_is_kept_on_the_page_of_its_category(
    make: Make, adam: User, audrey: User
) -> None:
    category = make.category(name="Cameras")
    item = category.checklist.create(text="Battery is charged")
    client = Client()
    client.force_login(adam)
    page = reverse("admin:assets_category_change", args=(category.pk,))
    assert "Battery is charged" in client.get(page).content.decode()
    sent = {
        "name": "Cameras",
        "tariff": category.tariff_id,
        "turnaround": "0",
        "requires_photos": "on",
        "terms": "Keep it dry.",
        "checklist-TOTAL_FORMS": 2,
        "checklist-INITIAL_FORMS": 1,
        "checklist-0-id": item.pk,
        "checklist-0-category": category.pk,
        "checklist-0-text": item.text,
        "checklist-0-checked_at": "out",
        "checklist-0-is_required": "on",
        "checklist-0-position": 2,
        "checklist-1-category": category.pk,
        "checklist-1-text": "Strap is there",
        "checklist-1-checked_at": "both",
        "checklist-1-position": 1,
    }
    assert client.post(page, sent).status_code == 302
    category.refresh_from_db()
    assert (category.requires_photos, category.terms) == (True, "Keep it dry.")
    assert [item.text for item in category.checklist.all()] == [
        "Strap is there",
        "Battery is charged",
    ]
    event = AuditEvent.objects.get(action="assets.category_changed")
    assert event.after[f"checklistitem #{item.pk} checked_at"] == "out"
    taken_away = {**sent, "checklist-0-DELETE": "on", "checklist-TOTAL_FORMS": 1}
    client.post(page, taken_away)
    assert [item.text for item in category.checklist.all()] == ["Strap is there"]
    reader = Client()
    reader.force_login(audrey)
    assert "Strap is there" in reader.get(page).content.decode()


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"text": ""}, "checklist_item_has_text"),
        ({"checked_at": "ever"}, "checklist_item_has_moment"),
        ({"text": "Battery is charged"}, "checklist_item_is_unique"),
    ],
)
def test_the_database_refuses_an_item_that_cannot_be(
    make: Make, changed: dict[str, str], rule: str
) -> None:
    category = make.category()
    category.checklist.create(text="Battery is charged")
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        category.checklist.create(**{"text": "Strap is there", **changed})
