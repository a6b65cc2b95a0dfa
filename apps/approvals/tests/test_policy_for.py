"""Which policy applies, and what the reference data says."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError

from apps.approvals import services
from apps.approvals.errors import NoPolicy
from apps.approvals.models import Policy
from apps.approvals.tests.conftest import Matters, policy
from apps.audit.models import AuditEvent

pytestmark = pytest.mark.django_db

APPROVER = ("Lending approver", 1)


def chosen(*, amount: int = 5000, currency: str = "USD", group: str = "") -> Policy:
    return services.policy_for(scope="matter", amount=amount, currency=currency, group=group)


def test_a_category_wins_over_a_currency_and_a_currency_over_any() -> None:
    anything = policy(APPROVER)
    dollars = policy(APPROVER, currency="USD", amount_from=4000)
    cameras = policy(APPROVER, group="Cameras")
    assert chosen(group="Cameras") == cameras
    assert chosen(group="Tools") == dollars
    assert chosen(currency="JPY") == anything


def test_a_category_with_a_currency_wins_over_a_category() -> None:
    policy(APPROVER, group="Cameras")
    both = policy(APPROVER, group="Cameras", currency="USD")
    assert chosen(group="Cameras") == both


def test_of_two_bands_the_one_that_begins_higher_wins() -> None:
    policy(APPROVER, currency="USD")
    higher = policy(APPROVER, currency="USD", amount_from=5000)
    assert chosen(amount=5000) == higher


def test_a_band_holds_its_first_amount_and_not_its_last() -> None:
    low = policy(APPROVER, currency="USD", amount_to=5000)
    high = policy(APPROVER, currency="USD", amount_from=5000, amount_to=9000)
    assert chosen(amount=4999) == low
    assert chosen(amount=5000) == high
    assert chosen(amount=8999) == high


@pytest.mark.parametrize(
    "fields",
    [
        {"is_active": False},
        {"scope": "another"},
        {"currency": "EUR"},
        {"group": "Tools"},
        {"currency": "USD", "amount_from": 5001},
        {"currency": "USD", "amount_to": 5000},
    ],
)
def test_what_does_not_fit_does_not_apply(matters: Matters, fields: dict[str, Any]) -> None:
    policy(APPROVER, **fields)
    with pytest.raises(NoPolicy) as refusal:
        chosen()
    assert refusal.value.message == (
        "No approval policy says who decides on “Matter” for $50.00. "
        "Ask an administrator to add one."
    )


def test_a_policy_without_levels_does_not_apply(matters: Matters) -> None:
    policy()
    with pytest.raises(NoPolicy):
        chosen()


def test_a_band_without_a_currency_is_refused_by_the_database() -> None:
    with pytest.raises(IntegrityError, match="approval_policy_band_has_currency"):
        policy(amount_from=1)


def test_a_band_goes_upward() -> None:
    with pytest.raises(IntegrityError, match="approval_policy_band_is_upward"):
        policy(currency="USD", amount_from=5, amount_to=5)


def rows() -> list[dict[str, Any]]:
    path = Path(settings.BASE_DIR) / "fixtures" / "reference" / "approval_policies.json"
    loaded: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize(
    ("scope", "currency", "amount", "levels"),
    [
        ("ticket", "USD", 99999, [("Lending approver", 1)]),
        ("ticket", "EUR", 100000, [("Lending approver", 1), ("Finance controller", 1)]),
        ("ticket", "JPY", 1, [("Lending approver", 1), ("Finance controller", 1)]),
        ("adjustment", "GBP", 49999, [("Finance controller", 1)]),
        ("adjustment", "GBP", 50000, [("Finance controller", 2)]),
        ("adjustment", "KWD", 1, [("Finance controller", 2)]),
        ("adjustment_batch", "USD", 49999, [("Finance controller", 1)]),
        ("adjustment_batch", "EUR", 50000, [("Finance controller", 2)]),
        ("adjustment_batch", "KWD", 1, [("Finance controller", 2)]),
    ],
)
def test_the_reference_policies(
    scope: str, currency: str, amount: int, levels: list[tuple[str, int]]
) -> None:
    found = services.policy_for(scope=scope, amount=amount, currency=currency, group="whatever")
    assert [(str(level.role), level.decider_count) for level in found.levels.all()] == levels


def test_loading_again_adds_nothing_and_undoes_nothing() -> None:
    first = rows()[0]
    Policy.objects.filter(name=first["name"]).update(amount_to=250000)
    before = Policy.objects.count()
    assert services.load_policies(rows()) == len(rows())
    assert Policy.objects.count() == before
    assert Policy.objects.get(name=first["name"]).amount_to == 250000


def test_loading_writes_history_and_audit_as_system() -> None:
    row = {**rows()[0], "name": "Another", "due_in": None}
    services.load_policies([row])
    added = Policy.objects.get(name="Another")
    assert added.due_in is None
    assert added.history.get().history_user.is_system
    event = AuditEvent.objects.get(action="approvals.policy_added", target_id=str(added.pk))
    assert event.actor.is_system
    assert event.after["levels"] == row["levels"]
